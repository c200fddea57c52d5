"""Name the columns beside those of fields: of records, of versions, of uploads and of blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa

from datosnap.core.entities import ItemType
from datosnap.store.columns.column import Column, field_columns
from datosnap.store.columns.reading import Cells, Path
from datosnap.store.columns.values import FLAG, MOMENT, NUMBER, TEXT, TEXTS, WHOLE, ValueType

RECORD: Final = "_record"
MODEL: Final = "_model"

_CREATOR = ("relationships", "creator", "data", "id")
_RECORD_HEADS: tuple[tuple[str, ValueType, Path], ...] = (
    ("id", TEXT, ("id",)),
    ("_status", TEXT, ("meta", "status")),
    ("_created_at", MOMENT, ("meta", "created_at")),
    ("_updated_at", MOMENT, ("meta", "updated_at")),
    ("_published_at", MOMENT, ("meta", "published_at")),
    ("_first_published_at", MOMENT, ("meta", "first_published_at")),
    ("_is_valid", FLAG, ("meta", "is_valid")),
    ("_stage", TEXT, ("meta", "stage")),
    ("_creator", TEXT, _CREATOR),
    ("_current_version", TEXT, ("meta", "current_version")),
    ("_position", WHOLE, ("attributes", "position")),
    ("_parent_id", TEXT, ("attributes", "parent_id")),
)
_VERSION_HEADS: tuple[tuple[str, ValueType, Path], ...] = (
    ("id", TEXT, ("id",)),
    ("_record_id", TEXT, ("relationships", "item", "data", "id")),
    ("_created_at", MOMENT, ("meta", "created_at")),
    ("_editor", TEXT, ("relationships", "editor", "data", "id")),
    ("_is_valid", FLAG, ("meta", "is_valid")),
    ("_is_current", FLAG, ("meta", "is_current")),
    ("_is_published", FLAG, ("meta", "is_published")),
    ("_published_from", MOMENT, ("meta", "published_from")),
    ("_published_until", MOMENT, ("meta", "published_until")),
)
_UPLOAD_HEADS: tuple[tuple[str, ValueType], ...] = (
    ("filename", TEXT),
    ("basename", TEXT),
    ("url", TEXT),
    ("mime_type", TEXT),
    ("format", TEXT),
    ("size", WHOLE),
    ("md5", TEXT),
    ("is_image", FLAG),
    ("width", WHOLE),
    ("height", WHOLE),
    ("duration", NUMBER),
    ("author", TEXT),
    ("copyright", TEXT),
    ("notes", TEXT),
    ("tags", TEXTS),
)
_METADATA = ("attributes", "default_field_metadata")
_DEFAULTS = ("alt", "title")

BLOCK_HEADS: tuple[tuple[str, pa.DataType], ...] = (
    ("id", pa.string()),
    (MODEL, pa.string()),
    ("_record_id", pa.string()),
    ("_record_model", pa.string()),
    ("_field", pa.string()),
    ("_locale", pa.string()),
    ("_path", pa.string()),
    ("_parent_block_id", pa.string()),
    ("_position", pa.int64()),
    ("_depth", pa.int64()),
)
# A field named like one of these has another name in every table.
_TAKEN = frozenset(
    {RECORD, MODEL, *(name for name, _, _ in _RECORD_HEADS), *(name for name, _ in BLOCK_HEADS)}
)

# The columns of the slim table of all records, and the records' own columns that they repeat.
SLIM: Mapping[str, str] = {
    "id": "id",
    "model": MODEL,
    "status": "_status",
    "created_at": "_created_at",
    "updated_at": "_updated_at",
    "published_at": "_published_at",
    "first_published_at": "_first_published_at",
    "is_valid": "_is_valid",
    "stage": "_stage",
    "creator": "_creator",
    "current_version": "_current_version",
}
LINK_COLUMNS: tuple[str, ...] = (
    "record_id",
    "record_model",
    "block_id",
    "block_model",
    "field",
    "locale",
    "path",
    "kind",
    "target_id",
)


def record_columns(item_type: ItemType | None, locales: Sequence[str]) -> list[Column]:
    """Describe the columns of a model's records."""
    heads = [Column(name, kind, path) for name, kind, path in _RECORD_HEADS]
    fields = field_columns(item_type, locales, ("attributes",), _TAKEN) if item_type else []
    return [*heads, *fields]


def block_columns(item_type: ItemType, locales: Sequence[str]) -> list[Column]:
    """Describe the columns of a block model's fields, as they stand in a block's attributes."""
    return field_columns(item_type, locales, (), _TAKEN)


def version_columns() -> list[Column]:
    """Describe the columns of versions."""
    return [Column(name, kind, path) for name, kind, path in _VERSION_HEADS]


def upload_columns(locales: Sequence[str]) -> list[Column]:
    """Describe the columns of uploads."""
    columns = [
        Column("id", TEXT, ("id",)),
        *(Column(name, kind, ("attributes", name)) for name, kind in _UPLOAD_HEADS),
    ]
    if locales:
        columns += [
            Column(f"default_{one}", TEXT, (*_METADATA, one), tuple(locales)) for one in _DEFAULTS
        ]
    collection = ("relationships", "upload_collection", "data", "id")
    return [
        *columns,
        Column("_created_at", MOMENT, ("attributes", "created_at")),
        Column("_updated_at", MOMENT, ("attributes", "updated_at")),
        Column("_creator", TEXT, _CREATOR),
        Column("_collection_id", TEXT, collection),
    ]


def hidden_upload_columns(locales: Sequence[str]) -> list[Column]:
    """Describe where older projects keep what others have by member first and then by locale."""
    return [
        Column(f"{one} {locale}", TEXT, (*_METADATA, locale, one))
        for one in _DEFAULTS
        for locale in locales
    ]


def take_older_form(cells: Cells, locales: Sequence[str]) -> None:
    """Put values that stand where older projects keep them to those that stand in the newer way."""
    for one in _DEFAULTS:
        above = (*_METADATA, one)
        for locale in locales:
            older = cells.values.get((*_METADATA, locale, one))
            if older is None:
                continue
            here = (*above, locale)
            cells.values[here] = [
                old if new is None else new
                for new, old in zip(cells.values[here], older, strict=True)
            ]
            if above in cells.missing:
                cells.missing[above] = [
                    missing and old is None
                    for missing, old in zip(cells.missing[above], older, strict=True)
                ]
