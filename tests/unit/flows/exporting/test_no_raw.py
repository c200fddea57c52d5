"""An export of typed columns alone: whole, said to be so, and refused by whoever needs records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import anyio
import pyarrow.parquet as pq
import pytest

from datosnap.errors import BackupError, UsageError
from datosnap.flows.export import ExportReport, export_project
from datosnap.flows.exporting.options import ExportOptions
from datosnap.flows.progress import Silent
from datosnap.flows.show import describe
from datosnap.flows.verify import verify_snapshot
from datosnap.store.chunk_making import ChunkTask
from datosnap.store.names import MANIFEST, MARKER
from datosnap.store.publishing import Published
from datosnap.store.recoding import CHUNK_KINDS
from datosnap.store.snapshot import Snapshot
from tests.support import in_process
from tests.support.in_process import InProcess
from tests.support.small_projects import small_project
from tests.support.snapshots import files_under


class PowerCutError(Exception):
    """The machine stopped here."""


def pages_in(wires: InProcess) -> list[str]:
    """Give what pages of records were asked for."""
    return [
        one.query for one in wires.asked if one.path.endswith("/items") and "offset" in one.query
    ]


def slim_options(where: Path) -> ExportOptions:
    """Ask for typed columns alone."""
    return ExportOptions(where, chunk_format="parquet", keeps_raw=False, history=True)


def test_typed_columns_alone_are_a_whole_snapshot(tmp_path: Path) -> None:
    """Every record is a row, none is there as it was sent, and all bytes are vouched for."""
    project = small_project(1, posts=5, notes=3)
    assert InProcess(project).export(slim_options(tmp_path / "slim")).code == 0
    whole = replace(slim_options(tmp_path / "whole"), keeps_raw=True)
    assert InProcess(project).export(whole).code == 0

    slim, full = Snapshot.open(tmp_path / "slim"), Snapshot.open(tmp_path / "whole")
    assert not slim.manifest.keeps_raw
    assert full.manifest.keeps_raw
    assert [(one.path, one.rows) for one in slim.manifest.files] == [
        (one.path, one.rows) for one in full.manifest.files
    ]
    for entry in slim.manifest.files:
        if entry.path.endswith(".parquet"):
            mine = pq.read_table(tmp_path / "slim" / entry.path)
            theirs = pq.read_table(tmp_path / "whole" / entry.path)
            assert "_record" not in mine.column_names
            assert mine == theirs.select(mine.column_names)
    assert verify_snapshot(tmp_path / "slim", Silent()).damages == ()
    shown = {one.model: one.records for one in describe(tmp_path / "slim").models}
    assert shown == {"note": 3, "post": 5}
    assert MARKER not in files_under(tmp_path / "slim")


def test_records_are_refused_by_name(tmp_path: Path) -> None:
    """Who needs records is told why there are none and what to do."""
    project = small_project(1, posts=2, notes=1)
    assert InProcess(project).export(slim_options(tmp_path / "slim")).code == 0

    for kind in CHUNK_KINDS:
        with pytest.raises(UsageError, match="--no-raw"):
            list(Snapshot.open(tmp_path / "slim").rows(kind))
    later = replace(slim_options(tmp_path / "later"), since=tmp_path / "slim")
    ended = InProcess(project).export(later)
    assert ended.code == 2
    assert not (tmp_path / "later").exists()


def test_lines_cannot_leave_records_out(tmp_path: Path) -> None:
    """NDJSON has nothing but the records."""
    options = replace(slim_options(tmp_path / "out"), chunk_format="ndjson")

    ended = InProcess(small_project(1, posts=1, notes=0)).export(options)

    assert ended.code == 2
    assert "--format parquet" in str(ended.error)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("call", "ending"), [("replace", "manifest.json"), ("unlink", ".zst")])
def test_a_run_that_is_cut_off_at_its_end_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, ending: str
) -> None:
    """Whether the manifest was there or not, the same command ends with the same snapshot."""
    project = small_project(1, posts=5, notes=3)
    assert InProcess(project).export(slim_options(tmp_path / "calm")).code == 0
    real = getattr(Path, call)

    def cut(path: Path, *given: Path, **named: bool) -> Path | None:
        final = str((path, *given)[-1])
        if final.endswith(ending) and ("records/" in final or call == "replace"):
            raise PowerCutError
        done: Path | None = real(path, *given, **named)
        return done

    with monkeypatch.context() as patch:
        patch.setattr(Path, call, cut)
        with pytest.raises(PowerCutError):
            InProcess(project).export(slim_options(tmp_path / "cut"))
    left = files_under(tmp_path / "cut")
    assert {one.rpartition(".")[2] for one in left if "current" in one} == {"zst", "parquet"}

    assert InProcess(project).export(slim_options(tmp_path / "cut")).code == 0

    calm, again = Snapshot.open(tmp_path / "calm"), Snapshot.open(tmp_path / "cut")
    assert again.manifest.files == calm.manifest.files
    assert files_under(tmp_path / "cut") == files_under(tmp_path / "calm")
    assert verify_snapshot(tmp_path / "cut", Silent()).damages == ()


def test_a_stop_is_heard_while_records_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All records are here by then; the next model's columns are not begun, and nothing is lost."""
    project = small_project(1, posts=5, notes=3)
    scopes: list[anyio.CancelScope] = []
    stopped_at: list[str] = []

    async def stoppable(*given: object) -> ExportReport:
        with anyio.CancelScope() as scope:
            scopes.append(scope)
            return await export_project(*given)  # type: ignore[arg-type] # as they were given
        raise BackupError("stopped")

    do = ChunkTask.do

    def stopping(task: ChunkTask) -> Published:
        made = do(task)
        if made.entries[0].path.endswith(".parquet"):
            stopped_at.append(made.entries[0].path)
            anyio.from_thread.run_sync(scopes[0].cancel)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(in_process, "export_project", stoppable)
        patch.setattr(ChunkTask, "do", stopping)
        first = InProcess(project)
        outcome = first.export(slim_options(tmp_path / "slim"))
    assert str(outcome.error) == "stopped"
    assert len(stopped_at) == 1
    assert not (tmp_path / "slim" / MANIFEST).exists()

    second = InProcess(project)
    assert second.export(slim_options(tmp_path / "slim")).code == 0
    assert pages_in(first)
    assert not pages_in(second)
    assert verify_snapshot(tmp_path / "slim", Silent()).damages == ()
