"""Measure how much of the rate limit an export uses, and how often it is refused, by latency.

Run it with `python -m tests.bench.bench_rate`; it takes about six minutes and judges nothing.
A sandbox that enforces the limit of 60 requests in 3 seconds answers each request late; versions
of records are asked for one by one, so that nothing but the rate holds the export back. Opening a
project takes some twenty round trips one after the other, whatever its size; what more records
add is the difference between a small project and a large one.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import anyio
import click

from datosnap.api.client import ClientSettings, Spent
from datosnap.api.token import Token
from datosnap.core.pacing import WINDOW_S
from datosnap.flows.connecting import connected
from datosnap.flows.export import export_project
from datosnap.flows.exporting.options import ExportOptions
from datosnap.flows.progress import Silent
from datosnap.sandbox.fault_scenes import GoOn, Scene
from datosnap.sandbox.faults import Script
from datosnap.sandbox.rate_limit import LIMIT
from datosnap.sandbox.server import running
from tests.support.small_projects import SmallProject, small_project
from tests.support.watching import everywhere

SMALL, LARGE = 300, 1_200


@dataclass(frozen=True, slots=True)
class Late:
    """Carries out each request after as long as `draw` says. Units: seconds."""

    draw: Callable[[], float]

    async def play(self, scene: Scene, go_on: GoOn) -> None:
        """Wait, then go on."""
        await scene.sleep(self.draw())
        await go_on(scene)


@click.command()
@click.option("--in-flight", default=8, show_default=True)
def main(*, in_flight: int) -> None:
    """Export over ways of several latencies and print what share of the rate each used."""
    projects = {count: small_project(1, posts=count, notes=0) for count in (SMALL, LARGE)}
    print_shares(lambda count, late: _export(projects[count], late, in_flight))


def print_shares(job: Callable[[int, Late], tuple[Spent, float]]) -> None:
    """Do a job with few and with many records over each way; print what share of the rate it used.

    Units: `job` gives what it spent, and seconds.
    """
    random = Random(1)  # noqa: S311 - a repeatable draw is wanted
    ways: dict[str, Callable[[], float]] = {
        "100 ms": lambda: 0.1,
        "200 ms": lambda: 0.2,
        "300 ms": lambda: 0.3,
        "100 to 300 ms": lambda: random.uniform(0.1, 0.3),
    }
    click.echo(f"{'latency':16}{'calls':>8}{'seconds':>10}{'of the rate':>14}{'429s':>8}")
    for label, draw in ways.items():
        less, less_s = job(SMALL, Late(draw))
        more, more_s = job(LARGE, Late(draw))
        calls = more.calls - more.throttled - less.calls + less.throttled
        share = f"{calls / (more_s - less_s) / (LIMIT / WINDOW_S):.1%}"
        click.echo(f"{label:16}{more.calls:8}{more_s:10.1f}{share:>14}{more.throttled:8}")


def _export(project: SmallProject, late: Late, in_flight: int) -> tuple[Spent, float]:
    script = Script(everywhere(late))
    with (
        tempfile.TemporaryDirectory() as name,
        running(project.world, rate_limit=True, faults=script) as server,
    ):
        settings = ClientSettings(
            base_url=server.base_url, token=Token(project.token), in_flight=in_flight
        )
        options = ExportOptions(Path(name) / "out", history=True, in_flight=in_flight)

        async def export() -> Spent:
            async with connected(settings) as (client, assets):
                await export_project(client, assets, options, Silent())
                return client.spent

        begun = time.monotonic()
        spent = anyio.run(export)
        return spent, time.monotonic() - begun


if __name__ == "__main__":
    main()
