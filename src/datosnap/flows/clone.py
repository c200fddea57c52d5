"""Take one environment straight into another, of the same project or of any other.

A clone is an export and an import with a snapshot between them, temporary or kept, so that either
half goes on where it was cut off. The destination's environment is forked last, when everything
that is to go into it is at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from anyio import to_thread

from datosnap.api.assets import AssetClient
from datosnap.api.client import Client, ClientSettings
from datosnap.core.jsontext import JsonObject, decode_object, slice_page
from datosnap.errors import UsageError, quote
from datosnap.flows.connecting import connected
from datosnap.flows.export import ExportReport, export_project
from datosnap.flows.exporting.options import ExportOptions
from datosnap.flows.forking import fork, wait_until_ready
from datosnap.flows.opening import pin_environment
from datosnap.flows.progress import Progress
from datosnap.flows.restore import RestoreOptions, RestoreReport, restore_project
from datosnap.flows.restoring.plan import Plan
from datosnap.store.clone_state import CloneState
from datosnap.store.finishing import is_cut_off
from datosnap.store.locations import Where, locate
from datosnap.store.lock import hold
from datosnap.store.manifest import Manifest
from datosnap.store.names import MANIFEST
from datosnap.store.restore_state import RestoreState
from datosnap.store.snapshot import load_manifest


@dataclass(frozen=True, slots=True)
class CloneOptions:
    """How the halves of a clone are made; their places are the clone's to choose.

    `keep` is where the snapshot stays; `create_environment` forks the destination's primary one
    under the name of the import's environment unless that exists.
    """

    export: ExportOptions
    restore: RestoreOptions
    keep: Where | None = None
    create_environment: bool = False
    restart: bool = False


@dataclass(frozen=True, slots=True)
class CloneReport:
    """What a clone did; `taken_before` is the snapshot that an earlier run had taken already."""

    exported: ExportReport | None
    taken_before: Manifest | None
    restored: RestoreReport
    environment: str
    kept: Where | None


class Show(Protocol):
    """Is told what a clone has come to."""

    def taken_before(self, manifest: Manifest) -> None:
        """Tell that the clone goes on from a snapshot that an earlier run took."""
        ...

    def exported(self, report: ExportReport) -> None:
        """Tell that the snapshot is taken."""
        ...

    def planned(self, plan: Plan) -> None:
        """Tell what will be imported, before anything is."""
        ...


class Connect(Protocol):
    """Opens the two clients of one side."""

    def __call__(
        self, settings: ClientSettings, progress: Progress | None = None, /
    ) -> AbstractAsyncContextManager[tuple[Client, AssetClient]]:
        """Open both, and tell `progress` what the first one spends."""
        ...


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a clone: a project and the environment that is meant.

    `fork_from` is the primary environment when the one that is meant does not exist yet.
    """

    project_id: str
    environment_id: str
    fork_from: str | None = None

    def __str__(self) -> str:
        return f"environment {self.environment_id} of project {self.project_id}"


async def clone(
    source: ClientSettings,
    destination: ClientSettings,
    options: CloneOptions,
    progress: Progress,
    *,
    show: Show,
    connect: Connect = connected,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> CloneReport:
    """Export from the source and import that into the destination.

    A dry run stops at the import's plan; the snapshot it took is what the next run goes on with.
    Raises: UsageError when both ends are one; whatever an export and an import raise.
    """
    start, end = await _ends(source, destination, options, connect)
    state = CloneState.between(str(start), str(end))
    cloning = _Cloning(options, options.keep or state.snapshot, state, progress, show, connect)
    told = {"source": str(start), "destination": str(end)}
    await to_thread.run_sync(state.create)
    with hold(state.folder):
        manifest = await to_thread.run_sync(cloning.begin, told, now())
        if manifest is not None:
            show.taken_before(manifest)
        exported = None if manifest else await cloning.export(source)
        restored = await cloning.restore(destination, end)
        if restored.state is not None and not RestoreState(restored.state).is_under_way:
            await to_thread.run_sync(state.end)
    return CloneReport(exported, manifest, restored, end.environment_id, options.keep)


async def _ends(
    source: ClientSettings, destination: ClientSettings, options: CloneOptions, connect: Connect
) -> tuple[_End, _End]:
    if options.create_environment and options.restore.environment is None:
        raise UsageError("--create-environment: expected --destination-environment with its name")
    async with connect(source) as (client, _):
        start = await _end(client, options.export.environment)
    async with connect(destination) as (client, _):
        wanted = options.restore.environment
        end = await _end(client, wanted, may_be_new=options.create_environment)
    if (start.project_id, start.environment_id) == (end.project_id, end.environment_id):
        raise UsageError(
            f"source and destination are both {start}; name another environment or project for"
            " the destination"
        )
    return start, end


async def _end(client: Client, environment: str | None, *, may_be_new: bool = False) -> _End:
    fork_from = await _primary_unless_there(client, environment) if may_be_new else None
    _, identity = await pin_environment(client, fork_from or environment)
    site = await client.get_object("/site")
    named = environment if fork_from else None
    return _End(site["data"]["id"], named or identity["id"], fork_from)


async def _primary_unless_there(client: Client, name: str | None) -> str | None:
    """Give the primary environment, None when there is one named `name` already."""
    lines, _ = slice_page(await client.get("/environments"))
    found = [decode_object(one) for one in lines]
    if any(one["id"] == name for one in found):
        return None
    return next((one["id"] for one in found if one["meta"].get("primary")), None)


@dataclass(frozen=True, slots=True)
class _Cloning:
    """A clone under way: how it is made, where its snapshot goes and what it remembers."""

    options: CloneOptions
    place: Where
    state: CloneState
    progress: Progress
    show: Show
    connect: Connect

    def begin(self, told: JsonObject, now: datetime) -> Manifest | None:
        """Begin, or go on with a clone that was cut off; give the snapshot that has been taken.

        Raises: UsageError when the one that was cut off was another one.
        """
        asked = self._identity()
        if self.options.restart:
            self._refuse_to_abandon()
        note = None if self.options.restart else self.state.note()
        if note is None:
            self.state.begin({**told, **asked, "begun": now.isoformat(timespec="seconds")})
            return None
        _refuse_other(note, asked)
        root = locate(self.place)
        if root.absence() is not None or not root.holds(MANIFEST) or is_cut_off(root):
            return None
        return load_manifest(root)

    async def export(self, source: ClientSettings) -> ExportReport:
        """Take the snapshot."""
        wanted = replace(self.options.export, destination=self.place, restart=self.options.restart)
        async with self.connect(source, self.progress) as (client, assets):
            report = await export_project(client, assets, wanted, self.progress)
        self.show.exported(report)
        return report

    async def restore(self, destination: ClientSettings, end: _End) -> RestoreReport:
        """Import the snapshot, into a fork when the environment is to be made."""
        into = end.environment_id
        async with self.connect(destination, self.progress) as (client, assets):
            wanted = replace(
                self.options.restore,
                snapshot=self.place,
                environment=into,
                state=self.options.restore.state or self.state.imported,
            )
            if end.fork_from is not None and wanted.dry_run:
                # What the environment would be a copy of; nobody reads that copy.
                wanted = replace(wanted, environment=end.fork_from, allow_primary=True)
            elif self.options.create_environment:
                await _have_environment(client, end)
            return await restore_project(
                client, assets, wanted, self.progress, show=self.show.planned
            )

    def _refuse_to_abandon(self) -> None:
        """Refuse to throw away what an import under way must put back, such as validators.

        Raises: UsageError.
        """
        imported = self.options.restore.state or self.state.imported
        if RestoreState(imported).is_under_way:
            raise UsageError(
                f"--restart: the import of the clone that was cut off has begun, and may have"
                f" changes to put back; finish it without --restart, or remove"
                f" {quote(str(imported))} to leave the destination as it is"
            )

    def _identity(self) -> JsonObject:
        """Describe the snapshot, so that only the same one is gone on with."""
        place = self.place
        return {
            "snapshot": str(place.absolute() if isinstance(place, Path) else place),
            "consistent": self.options.export.consistent,
            **self.options.export.told(),
        }


def _refuse_other(note: JsonObject, asked: JsonObject) -> None:
    differing = ", ".join(
        f"{name} {quote(note.get(name))} then, {quote(value)} now"
        for name, value in asked.items()
        if note.get(name) != value
    )
    if differing:
        raise UsageError(
            f"a clone between these two, begun {note.get('begun')}, was cut off and was another"
            f" one: {differing}; finish it with its own options, or throw it away with --restart"
        )


async def _have_environment(client: Client, end: _End) -> None:
    """Fork the destination's environment unless it is there, and wait for it."""
    if end.fork_from is not None:
        await fork(client, end.fork_from, end.environment_id)
    await wait_until_ready(client, end.environment_id)
