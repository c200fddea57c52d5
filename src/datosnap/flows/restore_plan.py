"""Say what a restore will do, and every reason not to, before the first write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from datosnap.core.jsontext import JsonObject
from datosnap.core.matching import Action, OnConflict
from datosnap.core.matching_uploads import UploadAct
from datosnap.core.remapping import IdPolicy
from datosnap.core.requests import split_validators
from datosnap.core.schema_plan import Act, SchemaPlan
from datosnap.errors import quote
from datosnap.flows.restore_decisions import Decisions
from datosnap.flows.restore_preparing import Policy, Prepared
from datosnap.flows.restore_source import Source
from datosnap.flows.restore_target import TargetState

T = TypeVar("T")

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
# Named in a refusal; more would hide the message.
_NAMED = 10


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """What becomes of the records of one model; `delete` counts those of the target."""

    model: str
    name: str
    records: int
    draft: int
    updated: int
    published: int
    create: int = 0
    update: int = 0
    unchanged: int = 0
    skip: int = 0
    delete: int = 0


@dataclass(frozen=True, slots=True)
class UploadPlan:
    """What becomes of the uploads."""

    send: int
    reuse: int
    update: int
    skip: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a restore will do; nothing of it is done yet.

    `refusals` are all the reasons for which it will not begin; `conflicts` name what was edited in
    the target and is left alone.
    """

    project_id: str
    project_name: str
    environment_id: str
    ids: IdPolicy
    ids_kept: int
    ids_derived: int
    locales: tuple[str, ...]
    added_locales: tuple[str, ...]
    models: tuple[ModelPlan, ...]
    block_models: int
    fields: int
    schema: tuple[JsonObject, ...]
    by_hand: tuple[str, ...]
    uploads: int
    upload_plan: UploadPlan
    asset_bytes: int
    second_writes: int
    calls: int
    left_alone: tuple[str, ...]
    notes: tuple[str, ...]
    conflicts: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    resumed: bool = False
    versions: int = 0

    @property
    def deletes(self) -> int:
        """Count the records of the target that are to be deleted."""
        return sum(one.delete for one in self.models)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What was agreed to beforehand."""

    primary: bool = False
    dangling: bool = False
    missing_assets: bool = True


@dataclass(slots=True)
class Planner:
    """Counts the work of one restore and finds the reasons against it."""

    source: Source
    target: TargetState
    prepared: Prepared
    policy: Policy
    deferred: int
    _decisions: Decisions = field(init=False)
    _schema: SchemaPlan = field(init=False)

    def __post_init__(self) -> None:
        self._decisions = self.prepared.decisions
        self._schema = self.prepared.schema

    def plan(self, refusals: tuple[str, ...] = (), *, resumed: bool = False) -> Plan:
        """Count all work."""
        opened, ids = self.target.opened, self.prepared.ids
        kept = sum(source_id == target_id for _, source_id, target_id in ids)
        acts = Counter(self._decisions.uploads.values())
        again = self.deferred + sum(one.draft for one in self._decisions.works.values())
        return Plan(
            project_id=opened.project_id,
            project_name=opened.project_name,
            environment_id=opened.environment_id,
            ids=self.policy.ids,
            ids_kept=kept,
            ids_derived=len(ids) - kept,
            locales=self._schema.locales,
            added_locales=self._schema.added_locales,
            models=self._models(),
            block_models=len(self.source.schema.block_models),
            fields=len(self.source.resources["fields"]),
            schema=tuple(self._schema.told()),
            by_hand=self._schema.by_hand,
            uploads=len(self.source.uploads),
            upload_plan=UploadPlan(
                acts[UploadAct.SEND],
                acts[UploadAct.REUSE],
                acts[UploadAct.UPDATE],
                acts[UploadAct.SKIP],
            ),
            asset_bytes=self._asset_bytes(),
            second_writes=again,
            calls=self._calls(again),
            left_alone=self._left_alone(),
            notes=tuple(self._notes(resumed=resumed)),
            conflicts=tuple(self._conflicts()),
            refusals=refusals,
            resumed=resumed,
            versions=self._versions(),
        )

    def refusals(self, allowed: Allowed, *, begun_before: bool) -> tuple[str, ...]:
        """Find every reason not to begin; `begun_before` tells that one was agreed to already."""
        reasons = [*self._flags(), *self._blind_spots(), *self._schema.refusals]
        if not (allowed.primary or begun_before):
            reasons += self._primary()
        reasons += self._quotas()
        if not allowed.dangling:
            reasons += self._dangling()
        if not allowed.missing_assets:
            reasons += self._missing_assets()
        if self.policy.on_conflict is OnConflict.FAIL:
            reasons += (f"{one}: edited in the target" for one in self._conflicts())
        return tuple(reasons)

    def _models(self) -> tuple[ModelPlan, ...]:
        status: dict[str, Counter[str]] = {}
        actions: dict[str, Counter[Action]] = {}
        for state in self.source.records.values():
            key = state.model.id
            status.setdefault(key, Counter())[state.status] += 1
            work = self._decisions.works.get(state.id)
            if work is not None:
                actions.setdefault(key, Counter())[work.action] += 1
        deletes = Counter(self._decisions.deletes.values())
        plans: list[ModelPlan] = []
        for model in self.source.schema.models:
            count, act = status.get(model.id, Counter()), actions.get(model.id, Counter())
            plans.append(
                ModelPlan(
                    model.api_key,
                    model.name,
                    count.total(),
                    count["draft"],
                    count["updated"],
                    count["published"],
                    act[Action.CREATE],
                    act[Action.UPDATE],
                    act[Action.UNCHANGED],
                    act[Action.SKIP],
                    deletes[self.prepared.ids.translate("item_type", model.id)],
                )
            )
        return tuple(one for one in plans if self.source.is_whole or one.records or one.delete)

    def _versions(self) -> int:
        pasts = self.source.pasts
        return sum(pasts[one].count for one in self._decisions.creates if one in pasts)

    def _asset_bytes(self) -> int:
        entries = (self.source.snapshot.asset_entry(_md5(one)) for one in self._sent())
        return sum(one.bytes for one in entries if one is not None)

    def _sent(self) -> list[JsonObject]:
        uploads = self._decisions.uploads
        return [one for one in self.source.uploads if uploads.get(one["id"]) is UploadAct.SEND]

    def _calls(self, again: int) -> int:
        """Estimate the API calls: one for each thing made, two for an upload, some in bulk."""
        works = self._decisions.works.values()
        schema = len(self._schema.of(Act.CREATE, Act.UPDATE)) + 2 * len(self._schema.relaxed)
        schema += sum(
            split_validators(one["attributes"].get("validators") or {})[1]
            for one in self.source.resources["fields"]
            if self._schema.creates("field", one["id"])
        )
        uploads = Counter(self._decisions.uploads.values())
        assets = 2 * uploads[UploadAct.SEND] + uploads[UploadAct.UPDATE]
        records = sum(one.base for one in works) + again + self._versions()
        bulk = [
            sum(one.publish for one in works),
            sum(one.unpublish for one in works),
            len(self._decisions.deletes),
        ]
        return schema + assets + records + sum(-(-count // 200) for count in bulk) + 4

    def _left_alone(self) -> tuple[str, ...]:
        found = [
            f"{count} {words}"
            for name, words in _NOT_TAKEN_OVER.items()
            if name not in self._schema.extras
            and (count := len(self.source.snapshot.resources(name)))
        ]
        return (*found, *_NEVER)

    def _notes(self, *, resumed: bool) -> Iterable[str]:
        if resumed:
            yield "goes on with an import that was interrupted"
        if self.prepared.gone:
            yield f"{len(self.prepared.gone):,} ids of the id map are gone from the target"
        versions = self._versions()
        if versions:
            yield f"{versions:,} old versions get the dates and the editor of this import"
        missing = len(self._without_bytes())
        if missing:
            yield f"{missing} uploads have no bytes in the snapshot and cannot come over"
        behind = sum(map(len, self.prepared.dangling.values()))
        if behind:
            yield f"{behind} links lead to what was not selected and will be left out"

    def _without_bytes(self) -> list[JsonObject]:
        snapshot = self.source.snapshot
        return [one for one in self._sent() if snapshot.asset_entry(_md5(one)) is None]

    def _conflicts(self) -> Iterable[str]:
        for one, work in self._decisions.works.items():
            if work.action is Action.SKIP:
                yield f"record {one} of {self.source.records[one].model.api_key}"
        for one, act in self._decisions.uploads.items():
            if act is UploadAct.SKIP:
                yield f"upload {one}"

    def _flags(self) -> Iterable[str]:
        ours: JsonObject = self.source.site.get("meta") or {}
        theirs: JsonObject = self.target.site.get("meta") or {}
        for name in _MEANINGFUL_FLAGS:
            if bool(ours.get(name)) != bool(theirs.get(name)):
                yield (
                    f"the flag {name} is {bool(ours.get(name))} in the snapshot and"
                    f" {bool(theirs.get(name))} in the target, which changes what values mean;"
                    f" switch it in the target's settings first"
                )

    def _blind_spots(self) -> Iterable[str]:
        for one in self.target.opened.blind_spots:
            yield (
                f"the token's role cannot see {one}, so that an import might double what is there;"
                f" use a token whose role sees everything"
            )

    def _primary(self) -> Iterable[str]:
        target, opened = self.target, self.target.opened
        writes = not self._decisions.are_nothing or self._schema.of(Act.CREATE, Act.UPDATE)
        if target.is_primary and not target.is_empty and writes:
            yield (
                f"the target is the primary environment, {opened.environment_id}, of project"
                f" {opened.project_id}, which readers see, and is not empty: it holds"
                f" {target.describe()}; name another environment with --environment, or say"
                f" --allow-primary"
            )

    def _quotas(self) -> Iterable[str]:
        made = Counter(one.kind for one in self._schema.of(Act.CREATE))
        needed = {
            "items": (len(self._decisions.creates), "records"),
            "item_types": (made["item_type"], "models and block models"),
            "plugins": (made["plugin"], "plugins"),
            "locales": (len(self._schema.added_locales), "locales"),
            "uploadable_bytes": (self._asset_bytes(), "bytes of uploads"),
        }
        for code, (count, words) in needed.items():
            room = self.target.room.get(code)
            if room is not None and count > room:
                yield (
                    f"the project's plan has room for {room:,} more {words}, and {count:,} would"
                    f" be made; make room, or select less"
                )

    def _dangling(self) -> Iterable[str]:
        for one in _first(self.prepared.dangling.items()):
            record_id, missing = one
            named = ", ".join(f"{kind} {to}" for kind, to in sorted(missing)[:_NAMED])
            yield f"record {record_id} refers to {named}, neither selected nor in the target"
        if self.prepared.dangling:
            yield (
                f"{len(self.prepared.dangling):,} selected records refer to what they would not"
                f" find; take it along by --with-dependencies, or leave it out by --allow-dangling"
            )

    def _missing_assets(self) -> Iterable[str]:
        for one in _first(self._without_bytes()):
            name = quote(one["attributes"].get("filename"))
            yield f"upload {one['id']}, {name}: the snapshot does not hold its bytes"


def _first(some: Iterable[T]) -> list[T]:
    return list(islice(some, _NAMED))


def _md5(upload: JsonObject) -> str:
    return upload["attributes"].get("md5") or ""
