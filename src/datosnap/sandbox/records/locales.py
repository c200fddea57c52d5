"""Decide in which locales a record exists, and hold all its localized values to the same set."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records.content import block_model_id, blocks_in
from datosnap.sandbox.records.schema_view import ModelView, Schema


def record_locales(
    schema: Schema, model: ModelView, given: JsonObject, old: JsonObject | None
) -> list[str]:
    """Tell in which locales a record is about to exist.

    What is sent decides, then what is stored, and blocks where the record itself has no locales;
    a new record that names none is in the main locale, or in all of them when its model requires
    that.
    """
    if model.flag("all_locales_required"):
        return schema.locales
    named = chain(
        _by_locale(model, given),
        _by_locale(model, old or {}),
        _in_new_blocks(schema, model, given),
        (value for _, value in _stored(schema, model, old)),
    )
    return next((list(value) for value in named if value), schema.locales[:1])


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


def _by_locale(model: ModelView, attributes: JsonObject) -> Iterator[JsonObject]:
    for key, field in model.fields.items():
        value = attributes.get(key)
        if field.localized and isinstance(value, dict):
            yield value


def _in_new_blocks(schema: Schema, model: ModelView, given: JsonObject) -> Iterator[JsonObject]:
    """Walk through what is sent per locale in blocks, in a body that nobody has checked yet."""
    for key, field in model.fields.items():
        if field.localized or not field.holds_blocks:
            continue
        for form in _forms(given.get(key)):
            inner = schema.find(_model_id(form))
            if inner is not None:
                yield from _by_locale(inner, form["attributes"])
                yield from _in_new_blocks(schema, inner, form["attributes"])


def _forms(value: Json) -> Iterator[JsonObject]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(reversed(one))
        elif isinstance(one, dict) and one.get("type") == "item":
            if isinstance(one.get("attributes"), dict):
                yield one
        elif isinstance(one, dict):
            waiting.extend(reversed(one.values()))


def _model_id(form: JsonObject) -> str:
    try:
        return str(form["relationships"]["item_type"]["data"]["id"])
    except (KeyError, TypeError):
        return ""


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
