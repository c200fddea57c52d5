"""Put a snapshot into another project: plan, apply, check.

Everything is verified and decided before the first write. Every step is journalled beside the
snapshot, so that the same command goes on after any interruption; `id-map.ndjson` there tells
what every id became.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from anyio import to_thread

from datosnap.api.assets import AssetClient
from datosnap.api.client import Client
from datosnap.core.jsontext import JsonObject
from datosnap.core.remapping import IdMap, IdPolicy
from datosnap.core.schema_matching import SchemaPolicy
from datosnap.errors import CorruptSnapshotError, UsageError
from datosnap.flows.opening import open_source
from datosnap.flows.progress import FromThread, Progress
from datosnap.flows.restore_plan import (
    Plan,
    TargetState,
    look_at_target,
    make_plan,
    refuse_if_unfit,
)
from datosnap.flows.restore_publishing import restore_positions, restore_schedules, restore_stages
from datosnap.flows.restore_records import restore_records
from datosnap.flows.restore_run import Counts, RestoreRun, Steps
from datosnap.flows.restore_schema import restore_schema
from datosnap.flows.restore_schema_matching import Wish, match_schema
from datosnap.flows.restore_settings import restore_settings
from datosnap.flows.restore_source import read_source
from datosnap.flows.restore_uploads import restore_collections, restore_uploads
from datosnap.flows.restore_validators import tighten
from datosnap.flows.verify import verify_snapshot
from datosnap.store.idmap import IdPair
from datosnap.store.locations import Where
from datosnap.store.manifest import Gap, encode
from datosnap.store.restore_state import RestoreState
from datosnap.store.snapshot import Snapshot
from datosnap.store.spool import Spool

# Writers at once: enough to reach the rate limit (source: importer's notes, five to eight).
IN_FLIGHT = 6


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """What is restored, and how."""

    snapshot: Where
    environment: str | None = None
    ids: IdPolicy = IdPolicy.AUTO
    allow_nonempty: bool = False
    schema: SchemaPolicy = SchemaPolicy.CREATE
    extras: tuple[str, ...] = ()
    dry_run: bool = False
    state: Path | None = None
    in_flight: int = IN_FLIGHT


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What a restore planned and, unless it was a dry run, wrote."""

    plan: Plan
    written: Counts
    gaps: tuple[Gap, ...]
    state: Path | None
    calls: int
    seconds: float
    ids: IdMap = field(default_factory=IdMap)


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

    Raises: SnapshotNotFoundError, CorruptSnapshotError, UsageError and AccessRefusedError before
    anything is written; ApiError and DiskError leave a target that the same command completes.
    """
    begun = time.monotonic()
    _refuse_homeless(options)
    heard = FromThread(progress)
    snapshot = await to_thread.run_sync(_verified, options.snapshot, heard)
    opened = await open_source(client, options.environment)
    with Spool() as spool:
        source = await to_thread.run_sync(read_source, snapshot, spool, heard)
        target = await look_at_target(client, opened, options.extras)
        state = RestoreState(_state_folder(options, target))
        ids = await to_thread.run_sync(_known_ids, state, target)
        begun_before = bool(len(ids))
        wish = Wish(options.schema, options.ids, fresh=target.is_empty)
        schema = match_schema(source, target.schema, target.place, ids, wish)
        if not begun_before:
            refuse_if_unfit(source, target, schema, allow_nonempty=options.allow_nonempty)
        plan = make_plan(source, target, schema, ids, options.ids)
        show(plan)
        progress.plan(plan.calls)
        if options.dry_run:
            return RestoreReport(plan, Counts(), (), None, client.spent.calls, _since(begun), ids)
        header = _header(options, target, snapshot)
        pairs = [IdPair(*one) for one in ids]
        begin = partial(state.begin, header, pairs, afresh=target.is_empty)
        journal = await to_thread.run_sync(begin)
        run = RestoreRun(
            client=client,
            assets=assets,
            source=source,
            spool=spool,
            ids=ids,
            steps=Steps(journal),
            progress=progress,
            site=target.site,
            in_flight=options.in_flight,
            schema=schema,
        )
        try:
            await _apply(run, now())
        finally:
            journal.close()
    gaps = tuple(dict.fromkeys(run.gaps))
    return RestoreReport(
        plan, run.counts, gaps, state.folder, client.spent.calls, _since(begun), ids
    )


async def _apply(run: RestoreRun, now: datetime) -> None:
    await restore_schema(run)
    await restore_collections(run)
    await restore_uploads(run)
    await restore_records(run)
    await restore_positions(run)
    await restore_stages(run)
    await tighten(run)
    await restore_schedules(run, now)
    # Last, since filters, menus and the site's look may name records and uploads.
    await restore_settings(run)


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


def _refuse_homeless(options: RestoreOptions) -> None:
    """Refuse to begin without a place for the journal and the id map.

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


def _state_folder(options: RestoreOptions, target: TargetState) -> Path:
    opened = target.opened
    name = f"import-{opened.project_id}-{opened.environment_id}"
    if options.state is not None or not isinstance(options.snapshot, Path):
        return options.state or Path(name)
    place = options.snapshot.resolve()
    return place.with_name(f"{place.name}.{name}")


def _known_ids(state: RestoreState, target: TargetState) -> IdMap:
    """Take up the ids of an interrupted run, unless its target was emptied since."""
    ids = IdMap()
    if not target.is_empty:
        for pair in state.known_ids():
            ids.add(pair.kind, pair.source, pair.target)
    return ids


def _header(options: RestoreOptions, target: TargetState, snapshot: Snapshot) -> JsonObject:
    """Describe the run, so that its journal is taken up by the same run only."""
    return {
        "snapshot": hashlib.sha256(encode(snapshot.manifest)).hexdigest(),
        "project": target.opened.project_id,
        "environment": target.opened.environment_id,
        "ids": options.ids.value,
    }


def _since(begun: float) -> float:
    return time.monotonic() - begun
