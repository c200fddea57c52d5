"""Decide in which locales a record exists, and hold all its localized values to the same set."""

from __future__ import annotations

from collections.abc import Iterator

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records.content import block_model_id, blocks_in
from datosnap.sandbox.records.schema_view import ModelView, Schema


def record_locales(
    schema: Schema, model: ModelView, given: JsonObject, old: JsonObject | None
) -> list[str]:
    """Tell in which locales a record is about to exist.

    What is sent decides, then what is stored; a new record that names none is in the main locale,
    or in all of them when its model requires that.
    """
    if model.flag("all_locales_required"):
        return schema.locales
    for attributes in (given, old or {}):
        for key, field in model.fields.items():
            value = attributes.get(key)
            if field.localized and isinstance(value, dict) and value:
                return list(value)
    return next((list(value) for _, value in _stored(schema, model, old)), schema.locales[:1])


def check_locales(schema: Schema, model: ModelView, attributes: JsonObject) -> None:
    """Hold all localized values of a content to one set of locales.

    Raises: ApiFailure with `MISSING_LOCALES`, naming the field that lacks some.
    """
    values = list(_stored(schema, model, attributes))
    if not values:
        return
    wanted = set(schema.locales) if model.flag("all_locales_required") else set()
    for _, value in values:
        wanted |= value.keys()
    for path, value in values:
        missing = sorted(wanted - value.keys())
        if missing:
            raise ApiFailure("MISSING_LOCALES", {"field": path, "missing_locales": missing})


def _stored(
    schema: Schema, model: ModelView, attributes: JsonObject | None, prefix: str = ""
) -> Iterator[tuple[str, JsonObject]]:
    """Walk through the values that are kept per locale, those of blocks included."""
    for key, field in model.fields.items():
        value = (attributes or {}).get(key)
        if field.localized:
            if isinstance(value, dict):
                yield prefix + key, value
            continue
        for index, block in enumerate(blocks_in(field, value)):
            inner = schema.model(block_model_id(block))
            yield from _stored(schema, inner, block["attributes"], f"{prefix}{key}.{index}.")
