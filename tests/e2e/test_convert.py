"""`datosnap convert` as installed: processes, a Dask cluster, and what it says."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from datosnap.store.snapshot import Snapshot
from tests.support.sandboxes import datosnap

_SAMPLE = Path(__file__).resolve().parents[2] / "sample_dumps" / "ndjson"
_NOT_INSTALLED = importlib.util.find_spec("distributed") is None


def ndjson_of(root: Path) -> dict[str, list[bytes]]:
    """Give the current records of a snapshot, by model."""
    snapshot = Snapshot.open(root)
    return {model: list(snapshot.rows("current", model)) for model in snapshot.models()}


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Run a Dask cluster of two worker processes; give the address of its scheduler."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.dask_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()


def test_processes_there_and_back(tmp_path: Path) -> None:
    """Two processes convert the sample dump to Parquet and back; nothing differs."""
    there = datosnap(
        "convert", _SAMPLE, "a", "--format", "parquet", "--workers", "2", folder=tmp_path
    )
    back = datosnap("convert", "a", "b", "--format", "ndjson", "--json", folder=tmp_path)

    assert there.code == 0, there.err
    assert "a is a whole snapshot" in there.out
    assert back.code == 0, back.err
    assert back.document["chunks"] > 30
    assert datosnap("verify", "b", folder=tmp_path).code == 0
    assert ndjson_of(_SAMPLE) == ndjson_of(tmp_path / "b")


@pytest.mark.skipif(_NOT_INSTALLED, reason="the extra `distributed` is not installed")
def test_dask_cluster_converts(cluster: str, tmp_path: Path) -> None:
    """Workers of a real cluster write the chunks; the files are those that this machine writes."""
    by_dask = datosnap(
        "convert",
        _SAMPLE,
        tmp_path / "a",
        "--format",
        "parquet",
        "--dask",
        cluster,
        folder=tmp_path,
    )
    alone = datosnap(
        "convert", _SAMPLE, tmp_path / "b", "--format", "parquet", "--workers", "1", folder=tmp_path
    )

    assert by_dask.code == alone.code == 0, by_dask.err
    assert by_dask.err == ""
    assert Snapshot.open(tmp_path / "a").manifest == Snapshot.open(tmp_path / "b").manifest


@pytest.mark.skipif(_NOT_INSTALLED, reason="the extra `distributed` is not installed")
def test_absent_scheduler_is_one_line(tmp_path: Path) -> None:
    """Nobody there is a wrong request, told without a traceback, and no snapshot comes of it."""
    command = ("convert", _SAMPLE, "a", "--format", "parquet", "--dask", "not-an-address")
    refused = datosnap(*command, folder=tmp_path)

    assert refused.code == 2
    assert "expected a Dask scheduler at 'not-an-address'" in refused.err
    assert "Traceback" not in refused.err
    assert not (tmp_path / "a" / "manifest.json").exists()
