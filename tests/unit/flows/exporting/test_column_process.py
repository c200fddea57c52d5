"""An export whose chunks a process beside makes: the same snapshot, and nothing left running."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from datosnap.core.jsontext import Json
from datosnap.flows.executors import process_beside
from datosnap.flows.exporting import run
from datosnap.flows.exporting.options import ExportOptions
from datosnap.store.chunks import ChunkFormat
from datosnap.store.snapshot_writer import SnapshotWriter
from tests.support.exporting import content_of
from tests.support.in_process import InProcess
from tests.support.small_projects import small_project


@pytest.mark.parametrize("keeps_raw", [True, False])
def test_the_snapshot_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, keeps_raw: bool
) -> None:
    """Every file of rows is the same to the byte, with the records and without."""
    monkeypatch.setattr(run, "_BATCH_BYTES", 1)  # a page of records is a batch, and a work file
    begin = SnapshotWriter.begin
    monkeypatch.setattr(SnapshotWriter, "begin", partial(begin, chunk_max_bytes=2_000))
    given: list[object] = []
    submit = ProcessPoolExecutor.submit

    def counted(self: ProcessPoolExecutor, fn: Callable[..., Json], *args: Json) -> Future[Json]:
        given.append(fn)
        return submit(self, fn, *args)

    monkeypatch.setattr(ProcessPoolExecutor, "submit", counted)
    project = small_project(1, posts=70, notes=3)
    alone = ExportOptions(
        tmp_path / "alone", chunk_format="parquet", keeps_raw=keeps_raw, history=True
    )
    assert InProcess(project).export(alone).code == 0
    assert given == []
    beside = replace(alone, destination=tmp_path / "beside", may_start_processes=True)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert InProcess(project).export(beside).code == 0

    assert given
    made = tables_of(tmp_path / "beside")
    assert "records/post/current-00001.parquet" in made
    assert made == tables_of(tmp_path / "alone")
    if keeps_raw:
        assert content_of(tmp_path / "beside") == content_of(tmp_path / "alone")


def tables_of(root: Path) -> dict[str, bytes]:
    """Give the files of rows of a snapshot."""
    files = {str(one.relative_to(root)): one.read_bytes() for one in root.rglob("*.parquet")}
    assert files
    return files


@pytest.mark.parametrize(
    ("chunk_format", "may", "processors", "wants"),
    [
        ("parquet", True, 2, True),
        ("parquet", True, 1, False),
        ("parquet", True, None, False),
        ("parquet", False, 2, False),
        ("ndjson", True, 2, False),
    ],
)
def test_a_process_is_wanted_where_it_helps(
    monkeypatch: pytest.MonkeyPatch,
    chunk_format: ChunkFormat,
    processors: int | None,
    *,
    may: bool,
    wants: bool,
) -> None:
    """For columns alone, with a second processor, and where the program may be started anew."""
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    options = ExportOptions(Path("x"), may_start_processes=may)

    assert replace(options, chunk_format=chunk_format).wants_process is wants


def test_the_process_ends_with_the_export() -> None:
    """It starts with its first work, and is gone when the block has ended."""
    with process_beside(wanted=False) as executor:
        assert executor is None
    with process_beside(wanted=True) as executor:
        assert executor is not None
        pid = executor.submit(os.getpid).result()
        assert pid != os.getpid()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_ctrl_c_leaves_the_process_alone_from_the_first() -> None:
    """It begins with the signal blocked, since it could only show a traceback then."""
    with process_beside(wanted=True) as executor:
        assert executor is not None
        there = executor.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ()).result()

    assert signal.SIGINT in there
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
