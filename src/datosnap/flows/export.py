"""Take a whole project out into a snapshot: schema, settings, records, history, assets.

The order is the promise: everything else first, the manifest last, so that a place with a
manifest is whole. What could not be had is a gap in the manifest, never a silent omission. A run
that was cut off is gone on with by the same command.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from anyio import to_thread

from datosnap.api.assets import AssetClient
from datosnap.api.client import Client
from datosnap.core.entities import ItemType, Schema
from datosnap.core.jsontext import JsonObject
from datosnap.errors import AccessRefusedError, UsageError
from datosnap.flows.export_assets import export_assets, export_uploads
from datosnap.flows.export_fork import Consistent, forked
from datosnap.flows.export_records import export_history, export_records, read_schedules
from datosnap.flows.export_run import ExportRun
from datosnap.flows.export_settings import Opened, export_resources, export_schema, open_source
from datosnap.flows.export_sweep import settle
from datosnap.flows.ordering import Slots
from datosnap.flows.progress import Progress
from datosnap.store.chunks import ChunkFormat, Compression
from datosnap.store.manifest import Consistency, Manifest, SnapshotFacts
from datosnap.store.snapshot_writer import SnapshotWriter, ensure_free

# Pages held at once beside those in flight, so that a slow one does not stop the others.
_SPARE_PAGES = 6


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What is exported, and where to."""

    destination: Path
    environment: str | None = None
    chunk_format: ChunkFormat = "ndjson"
    compression: Compression = "zstd"
    models: tuple[str, ...] = ()
    excluded_models: tuple[str, ...] = ()
    history: bool = False
    assets: bool = True
    include_secrets: bool = False
    allow_partial: bool = False
    consistent: Consistent = "sweep"
    restart: bool = False
    in_flight: int = 6


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export wrote: the manifest says what, this says where and at what price."""

    destination: Path
    manifest: Manifest
    seconds: float


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
    await to_thread.run_sync(ensure_free, options.destination)
    opened = await open_source(client, options.environment)
    models = choose_models(opened.schema, options.models, options.excluded_models)
    _refuse_blindness(opened, allow_partial=options.allow_partial)
    begin = partial(
        SnapshotWriter.begin,
        options.destination,
        chunk_format=options.chunk_format,
        compression=options.compression,
        identity=_identity(options, opened),
        restart=options.restart,
    )
    with await to_thread.run_sync(begin) as writer:
        slots = Slots(options.in_flight + _SPARE_PAGES)
        run = ExportRun(client, writer, slots, progress)
        _begin(run, opened, now())
        for spot in opened.blind_spots:
            run.note_gap("role", str((opened.role.get("role") or {}).get("name")), spot)
        async with forked(run, opened, options.consistent, now()):
            await _export_parts(run, options, opened, models)
            consistency = await _consistency(run, options, opened, models)
            if options.assets:
                await export_assets(run, assets)
        facts = _facts(run, options, opened, consistency, now())
        manifest = await to_thread.run_sync(writer.commit, facts)
    return ExportReport(options.destination, manifest, time.monotonic() - begun)


async def _export_parts(
    run: ExportRun, options: ExportOptions, opened: Opened, models: Sequence[ItemType]
) -> None:
    await export_schema(run, opened)
    await export_resources(run, include_secrets=options.include_secrets)
    await export_records(run, models)
    # After the records, so that an upload made meanwhile for one of them is not missed.
    await export_uploads(run)
    if options.history:
        await export_history(run, models)


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


def _identity(options: ExportOptions, opened: Opened) -> JsonObject:
    """Describe the export, so that only the same one is gone on with."""
    lines = [one for kind in opened.schema_lines.values() for one in kind]
    return {
        "project": opened.project_id,
        "environment": opened.environment_id,
        "schema": hashlib.sha256(b"".join(lines)).hexdigest(),
        "format": options.chunk_format,
        "compression": options.compression,
        "consistent": options.consistent,
        **_told(options),
    }


def _begin(run: ExportRun, opened: Opened, started: datetime) -> None:
    """Note what the first of several runs found, unless this one goes on with it."""
    if run.writer.noted("started_at") is None:
        run.writer.note("started_at", started.isoformat(timespec="seconds"))
        run.writer.note("changed_at", opened.changed_at)


async def _consistency(
    run: ExportRun, options: ExportOptions, opened: Opened, models: Sequence[ItemType]
) -> Consistency:
    consistency: Consistency
    if options.consistent == "sweep":
        consistency = await settle(run, opened, models, with_history=options.history)
    else:
        await read_schedules(run)
        consistency = "forked" if options.consistent == "fork" else "unchecked"
    if not run.writer.has_schedules():
        await to_thread.run_sync(run.writer.schedules, run.schedules)
    return consistency


def _facts(
    run: ExportRun,
    options: ExportOptions,
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
        options=_told(options),
        role=opened.role,
        totals=tuple(sorted(run.totals, key=lambda one: one.model)),
        uploads_total=run.uploads,
        gaps=tuple(run.gaps),
        withheld=tuple(run.withheld),
        api_calls=run.calls,
    )


def _told(options: ExportOptions) -> JsonObject:
    return {
        "models": list(options.models),
        "excluded_models": list(options.excluded_models),
        "history": "all" if options.history else "none",
        "assets": "all" if options.assets else "metadata",
        "include_secrets": options.include_secrets,
    }
