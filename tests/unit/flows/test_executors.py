"""Facts about who does work in pieces: where it runs, and that nothing outlives it."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from concurrent.futures import CancelledError, Future
from pathlib import Path
from types import SimpleNamespace

import pytest

from datosnap.errors import UsageError
from datosnap.flows import executors
from datosnap.flows.executors import executing

_MUCH = 10**9


def test_little_work_is_done_by_this_process() -> None:
    """Starting others would take longer."""
    with executing(workers=None, dask=None, pieces=40, work_bytes=1_000) as executor:
        assert executor.submit(os.getpid).result() == os.getpid()


def test_much_work_is_done_by_others() -> None:
    """Which are as many as asked for, end at the end, and leave Ctrl-C to us."""
    with executing(workers=2, dask=None, pieces=40, work_bytes=_MUCH) as executor:
        worker = executor.submit(os.getpid).result()
        assert worker != os.getpid()

    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


def test_a_process_looks_for_garbage_as_seldom_as_a_command() -> None:
    """What it has loaded when it begins is passed over, and its rows are not looked at in vain."""
    with executing(workers=2, dask=None, pieces=2, work_bytes=_MUCH) as executor:
        assert executor.submit(gc.get_threshold).result()[0] == 10_000
        assert executor.submit(gc.get_freeze_count).result() > 10_000


_WITH_A_MODULE_IN_C = f"""
import os
import duckdb
from datosnap.flows.executors import executing
if __name__ == "__main__":
    with executing(workers=2, dask=None, pieces=2, work_bytes={_MUCH}) as executor:
        print(executor.submit(os.getpid).result() != os.getpid())
"""


def test_a_process_ends_without_a_word(tmp_path: Path) -> None:
    """It loads what the program's main module does, and lets go of all of it at its end."""
    program = tmp_path / "program.py"
    program.write_text(_WITH_A_MODULE_IN_C)
    ended = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")


def test_there_are_no_more_workers_than_pieces() -> None:
    """One piece needs no second process."""
    with executing(workers=8, dask=None, pieces=1, work_bytes=_MUCH) as executor:
        assert executor.submit(os.getpid).result() == os.getpid()


def test_what_has_not_begun_is_dropped_at_the_end() -> None:
    """A failure does not wait for all the rest."""
    going_on = threading.Event()
    waiting: list[Future[bool]] = []

    def fail() -> None:
        with executing(workers=1, dask=None, pieces=2, work_bytes=1) as executor:
            waiting.append(executor.submit(going_on.wait))
            waiting.append(executor.submit(going_on.wait))
            going_on.set()
            raise RuntimeError("the flow failed")

    with pytest.raises(RuntimeError, match="the flow failed"):
        fail()
    for one in waiting:
        try:
            assert one.result(0)
        except CancelledError:
            assert one is waiting[-1]


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Dask the message says how to get it."""

    def import_module(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(executors, "importlib", SimpleNamespace(import_module=import_module))
    with (
        pytest.raises(UsageError, match=r"pip install 'datosnap\[distributed\]'"),
        executing(workers=None, dask="tcp://127.0.0.1:1", pieces=1, work_bytes=1),
    ):
        pass
