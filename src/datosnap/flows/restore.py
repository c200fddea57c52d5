"""Put a snapshot into a project: plan, apply, remember.

Everything is verified and decided before the first write. Every step is journalled beside the
snapshot, so that the same command goes on after any interruption; `id-map.ndjson` there tells
what every id became, and what is remembered at the end lets a later import know its own work.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from anyio import to_thread

from datosnap.api.assets import AssetClient
from datosnap.api.client import Client
from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.core.matching import OnConflict, Publish
from datosnap.core.remapping import IdMap, IdPolicy
from datosnap.core.schema_matching import SchemaPolicy
from datosnap.core.selecting import Selection
from datosnap.errors import AccessRefusedError, CorruptSnapshotError, RejectedError, UsageError
from datosnap.flows.compare import read_id_map
from datosnap.flows.opening import Opened, open_source
from datosnap.flows.progress import FromThread, Progress
from datosnap.flows.restoring.begun import Begun
from datosnap.flows.restoring.dating import restore_dates
from datosnap.flows.restoring.decisions import read_decisions, take_written
from datosnap.flows.restoring.earlier import Known, take_earlier
from datosnap.flows.restoring.extras import restore_extras
from datosnap.flows.restoring.history import read_pasts
from datosnap.flows.restoring.mirroring import delete_extra
from datosnap.flows.restoring.placing import restore_positions
from datosnap.flows.restoring.plan import Plan, Planner
from datosnap.flows.restoring.preparing import Policy, Preparation, choose
from datosnap.flows.restoring.publishing import restore_stages
from datosnap.flows.restoring.records import restore_records
from datosnap.flows.restoring.refusing import Allowed, Refusing
from datosnap.flows.restoring.remembering import remember
from datosnap.flows.restoring.run import Counts, RestoreRun, Steps
from datosnap.flows.restoring.scheduling import restore_schedules
from datosnap.flows.restoring.schema import restore_schema
from datosnap.flows.restoring.schema_matching import read_target_schema
from datosnap.flows.restoring.settings import restore_settings
from datosnap.flows.restoring.source import Reading, Source, read_source
from datosnap.flows.restoring.target import TargetState, read_room, read_uploads
from datosnap.flows.restoring.text import Texts
from datosnap.flows.restoring.uploads import restore_collections, restore_uploads
from datosnap.flows.restoring.validators import tighten
from datosnap.flows.verify import verify_snapshot
from datosnap.store.idmap import IdPair
from datosnap.store.locations import Where
from datosnap.store.manifest import Gap, encode
from datosnap.store.restore_state import ID_MAP, RestoreState
from datosnap.store.shelf import BYTES, Shelf
from datosnap.store.snapshot import Snapshot
from datosnap.store.spool import Spool

# Writers at once: enough to reach the rate limit (source: importer's notes, five to eight).
IN_FLIGHT = 8
# A gap of this kind leaves the target's schema unfinished, which only the same run can put right.
_UNFINISHED = "validators"


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """What is restored, and how.

    `agreed` tells that the deletions of a mirror were agreed to; `replay` that old versions are
    written too; `rewrite_text` that addresses and ids inside text become the target's; `id_map` is
    that of an earlier import into the same target.
    """

    snapshot: Where
    environment: str | None = None
    ids: IdPolicy = IdPolicy.AUTO
    schema: SchemaPolicy = SchemaPolicy.CREATE
    selection: Selection = field(default_factory=Selection)
    locales: tuple[str, ...] | None = None
    on_conflict: OnConflict = OnConflict.SKIP
    publish: Publish = Publish.AS_SOURCE
    extras: tuple[str, ...] = ()
    mirror: bool = False
    agreed: bool = False
    allow_primary: bool = False
    allow_dangling: bool = False
    fail_on_asset: bool = False
    replay: bool = False
    rewrite_text: bool = False
    id_map: Path | None = None
    dry_run: bool = False
    state: Path | None = None
    in_flight: int = IN_FLIGHT

    @property
    def policy(self) -> Policy:
        """Give how the import treats what is there."""
        return Policy(
            self.ids, self.schema, self.selection, self.on_conflict, self.publish, self.mirror
        )

    @property
    def allowed(self) -> Allowed:
        """Give what was agreed to beforehand."""
        return Allowed(self.allow_primary, self.allow_dangling, not self.fail_on_asset)


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What a restore planned and, unless it was a dry run, wrote."""

    plan: Plan
    written: Counts
    gaps: tuple[Gap, ...]
    state: Path | None
    calls: int
    seconds: float

    @property
    def ids(self) -> IdMap:
        """Give what every id became, as the import noted it; nothing after a dry run."""
        return read_id_map(self.state / ID_MAP if self.state else None)


async def restore_project(
    client: Client,
    assets: AssetClient,
    options: RestoreOptions,
    progress: Progress,
    *,
    show: Callable[[Plan], None] = lambda _: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> RestoreReport:
    """Restore a snapshot into the project behind `client`; `show` gets the plan before any write.

    A dry run's plan tells the reasons to refuse instead of raising them.
    Raises: SnapshotNotFoundError, CorruptSnapshotError, UsageError and AccessRefusedError before
    anything is written; ApiError and DiskError leave a target that the same command completes.
    """
    begun = time.monotonic()
    refuse_contradictions(options)
    heard = FromThread(progress)
    snapshot = await to_thread.run_sync(_verified, options.snapshot, heard)
    opened = await open_source(client, options.environment)
    with Shelf() as shelf, Spool(shelf) as spool:
        source = await to_thread.run_sync(_read, snapshot, (shelf, spool), heard, options)
        restore = _Restore((client, assets), options, opened, source, spool)
        plan = await restore.prepare(snapshot, progress)
        show(plan)
        progress.plan(client.spent.calls + plan.calls)
        if options.dry_run:
            return RestoreReport(plan, Counts(), (), None, client.spent.calls, _since(begun))
        _refuse(plan, options)
        run = await restore.carry_out(progress, now())
    gaps = tuple(dict.fromkeys(run.gaps))
    calls = client.spent.calls
    return RestoreReport(plan, run.counts, gaps, restore.state.folder, calls, _since(begun))


class _Restore:
    """A restore from its first look at the target to its end, and what is remembered of it."""

    def __init__(
        self,
        clients: tuple[Client, AssetClient],
        options: RestoreOptions,
        opened: Opened,
        source: Source,
        spool: Spool,
    ) -> None:
        self._client, self._assets = clients
        self._options = options
        self._opened = opened
        self._source = source
        self._spool = spool
        self.state = RestoreState(_state_folder(options, opened))

    async def prepare(self, snapshot: Snapshot, progress: Progress) -> Plan:
        """Look at the target and decide everything, or take up what was decided before."""
        options, source = self._options, self._source
        self._header = _header(options, self._opened, snapshot)
        self._target = target = await self._look()
        self._known = await to_thread.run_sync(self._recall)
        if source.texts is not None:
            source.texts.learn(self._known.ids)
        preparation = Preparation(source, self._spool, target, options.policy, self._known)
        resumed = self.state.is_under_way and not target.is_empty
        if resumed:
            begun = Begun()
            await to_thread.run_sync(self.state.check_run, self._header, begun.take)
            made = await to_thread.run_sync(read_decisions, self.state.decisions(), source.shelf)
            self.prepared = await to_thread.run_sync(preparation.resume, made, begun)
        else:
            self.prepared = await preparation.run(self._client, progress)
        planner = Planner(source, target, self.prepared, options.policy)
        begun_before = self.state.is_known and not target.is_empty
        refusing = Refusing(source, target, self.prepared, options.policy)
        refusals = () if resumed else refusing.find(options.allowed, begun_before=begun_before)
        return planner.plan(refusals)

    async def carry_out(self, progress: Progress, now: datetime) -> RestoreRun:
        """Write, and remember; a run whose schema is unfinished stays under way."""
        if self._target.is_empty:
            await to_thread.run_sync(self.state.forget)
        made, ids = self.prepared.decisions, self.prepared.ids
        begin = partial(self.state.begin, self._origin(), self._header, _pairs(ids), made.rows())
        steps = await to_thread.run_sync(Steps, self._source.shelf, begin)
        try:
            run = self._run(steps, progress)
            await _apply(run, now)
            written = await remember(run, self._known.written)
        finally:
            steps.close()
        if not any(one.kind == _UNFINISHED for one in run.gaps):
            await to_thread.run_sync(self.state.finish, written.rows(), _pairs(ids))
        return run

    async def _look(self) -> TargetState:
        client, locales = self._client, self._source.locales
        schema = await read_target_schema(client, self._opened, self._options.extras)
        noting = () if self._source.texts is None else (self._source.texts.note,)
        target = TargetState(self._opened, schema, self._source.shelf)
        await read_uploads(client, target, locales, *noting)
        # Not every token may see the plan; then its limits are met when they are.
        with suppress(AccessRefusedError, RejectedError):
            target.room = await read_room(client)
        return target

    def _recall(self) -> Known:
        """Take up what earlier imports noted, unless their target was emptied since."""
        shelf = self._source.shelf
        known = Known.on(shelf)
        if self._target.is_empty:
            # Ids may be chosen anew, but the notes of another target are not ours to drop.
            self.state.check_origin({**self._origin(), "ids": None})
            return known
        self.state.check_origin(self._origin())
        for pair in self.state.known_ids():
            known.ids.add(pair.kind, pair.source, pair.target)
        take_written(self.state.written(), known.written)
        if self._options.id_map is not None:
            take_earlier(known, self._options.id_map, self._origin(), shelf)
        return known

    def _origin(self) -> JsonObject:
        return {
            "project": self._opened.project_id,
            "environment": self._opened.environment_id,
            "ids": self._options.ids.value,
        }

    def _run(self, steps: Steps, progress: Progress) -> RestoreRun:
        return RestoreRun(
            client=self._client,
            assets=self._assets,
            source=self._source,
            spool=self._spool,
            ids=self.prepared.ids,
            steps=steps,
            progress=progress,
            site=self._target.site,
            in_flight=self._options.in_flight,
            target=self._target,
            policy=self._options.policy,
            decisions=self.prepared.decisions,
            order=self.prepared.order,
            said=self._source.shelf.table(BYTES),
            sight=self.prepared.sight,
            fail_on_asset=self._options.fail_on_asset,
            schema=self.prepared.schema,
        )


def _pairs(ids: IdMap) -> Iterator[IdPair]:
    return (IdPair(*one) for one in ids)


async def _apply(run: RestoreRun, now: datetime) -> None:
    await restore_schema(run)
    await restore_collections(run)
    await restore_uploads(run)
    await restore_records(run)
    await delete_extra(run)
    await restore_positions(run)
    await restore_stages(run)
    await restore_dates(run)
    await tighten(run)
    await restore_schedules(run, now)
    # Last, since filters, menus and the site's look may name records and uploads.
    await (restore_settings if run.source.is_whole else restore_extras)(run)


def _verified(path: Where, progress: Progress) -> Snapshot:
    report = verify_snapshot(path, progress)
    if report.damages:
        first = report.damages[0]
        more = f" and {len(report.damages) - 1} more" if len(report.damages) > 1 else ""
        raise CorruptSnapshotError(
            f"{first.path} is {first.kind}: expected {first.expected}, found {first.found}{more};"
            f" nothing was written"
        )
    return Snapshot.open(path)


def _read(
    snapshot: Snapshot, kept: tuple[Shelf, Spool], progress: Progress, options: RestoreOptions
) -> Source:
    selective = not options.selection.is_everything
    reading = Reading(options.locales, options.publish, needs=selective)
    source = read_source(snapshot, kept, progress, reading)
    choose(source, options.selection)
    if options.replay:
        read_pasts(source, kept[1], progress)
    if options.rewrite_text:
        rows = map(decode_object, snapshot.rows("uploads"))
        source.texts = Texts(source.schema, rows)
    return source


def refuse_contradictions(options: RestoreOptions) -> None:
    """Refuse what cannot be meant, before anything is read.

    Raises: UsageError.
    """
    snapshot, state = options.snapshot, options.state
    if not isinstance(snapshot, Path):
        if state is None and not options.dry_run:
            raise UsageError(
                "--state: expected a local folder for the journal and the id map, since the"
                " snapshot does not lie on a disk beside which they could be"
            )
    elif state is not None and state.resolve().is_relative_to(snapshot.resolve()):
        raise UsageError("--state lies inside the snapshot, which nothing is written to")
    if options.mirror and options.selection.records:
        raise UsageError(
            "--mirror deletes what a model holds beside the snapshot, and --records names single"
            " records; name models with --models instead"
        )


def _refuse(plan: Plan, options: RestoreOptions) -> None:
    if plan.refusals:
        raise UsageError("\n".join(plan.refusals))
    if plan.deletes and not (options.agreed or plan.resumed):
        raise UsageError(
            f"--mirror would delete {plan.deletes:,} records that the snapshot does not have;"
            f" nothing was written: run it again with --yes if the plan is right"
        )


def _state_folder(options: RestoreOptions, opened: Opened) -> Path:
    name = f"import-{opened.project_id}-{opened.environment_id}"
    if options.state is not None or not isinstance(options.snapshot, Path):
        return options.state or Path(name)
    place = options.snapshot.resolve()
    return place.with_name(f"{place.name}.{name}")


def _header(options: RestoreOptions, opened: Opened, snapshot: Snapshot) -> JsonObject:
    """Describe the run, so that its journal is taken up by the same run only."""
    chosen = options.selection
    return {
        "snapshot": hashlib.sha256(encode(snapshot.manifest)).hexdigest(),
        "project": opened.project_id,
        "environment": opened.environment_id,
        "ids": options.ids.value,
        "schema": options.schema.value,
        "models": sorted(chosen.models),
        "records": sorted(chosen.records),
        "with_dependencies": chosen.dependencies,
        "locales": sorted(options.locales or ()),
        "on_conflict": options.on_conflict.value,
        "publish": options.publish.value,
        "with": sorted(options.extras),
        "mirror": options.mirror,
        "replay": options.replay,
        "rewrite_text": options.rewrite_text,
    }


def _since(begun: float) -> float:
    return time.monotonic() - begun
