"""kill -9 and Ctrl-C while an export's process beside makes a chunk: nobody waits for the dead."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.beside import Gate
from tests.support.exporting import content_of, served
from tests.support.sandboxes import Ended, datosnap, environment
from tests.support.small_chunks import GATE
from tests.support.small_projects import small_project

pytestmark = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="this system cannot wait for a process of others"
)
_ROOT = Path(__file__).parents[2]
_PATIENCE_S = 60
_RAW: tuple[str, ...] = ()
_NO_RAW = ("--no-raw",)


@dataclass(frozen=True, slots=True)
class Exports:
    """Exports of one project to Parquet, in small chunks, and undisturbed ones of it."""

    reach: tuple[str, ...]
    undisturbed: Path

    def start(
        self, place: Path, options: tuple[str, ...], gate: Gate | None = None
    ) -> subprocess.Popen[str]:
        """Start the command, in a group of processes of its own, as a terminal does."""
        variables = {"PYTHONPATH": str(_ROOT)}
        if gate is not None:
            variables[GATE] = str(gate.folder)
        command = ("-m", "tests.support.small_chunks", "export", str(place), *self.reach)
        return subprocess.Popen(
            [sys.executable, *command, "--format", "parquet", *options],
            cwd=place.parent,
            env=environment(variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, place: Path, options: tuple[str, ...]) -> Ended:
        """Run the command to its end."""
        return ending(self.start(place, options))

    def assert_whole(self, place: Path, options: tuple[str, ...]) -> None:
        """Assert that a snapshot is sound, equals an undisturbed one, and that nothing is beside.

        Files of columns are the same to the byte.
        """
        assert datosnap("verify", place, folder=place.parent).code == 0
        expected = self.undisturbed / ("slim" if options else "full")
        assert columns_of(place) == columns_of(expected)
        assert len(columns_of(place)) > 10
        if not options:
            assert content_of(place) == content_of(expected)
        assert not list(place.rglob(".*"))


def columns_of(place: Path) -> dict[str, bytes]:
    """Give the files of columns."""
    return {str(one.relative_to(place)): one.read_bytes() for one in place.rglob("*.parquet")}


def ending(process: subprocess.Popen[str]) -> Ended:
    """Wait for the end of a command."""
    out, err = process.communicate(timeout=_PATIENCE_S)
    return Ended(process.returncode, out, err)


@contextmanager
def watched(pid: int) -> Iterator[int]:
    """Give something that can be waited for until a process, anybody's child, has ended."""
    handle = os.pidfd_open(pid)
    try:
        yield handle
    finally:
        os.close(handle)


def has_ended(handle: int) -> bool:
    """Wait until a process has ended; tell whether it did in time."""
    return bool(select.select([handle], [], [], _PATIENCE_S)[0])


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exports]:
    """Serve a project, and export it undisturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    project = small_project(1, posts=150, notes=5)
    with served(project) as server:
        reach = ("--base-url", server.base_url, "--api-token", project.token)
        made = Exports(reach, folder)
        for name, options in (("full", _RAW), ("slim", _NO_RAW)):
            ended = made.run(folder / name, options)
            assert ended.code == 0, ended.err
        yield made


@pytest.mark.parametrize("options", [_RAW, _NO_RAW])
def test_an_export_killed_while_its_process_works_is_completed(
    exports: Exports, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """The process ends by itself, and the same command makes what an undisturbed one makes."""
    place, gate = tmp_path / "out", Gate.build(tmp_path / "gate")
    with exports.start(place, options, gate) as command, watched(gate.arrival()) as beside:
        assert list(place.rglob("*.draft"))
        assert command.poll() is None
        command.kill()
        command.wait(_PATIENCE_S)
        assert has_ended(beside)
    assert not (place / "manifest.json").exists()
    assert list(place.rglob("*.draft"))

    ended = exports.run(place, options)

    assert ended.code == 0, ended.err
    exports.assert_whole(place, options)


def test_an_export_interrupted_while_its_process_works_is_gone_on_with(
    exports: Exports, tmp_path: Path
) -> None:
    """Ctrl-C, which both processes get, lets the chunk be ended, and ends both."""
    place, gate = tmp_path / "out", Gate.build(tmp_path / "gate")
    with exports.start(place, _RAW, gate) as command, watched(gate.arrival()) as beside:
        os.killpg(command.pid, signal.SIGINT)
        gate.let_through()
        stopped = ending(command)
        assert has_ended(beside)

    assert stopped.code == 128 + signal.SIGINT, stopped.err
    assert "Traceback" not in stopped.err
    assert "the same command goes on" in stopped.err
    assert not (place / "manifest.json").exists()
    assert not list(place.rglob("*.draft"))
    ended = exports.run(place, _RAW)
    assert ended.code == 0, ended.err
    exports.assert_whole(place, _RAW)


@pytest.mark.parametrize("options", [_RAW, _NO_RAW])
def test_an_export_whose_process_is_killed_succeeds(
    exports: Exports, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """What the process was at is made by the export itself, which says nothing of it."""
    place, gate = tmp_path / "out", Gate.build(tmp_path / "gate")
    with exports.start(place, options, gate) as command:
        beside = gate.arrival()
        assert list(place.rglob("*.draft"))
        os.kill(beside, signal.SIGKILL)
        ended = ending(command)

    assert ended.code == 0, ended.err
    assert "Traceback" not in ended.err
    exports.assert_whole(place, options)
