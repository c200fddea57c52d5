"""`datosnap convert` as installed: processes, a Dask cluster, and what it says."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from datosnap.store.snapshot import Snapshot
from tests.support.sandboxes import COMMAND, datosnap, environment
from tests.support.snapshots import Content, record, write_snapshot

_SAMPLE = Path(__file__).resolve().parents[2] / "sample_dumps" / "ndjson"
_PROC = Path("/proc")
_PATIENCE_S = 30


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


@pytest.mark.skipif(not _PROC.exists(), reason="this system does not list processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_stopped_conversion_leaves_no_process_and_goes_on(
    tmp_path: Path, number: signal.Signals
) -> None:
    """However it ends, its workers end too, and the same command makes a whole snapshot."""
    content = Content(posts=tuple(map(record, range(400))))
    write_snapshot(tmp_path / "a", content=content)
    command = ("convert", "a", "b", "--format", "parquet", "--workers", "2")
    with subprocess.Popen(
        [COMMAND, *command], cwd=tmp_path, env=environment(), stderr=subprocess.PIPE
    ) as process:
        wait_for(lambda: any((tmp_path / "b").rglob("*.parquet")))
        workers = children(process.pid)
        process.send_signal(number)
        code = process.wait(_PATIENCE_S)

    assert code == (-number if number == signal.SIGKILL else 128 + number)
    assert not (tmp_path / "b" / "manifest.json").exists()
    assert len(workers) >= 2
    wait_for(lambda: not any(is_running(one) for one in workers))
    assert datosnap(*command, folder=tmp_path).code == 0
    assert datosnap("verify", "b", folder=tmp_path).code == 0


def children(pid: int) -> list[int]:
    """List the processes that a process has started."""
    lists = (_PROC / str(pid) / "task").glob("*/children")
    return [int(one) for listed in lists for one in listed.read_text().split()]


def is_running(pid: int) -> bool:
    """Tell whether a process is there and has not ended."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(is_so: Callable[[], bool]) -> None:
    """Look until something is so."""
    until = time.monotonic() + _PATIENCE_S
    while not is_so():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.01)


def test_dask_cluster_converts(cluster: str, tmp_path: Path) -> None:
    """Workers of a real cluster write the chunks; the files are those that this machine writes."""
    there = ("convert", _SAMPLE, "a", "--format", "parquet", "--dask", cluster)
    here = ("convert", _SAMPLE, "b", "--format", "parquet", "--workers", "1")
    by_dask = datosnap(*there, folder=tmp_path)
    alone = datosnap(*here, folder=tmp_path)

    assert by_dask.code == alone.code == 0, by_dask.err
    assert by_dask.err == ""
    assert Snapshot.open(tmp_path / "a").manifest == Snapshot.open(tmp_path / "b").manifest


def test_absent_scheduler_is_one_line(tmp_path: Path) -> None:
    """Nobody there is a wrong request, told without a traceback, and no snapshot comes of it."""
    command = ("convert", _SAMPLE, "a", "--format", "parquet", "--dask", "not-an-address")
    refused = datosnap(*command, folder=tmp_path)

    assert refused.code == 2
    assert "expected a Dask scheduler at 'not-an-address'" in refused.err
    assert "Traceback" not in refused.err
    assert not (tmp_path / "a" / "manifest.json").exists()
