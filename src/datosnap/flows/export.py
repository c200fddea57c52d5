"""Take a whole project out into a snapshot: schema, settings, records, history, assets.

The order is the promise: everything else first, the manifest last, so that a place with a
manifest is whole. What could not be had is a gap in the manifest, never a silent omission.
"""

from __future__ import annotations

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
from datosnap.errors import UsageError
from datosnap.flows.export_assets import export_uploads
from datosnap.flows.export_records import export_history, export_records
from datosnap.flows.export_run import ExportRun
from datosnap.flows.export_settings import (
    Opened,
    changed_at,
    export_resources,
    export_schema,
    open_source,
)
from datosnap.flows.listing import Slots
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
    history: bool = False
    assets: bool = True
    include_secrets: bool = False
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
    ApiError and DiskError leave an unfinished place, which the same command starts over.
    """
    begun, started = time.monotonic(), now()
    await to_thread.run_sync(ensure_free, options.destination)
    opened = await open_source(client, options.environment)
    models = choose_models(opened.schema, options.models)
    begin = partial(
        SnapshotWriter.begin,
        options.destination,
        chunk_format=options.chunk_format,
        compression=options.compression,
    )
    writer = await to_thread.run_sync(begin)
    with writer:
        run = ExportRun(client, writer, Slots(options.in_flight + _SPARE_PAGES), progress)
        await _export_parts(run, assets, options, opened, models)
        consistency = await _consistency(run, opened)
        facts = SnapshotFacts(
            tool_version=importlib.metadata.version("datosnap"),
            project_id=opened.project_id,
            project_name=opened.project_name,
            environment_id=opened.environment_id,
            started_at=started.isoformat(timespec="seconds"),
            finished_at=now().isoformat(timespec="seconds"),
            consistency=consistency,
            options=_told(options),
            role=opened.role,
            totals=tuple(sorted(run.totals, key=lambda one: one.model)),
            uploads_total=run.uploads,
            gaps=tuple(run.gaps),
            withheld=tuple(run.withheld),
            api_calls=client.spent.calls,
        )
        manifest = await to_thread.run_sync(writer.commit, facts)
    return ExportReport(options.destination, manifest, time.monotonic() - begun)


async def _export_parts(
    run: ExportRun,
    assets: AssetClient,
    options: ExportOptions,
    opened: Opened,
    models: Sequence[ItemType],
) -> None:
    await export_schema(run, opened)
    await export_resources(run, include_secrets=options.include_secrets)
    seen = await export_records(run, models)
    if options.history:
        await export_history(run, models, seen)
    # After the records, so that an upload made meanwhile for one of them is not missed.
    await export_uploads(run, assets, with_bytes=options.assets)


def choose_models(schema: Schema, wanted: Sequence[str]) -> list[ItemType]:
    """Choose the models to export by api_key; all of them when none is named.

    Raises: UsageError naming those that the project does not have.
    """
    models = schema.models
    known = {one.api_key for one in models}
    unknown = [one for one in wanted if one not in known]
    if unknown:
        raise UsageError(
            f"--models names {', '.join(unknown)}, which the project does not have;"
            f" it has: {', '.join(sorted(known)) or 'no models'}"
        )
    return [one for one in models if not wanted or one.api_key in wanted]


async def _consistency(run: ExportRun, opened: Opened) -> Consistency:
    """Tell `still` when nothing was changed since the export began, by the API's own clock."""
    changed = await changed_at(run.client, opened.environment_id)
    if changed is not None and changed == opened.changed_at:
        return "still"
    run.note_gap(
        "environment",
        opened.environment_id,
        f"content changed while it was read (last change {opened.changed_at} before,"
        f" {changed} after): records may be of different moments",
    )
    return "moving"


def _told(options: ExportOptions) -> JsonObject:
    return {
        "models": list(options.models),
        "history": "all" if options.history else "none",
        "assets": "all" if options.assets else "metadata",
        "include_secrets": options.include_secrets,
    }
