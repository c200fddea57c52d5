"""Facts about one writer per folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from datosnap.errors import DiskError, SnapshotLockedError
from datosnap.store.lock import hold
from tests.support.disk import FULL, failing_disk
from tests.support.snapshots import files_under

HOLD_UNTIL_KILLED = """
import sys
from pathlib import Path
from datosnap.store.lock import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_second_run_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    """The loser learns the process, the machine and since when, in one line."""
    with hold(tmp_path), pytest.raises(SnapshotLockedError) as caught, hold(tmp_path):
        pytest.fail("held twice")

    assert caught.value.exit_code == 11
    message = str(caught.value)
    assert f"locked by process {os.getpid()} on {socket.gethostname()!r} since '20" in message


def test_loser_leaves_the_holder_undisturbed(tmp_path: Path) -> None:
    """A refused run changes nothing of what tells about the holder."""
    with hold(tmp_path):
        before = (tmp_path / ".datosnap-holder.json").read_bytes()
        for _ in range(2):
            with pytest.raises(SnapshotLockedError, match="since"), hold(tmp_path):
                pytest.fail("held twice")
        assert (tmp_path / ".datosnap-holder.json").read_bytes() == before


def test_released_lock_leaves_no_file_and_can_be_had_again(tmp_path: Path) -> None:
    """After use there is no trace, also when the run failed."""
    with pytest.raises(ValueError, match="failed"), hold(tmp_path):
        raise ValueError("failed")
    with hold(tmp_path):
        assert files_under(tmp_path) == [".datosnap-holder.json", ".datosnap.lock"]

    assert files_under(tmp_path) == []


@pytest.mark.parametrize("holder", [None, b"", b"[]", b"{", b"x" * 5000])
def test_unknown_holder_is_told_as_another_run(tmp_path: Path, holder: bytes | None) -> None:
    """Without a readable word on the holder the folder is still locked."""
    with hold(tmp_path):
        (tmp_path / ".datosnap-holder.json").unlink()
        if holder is not None:
            (tmp_path / ".datosnap-holder.json").write_bytes(holder)
        with pytest.raises(SnapshotLockedError, match="by another run"), hold(tmp_path):
            pytest.fail("held twice")


def test_lock_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    """While another process holds the folder it is locked; once it was killed it is free."""
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD_UNTIL_KILLED, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(SnapshotLockedError, match=f"process {other.pid} "), hold(tmp_path):
            pytest.fail("held twice")
        other.kill()

    assert files_under(tmp_path) == [".datosnap-holder.json", ".datosnap.lock"]
    with hold(tmp_path):
        pass
    assert files_under(tmp_path) == []


def test_full_disk_gives_the_lock_back(tmp_path: Path) -> None:
    """When the holder cannot be noted the run ends, and the next one is not locked out."""
    with (
        failing_disk(1, FULL, for_ever=True, calls=("write",)) as disk,
        pytest.raises(DiskError, match="full"),
        hold(tmp_path),
    ):
        pytest.fail("held")

    assert disk.fired
    with hold(tmp_path):
        pass


def test_folder_that_cannot_be_locked_is_told(tmp_path: Path) -> None:
    """What is no folder is told as a matter of the disk."""
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(DiskError, match="cannot lock"), hold(tmp_path / "file"):
        pytest.fail("held")
