"""Exports within the test's own process, and what they brought, to be compared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio

from datosnap.api.assets import AssetClient
from datosnap.api.client import Client, ClientSettings
from datosnap.api.timing import Timing
from datosnap.api.token import Token
from datosnap.core.jsontext import decode_object, encode
from datosnap.errors import BackupError
from datosnap.flows.export import ExportReport, export_project
from datosnap.flows.exporting.options import ExportOptions
from datosnap.flows.progress import Silent
from datosnap.sandbox.faults import Fault, Script
from datosnap.sandbox.server import Running, running
from datosnap.store.names import ChunkKind
from datosnap.store.snapshot import Snapshot
from datosnap.store.verification import check
from tests.support.small_projects import SmallProject

# An export of a small project that has not ended by then hangs.
_PATIENCE_S = 60
LISTS: tuple[ChunkKind, ...] = ("current", "published", "history", "uploads")


def settings_of(base_url: str, token: str) -> ClientSettings:
    """Give settings under which failures are told within seconds."""
    return ClientSettings(
        base_url=base_url, token=Token(token), deadline_s=2, max_tries=4, patience_s=5
    )


def export(
    settings: ClientSettings, options: ExportOptions, timing: Timing | None = None
) -> ExportReport:
    """Export, and give the report; `timing` is another clock than the system's.

    Raises: the first cause of the failure.
    """

    async def flow() -> ExportReport:
        with anyio.fail_after(_PATIENCE_S):
            async with (
                Client(settings, timing=timing) as client,
                AssetClient(allow_private=True, timing=timing) as assets,
            ):
                return await export_project(client, assets, options, Silent())

    try:
        return anyio.run(flow)
    except BaseExceptionGroup as group:
        first: BaseException = group
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an export ended: the exit code that it would have, and its report when it has one."""

    code: int
    report: ExportReport | None = None
    error: BackupError | None = None

    @property
    def gaps(self) -> list[str]:
        """Give the kinds of the gaps."""
        return [] if self.report is None else [one.kind for one in self.report.manifest.facts.gaps]

    @property
    def consistency(self) -> str:
        """Give the consistency that the manifest tells."""
        assert self.report is not None, self.error
        return self.report.manifest.facts.consistency


def outcome(
    settings: ClientSettings, options: ExportOptions, timing: Timing | None = None
) -> Outcome:
    """Export, and tell how that ended."""
    try:
        report = export(settings, options, timing)
    except BackupError as error:
        return Outcome(error.exit_code, None, error)
    return Outcome(3 if report.manifest.facts.gaps else 0, report)


@contextmanager
def served(
    project: SmallProject, *faults: Fault, script: Script | None = None
) -> Iterator[Running]:
    """Serve a project's world, with these faults."""
    with running(project.world, faults=script or Script(faults)) as server:
        yield server


def content_of(root: Path) -> dict[str, list[bytes]]:
    """Give all rows of all lists and resources of a snapshot, each list sorted.

    Assets are told by their paths, which are their hashes. When something was changed last is
    left out, since it is no content.
    """
    snapshot = Snapshot.open(root)
    assert check(root).damages == ()
    content: dict[str, list[bytes]] = {kind: sorted(snapshot.rows(kind)) for kind in LISTS}
    for entry in snapshot.manifest.files:
        if entry.kind == "resource":
            name = entry.path.removeprefix("project/").removesuffix(".ndjson")
            content[name] = sorted(map(_undated, snapshot.resources(name)))
    content["schedules"] = sorted(snapshot.schedules())
    content["assets"] = sorted(
        entry.path.encode() for entry in snapshot.manifest.files if entry.kind == "asset"
    )
    return content


def _undated(row: bytes) -> bytes:
    resource = decode_object(row)
    for members in (resource.get("attributes"), resource.get("meta")):
        if members is not None and "last_data_change_at" in members:
            members["last_data_change_at"] = None
    return encode(resource)
