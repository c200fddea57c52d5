"""Read a target's schema and settings, find in them what the snapshot has, and plan what follows.

Matching comes before any other id is chosen: what the target has already lends its id, and only
the rest keeps its own or gets a new one.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from datosnap.api.client import Client
from datosnap.core.jsontext import JsonObject, decode_object, slice_page
from datosnap.core.project_extras import EXTRAS, Extra, heirs_last, pair_in_turn
from datosnap.core.remapping import IdMap, IdPolicy, Target, Translate
from datosnap.core.requests import permitted_models
from datosnap.core.schema_matching import MATCHED_KINDS, Pairs, SchemaPolicy, pair
from datosnap.core.schema_plan import Act, SchemaPlan
from datosnap.core.schema_planning import Both, extra_step, plan_schema, with_locales
from datosnap.core.schema_reach import needed_for, with_blocks
from datosnap.errors import AccessRefusedError, RejectedError
from datosnap.flows.opening import Opened
from datosnap.flows.restoring.source import Source
from datosnap.store.snapshot import Snapshot

# Where each kind is listed that the one call for the schema does not bring.
LISTS = {
    "workflow": "/workflows",
    "plugin": "/plugins",
    "menu_item": "/menu-items",
    "schema_menu_item": "/schema-menu-items",
    "item_type_filter": "/item-type-filters",
    "upload_filter": "/upload-filters",
    "upload_collection": "/upload-collections",
}
# What a plan of the provider may lack; a refusal then says that there is none.
_OPTIONAL = frozenset({"workflow"})
_SCHEMA_KINDS = ("item_type", "field", "fieldset")


@dataclass(frozen=True, slots=True)
class TargetSchema:
    """What a target has: its site, and its resources by kind.

    `extras` holds the project's own kinds, by their names, as far as they were asked for.
    """

    site: JsonObject
    resources: dict[str, list[JsonObject]]
    extras: dict[str, list[JsonObject]] = field(default_factory=dict)

    def ids(self, kind: str) -> set[str]:
        """Give the ids of one kind."""
        return {one["id"] for one in self.resources.get(kind, ())}

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing of any kind."""
        return not any(self.resources.values())


async def read_target_schema(
    client: Client, opened: Opened, extras: Collection[str] = ()
) -> TargetSchema:
    """List what the target has of schema and settings, and of these extras; one call a kind."""
    resources = {
        kind: [decode_object(one) for one in opened.schema_lines.get(kind, ())]
        for kind in _SCHEMA_KINDS
    }
    for kind, path in LISTS.items():
        try:
            lines, _ = slice_page(await client.get(path))
        except (RejectedError, AccessRefusedError):
            if kind not in _OPTIONAL:
                raise
            lines = []
        resources[kind] = [decode_object(one) for one in lines]
    own: dict[str, list[JsonObject]] = {}
    for name in extras:
        lines, _ = slice_page(await client.get(EXTRAS[name].path))
        own[name] = [decode_object(one) for one in lines]
    return TargetSchema(decode_object(opened.site), resources, own)


@dataclass(frozen=True, slots=True)
class Wish:
    """How the schema is to be treated.

    `fresh` tells that the target holds nothing at all; `needed` are the source's models whose
    records will be written, None for all.
    """

    schema: SchemaPolicy
    ids: IdPolicy
    fresh: bool
    needed: Collection[str] | None = None


def match_schema(
    source: Source, target: TargetSchema, place: Target, ids: IdMap, wish: Wish
) -> SchemaPlan:
    """Match and plan; `ids` learns the target's id of everything that is there already.

    Nothing is refused here: the plan tells every reason to.
    """
    sources = {some[0]["type"]: some for some in source.resources.values() if some}
    sources["field"] = [permitting_known(one, source) for one in source.resources["fields"]]
    candidates = partial(_candidates, {(kind, one): other for kind, one, other in ids}, place)
    pairs = pair(sources, target.resources, candidates)
    for (kind, source_id), target_id in pairs.items():
        ids.add(kind, source_id, target_id)
    needed = None if wish.needed is None else with_blocks(source.schema, wish.needed)
    within = None if wish.needed is None else needed_for(sources, source.schema, wish.needed)
    known = {(kind, one["id"]) for kind, some in sources.items() for one in some}
    compared_id = partial(_compared_id, known, pairs, ids)
    both = Both(sources, target.resources, pairs, compared_id, needed, within)
    plan = _with_extras(plan_schema(both, wish.schema), source, target, ids, both.translate)
    if wish.ids is IdPolicy.PRESERVE:
        plan = replace(plan, refusals=(*plan.refusals, *_not_preserved(plan, pairs)))
    ours = source.site["attributes"]["locales"]
    theirs = target.site["attributes"]["locales"]
    return with_locales(plan, ours, theirs, fresh=wish.fresh)


def _with_extras(
    plan: SchemaPlan, source: Source, target: TargetSchema, ids: IdMap, translate: Translate
) -> SchemaPlan:
    """Plan the project's own kinds that were asked for; what is there of them is left as it is."""
    steps = dict(plan.steps)
    for name, theirs in target.extras.items():
        extra, by_id = EXTRAS[name], {one["id"]: one for one in theirs}
        ours = read_extras(source.snapshot, extra)
        pairs = pair_in_turn(extra, ours, theirs)
        for source_id, target_id in pairs.items():
            ids.add(extra.kind, source_id, target_id)
        for one in ours:
            there = by_id.get(pairs.get(one["id"], ""))
            steps[extra.kind, one["id"]] = extra_step(extra, one, there, translate)
    withheld = source.snapshot.manifest.facts.withheld
    made = {
        (f"{one.kind}s", one.source_id): one.name for one in steps.values() if one.act is Act.CREATE
    }
    by_hand = (
        f"{made[one.kind, one.id]}: {one.what}" for one in withheld if (one.kind, one.id) in made
    )
    return replace(plan, steps=steps, extras=tuple(target.extras), by_hand=tuple(by_hand))


def read_extras(snapshot: Snapshot, extra: Extra) -> list[JsonObject]:
    """Read all of one kind that a snapshot has, in the order in which they can be made."""
    found = [decode_object(one) for one in snapshot.resources(extra.name)]
    return heirs_last(found)


def permitting_known(field: JsonObject, source: Source) -> JsonObject:
    """Leave out of a field's validators the models that the source itself no longer has."""
    validators: JsonObject = field["attributes"].get("validators") or {}
    kept, _ = permitted_models(validators, source.schema.item_types)
    return {**field, "attributes": {**field["attributes"], "validators": kept}}


def _candidates(
    noted: Mapping[tuple[str, str], str], place: Target, kind: str, source_id: str
) -> Iterable[str]:
    """Give the ids it may have: noted by an earlier import, derived by one, or its own."""
    earlier = noted.get((kind, source_id))
    return (*([earlier] if earlier else ()), place.derive(kind, source_id), source_id)


def _compared_id(
    known: Container[tuple[str, str]], pairs: Pairs, ids: IdMap, kind: str, source_id: str
) -> str:
    """Give an id to compare with; one of a thing still to be made equals nothing that is there.

    What is no id of the source's is left as it is: the editor of a field may be a built-in one.
    """
    if kind not in MATCHED_KINDS:
        return ids.translate(kind, source_id)
    if (kind, source_id) not in known:
        return source_id
    return pairs.get((kind, source_id)) or f"{source_id} (new)"


def _not_preserved(plan: SchemaPlan, pairs: Pairs) -> Iterable[str]:
    for (kind, source_id), target_id in pairs.items():
        step = plan.steps[kind, source_id]
        if source_id != target_id and step.target is not None:
            yield (
                f"{step.name}: expected the id {source_id} of the snapshot,"
                f" found {target_id} in the target; --ids auto maps the one to the other"
            )
