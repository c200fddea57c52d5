"""Put a snapshot into an empty project, export that, and compare both: the proof of a backup."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from anyio import to_thread

from datosnap.api.client import ClientSettings
from datosnap.core.remapping import IdPolicy
from datosnap.flows.compare import Comparison, compare_snapshots
from datosnap.flows.connecting import connected
from datosnap.flows.export import ExportReport, export_project
from datosnap.flows.exporting.options import ExportOptions
from datosnap.flows.progress import FromThread, Progress
from datosnap.flows.restore import RestoreOptions, RestoreReport, restore_project
from datosnap.store.locations import Where


@dataclass(frozen=True, slots=True)
class Returned:
    """What came of a snapshot that was put into a project: the copy, and how it differs."""

    restored: RestoreReport
    exported: ExportReport
    comparison: Comparison


async def put_back_and_compare(
    snapshot: Where, target: ClientSettings, ids: IdPolicy, folder: Path, progress: Progress
) -> Returned:
    """Import a snapshot into an empty project and compare what that then exports.

    The copy's snapshot goes to `back` and the import's state to `import`, below `folder`.
    Raises: whatever an import and an export raise.
    """
    async with connected(target, progress) as (client, assets):
        options = RestoreOptions(snapshot, ids=ids, state=folder / "import")
        restored = await restore_project(client, assets, options, progress)
    exported = await export_to(target, ExportOptions(folder / "back"), progress)
    comparison = await to_thread.run_sync(
        compare_snapshots, snapshot, folder / "back", restored.ids, FromThread(progress)
    )
    return Returned(restored, exported, comparison)


async def export_to(
    settings: ClientSettings, options: ExportOptions, progress: Progress
) -> ExportReport:
    """Connect to a project and export it."""
    async with connected(settings, progress) as (client, assets):
        return await export_project(client, assets, options, progress)
