"""Say what a restore will do, before the first write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from datosnap.core.jsontext import JsonObject
from datosnap.core.matching import Action
from datosnap.core.matching_uploads import UploadAct
from datosnap.core.remapping import IdPolicy
from datosnap.core.requests import split_validators
from datosnap.core.schema_plan import Act, SchemaPlan
from datosnap.flows.restoring.decisions import Decisions
from datosnap.flows.restoring.ordering import New
from datosnap.flows.restoring.preparing import Policy, Prepared
from datosnap.flows.restoring.refusing import conflicts, sent_bytes, without_bytes
from datosnap.flows.restoring.source import Source
from datosnap.flows.restoring.target import TargetState

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
_HISTORY = "version history, editors of versions, creators of another project"
_REPLAYED = "dates and editors of versions, creators of another project"
_NEVER = (
    "dates of the last update and publication",
    "addresses, dates and tracks of assets",
    "ids of blocks and versions",
    "what validators said when a record was last written: they judge again",
)


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


@dataclass(slots=True)
class Planner:
    """Counts the work of one restore."""

    source: Source
    target: TargetState
    prepared: Prepared
    policy: Policy
    _decisions: Decisions = field(init=False)
    _schema: SchemaPlan = field(init=False)

    def __post_init__(self) -> None:
        self._decisions = self.prepared.decisions
        self._schema = self.prepared.schema

    def plan(self, refusals: tuple[str, ...] = ()) -> Plan:
        """Count all work."""
        opened, ids = self.target.opened, self.prepared.ids
        kept = sum(source_id == target_id for _, source_id, target_id in ids)
        acts = Counter(self._decisions.uploads.values())
        again = len(self.prepared.order.deferred) + sum(
            one.draft for one in self._decisions.works.values()
        )
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
            asset_bytes=sent_bytes(self.source, self._decisions),
            second_writes=again,
            calls=self._calls(again),
            left_alone=self._left_alone(),
            notes=tuple(self._notes()),
            conflicts=tuple(conflicts(self.source, self._decisions)),
            refusals=refusals,
            resumed=self.prepared.begun is not None,
            versions=self._versions(),
        )

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
        new = New(self._decisions)
        return sum(past.count for one, past in self.source.pasts.items() if one in new)

    def _calls(self, again: int) -> int:
        """Estimate the API calls: one for each thing made, two for an upload, some in bulk."""
        works = Counter(
            part
            for one in self._decisions.works.values()
            for part in ("base", "publish", "unpublish", "dates")
            if getattr(one, part)
        )
        schema = len(self._schema.of(Act.CREATE, Act.UPDATE)) + 2 * len(self._schema.relaxed)
        schema += sum(
            split_validators(one["attributes"].get("validators") or {})[1]
            for one in self.source.resources["fields"]
            if self._schema.creates("field", one["id"])
        )
        uploads = Counter(self._decisions.uploads.values())
        assets = 2 * uploads[UploadAct.SEND] + uploads[UploadAct.UPDATE]
        records = works["base"] + works["dates"] + again + self._versions()
        bulk = [works["publish"], works["unpublish"], len(self._decisions.deletes)]
        return schema + assets + records + sum(-(-count // 200) for count in bulk) + 4

    def _left_alone(self) -> tuple[str, ...]:
        found = [
            f"{count} {words}"
            for name, words in _NOT_TAKEN_OVER.items()
            if name not in self._schema.extras
            and (count := len(self.source.snapshot.resources(name)))
        ]
        return (*found, _REPLAYED if self.source.pasts else _HISTORY, *_NEVER)

    def _notes(self) -> Iterable[str]:
        begun = self.prepared.begun
        if begun is not None:
            yield f"goes on with an import that was interrupted after {begun.steps:,} steps"
        if self.prepared.gone:
            yield f"{len(self.prepared.gone):,} ids of the id map are gone from the target"
        versions = self._versions()
        if versions:
            yield f"{versions:,} old versions get the dates and the editor of this import"
        opened = self.target.opened
        if opened.rights is None and opened.blind_spots:
            yield "the API does not tell the token's role: what it cannot see may be made twice"
        missing = sum(1 for _ in without_bytes(self.source, self._decisions))
        if missing:
            yield f"{missing} uploads have no bytes in the snapshot and cannot come over"
        behind = sum(map(len, self.prepared.dangling.values()))
        if behind:
            yield f"{behind} links lead to what was not selected and will be left out"
