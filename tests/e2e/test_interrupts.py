"""Ctrl-C and SIGTERM at any time: the right code, no traceback, and the same command goes on."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from datosnap.core.jsontext import decode_object
from tests.conftest import SampleProject
from tests.support.sandboxes import COMMAND, Ended, datosnap, environment, reach

# What a run waits for before it is stopped must come within this.
_DEADLINE_S = 60
# A stopped run must be gone by then.
_STOP_S = 10


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_export_leaves_no_snapshot_and_starts_over(
    sample: SampleProject, tmp_path: Path, number: signal.Signals
) -> None:
    """Stopped in the middle there is no manifest; the same command then makes a whole snapshot."""
    place = tmp_path / "out"
    command: tuple[str | Path, ...] = ("export", place, *sample.reach, "--history", "all")

    stopped = stop(command, number, lambda: any(place.rglob("*.ndjson.zst")), tmp_path)

    assert_stopped(stopped, number)
    assert not (place / "manifest.json").exists()
    again = datosnap(*command, folder=tmp_path)
    assert again.code == 0, again.err
    assert datosnap("verify", place, folder=tmp_path).code == 0


@pytest.mark.parametrize("steps", [10, 150, 300, 450])
def test_an_interrupted_import_goes_on_and_doubles_nothing(
    sample: SampleProject, snapshot: Path, tmp_path: Path, steps: int
) -> None:
    """Stopped after so many steps, the same command completes the target, equal to the source."""
    state, back = tmp_path / "state", tmp_path / "back"
    target = reach(sample.server, sample.server.new_project())
    command: tuple[str | Path, ...] = (
        "import",
        snapshot,
        *target,
        "--ids",
        "remap",
        "--state",
        state,
    )
    journal = state / "journal.ndjson"

    stopped = stop(command, signal.SIGINT, lambda: lines(journal) > steps, tmp_path)

    assert_stopped(stopped, signal.SIGINT)
    assert lines(journal) > steps
    again = datosnap(*command, "--json", folder=tmp_path)
    assert again.code == 0, again.err
    assert decode_object(again.out)["plan"]["resumed"]
    assert not journal.exists()
    assert datosnap("export", back, *target, folder=tmp_path).code == 0
    compared = datosnap(
        "diff", snapshot, back, "--id-map", state / "id-map.ndjson", folder=tmp_path
    )
    assert compared.code == 0, compared.out


@pytest.fixture(scope="module")
def snapshot(sample: SampleProject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a snapshot of the sample project."""
    folder = tmp_path_factory.mktemp("interrupts")
    ended = datosnap("export", folder / "out", *sample.reach, folder=folder)
    assert ended.code == 0, ended.err
    return folder / "out"


def stop(
    arguments: tuple[str | Path, ...],
    number: signal.Signals,
    when: Callable[[], bool],
    folder: Path,
) -> Ended:
    """Start a command, send it a signal as soon as `when` says so, and wait for its end."""
    process = subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + _DEADLINE_S
    while not when() and process.poll() is None:
        assert time.monotonic() < deadline, "the run never came to where it was to be stopped"
    process.send_signal(number)
    out, err = process.communicate(timeout=_STOP_S)
    return Ended(process.returncode, out, err)


def assert_stopped(ended: Ended, number: signal.Signals) -> None:
    """Assert that the signal, and nothing else, ended the run, and that it said so."""
    assert ended.code == 128 + number, f"{ended.code}\n{ended.out}\n{ended.err}"
    assert "Traceback" not in ended.err
    assert "the same command goes on" in ended.err


def lines(path: Path) -> int:
    """Count the lines of a file that may not be there yet."""
    return path.read_bytes().count(b"\n") if path.exists() else 0
