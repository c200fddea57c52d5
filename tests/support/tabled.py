"""Small snapshots with a schema, for questions: models of any names, fields and records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from datosnap.core.jsontext import Json, JsonObject, encode
from datosnap.store.columns.shape import read_shape
from datosnap.store.locations import Where
from datosnap.store.manifest import Manifest, ModelTotals
from datosnap.store.names import ChunkFormat
from datosnap.store.snapshot_writer import SnapshotWriter
from tests.support.snapshots import facts


@dataclass(frozen=True, slots=True)
class Model:
    """A model: its fields by api_key, as their types, and its records as attributes.

    A field whose type ends with `*` is localized. `published` has copies that readers see.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    records: Sequence[JsonObject] = ()
    statuses: Sequence[str] = ()
    published: Sequence[JsonObject] = ()
    is_block: bool = False


def write_tabled(
    root: Where,
    models: Mapping[str, Model],
    chunk_format: ChunkFormat = "parquet",
    *,
    locales: Sequence[str] = ("en", "it"),
    shaped: bool = True,
) -> Manifest:
    """Write a snapshot of models, the first record of each with the id `<api_key>-0`.

    One that is not `shaped` is as datosnap wrote Parquet before there were columns of fields.
    """
    site = encode({"type": "site", "id": "1", "attributes": {"locales": list(locales)}})
    item_types = [encode(_item_type(name, one)) for name, one in models.items()]
    fields = [
        encode(_field(name, api_key, kind))
        for name, one in models.items()
        for api_key, kind in one.fields.items()
    ]
    shape = read_shape(site, item_types, fields) if shaped else None
    own = {name: one for name, one in models.items() if not one.is_block}
    with SnapshotWriter.begin(root, chunk_format=chunk_format, shape=shape) as writer:
        writer.resources("site", [site])
        writer.resources("item_types", item_types)
        writer.resources("fields", fields)
        for name, one in own.items():
            statuses = [*one.statuses, *["published"] * len(one.records)]
            rows = [
                _item(name, number, attributes, statuses[number])
                for number, attributes in enumerate(one.records)
            ]
            copies = [_item(name, number, it, "updated") for number, it in enumerate(one.published)]
            for kind, written in (("current", rows), ("published", copies)):
                chunk = writer.chunks("current" if kind == "current" else "published", name)
                chunk.write(written)
                chunk.close()
        totals = [
            ModelTotals(name, name, len(one.records), len(one.published), 0, len(one.records))
            for name, one in own.items()
        ]
        return writer.commit(facts(totals))


def _item_type(name: str, model: Model) -> JsonObject:
    attributes = {"api_key": name, "name": name.title(), "modular_block": model.is_block}
    return {"type": "item_type", "id": name, "attributes": attributes}


def _field(model: str, api_key: str, kind: str) -> JsonObject:
    attributes = {
        "api_key": api_key,
        "field_type": kind.removesuffix("*"),
        "localized": kind.endswith("*"),
        "label": api_key.title(),
        "hint": f"all about {api_key}",
    }
    owner = {"item_type": {"data": {"type": "item_type", "id": model}}}
    return {
        "type": "field",
        "id": f"{model}.{api_key}",
        "attributes": attributes,
        "relationships": owner,
    }


def _item(model: str, number: int, attributes: Json, status: str) -> bytes:
    meta = {"status": status, "created_at": "2026-01-02T03:04:05.678+01:00", "is_valid": True}
    owner = {"item_type": {"data": {"type": "item_type", "id": model}}}
    return encode(
        {
            "type": "item",
            "id": f"{model}-{number}",
            "attributes": attributes,
            "relationships": owner,
            "meta": meta,
        }
    )
