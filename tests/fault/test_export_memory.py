"""An export's memory does not grow with the number of records: pages held, and the process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import anyio
import click
import pytest

from datosnap.api.client import Query
from datosnap.core.jsontext import encode
from datosnap.flows.listing import Listing, read_listing
from datosnap.flows.ordering import Slots
from tests.bench.bench_sandbox import served as sandbox_of
from tests.bench.bench_sandbox import write_snapshot
from tests.support.sandboxes import COMMAND, environment

# DESIGN, section 10.
_NDJSON_MB, _PARQUET_MB = 96, 256
# A process of little size in between: what starts another lends it its own peak.
_MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


class Pages:
    """An API with two lists, and how many pages of them were answered and not yet consumed."""

    def __init__(self) -> None:
        self.held = 0
        self.most_held = 0

    async def get(self, path: str, query: Query | None = None) -> bytes:
        """Answer a page of ten of 400 rows."""
        page = (query or {})["page"]
        assert isinstance(page, Mapping)
        offset = int(str(page["offset"]))
        self.held += 1
        self.most_held = max(self.most_held, self.held)
        for _ in range(offset % 7):
            await anyio.lowlevel.checkpoint()
        rows = [{"id": f"{path}-{one}"} for one in range(offset, offset + 10)]
        return encode({"data": rows, "meta": {"total_count": 400}})

    async def consume(self, rows: list[bytes]) -> None:
        """Take a page, slowly."""
        assert rows
        for _ in range(5):
            await anyio.lowlevel.checkpoint()
        self.held -= 1


@pytest.mark.parametrize("slots", [1, 4, 12])
def test_pages_that_are_held_never_exceed_the_slots(slots: int) -> None:
    """Six lists read side by side, of slow consumers: no more pages than slots, all lists ended."""
    pages, shared = Pages(), Slots(slots)
    rows: list[int] = []

    async def read(number: int) -> None:
        listing = Listing(f"/list/{number}", {}, 10)
        rows.append((await read_listing(pages, listing, pages.consume, shared)).rows)

    async def read_all() -> None:
        async with anyio.create_task_group() as tasks:
            for number in range(6):
                tasks.start_soon(read, number)

    anyio.run(read_all)

    assert rows == [400] * 6
    assert 1 <= pages.most_held <= slots


@pytest.mark.long
@pytest.mark.parametrize(
    ("chunk_format", "bound_mb"), [("ndjson", _NDJSON_MB), ("parquet", _PARQUET_MB)]
)
def test_the_process_of_an_export_stays_small(
    tmp_path: Path, chunk_format: str, bound_mb: int
) -> None:
    """Of 20,000 records with blocks: the peak of the process is printed, and within the bound."""
    write_snapshot(tmp_path / "source", 20_000)
    with sandbox_of(tmp_path, str(tmp_path / "source")) as server:
        reach = ("--base-url", server.url, "--api-token", server.token)
        given = ("export", "out", *reach, "--format", chunk_format, "--quiet")
        done = subprocess.run(
            [sys.executable, "-c", _MEASURE, COMMAND, *given],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    peak_mb = int(done.stdout.split()[-1]) / 1024
    click.echo(f"{chunk_format}: peak {peak_mb:.0f} MB, bound {bound_mb} MB")
    assert peak_mb <= bound_mb
