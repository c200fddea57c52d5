"""Convert stored values when their field changes: another type, per locale or not, gone blocks.

What survives a change is documented only in part (making a field plain destroys its other
locales); where it is not, a value that the new type takes is kept and any other is dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.records.content import BLOCK_NODES, block_model_id
from datosnap.sandbox.records.schema_view import FieldView
from datosnap.sandbox.records.shapes import SHAPES, Reader, ShapeError
from datosnap.sandbox.state import Environment


def empty_value(field: FieldView, locales: Sequence[str], *, within_locale: bool) -> Json:
    """Give the value of a field that nothing was put in."""
    if not field.localized or within_locale:
        return field.blank
    return dict.fromkeys(locales, field.blank)


def converted(
    environment: Environment,
    old: FieldView,
    new: FieldView,
    value: Json,
    locales: Sequence[str],
) -> Json:
    """Give a field's value as its new form keeps it; `locales` are the record's, main one first."""
    plain = value
    if old.localized:
        plain = next((value[one] for one in locales if one in (value or {})), old.blank)
    if not new.localized:
        return retyped(environment, old, new, plain)
    if old.localized:
        return {one: retyped(environment, old, new, each) for one, each in (value or {}).items()}
    kept = retyped(environment, old, new, plain)
    return {one: kept if at == 0 else new.blank for at, one in enumerate(locales)}


def retyped(environment: Environment, old: FieldView, new: FieldView, value: Json) -> Json:
    """Give one plain value as the new field type keeps it, blank where it does not take it."""
    if old.field_type == new.field_type:
        return value
    if value is None or old.holds_blocks or new.holds_blocks:
        return new.blank
    try:
        return SHAPES[new.field_type](Reader(environment), value)
    except ShapeError:
        return new.blank


def in_locales(
    field: FieldView, value: JsonObject, removed: Collection[str], needed: Sequence[str], main: str
) -> JsonObject:
    """Give a value per locale without some locales and with those that are needed."""
    kept = {one: each for one, each in value.items() if one not in removed}
    for locale in needed or ([] if kept else [main]):
        kept.setdefault(locale, field.blank)
    return kept


def without_blocks_of(model_id: str, field: FieldView, value: Json) -> Json:
    """Give a value without the blocks of a model that is going."""
    if not value or not field.holds_blocks:
        return value
    if field.field_type == "rich_text":
        return [block for block in value if block_model_id(block) != model_id]
    if field.field_type == "single_block":
        return None if block_model_id(value) == model_id else value
    (document,) = _kept([value["document"]], model_id)
    return {**value, "document": document}


def _kept(nodes: list[JsonObject], model_id: str) -> list[JsonObject]:
    return [
        {**node, "children": _kept(node["children"], model_id)} if "children" in node else node
        for node in nodes
        if not (node["type"] in BLOCK_NODES and block_model_id(node["item"]) == model_id)
    ]
