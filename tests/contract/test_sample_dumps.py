"""The dumps in the repository are whole, small, current, and readable by other tools."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.core.remapping import IdMap
from datosnap.flows.compare import compare_snapshots
from datosnap.flows.progress import Silent
from datosnap.flows.verify import verify_snapshot
from datosnap.store.names import ChunkKind
from datosnap.store.snapshot import Snapshot
from tests.conftest import SampleProject
from tests.support.sample_dumps import FOLDER, FORMATS, export_sample

_KINDS: tuple[ChunkKind, ...] = ("current", "published", "history")
_MAX_BYTES = 3_000_000


@pytest.mark.parametrize("chunk_format", FORMATS)
def test_a_dump_is_as_it_was_written(chunk_format: str) -> None:
    """Every byte of a dump is what its manifest says, and nothing is missing from it."""
    report = verify_snapshot(FOLDER / chunk_format, Silent())

    assert report.damages == ()
    assert Snapshot.open(FOLDER / chunk_format).manifest.complete


def test_the_dumps_are_small() -> None:
    """Both together stay below 3 MB."""
    assert 0 < sum(one.stat().st_size for one in FOLDER.rglob("*")) < _MAX_BYTES


def test_both_formats_hold_the_same_bytes() -> None:
    """Whatever the format, a record is the bytes that the API sent."""
    first, second = (Snapshot.open(FOLDER / one) for one in FORMATS)

    for kind in (*_KINDS, "uploads"):
        assert sorted(first.rows(kind)) == sorted(second.rows(kind))
    assert first.schedules() == second.schedules()


@pytest.mark.parametrize("chunk_format", FORMATS)
def test_a_dump_is_current(sample: SampleProject, chunk_format: str, tmp_path: Path) -> None:
    """An export of today's sample project has the dump's records, byte for byte.

    When it has not: `python -m tests.support.sample_dumps` makes the dumps anew.
    """
    fresh = export_sample(tmp_path, sample.reach, chunk_format)
    old, new = Snapshot.open(FOLDER / chunk_format), Snapshot.open(fresh)

    for kind in _KINDS:
        assert list(old.rows(kind)) == list(new.rows(kind))
    assert old.schedules() == new.schedules()
    comparison = compare_snapshots(FOLDER / chunk_format, fresh, IdMap(), Silent())
    assert comparison.differences == []


def test_zstdcat_reads_the_ndjson_dump() -> None:
    """The standard tool gives the records, one a line, blocks nested."""
    if not shutil.which("zstdcat"):
        pytest.skip("zstdcat is not installed")
    chunk = next((FOLDER / "ndjson" / "records" / "article").glob("current-*.zst"))

    done = subprocess.run(["zstdcat", str(chunk)], capture_output=True, check=True)

    records = [decode_object(line) for line in done.stdout.splitlines()]
    assert [one["id"] for one in records] == [
        decode_object(raw)["id"]
        for raw in Snapshot.open(FOLDER / "ndjson").rows("current", "article")
    ]


def test_pyarrow_reads_each_frame_of_the_ndjson_dump() -> None:
    """A zstd reader that is not ours finds every record in the concatenated frames."""
    entries = [
        one
        for one in Snapshot.open(FOLDER / "ndjson").manifest.files
        if one.kind == "current" and one.path.endswith(".zst")
    ]
    assert entries
    for entry in entries:
        with pa.CompressedInputStream(str(FOLDER / "ndjson" / entry.path), "zstd") as stream:
            assert stream.read().count(b"\n") == entry.rows


def test_duckdb_reads_the_parquet_dump() -> None:
    """SQL over the Parquet files finds the records and their states."""
    pattern = str(FOLDER / "parquet" / "records" / "*" / "current-*.parquet")

    with duckdb.connect() as connection:
        rows = connection.execute(
            "select _status, count(*) from read_parquet($1) group by _status", [pattern]
        ).fetchall()

    counts = dict(rows)
    assert set(counts) == {"draft", "updated", "published"}
    manifest = Snapshot.open(FOLDER / "parquet").manifest
    assert sum(counts.values()) == sum(one.records for one in manifest.facts.totals)


def test_the_dump_is_worth_looking_at() -> None:
    """It has what an issue of a magazine has: depth, languages, states and pictures."""
    snapshot = Snapshot.open(FOLDER / "ndjson")
    facts = snapshot.manifest.facts
    records = sum(one.records for one in facts.totals)

    assert 150 <= records <= 300
    assert 10 <= len(facts.totals) <= 15
    assert 30 <= facts.uploads_total <= 60
    assert sum(one.versions for one in facts.totals) > records
    assert len(snapshot.schedules()) >= 2
    assert max(_depth(one) for one in _records(snapshot)) >= 4
    assert len(_site(snapshot)["attributes"]["locales"]) == 3


def _records(snapshot: Snapshot) -> Iterator[JsonObject]:
    return (decode_object(raw) for raw in snapshot.rows("current"))


def _site(snapshot: Snapshot) -> JsonObject:
    return decode_object(snapshot.resources("site")[0])


def _depth(value: object) -> int:
    """Count how deep blocks are nested in a value; a record's own level is none."""
    if isinstance(value, list):
        return max(map(_depth, value), default=0)
    if not isinstance(value, dict):
        return 0
    inner = max(map(_depth, value.values()), default=0)
    is_block = value.get("type") == "item" and "attributes" in value and "meta" not in value
    return inner + 1 if is_block else inner
