"""Turn JSON text into values and back, refusing what would be changed on the way.

This is the one module that names `Any`: JSON comes in here. orjson reads integers beyond 64 bits
as floats and keeps the last of repeated keys (RELIABILITY 3.2), so values that are only passed on
travel as raw bytes (`msgspec.Raw`) and are decoded only where their meaning is needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import msgspec
import orjson

from datosnap.errors import NonsenseError, quote

Json: TypeAlias = Any
JsonObject: TypeAlias = dict[str, Any]


def decode(text: bytes | bytearray | memoryview | str) -> Json:
    """Read JSON text.

    Raises: NonsenseError when it is not JSON.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NonsenseError(f"expected JSON, found {quote(bytes_head(text))}: {error}") from None


def decode_object(text: bytes | bytearray | memoryview | str) -> JsonObject:
    """Read JSON text that must be an object.

    Raises: NonsenseError when it is not.
    """
    value = decode(text)
    if not isinstance(value, dict):
        raise NonsenseError(f"expected a JSON object, found {quote(value)}")
    return value


def encode(value: Json) -> bytes:
    """Write compact JSON text in UTF-8, keys in the order they have."""
    return orjson.dumps(value)


def encode_pretty(value: Json) -> bytes:
    """Write JSON text for people: two spaces, one final newline."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def encode_canonical(value: Json) -> bytes:
    """Write JSON text in which equal values have equal bytes: keys sorted, no spaces."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def bytes_head(text: bytes | bytearray | memoryview | str) -> str:
    """Give the first characters of a text, for a message."""
    return text[:80] if isinstance(text, str) else bytes(text[:80]).decode("utf-8", "replace")


# What msgspec raises for text that is no JSON, no UTF-8, of another shape, or nested without end.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Page(msgspec.Struct):
    data: list[msgspec.Raw]
    meta: msgspec.Raw = msgspec.Raw(b"{}")


_PAGE = msgspec.json.Decoder(_Page)


def slice_page(body: bytes) -> tuple[list[bytes], JsonObject]:
    """Cut a listing into the bytes of its resources, unparsed, and its decoded `meta`.

    Shape: `{"data": [resource, …], "meta": {"total_count": n}}`; `meta` may be missing.
    Memory: each resource is copied out, so that the page itself can go.
    Raises: NonsenseError when the body is not such a listing.
    """
    try:
        page = _PAGE.decode(body)
    except _UNREADABLE as error:
        raise NonsenseError(
            f"expected a JSON listing, found {quote(bytes_head(body))}: {error}"
        ) from None
    return [bytes(raw) for raw in page.data], decode_object(bytes(page.meta))


class _Kind(msgspec.Struct):
    type: str


class _WithIncluded(msgspec.Struct):
    data: msgspec.Raw
    included: list[msgspec.Raw] = []


_WITH_INCLUDED = msgspec.json.Decoder(_WithIncluded)
_KIND = msgspec.json.Decoder(_Kind)


def slice_included(body: bytes) -> tuple[bytes, dict[str, list[bytes]]]:
    """Cut an answer into the bytes of its `data` and of its `included` resources, by type.

    Raises: NonsenseError when the body is not such an answer.
    """
    try:
        answer = _WITH_INCLUDED.decode(body)
        by_type: dict[str, list[bytes]] = {}
        for raw in answer.included:
            by_type.setdefault(_KIND.decode(raw).type, []).append(bytes(raw))
    except _UNREADABLE as error:
        raise NonsenseError(
            f"expected a JSON resource, found {quote(bytes_head(body))}: {error}"
        ) from None
    return bytes(answer.data), by_type


class _Meta(msgspec.Struct):
    status: str = ""
    publication_scheduled_at: str | None = None
    unpublishing_scheduled_at: str | None = None


class RecordHead(msgspec.Struct):
    """The little an exporter must know of a record whose bytes it passes on."""

    id: str
    meta: _Meta = msgspec.field(default_factory=_Meta)

    @property
    def status(self) -> str:
        """Give whether it is a draft, published or updated; nothing for what has no status."""
        return self.meta.status

    @property
    def is_scheduled(self) -> bool:
        """Tell whether it is to be published or unpublished at some time."""
        meta = self.meta
        return (meta.publication_scheduled_at or meta.unpublishing_scheduled_at) is not None


_HEAD = msgspec.json.Decoder(RecordHead)
_HEADS = msgspec.json.Decoder(list[RecordHead])


def read_head(record: bytes) -> RecordHead:
    """Read a record's id and state without building its content.

    Raises: NonsenseError when it is no record.
    """
    try:
        return _HEAD.decode(record)
    except _UNREADABLE as error:
        raise NonsenseError(
            f"expected a record, found {quote(bytes_head(record))}: {error}"
        ) from None


def read_heads(records: Sequence[bytes]) -> list[RecordHead]:
    """Read the heads of a page of records in one go, which is twice as fast as one by one.

    Memory: the page once more.
    Raises: NonsenseError when one of them is no record.
    """
    heads: list[RecordHead] = []
    with suppress(*_UNREADABLE):
        heads = _HEADS.decode(b"[%b]" % b",".join(records))
    return heads if len(heads) == len(records) else [read_head(record) for record in records]


class _Place(msgspec.Struct):
    position: int | None = None
    parent_id: str | None = None


class _State(msgspec.Struct):
    id: str
    meta: msgspec.Raw = msgspec.Raw(b"{}")
    attributes: _Place = msgspec.field(default_factory=_Place)


_STATE = msgspec.json.Decoder(_State)


def read_state(record: bytes) -> tuple[str, bytes]:
    """Read a record's id, and all of its state that a change of it changes, as bytes.

    The state is `meta` as sent (version, dates, status, stage) and the place among siblings; it is
    the same in flat and nested answers.
    Raises: NonsenseError when it is no record.
    """
    try:
        state = _STATE.decode(record)
    except _UNREADABLE as error:
        raise NonsenseError(
            f"expected a record, found {quote(bytes_head(record))}: {error}"
        ) from None
    place = f"{state.attributes.position} {state.attributes.parent_id} "
    return state.id, hashlib.blake2b(place.encode() + bytes(state.meta), digest_size=16).digest()


class _Linkage(msgspec.Struct):
    id: str


class _Data(msgspec.Struct):
    data: _Linkage


class _Of(msgspec.Struct):
    item: _Data


class _VersionHead(msgspec.Struct):
    relationships: _Of


_VERSION = msgspec.json.Decoder(_VersionHead)


def read_version_head(version: bytes) -> str:
    """Read the id of the record that an item version is of.

    Raises: NonsenseError when it is no item version.
    """
    try:
        return _VERSION.decode(version).relationships.item.data.id
    except _UNREADABLE as error:
        raise NonsenseError(
            f"expected an item version, found {quote(bytes_head(version))}: {error}"
        ) from None
