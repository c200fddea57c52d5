"""`datosnap verify`: whether every byte is what was written."""

from __future__ import annotations

from pathlib import Path

import click
from anyio import to_thread

from datosnap.cli.options import as_place, epilog, json_option, log_json_option, quiet_option
from datosnap.cli.output import number, print_facts, print_json, print_table, size, watching
from datosnap.cli.running import run_flow
from datosnap.errors import CorruptSnapshotError
from datosnap.flows.progress import FromThread
from datosnap.flows.verify import verify_snapshot
from datosnap.store.verification import Verified


@click.command(epilog=epilog("datosnap verify backups/2026-11-21"))
@click.argument("snapshot", type=as_place)
@json_option
@quiet_option
@log_json_option
def verify(snapshot: Path | str, *, as_json: bool, quiet: bool, log_json: bool) -> None:
    """Read every byte of SNAPSHOT and compare it with the manifest."""

    async def flow() -> Verified:
        return await to_thread.run_sync(verify_snapshot, snapshot, FromThread(bars))

    with watching(quiet=quiet, log_json=log_json) as bars:
        report = run_flow(flow)
    if as_json:
        print_json(report)
    else:
        _show(snapshot, report)
    if report.damages:
        names = ", ".join(one.path for one in report.damages[:3])
        raise CorruptSnapshotError(
            f"{snapshot}: {number(len(report.damages), 'file')} not as written: {names}"
        )


def _show(snapshot: Path | str, report: Verified) -> None:
    state = "is damaged" if report.damages else "is as it was written"
    print_facts(
        f"{snapshot} {state}",
        [
            ("files", f"{report.files:,}"),
            ("rows", f"{report.rows:,}"),
            ("read", size(report.bytes)),
        ],
    )
    if report.damages:
        rows = [(one.path, one.kind, one.expected, one.found) for one in report.damages]
        print_table(("file", "what", "expected", "found"), rows)
