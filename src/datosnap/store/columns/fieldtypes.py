"""Know the values of each type of field: their Arrow type, where ids stand in them, and blocks.

Source: the table of field values in the API reference (records).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain, repeat
from typing import Literal, NamedTuple, TypeAlias

import msgspec
import pyarrow as pa

from datosnap.store.columns.texts import STRUCTURED_TEXT, Block, Text
from datosnap.store.columns.values import (
    DAY,
    FLAG,
    JSON,
    MOMENT,
    NUMBER,
    TEXT,
    TEXTS,
    WHOLE,
    AnyArray,
    Int64,
    Values,
    ValueType,
    list_of,
    struct_of,
)

LinkKind: TypeAlias = Literal["record", "upload"]


class Targets(NamedTuple):
    """The ids in a column of values: in which of them each stands, where below it, and the id.

    One path is that of all; else there is one for each.
    """

    rows: Sequence[int]
    paths: Sequence[str]
    ids: Sequence[str]


# A block inside a value: in which of them, where below it, as which of its blocks, and the block.
Found: TypeAlias = tuple[int, str, int, Block]


class _FocalPoint(msgspec.Struct, gc=False):
    x: float | None = None
    y: float | None = None


class _File(msgspec.Struct, gc=False):
    upload_id: str | None = None
    alt: str | None = None
    title: str | None = None
    custom_data: msgspec.Raw = msgspec.Raw(b"null")
    focal_point: _FocalPoint | None = None
    poster_time: float | None = None


class _Seo(msgspec.Struct, gc=False):
    title: str | None = None
    description: str | None = None
    image: str | None = None
    twitter_card: str | None = None
    no_index: bool | None = None


class _Video(msgspec.Struct, gc=False):
    provider: str | None = None
    provider_uid: str | None = None
    url: str | None = None
    width: Int64 | None = None
    height: Int64 | None = None
    thumbnail_url: str | None = None
    title: str | None = None


class _Color(msgspec.Struct, gc=False):
    red: Int64 | None = None
    green: Int64 | None = None
    blue: Int64 | None = None
    alpha: Int64 | None = None


class _LatLon(msgspec.Struct, gc=False):
    latitude: float | None = None
    longitude: float | None = None


_FILE = struct_of(
    _File,
    {
        "upload_id": TEXT,
        "alt": TEXT,
        "title": TEXT,
        "custom_data": JSON,
        "focal_point": struct_of(_FocalPoint, dict.fromkeys(("x", "y"), NUMBER)),
        "poster_time": NUMBER,
    },
)
_SEO = struct_of(
    _Seo,
    {
        **dict.fromkeys(("title", "description", "image", "twitter_card"), TEXT),
        "no_index": FLAG,
    },
)
_VIDEO = struct_of(
    _Video,
    {
        **dict.fromkeys(("provider", "provider_uid", "url"), TEXT),
        **dict.fromkeys(("width", "height"), WHOLE),
        **dict.fromkeys(("thumbnail_url", "title"), TEXT),
    },
)


def _id_of(block: object) -> object:
    """Give a block's id; in flat answers the id stands there by itself."""
    return block.id if isinstance(block, Block) else block


def _block_id(values: Values) -> AnyArray:
    return pa.array(list(map(_id_of, values)), pa.string())


def _block_ids(values: Values) -> AnyArray:
    ids = [list(map(_id_of, one)) if isinstance(one, list) else None for one in values]
    return pa.array(ids, pa.list_(pa.string()))


_TYPES: Mapping[str, ValueType] = {
    "string": TEXT,
    "text": TEXT,
    "slug": TEXT,
    "json": TEXT,
    "boolean": FLAG,
    "integer": WHOLE,
    "float": NUMBER,
    "date": DAY,
    "date_time": MOMENT,
    "color": struct_of(_Color, dict.fromkeys(("red", "green", "blue", "alpha"), WHOLE)),
    "lat_lon": struct_of(_LatLon, dict.fromkeys(("latitude", "longitude"), NUMBER)),
    "seo": _SEO,
    "video": _VIDEO,
    "file": _FILE,
    "gallery": list_of(list[_File], _FILE),
    "link": TEXT,
    "links": TEXTS,
    "single_block": ValueType(Block | str, pa.string(), _block_id),
    "rich_text": ValueType(list[Block | str], pa.list_(pa.string()), _block_ids),
    "structured_text": STRUCTURED_TEXT,
}


def type_of(field_type: str) -> ValueType:
    """Give the kind of a field's values; those of a type that we do not know are any JSON."""
    return _TYPES.get(field_type, JSON)


def _in_link(values: Values) -> Targets:
    found = [one for one in values if isinstance(one, str)]
    return Targets(_rows_of(values, found), ("",), found)


def _in_links(values: Values) -> Targets:
    lists = [one if isinstance(one, list) else () for one in values]
    counts = list(map(len, lists))
    known = [f".{index}" for index in range(max(counts, default=0))]
    rows = chain.from_iterable(map(repeat, range(len(lists)), counts))
    paths = chain.from_iterable([known[:count] for count in counts])
    return Targets(list(rows), list(paths), list(chain.from_iterable(lists)))


def _in_file(values: Values) -> Targets:
    found = [
        (row, one.upload_id)
        for row, one in enumerate(values)
        if isinstance(one, _File) and one.upload_id is not None
    ]
    return Targets([row for row, _ in found], (".upload_id",), [one for _, one in found])


def _in_gallery(values: Values) -> Targets:
    found = [
        (row, f".{index}.upload_id", one.upload_id)
        for row, files in enumerate(values)
        if isinstance(files, list)
        for index, one in enumerate(files)
        if one.upload_id is not None
    ]
    return _apart(found)


def _in_seo(values: Values) -> Targets:
    found = [
        (row, one.image)
        for row, one in enumerate(values)
        if isinstance(one, _Seo) and one.image is not None
    ]
    return Targets([row for row, _ in found], (".image",), [one for _, one in found])


def _in_text(values: Values) -> Targets:
    found = [
        (row, path, target)
        for row, one in enumerate(values)
        if isinstance(one, Text)
        for path, target in one.records
    ]
    return _apart(found)


def _rows_of(values: Values, found: Sequence[object]) -> Sequence[int]:
    if len(found) == len(values):
        return range(len(values))
    return [row for row, one in enumerate(values) if one is not None]


def _apart(found: Sequence[tuple[int, str, str]]) -> Targets:
    rows, paths, ids = zip(*found, strict=True) if found else ((), (), ())
    return Targets(rows, paths, ids)


LINKS: Mapping[str, tuple[LinkKind, Callable[[Values], Targets]]] = {
    "link": ("record", _in_link),
    "links": ("record", _in_links),
    "structured_text": ("record", _in_text),
    "file": ("upload", _in_file),
    "gallery": ("upload", _in_gallery),
    "seo": ("upload", _in_seo),
}


def _single(values: Values) -> list[Found]:
    return [(row, "", 0, one) for row, one in enumerate(values) if isinstance(one, Block)]


def _listed(values: Values) -> list[Found]:
    return [
        (row, f".{index}", index, one)
        for row, blocks in enumerate(values)
        if isinstance(blocks, list)
        for index, one in enumerate(blocks)
        if isinstance(one, Block)
    ]


def _in_document(values: Values) -> list[Found]:
    return [
        (row, path, index, block)
        for row, one in enumerate(values)
        if isinstance(one, Text)
        for index, (path, block) in enumerate(one.blocks)
    ]


BLOCKS: Mapping[str, Callable[[Values], list[Found]]] = {
    "single_block": _single,
    "rich_text": _listed,
    "structured_text": _in_document,
}
