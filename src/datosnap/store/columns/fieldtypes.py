"""Know the values of each type of field: what they are read as, and their Arrow type.

Source: the table of field values in the API reference (records).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pyarrow as pa

from datosnap.store.columns.texts import STRUCTURED_TEXT, Block
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


def _block_id(values: Values) -> AnyArray:
    """Build a column of blocks' ids; in flat answers the ids stand there by themselves."""
    return pa.array([one.id if isinstance(one, Block) else one for one in values], pa.string())


_BLOCK = ValueType(Block | str, pa.string(), _block_id)

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
    "single_block": _BLOCK,
    "rich_text": list_of(list[Block | str], _BLOCK),
    "structured_text": STRUCTURED_TEXT,
}


def type_of(field_type: str) -> ValueType:
    """Give the kind of a field's values; those of a type that we do not know are any JSON."""
    return _TYPES.get(field_type, JSON)
