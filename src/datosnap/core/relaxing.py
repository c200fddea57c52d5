"""Decide which validators of a target's own fields are in the way of records about to be written.

Content arrives in parts, and a source may hold content that its validators would not let in today.
To set a field's validators aside changes a stranger's schema for a while and has all its records
checked again, so that it is done only where the validators could refuse what is known to be right.
What the target's stricter rules refuse stays refused, and is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from datosnap.core.entities import Field, Schema
from datosnap.core.schema_matching import SchemaPolicy
from datosnap.core.schema_plan import SchemaPlan
from datosnap.core.schema_planning import with_relaxed
from datosnap.core.schema_reach import with_blocks

# Fields whose value may name records that do not exist yet.
_LINKING = frozenset({"link", "links", "structured_text"})


@dataclass(frozen=True, slots=True)
class Writing:
    """A record that will be written: into which of the source's models, and how.

    `is_valid` tells whether the source's own validators let every content of it in; `in_parts`
    that links are left out of the first write; `replaces` that the target has the record.
    """

    model_id: str
    is_valid: bool = True
    in_parts: bool = False
    replaces: bool = False


def relax_for(plan: SchemaPlan, schema: Schema, writings: Iterable[Writing]) -> SchemaPlan:
    """Have the plan set aside what is in the way of these records.

    Where the schema is to be left alone nothing is, and what the validators refuse is told.
    """
    if plan.policy is SchemaPolicy.SKIP:
        return plan
    doubted: set[str] = set()
    parted: set[str] = set()
    replacing: set[str] = set()
    written: set[str] = set()
    for one in writings:
        written.add(one.model_id)
        if not one.is_valid:
            doubted.add(one.model_id)
        if one.in_parts:
            parted.add(one.model_id)
        if one.replaces:
            replacing.add(one.model_id)
    found = {field.id for field in _fields(schema, doubted)}
    # Only a link is ever left out for a while.
    found |= {one.id for one in _fields(schema, parted) if one.field_type in _LINKING}
    # Values may change places between records, which `unique` refuses half-way.
    found |= {one.id for one in _fields(schema, replacing) if "unique" in one.validators}
    if plan.policy is SchemaPolicy.MATCH:
        # The source's validators will hold, but until then the target's would.
        found |= {one.id for one in _fields(schema, written) if _changes_rules(plan, one)}
    return with_relaxed(plan, sorted(found))


def _changes_rules(plan: SchemaPlan, field: Field) -> bool:
    step = plan.steps.get(("field", field.id))
    return step is not None and any(one.name == "validators" for one in step.changes)


def _fields(schema: Schema, model_ids: Collection[str]) -> Iterable[Field]:
    for model_id in with_blocks(schema, model_ids):
        yield from schema.item_types[model_id].fields.values()
