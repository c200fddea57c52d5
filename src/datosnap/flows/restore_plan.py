"""Decide what a restore will do, and find every reason not to, before the first write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from datosnap.api.client import Client, Query
from datosnap.api.endpoints import UPLOAD_PAGE
from datosnap.core.jsontext import JsonObject, read_head
from datosnap.core.remapping import IdMap, IdPolicy, Target, choose_ids
from datosnap.core.requests import split_validators
from datosnap.core.schema_plan import SchemaPlan
from datosnap.errors import UsageError
from datosnap.flows.listing import Listing, read_listing
from datosnap.flows.opening import Opened
from datosnap.flows.ordering import Slots
from datosnap.flows.restore_schema_matching import TargetSchema, read_target_schema
from datosnap.flows.restore_source import Source

# Flags that change what a payload means; a project cannot switch them back.
_MEANINGFUL_FLAGS = (
    "improved_timezone_management",
    "improved_boolean_fields",
    "milliseconds_in_datetime",
)
# What a project has that this import leaves alone, by file in the snapshot.
_NOT_TAKEN_OVER = {
    "roles": "roles",
    "access_tokens": "API tokens",
    "users": "users",
    "site_invitations": "invitations",
    "webhooks": "webhooks",
    "build_triggers": "build triggers",
    "search_indexes": "search indexes",
}
# What the API lets nobody set.
_NEVER = (
    "version history, editors of versions and creators",
    "dates of the last update and publication",
    "addresses of assets",
)


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """What will be created of one model."""

    model: str
    name: str
    records: int
    draft: int
    updated: int
    published: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a restore will do; nothing of it is done yet."""

    project_id: str
    project_name: str
    environment_id: str
    ids: IdPolicy
    ids_kept: int
    ids_derived: int
    locales: tuple[str, ...]
    models: tuple[ModelPlan, ...]
    block_models: int
    fields: int
    uploads: int
    asset_bytes: int
    second_writes: int
    calls: int
    left_alone: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class TargetState:
    """What the target holds already."""

    opened: Opened
    schema: TargetSchema
    taken: dict[str, set[str]] = field(default_factory=dict)

    @property
    def site(self) -> JsonObject:
        """Give its site."""
        return self.schema.site

    @property
    def place(self) -> Target:
        """Give where ids are derived for."""
        return Target(self.opened.project_id, self.opened.environment_id, self.taken)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was ever made there."""
        return not any(self.taken.values())

    def describe(self) -> str:
        """Say what is there."""
        parts = [f"{len(ids)} {kind}s" for kind, ids in self.taken.items() if ids]
        return ", ".join(parts) or "nothing"


async def look_at_target(
    client: Client, opened: Opened, extras: Collection[str] = ()
) -> TargetState:
    """List what the target holds; costs one call a kind when it is empty."""
    schema = await read_target_schema(client, opened, extras)
    state = TargetState(opened, schema, {kind: schema.ids(kind) for kind in schema.resources})
    for kind, path in (("upload", "/uploads"), ("item", "/items")):
        state.taken[kind] = await _listed(client, path)
    return state


async def _listed(client: Client, path: str) -> set[str]:
    ids: set[str] = set()

    async def take(rows: list[bytes]) -> None:
        ids.update(read_head(one).id for one in rows)

    query: Query = {"version": "current"} if path == "/items" else {}
    await read_listing(client, Listing(path, query, UPLOAD_PAGE), take, Slots(2))
    return ids


def refuse_if_unfit(
    source: Source, target: TargetState, schema: SchemaPlan, *, allow_nonempty: bool
) -> None:
    """Find every reason not to begin.

    Raises: UsageError with all of them, one a line; nothing was written.
    """
    reasons = [*_flags(source, target), *schema.refusals]
    if not target.is_empty and not allow_nonempty:
        reasons.append(
            f"the target is not empty: environment {target.opened.environment_id} of project"
            f" {target.opened.project_id} holds {target.describe()}; name an empty project or"
            f" environment, or add beside what is there with --allow-nonempty"
        )
    if reasons:
        raise UsageError("\n".join(reasons))


def make_plan(
    source: Source, target: TargetState, schema: SchemaPlan, ids: IdMap, policy: IdPolicy
) -> Plan:
    """Choose all ids and count all work.

    Raises: UsageError when ids were to be preserved and cannot be.
    """
    opened = target.opened
    wanted = (one for one in source.identities() if schema.has_place(*one))
    choose_ids(wanted, policy, target.place, ids)
    kept = sum(source_id == target_id for _, source_id, target_id in ids)
    held = [
        source.snapshot.asset_entry(one["attributes"].get("md5") or "") for one in source.uploads
    ]
    again = len(source.order.deferred) + sum(s.status == "updated" for s in source.records.values())
    return Plan(
        project_id=opened.project_id,
        project_name=opened.project_name,
        environment_id=opened.environment_id,
        ids=policy,
        ids_kept=kept,
        ids_derived=len(ids) - kept,
        locales=schema.locales,
        models=_model_plans(source),
        block_models=len(source.schema.block_models),
        fields=len(source.resources["fields"]),
        uploads=len(source.uploads),
        asset_bytes=sum(entry.bytes for entry in held if entry is not None),
        second_writes=again,
        calls=_calls(source, again),
        left_alone=_left_alone(source),
        notes=tuple(_notes(held.count(None))),
    )


def _model_plans(source: Source) -> tuple[ModelPlan, ...]:
    counts: dict[str, Counter[str]] = {one.id: Counter() for one in source.schema.models}
    for state in source.records.values():
        counts[state.model.id][state.status] += 1
    return tuple(
        ModelPlan(
            model.api_key,
            model.name,
            counts[model.id].total(),
            counts[model.id]["draft"],
            counts[model.id]["updated"],
            counts[model.id]["published"],
        )
        for model in source.schema.models
    )


def _calls(source: Source, again: int) -> int:
    """Estimate the API calls: one for each thing made, two for an upload, some in bulk."""
    resources = source.resources
    made = sum(len(members) for name, members in resources.items() if name != "site")
    held_back = sum(
        split_validators(one["attributes"].get("validators") or {})[1]
        for one in resources["fields"]
    )
    live = sum(one.is_published for one in source.records.values())
    bulk = -(-live // 200)
    return made + held_back + 2 * len(source.uploads) + len(source.records) + again + bulk + 4


def _left_alone(source: Source) -> tuple[str, ...]:
    found = [
        f"{count} {words}"
        for name, words in _NOT_TAKEN_OVER.items()
        if (count := len(source.snapshot.resources(name)))
    ]
    return (*found, *_NEVER)


def _notes(without_bytes: int) -> list[str]:
    if not without_bytes:
        return []
    return [f"{without_bytes} uploads have no bytes in the snapshot and cannot come over"]


def _flags(source: Source, target: TargetState) -> list[str]:
    ours: JsonObject = source.site.get("meta") or {}
    theirs: JsonObject = target.site.get("meta") or {}
    return [
        f"the flag {name} is {bool(ours.get(name))} in the snapshot and {bool(theirs.get(name))} in"
        f" the target, which changes what values mean; switch it in the target's settings first"
        for name in _MEANINGFUL_FLAGS
        if bool(ours.get(name)) != bool(theirs.get(name))
    ]
