"""Measure an import: its memory and calls by the number of records, and its share of the rate.

    python -m tests.bench.bench_import memory 20000 200000
    python -m tests.bench.bench_import rate [--linked]

It prints figures and judges nothing. For memory the installed command imports records with blocks
into an empty sandbox, each in a process of its own. For the rate a sandbox that enforces the limit
of 60 requests in 3 seconds answers each request late; beginning and end take some round trips one
after the other, whatever the size, so that what counts is the difference between two sizes. All
records are public. They are of one model without links, or of four, each linking to the one before,
so that they are written in four waves; the last one's have no drafts and wait for what they link to
to be public.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

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
from tests.support.authoring import Author
from tests.support.importing import exported
from tests.support.watching import everywhere
from tests.unit.sandbox.client import Client

# What part of all records is of which model, each linking to the one before.
_SHARES = {"section": 0.03, "writer": 0.07, "article": 0.4, "comment": 0.5}


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
@click.option("--linked", is_flag=True, help="Records that link to each other.")
def rate(*, in_flight: int, linked: bool) -> None:
    """Import over ways of several latencies and print what share of the rate each used."""
    write = write_linked if linked else write_snapshot
    print_shares(lambda records, late: limited(write, records, late, in_flight))


def limited(
    write: Callable[[Path, int], object], records: int, late: Late, in_flight: int
) -> tuple[Spent, float]:
    """Import so many records over one way; give what that cost, and seconds."""
    world = new_world()
    _, token = create_project(world, "Bench")
    script = Script(everywhere(late))
    with (
        tempfile.TemporaryDirectory() as name,
        running(world, rate_limit=True, faults=script) as server,
    ):
        write(Path(name) / "snapshot", records)
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


def write_linked(root: Path, records: int) -> None:
    """Write a snapshot of sections, writers, articles and comments."""
    draw = Random(records)  # noqa: S311 - a repeatable draw is wanted
    author = Author(Client.fresh())
    earlier, made = "", list[str]()
    for model, share in _SHARES.items():
        has_drafts = model != "comment"
        model_id = author.model(model, draft_mode_active=has_drafts)
        author.field(model, "title")
        author.field(model, "on", "link", to=[earlier or model_id])
        make = author.published if has_drafts else author.create
        contents = [
            {"title": f"{model} {number}", "on": draw.choice(made) if made else None}
            for number in range(int(records * share))
        ]
        earlier, made = model_id, [make(model_id, one) for one in contents]
    exported(author.api, root)


if __name__ == "__main__":
    main()
