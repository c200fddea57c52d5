"""Take a whole project out into a snapshot: schema, settings, records, history, assets.

The order is the promise: everything else first, the manifest last, so that a place with a
manifest is whole. What could not be had is a gap in the manifest, never a silent omission. A run
that was cut off is gone on with by the same command.
"""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from anyio import from_thread, to_thread

from datosnap.api.assets import AssetClient
from datosnap.api.client import Client
from datosnap.api.endpoints import FLAT_PAGE, NESTED_PAGE, RESOURCES, UPLOAD_PAGE
from datosnap.core.budget import Budget, ListSize, budget
from datosnap.core.entities import ItemType, Schema
from datosnap.errors import AccessRefusedError, UsageError
from datosnap.flows.estimate import OPENING_CALLS, Estimate, estimate
from datosnap.flows.executors import process_beside
from datosnap.flows.exporting.assets import export_assets, export_uploads, referenced_uploads
from datosnap.flows.exporting.fork import forked, has_lost_its_fork
from datosnap.flows.exporting.options import ExportOptions
from datosnap.flows.exporting.records import export_history, export_records, read_schedules
from datosnap.flows.exporting.run import ExportRun
from datosnap.flows.exporting.settings import export_resources, export_schema
from datosnap.flows.exporting.since import Older
from datosnap.flows.exporting.sweep import settle
from datosnap.flows.opening import Opened, open_source
from datosnap.flows.ordering import Slots
from datosnap.flows.progress import Progress
from datosnap.store.finishing import finish, is_cut_off
from datosnap.store.locations import Where
from datosnap.store.manifest import Consistency, Manifest, SnapshotFacts
from datosnap.store.snapshot_writer import SnapshotWriter, ensure_free

# Pages held at once beside those in flight, so that a slow one does not stop the others.
_SPARE_PAGES = 6
# Asking when the content was changed last; making, watching and destroying a fork.
_CONSISTENCY_CALLS = {"sweep": 1, "fork": 3, "off": 0}


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export wrote: the manifest says what, this says where and at what price."""

    destination: Where
    manifest: Manifest
    seconds: float
    planned: Budget
    reused_assets: int = 0


async def export_project(
    client: Client,
    assets: AssetClient,
    options: ExportOptions,
    progress: Progress,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> ExportReport:
    """Export a project's environment into `options.destination`.

    Memory: the pages in flight and a few more, one batch a model under way and two in the
    writer's queue; not the number of records.
    Raises: UsageError, SnapshotLockedError and AccessRefusedError before anything is written;
    ApiError and DiskError leave an unfinished place, which the same command goes on with.
    """
    begun = time.monotonic()
    was_cut_off = await to_thread.run_sync(is_cut_off, options.destination)
    if not was_cut_off:
        await to_thread.run_sync(ensure_free, options.destination)
    opened = await open_source(client, options.environment)
    models = choose_models(opened.schema, options.models, options.excluded_models)
    _refuse_blindness(opened, allow_partial=options.allow_partial)
    options.check_against(opened)
    if was_cut_off and not options.restart:
        manifest = await to_thread.run_sync(finish, options.destination, options.identity(opened))
        if manifest is not None:
            return _finished(manifest, options, models, time.monotonic() - begun)
    older = None
    if options.since is not None:
        older = await to_thread.run_sync(Older.open, options.since, opened, options.locales)
    if options.max_calls is not None:
        await _refuse_beyond(client, models, options)
    with (
        process_beside(wanted=options.wants_process) as beside,
        await _begun(client, opened, options, beside) as writer,
    ):
        slots = Slots(options.in_flight + _SPARE_PAGES)
        run = ExportRun(client, writer, slots, progress, options, older)
        _begin(run, opened, now())
        consistency = await _export(run, assets, opened, models, now())
        facts = _facts(run, opened, consistency, now())
        manifest = await to_thread.run_sync(writer.commit, facts)
    seconds = time.monotonic() - begun
    reused = 0 if older is None else older.reused_assets
    planned = _planned(manifest, options, models, len(run.scheduled))
    return ExportReport(options.destination, manifest, seconds, planned, reused)


async def _export(
    run: ExportRun,
    assets: AssetClient,
    opened: Opened,
    models: Sequence[ItemType],
    started: datetime,
) -> Consistency:
    """Write everything but the manifest; tell whether all of it is of one moment."""
    # Before there is a fork: it would add rules for itself to the roles.
    await export_resources(run, "project")
    async with forked(run, opened, run.options.consistent, started):
        await _export_parts(run, opened, models)
        consistency = await _consistency(run, opened, models)
        await _export_bytes(run, assets, opened, models)
    if run.options.history and run.options.consistent == "fork":
        # Whether a fork keeps history is not documented; its source does.
        await export_history(run, models)
    return consistency


async def _export_parts(run: ExportRun, opened: Opened, models: Sequence[ItemType]) -> None:
    await export_schema(run, opened)
    await export_resources(run, "environment")
    await export_records(run, models)
    if run.options.assets != "none":
        # After the records, so that an upload made meanwhile for one of them is not missed.
        await export_uploads(run)
    if run.options.history and run.options.consistent != "fork":
        await export_history(run, models)


async def _export_bytes(
    run: ExportRun, assets: AssetClient, opened: Opened, models: Sequence[ItemType]
) -> None:
    if run.options.assets == "all":
        await export_assets(run, assets)
    elif run.options.assets == "referenced":
        only = await to_thread.run_sync(referenced_uploads, run, opened, models)
        await export_assets(run, assets, only)


def choose_models(
    schema: Schema, wanted: Sequence[str], excluded: Sequence[str] = ()
) -> list[ItemType]:
    """Choose the models to export by api_key; all of them when none is named.

    Raises: UsageError naming those that the project does not have.
    """
    known = {one.api_key for one in schema.models}
    for option, names in (("--models", wanted), ("--exclude-models", excluded)):
        unknown = [one for one in names if one not in known]
        if unknown:
            raise UsageError(
                f"{option} names {', '.join(unknown)}, which the project does not have;"
                f" it has: {', '.join(sorted(known)) or 'no models'}"
            )
    return [
        one
        for one in schema.models
        if (not wanted or one.api_key in wanted) and one.api_key not in excluded
    ]


def _refuse_blindness(opened: Opened, *, allow_partial: bool) -> None:
    if opened.blind_spots and not allow_partial:
        role = (opened.role.get("role") or {}).get("name")
        raise AccessRefusedError(
            f"the token's role {role!r} cannot see everything: {'; '.join(opened.blind_spots)};"
            f" use a token with full access, or accept gaps with --allow-partial"
        )


async def _begun(
    client: Client, opened: Opened, options: ExportOptions, beside: Executor | None
) -> SnapshotWriter:
    """Begin the snapshot, or go on with one when what is left of it can be gone on with."""
    begin = partial(
        SnapshotWriter.begin,
        options.destination,
        chunk_format=options.chunk_format,
        compression=options.compression,
        shape=opened.shape,
        keeps_raw=options.keeps_raw,
        beside=beside,
        heed=_heed,
        identity=options.identity(opened),
    )
    writer = await to_thread.run_sync(partial(begin, restart=options.restart))
    try:
        is_lost = options.consistent == "fork" and await has_lost_its_fork(client, writer)
    except BaseException:
        writer.close()
        raise
    if not is_lost:
        return writer
    writer.close()
    return await to_thread.run_sync(partial(begin, restart=True))


def _heed() -> None:
    """End work in a thread of the export's when the export is given up; elsewhere do nothing."""
    with suppress(RuntimeError):  # another thread: there is nothing to give up
        from_thread.check_cancelled()


def _begin(run: ExportRun, opened: Opened, started: datetime) -> None:
    """Note what the first of several runs found, unless this one goes on with it, and plan."""
    if run.writer.noted("started_at") is None:
        run.writer.note("started_at", started.isoformat(timespec="seconds"))
        run.writer.note("changed_at", opened.changed_at)
    run.plan(OPENING_CALLS + len(RESOURCES) + _CONSISTENCY_CALLS[run.options.consistent])
    for spot in opened.blind_spots:
        run.note_gap("role", str((opened.role.get("role") or {}).get("name")), spot)


async def _consistency(run: ExportRun, opened: Opened, models: Sequence[ItemType]) -> Consistency:
    consistency: Consistency
    if run.options.consistent == "sweep":
        consistency = await settle(run, opened, models, with_history=run.options.history)
    else:
        await read_schedules(run)
        consistency = "forked" if run.options.consistent == "fork" else "unchecked"
    await to_thread.run_sync(run.writer.schedules, run.schedules)
    return consistency


async def _refuse_beyond(
    client: Client, models: Sequence[ItemType], options: ExportOptions
) -> None:
    """Refuse an export that would cost more calls than allowed; hold the client to that number.

    Raises: UsageError.
    """
    allowed = options.max_calls or 0
    found = await estimate_export(client, models, options)
    if found.budget.calls + client.spent.calls > allowed:
        raise UsageError(
            f"--max-calls {allowed}: the export would cost about {found.budget.calls} calls, and"
            f" {client.spent.calls} were spent to find that out; nothing was written"
        )
    client.allow_calls(allowed)


async def estimate_export(
    client: Client, models: Sequence[ItemType], options: ExportOptions
) -> Estimate:
    """Estimate what an export with these options would bring and cost."""
    return await estimate(
        client,
        models,
        history=options.history,
        uploads=options.assets != "none",
        consistency=_CONSISTENCY_CALLS[options.consistent],
    )


def _finished(
    manifest: Manifest, options: ExportOptions, models: Sequence[ItemType], seconds: float
) -> ExportReport:
    """Report an export that an earlier run had brought to its end, but for tidying up."""
    scheduled = sum(one.rows or 0 for one in manifest.files if one.kind == "schedules")
    planned = _planned(manifest, options, models, scheduled)
    return ExportReport(options.destination, manifest, seconds, planned)


def _planned(
    manifest: Manifest, options: ExportOptions, models: Sequence[ItemType], scheduled: int
) -> Budget:
    """Count what the export should have cost, from what there was."""
    totals = {one.item_type_id: one for one in manifest.facts.totals}
    sizes = [
        (totals[model.id], NESTED_PAGE if model.may_hold_blocks else FLAT_PAGE) for model in models
    ]
    has_uploads = options.assets != "none"
    with_history = options.history
    return budget(
        settings=OPENING_CALLS + len(RESOURCES),
        current=[ListSize(one.records, page) for one, page in sizes],
        published=[ListSize(one.published_copies, page) for one, page in sizes],
        uploads=ListSize(manifest.facts.uploads_total, UPLOAD_PAGE) if has_uploads else None,
        scheduled=scheduled,
        versions=[ListSize(1, 1)] * sum(one.records for one, _ in sizes) if with_history else (),
        consistency=_CONSISTENCY_CALLS[options.consistent],
    )


def _facts(
    run: ExportRun,
    opened: Opened,
    consistency: Consistency,
    finished: datetime,
) -> SnapshotFacts:
    return SnapshotFacts(
        tool_version=importlib.metadata.version("datosnap"),
        project_id=opened.project_id,
        project_name=opened.project_name,
        environment_id=opened.environment_id,
        started_at=run.writer.noted("started_at"),
        finished_at=finished.isoformat(timespec="seconds"),
        consistency=consistency,
        options=run.options.told(),
        role=opened.role,
        totals=tuple(sorted(run.totals, key=lambda one: one.model)),
        uploads_total=run.uploads,
        gaps=tuple(run.gaps),
        withheld=tuple(run.withheld),
        api_calls=run.calls,
    )
