"""Decide what an import does to a target's schema and settings: make, bring, leave, or refuse."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from datosnap.core.entities import related_id
from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.project_extras import Extra, differing
from datosnap.core.remapping import Translate, translate_resource
from datosnap.core.requests import FIELD_POINTERS, definition, split_validators
from datosnap.core.schema_comparing import (
    Change,
    changes,
    describe,
    displaced,
    misfits,
    names_of_models,
)
from datosnap.core.schema_matching import MATCHED_KINDS, Pairs, Resources, SchemaPolicy
from datosnap.core.schema_plan import Act, SchemaPlan, Step

# Kinds that are content rather than schema: made under every policy.
_ALWAYS_MADE = frozenset({"upload_collection"})


@dataclass(frozen=True, slots=True)
class Both:
    """Source and target side by side; `translate` gives the target's id of anything known there.

    `needed` are the source's models whose records will be written, with their block models, and
    `within` is what else may be made or brought, by kind and id; None stands for all.
    """

    sources: Resources
    targets: Resources
    pairs: Pairs
    translate: Translate
    needed: Collection[str] | None = None
    within: Collection[tuple[str, str]] | None = None

    def is_within(self, kind: str, source_id: str) -> bool:
        """Tell whether a resource is any business of the import; folders hold content."""
        return self.within is None or kind in _ALWAYS_MADE or (kind, source_id) in self.within


def plan_schema(both: Both, policy: SchemaPolicy) -> SchemaPlan:
    """Decide on every resource; locales are decided on by `with_locales`."""
    there = {(kind, one["id"]): one for kind, some in both.targets.items() for one in some}
    models = names_of_models(both.sources.get("item_type", ()))
    moved = displaced(both.sources, both.targets, both.pairs)
    steps: dict[tuple[str, str], Step] = {}
    refusals: list[str] = []
    for kind in MATCHED_KINDS:
        for one in both.sources.get(kind, ()):
            key = (kind, one["id"])
            name = describe(one, models)
            if not both.is_within(*key):
                steps[key] = Step(*key, name, Act.SAME if key in both.pairs else Act.NOT_ASKED)
                continue
            if key not in both.pairs:
                steps[key] = Step(*key, name, _absent(kind, policy))
                continue
            target = there[kind, both.pairs[key]]
            found = changes(translate_resource(one, both.translate), target)
            if key in moved:
                found = (*found, Change("position", _position(target), _position(one)))
            steps[key] = Step(*key, name, _present(policy, found), found, target)
            refusals += _conflicts(name, one, target)
    if policy is SchemaPolicy.SKIP:
        refusals += _lacking(steps.values(), both)
    plan = SchemaPlan(policy, steps=steps, refusals=tuple(refusals))
    return replace(plan, pointers=_pointers(plan, both.sources.get("field", ())))


def with_relaxed(plan: SchemaPlan, field_ids: Iterable[str]) -> SchemaPlan:
    """Have the validators of these fields, by source id, set aside and put back afterwards.

    Only those of the target's own fields count that judge content; fields that the import makes
    get theirs at the end anyway.
    """
    relaxed: dict[str, JsonObject] = {}
    for field_id in field_ids:
        step = plan.steps.get(("field", field_id))
        if step is not None and step.target is not None:
            validators: JsonObject = definition(step.target).get("validators") or {}
            if split_validators(validators)[1]:
                relaxed[field_id] = validators
    return replace(plan, relaxed=relaxed)


def _pointers(plan: SchemaPlan, fields: Iterable[JsonObject]) -> dict[str, JsonObject]:
    """Keep what the target's own models point to, of those that get a field."""
    found: dict[str, JsonObject] = {}
    for one in fields:
        model_id = related_id(one, "item_type") or ""
        model = plan.steps.get(("item_type", model_id))
        if plan.creates("field", one["id"]) and model is not None and model.target is not None:
            given = definition(model.target)
            found[model_id] = {name: given.get(name) for name in FIELD_POINTERS}
    return found


def with_locales(
    plan: SchemaPlan, ours: list[str], theirs: list[str], *, fresh: bool
) -> SchemaPlan:
    """Decide on the locales: the target's order is kept, what it lacks comes after.

    A fresh target takes the source's order; the one locale that every new project has goes when
    the source has others.
    """
    missing = [one for one in ours if one not in theirs]
    if fresh:
        further = [one for one in theirs if one not in ours] if len(theirs) > 1 else []
        return replace(plan, fresh=True, locales=(*ours, *further), added_locales=tuple(missing))
    if missing and plan.policy is SchemaPolicy.SKIP:
        reason = (
            f"expected the locales {', '.join(ours)}, found {', '.join(theirs)} in the target; add"
            f" {', '.join(missing)} there, or import with --schema create"
        )
        return replace(plan, fresh=False, locales=tuple(theirs), refusals=(*plan.refusals, reason))
    return replace(plan, fresh=False, locales=(*theirs, *missing), added_locales=tuple(missing))


def extra_step(
    extra: Extra, source: JsonObject, target: JsonObject | None, translate: Translate
) -> Step:
    """Decide on one of the project's own things: it is made, or left as it is there."""
    kind, source_id, name = extra.kind, source["id"], extra.label(source)
    if target is None:
        return Step(kind, source_id, name, Act.CREATE)
    found = tuple(differing(extra, source, target, translate))
    return Step(kind, source_id, name, Act.DIFFERS if found else Act.SAME, found, target)


def _absent(kind: str, policy: SchemaPolicy) -> Act:
    is_left = policy is SchemaPolicy.SKIP and kind not in _ALWAYS_MADE
    return Act.LEAVE_OUT if is_left else Act.CREATE


def _present(policy: SchemaPolicy, found: tuple[Change, ...]) -> Act:
    if not found:
        return Act.SAME
    return Act.UPDATE if policy is SchemaPolicy.MATCH else Act.DIFFERS


def _position(resource: JsonObject) -> str:
    return str(resource["attributes"].get("position"))


def _conflicts(name: str, source: JsonObject, target: JsonObject) -> Iterable[str]:
    for attribute, ours, theirs in misfits(source, target):
        yield (
            f"{name}: expected {attribute} to be {_said(ours)} as in the snapshot, found"
            f" {_said(theirs)} in the target; rename one of the two, or import into another"
            f" environment"
        )


def _said(value: Json) -> str:
    return value if isinstance(value, str) else str(bool(value)).lower()


def _lacking(steps: Iterable[Step], both: Both) -> Iterable[str]:
    """Name the models and fields without which content could not be written."""
    owners = {
        one["id"]: one["relationships"]["item_type"]["data"]["id"]
        for one in both.sources.get("field", ())
    }
    gone: set[str] = set()
    for step in steps:
        model = owners.get(step.source_id, step.source_id)
        if step.act is not Act.LEAVE_OUT or step.kind not in {"item_type", "field"}:
            continue
        if step.kind == "item_type":
            gone.add(model)
        is_needed = both.needed is None or model in both.needed
        # A model that is missing says it for its fields.
        if is_needed and not (step.kind == "field" and model in gone):
            yield (
                f"the target lacks {step.name}, which records of the snapshot need; make it there,"
                f" or import with --schema create"
            )
