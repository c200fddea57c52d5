"""Measure an import: its memory and calls by the number of records, and its share of the rate.

    python -m tests.bench.bench_import memory 20000 200000
    python -m tests.bench.bench_import rate

It prints figures and judges nothing. For memory the installed command imports records with blocks
into an empty sandbox, each in a process of its own. For the rate a sandbox that enforces the limit
of 60 requests in 3 seconds answers each request late; beginning and end take some round trips one
after the other, whatever the size, so that what counts is the difference between two sizes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import anyio
import click

from datosnap.api.client import ClientSettings, Spent
from datosnap.api.token import Token
from datosnap.flows.connecting import connected
from datosnap.flows.progress import Silent
from datosnap.flows.restore import RestoreOptions, restore_project
from datosnap.sandbox.faults import Script
from datosnap.sandbox.server import running
from datosnap.sandbox.worlds import create_project, new_world
from tests.bench.bench_rate import Late, print_shares
from tests.bench.bench_sandbox import served, write_snapshot
from tests.bench.export.measuring import run
from tests.support.watching import everywhere


@click.group()
def main() -> None:
    """Measure imports."""


@main.command()
@click.argument("counts", nargs=-1, type=int)
def memory(counts: tuple[int, ...]) -> None:
    """Import so many records and print memory, time and calls."""
    click.echo(f"{'records':>10}{'peak MB':>10}{'seconds':>10}{'calls':>10}{'a record':>10}")
    for records in counts or (20_000, 200_000):
        _import(records)


def _import(records: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Elsewhere, since what this process held would be counted as the command's.
        write = [sys.executable, "-m", __spec__.name, "snapshot", name, str(records)]
        subprocess.run(write, check=True)
        with served(folder) as server:
            reach = ("--base-url", server.url, "--api-token", server.token)
            datosnap = str(Path(sys.executable).with_name("datosnap"))
            command = [datosnap, "import", str(folder / "snapshot"), *reach, "--json"]
            cost, told = run([*command, "--state", str(folder / "state")], folder, folder)
    calls, share = told["calls"], told["calls"] / records
    seconds = cost.wall_s
    click.echo(f"{records:10,}{cost.peak_mb:10.0f}{seconds:10.1f}{calls:10,}{share:10.3f}")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("records", type=int)
def snapshot(folder: Path, records: int) -> None:
    """Write the snapshot that is imported."""
    write_snapshot(folder / "snapshot", records)


@main.command()
@click.option("--in-flight", default=8, show_default=True)
def rate(in_flight: int) -> None:
    """Import over ways of several latencies and print what share of the rate each used."""
    print_shares(lambda records, late: _limited(records, late, in_flight))


def _limited(records: int, late: Late, in_flight: int) -> tuple[Spent, float]:
    world = new_world()
    _, token = create_project(world, "Bench")
    script = Script(everywhere(late))
    with (
        tempfile.TemporaryDirectory() as name,
        running(world, rate_limit=True, faults=script) as server,
    ):
        write_snapshot(Path(name) / "snapshot", records)
        settings = ClientSettings(base_url=server.base_url, token=Token(token), in_flight=in_flight)
        options = RestoreOptions(
            Path(name) / "snapshot", state=Path(name) / "state", in_flight=in_flight
        )

        async def flow() -> Spent:
            async with connected(settings) as (client, assets):
                await restore_project(client, assets, options, Silent())
                return client.spent

        begun = time.monotonic()
        spent = anyio.run(flow)
        return spent, time.monotonic() - begun


if __name__ == "__main__":
    main()
