"""Show the main job without an account: a project goes out twice and comes back twice.

A sandbox on a free loopback port holds the sample project and two empty ones. Out in NDJSON and
back with every id replaced; out in Parquet and back with every id kept. Each copy is exported
again and compared with the original, so that what is told at the end was measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from datosnap.api.client import ClientSettings
from datosnap.api.token import Token
from datosnap.core.remapping import IdPolicy
from datosnap.flows.compare import Comparison
from datosnap.flows.connecting import connected
from datosnap.flows.export import ExportReport
from datosnap.flows.exporting.options import ExportOptions
from datosnap.flows.progress import Progress
from datosnap.flows.restore import RestoreReport
from datosnap.flows.round_trip import Returned, export_to, put_back_and_compare
from datosnap.flows.sample.builder import SampleCounts, build_sample
from datosnap.sandbox.server import running
from datosnap.sandbox.worlds import create_project, new_world
from datosnap.store.names import ChunkFormat

# The sample project is the same on every run.
SAMPLE_SEED = 1
SAMPLE_NAME = "Lanterna"
_WAYS: tuple[tuple[ChunkFormat, IdPolicy], ...] = (
    ("ndjson", IdPolicy.REMAP),
    ("parquet", IdPolicy.PRESERVE),
)


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One way out, back and out again, and what differs between both exports."""

    chunk_format: ChunkFormat
    snapshot: Path
    exported: ExportReport
    returned: Returned

    @property
    def restored(self) -> RestoreReport:
        """Give what the import did."""
        return self.returned.restored

    @property
    def comparison(self) -> Comparison:
        """Give how the copy differs from the original."""
        return self.returned.comparison


@dataclass(slots=True)
class DemoReport:
    """What the demo did."""

    folder: Path
    sample: SampleCounts
    trips: list[RoundTrip] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def calls(self) -> int:
        """Give the API calls that exports and imports spent."""
        return sum(
            trip.exported.manifest.facts.api_calls
            + trip.restored.calls
            + trip.returned.exported.manifest.facts.api_calls
            for trip in self.trips
        )

    @property
    def differences(self) -> int:
        """Give the differences found, over all round trips."""
        return sum(trip.comparison.total for trip in self.trips)


@contextmanager
def sample_sandbox() -> Iterator[tuple[str, Callable[[str], Token]]]:
    """Run a sandbox; give its address and a function that makes an empty project in it."""
    world = new_world(seed=SAMPLE_SEED)

    def new_project(name: str) -> Token:
        return Token(create_project(world, name)[1])

    with running(world) as sandbox:
        yield sandbox.base_url, new_project


async def run_demo(folder: Path, progress: Progress) -> DemoReport:
    """Build the sample project, take it out and bring it back, both formats and both id policies.

    Everything is written below `folder`, which stays for the person to look at.
    """
    begun = time.monotonic()
    with sample_sandbox() as (base_url, new_project):
        source = ClientSettings(base_url=base_url, token=new_project(SAMPLE_NAME))
        async with connected(source) as (client, assets):
            progress.say(f"Building the sample project {SAMPLE_NAME} in a sandbox at {base_url}")
            report = DemoReport(folder, await build_sample(client, assets))
        for way in _WAYS:
            token = new_project(f"{SAMPLE_NAME}, {way[1].value}")
            target = ClientSettings(base_url=base_url, token=token)
            report.trips.append(await _round_trip(folder, source, target, way, progress))
    report.seconds = time.monotonic() - begun
    return report


async def _round_trip(
    folder: Path,
    source: ClientSettings,
    target: ClientSettings,
    way: tuple[ChunkFormat, IdPolicy],
    progress: Progress,
) -> RoundTrip:
    chunk_format, ids = way
    snapshot = folder / f"lanterna-{chunk_format}"
    progress.say(f"Exporting to {chunk_format}, importing with --ids {ids.value}, comparing")
    options = ExportOptions(snapshot, chunk_format=chunk_format, history=True)
    exported = await export_to(source, options, progress)
    place = folder / f"copy-of-{chunk_format}"
    returned = await put_back_and_compare(snapshot, target, ids, place, progress)
    return RoundTrip(chunk_format, snapshot, exported, returned)
