"""Tell what a model reaches: the blocks that its content may hold, and all it cannot be without."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from datosnap.core.entities import Field, Schema, related_id
from datosnap.core.jsontext import JsonObject
from datosnap.core.requests import BLOCK_VALIDATORS, STRUCTURAL_VALIDATORS
from datosnap.core.schema_matching import Resources
from datosnap.core.schema_plan import Act, SchemaPlan


def with_blocks(schema: Schema, model_ids: Collection[str]) -> frozenset[str]:
    """Give models together with the block models that their content may hold, at any depth."""
    return _reached(schema, model_ids, BLOCK_VALIDATORS)


def _reached(
    schema: Schema, model_ids: Collection[str], through: Collection[str]
) -> frozenset[str]:
    """Follow the models that these validators name."""
    found: set[str] = set()
    waiting = list(model_ids)
    while waiting:
        model = schema.item_types.get(waiting.pop())
        if model is not None and model.id not in found:
            found.add(model.id)
            waiting += [one for field in model.fields.values() for one in _named(field, through)]
    return frozenset(found)


def _named(field: Field, validators: Collection[str]) -> Iterable[str]:
    for name in validators:
        yield from (field.validators.get(name) or {}).get("item_types") or ()


def needed_for(
    resources: Resources, schema: Schema, model_ids: Collection[str]
) -> frozenset[tuple[str, str]]:
    """Name the resources, by kind and id, without which these models could not be.

    Fields name the models that they permit, which must exist; menus and filters are for people.
    """
    models = _reached(schema, model_ids, STRUCTURAL_VALIDATORS)
    found = {("item_type", one) for one in models}
    for kind in ("field", "fieldset", "schema_menu_item"):
        members = (one for one in resources.get(kind, ()) if related_id(one, "item_type") in models)
        found |= {(kind, one["id"]) for one in members}
    for one in resources.get("item_type", ()):
        if one["id"] in models:
            found.add(("workflow", related_id(one, "workflow") or ""))
    for one in resources.get("field", ()):
        if ("field", one["id"]) in found:
            found |= {("plugin", plugin) for plugin in _shown_by(one)}
    return frozenset(found)


def _shown_by(field: JsonObject) -> Iterable[str]:
    appearance: JsonObject = field["attributes"].get("appearance") or {}
    if isinstance(appearance.get("editor"), str):
        yield appearance["editor"]
    yield from (one["id"] for one in appearance.get("addons") or ())


def gaining_fields(plan: SchemaPlan, schema: Schema) -> frozenset[str]:
    """Name the models whose records get fields, in blocks too, that the target lacks.

    What such records hold there cannot be what was once written, whatever their version says.
    """
    made = {one.source_id for one in plan.of(Act.CREATE) if one.kind in {"item_type", "field"}}
    gaining = {
        one.id
        for one in schema.item_types.values()
        if one.id in made or any(field.id in made for field in one.fields.values())
    }
    models = (one.id for one in schema.models)
    return frozenset(one for one in models if with_blocks(schema, [one]) & gaining)
