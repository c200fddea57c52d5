"""Prepare an import: read the target, give everything its id, and decide what becomes of it.

Nothing is written here. The order matters: the schema lends ids to models, these tell which
records to read, and only with all ids known can content be seen as the target would hold it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from anyio import to_thread

from datosnap.api.client import Client
from datosnap.core.entities import related_id
from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.core.known_ids import Pair
from datosnap.core.matching import OnConflict, Publish, Sight, sight
from datosnap.core.matching_uploads import decide_upload, pair_uploads
from datosnap.core.planning import Order
from datosnap.core.relaxing import Writing, relax_for
from datosnap.core.remapping import IdMap, IdPolicy, Target, choose_ids
from datosnap.core.schema_matching import SchemaPolicy
from datosnap.core.schema_plan import SchemaPlan
from datosnap.core.schema_reach import gaining_fields
from datosnap.core.selecting import Selected, Selection, left_behind, select
from datosnap.flows.progress import FromThread, Progress
from datosnap.flows.restoring.begun import Begun
from datosnap.flows.restoring.decisions import Decisions, Seen
from datosnap.flows.restoring.earlier import Known
from datosnap.flows.restoring.hiding import always_public, hidden
from datosnap.flows.restoring.judging import Judge, Saying
from datosnap.flows.restoring.ordering import writing_order
from datosnap.flows.restoring.schema_matching import Wish, match_schema
from datosnap.flows.restoring.source import RecordState, Source
from datosnap.flows.restoring.target import RecordReader, TargetState
from datosnap.store.spool import Spool


@dataclass(frozen=True, slots=True)
class Policy:
    """How an import treats what is there, and which part of the snapshot it is about."""

    ids: IdPolicy = IdPolicy.AUTO
    schema: SchemaPolicy = SchemaPolicy.CREATE
    selection: Selection = field(default_factory=Selection)
    on_conflict: OnConflict = OnConflict.SKIP
    publish: Publish = Publish.AS_SOURCE
    mirror: bool = False


@dataclass(slots=True)
class Prepared:
    """Everything decided: the ids, the schema, the records and the uploads.

    `dangling` tells, for each selected record, what it refers to and will not find; `gone` what an
    id map names and the target has no more; `begun` what an interrupted run had done of it.
    """

    ids: IdMap
    schema: SchemaPlan
    sight: Sight
    decisions: Decisions
    order: Order
    dangling: dict[str, set[tuple[str, str]]]
    gone: tuple[Pair, ...] = ()
    begun: Begun | None = None


def choose(source: Source, selection: Selection) -> None:
    """Leave out of the source what was not selected.

    Raises: UsageError for a model or record that the snapshot does not have.
    """
    if selection.is_everything:
        return
    models = (one.api_key for one in source.schema.models)
    source.keep(select(selection, models, _ModelOf(source.records), source.needs))


class _ModelOf(Mapping[str, str]):
    """The api_key of each record's model."""

    def __init__(self, records: Mapping[str, RecordState]) -> None:
        self._records = records

    def __getitem__(self, record_id: str) -> str:
        return self._records[record_id].model.api_key

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)


@dataclass(frozen=True, slots=True)
class _Strangers:
    """The ids of one kind that something in the target has which is none of the source's."""

    kind: str
    holds: Callable[[str, str], bool]
    ids: IdMap

    def __contains__(self, target_id: object) -> bool:
        return (
            isinstance(target_id, str)
            and self.ids.source_of(self.kind, target_id) is None
            and self.holds(self.kind, target_id)
        )


class Preparation:
    """One import before its first write."""

    def __init__(
        self,
        source: Source,
        spool: Spool,
        target: TargetState,
        policy: Policy,
        known: Known,
    ) -> None:
        self._source = source
        self._spool = spool
        self._target = target
        self._policy = policy
        self._known = known
        self._ids = known.ids
        self._written = known.written
        opened = target.opened
        taken = {kind: target.schema.ids(kind) for kind in target.schema.resources}
        models = target.schema.resources["item_type"]
        self._singles = {one["id"]: related_id(one, "singleton_item") for one in models}
        self._place = Target(opened.project_id, opened.environment_id, taken)

    async def run(self, client: Client, progress: Progress) -> Prepared:
        """Read and decide.

        Raises: UsageError when ids were to be preserved and cannot be; whatever reading raises.
        """
        self._known.drop_gone(self._target, records=False)
        schema = self._match_schema()
        seeing = self.see()
        await self._read_records(client, seeing)
        self._known.drop_gone(self._target, records=True)
        self._choose_ids(schema)
        seeing = self.see()
        gaining = gaining_fields(schema, self._source.schema)
        judge = Judge(self._source, self._spool, self._ids, seeing, gaining)
        made = await to_thread.run_sync(self._decide, judge, FromThread(progress))
        order = await to_thread.run_sync(writing_order, self._source, made)
        writings = self._writings(made, order)
        schema = await to_thread.run_sync(relax_for, schema, self._source.schema, writings)
        gone = tuple(self._known.gone)
        return Prepared(self._ids, schema, seeing, made, order, self._dangling(), gone)

    def resume(self, made: Decisions, begun: Begun) -> Prepared:
        """Take up what an interrupted run decided, about the schema too if it came that far."""
        schema = self._match_schema()
        if begun.schema is not None:
            schema = schema.resumed(begun.schema)
        order = writing_order(self._source, made)
        return Prepared(self._ids, schema, self.see(), made, order, {}, begun=begun)

    def _match_schema(self) -> SchemaPlan:
        chosen = {one.model.id for one in self._source.records.values()}
        needed = None if self._source.is_whole else chosen
        wish = Wish(
            self._policy.schema, self._policy.ids, fresh=self._target.is_empty, needed=needed
        )
        return match_schema(self._source, self._target.schema, self._place, self._ids, wish)

    def _writings(self, made: Decisions, order: Order) -> Iterable[Writing]:
        """Tell of each record that is written what validators could have against it."""
        losing = frozenset(always_public(self._source, made, hidden(self._source, made)))
        for one, work in made.works.items():
            if work.is_judged or one in losing:
                state, in_parts = self._source.records[one], one in order.deferred or one in losing
                yield Writing(state.model.id, state.is_valid, in_parts, one in made.seen)

    def see(self) -> Sight:
        """Give how content is seen on both sides."""
        theirs = {one["id"]: one for one in self._target.schema.resources["item_type"]}
        models = self._ids.of_kind("item_type")
        complete = {one for one in theirs if theirs[one]["attributes"].get("all_locales_required")}
        complete |= {
            models[one["id"]]
            for one in self._source.resources["item_types"]
            if one["attributes"].get("all_locales_required")
            and models.get(one["id"], "") not in {"", *theirs}
        }
        return sight(self._source.schema, models, self._source.locales, complete)

    async def _read_records(self, client: Client, seeing: Sight) -> None:
        """Read the records that may be the source's, and which other ids are taken."""
        reader = RecordReader(client, self._target, seeing)
        theirs = self._target.opened.schema
        ours = {one.model.id for one in self._source.records.values()} | self._mirrored()
        matched = {self._ids.find("item_type", one) for one in ours}
        selection = self._policy.selection
        if selection.records and not selection.models:
            states = self._source.records.values()
            await reader.read_some(id_ for one in states for id_ in self._candidates(one))
        else:
            await reader.read_models(one for one in theirs.models if one.id in matched)
        if self._source.is_whole:
            await reader.read_ids(one for one in theirs.models if one.id not in matched)
        else:
            outside = (id_ for one in self._outside() for id_ in self._maybe(one))
            await reader.read_presence(outside)

    def _outside(self) -> set[str]:
        """Give the records that selected ones refer to and that are not selected."""
        named = (to for one in self._source.records for to in self._source.needs[one].records)
        return {one for one in named if one not in self._source.records}

    def _maybe(self, source_id: str, kind: str = "item") -> Iterable[str]:
        """Give the ids that something of the source may have in the target, likeliest first."""
        known = self._ids.find(kind, source_id)
        derived = self._place.derive(kind, source_id)
        kept = () if self._policy.ids is IdPolicy.REMAP else (source_id,)
        return (*([] if known is None else [known]), *kept, derived)

    def _choose_ids(self, schema: SchemaPlan) -> None:
        source, target = self._source, self._target
        for state in source.records.values():
            self._find_record(state)
        for one in () if source.is_whole else self._outside():
            there = next((id_ for id_ in self._maybe(one) if target.model_of(id_)), None)
            if there is not None:
                self._ids.add("item", one, there)
        self._find_uploads()
        taken = {
            **self._place.taken,
            "upload": _Strangers("upload", target.holds, self._ids),
            "item": _Strangers("item", target.holds, self._ids),
        }
        wanted = (one for one in source.identities() if schema.has_place(*one))
        choose_ids(wanted, self._policy.ids, replace(self._place, taken=taken), self._ids)

    def _find_record(self, state: RecordState) -> None:
        """Find a record in the target: under an id of its own, or as the only one of its model."""
        model = self._ids.find("item_type", state.model.id)
        for target_id in () if model is None else self._candidates(state):
            if self._target.model_of(target_id) == model:
                self._ids.add("item", state.id, target_id)
                return

    def _candidates(self, state: RecordState) -> Iterable[str]:
        """Give the ids that a record may have in the target, likeliest first."""
        single = self._singles.get(self._ids.find("item_type", state.model.id) or "")
        return (*([] if single is None else [single]), *self._maybe(state.id))

    def _find_uploads(self) -> None:
        wanted = [(one["id"], one["attributes"].get("md5") or "") for one in self._all_uploads()]
        pairs = pair_uploads(wanted, self._target.uploads, partial(self._maybe, kind="upload"))
        for source_id, target_id in pairs.items():
            self._ids.add("upload", source_id, target_id)

    def _all_uploads(self) -> Iterable[JsonObject]:
        """Give the uploads that are meant, and those of which only the target's are used."""
        if self._source.is_whole:
            return self._source.uploads.values()
        needed = {to for one in self._source.records for to in self._source.needs[one].uploads}
        rows = map(decode_object, self._source.snapshot.rows("uploads"))
        return (one for one in rows if one["id"] in needed)

    def _dangling(self) -> dict[str, set[tuple[str, str]]]:
        if self._source.is_whole:
            return {}
        known = {kind: self._ids.of_kind(kind) for kind in ("item", "upload")}
        chosen = Selected(set(self._source.records))
        return left_behind(chosen, self._source.needs, known)

    def _decide(self, judge: Judge, progress: Progress) -> Decisions:
        made = Decisions.on(self._source.shelf)
        total = len(self._source.records)
        progress.start("compare", total=total, unit="records")
        for state in self._source.records.values():
            target_id = self._ids.find("item", state.id)
            if target_id is not None:
                held = self._target.records.get(target_id)
                base = self._written.records.get(target_id)
                made.works[state.id] = judge.judge(state, held, base, self._policy.on_conflict)
                if held is not None:
                    made.seen[state.id] = Seen(held.version, held.current)
            progress.advance()
        self._decide_uploads(made)
        self._decide_deletes(made)
        return made

    def _decide_uploads(self, made: Decisions) -> None:
        saying = Saying(self._target.site, self._ids, self._source.locales)
        for one in self._source.uploads.values():
            target_id = self._ids.find("upload", one["id"]) or ""
            made.uploads[one["id"]] = decide_upload(
                saying.wanted(one),
                self._target.uploads.get(target_id),
                self._written.uploads.get(target_id),
                self._policy.on_conflict,
            )

    def _mirrored(self) -> set[str]:
        """Give the source ids of the models that shall hold nothing but the snapshot's records."""
        if not self._policy.mirror:
            return set()
        chosen = self._policy.selection
        models = self._source.schema.models
        return {one.id for one in models if chosen.is_everything or one.api_key in chosen.models}

    def _decide_deletes(self, made: Decisions) -> None:
        models = {self._ids.find("item_type", one) for one in self._mirrored()}
        for one, held in self._target.records.items() if models else ():
            if held.model in models and self._ids.source_of("item", one) is None:
                made.deletes[one] = held.model
