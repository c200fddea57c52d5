"""Tell which models the content of others reaches into: through the blocks that it may hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from datosnap.core.entities import Field, Schema
from datosnap.core.requests import BLOCK_VALIDATORS
from datosnap.core.schema_plan import Act, SchemaPlan


def with_blocks(schema: Schema, model_ids: Collection[str]) -> frozenset[str]:
    """Give models together with the block models that their content may hold, at any depth."""
    found: set[str] = set()
    waiting = list(model_ids)
    while waiting:
        model = schema.item_types.get(waiting.pop())
        if model is not None and model.id not in found:
            found.add(model.id)
            waiting += [block for one in model.fields.values() for block in _blocks(one)]
    return frozenset(found)


def _blocks(field: Field) -> Iterable[str]:
    for name in BLOCK_VALIDATORS:
        yield from (field.validators.get(name) or {}).get("item_types") or ()


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
