"""Facts about the disk that fails: it fails where it is told to, and tears what was not durable."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from random import Random

import pytest

from tests.support.disk import FULL, Disk, ProcessEnded, ending_process, failing_disk
from tests.support.snapshots import flip


def _write(path: Path, *, is_synced: bool) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.write(fd, b"x" * 100)
    if is_synced:
        os.fsync(fd)
    os.close(fd)


def test_only_the_named_call_fails_and_only_once(tmp_path: Path) -> None:
    """The call before it and the call after it work."""
    with failing_disk(2, FULL, for_ever=False, calls=("mkdir",)) as disk:
        (tmp_path / "one").mkdir()
        with pytest.raises(OSError, match="No space left") as caught:
            (tmp_path / "two").mkdir()
        (tmp_path / "three").mkdir()

    assert caught.value.errno == errno.ENOSPC
    assert (disk.calls, disk.fired) == (3, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "three"]


def test_failing_for_ever_goes_on_failing(tmp_path: Path) -> None:
    """From the named call on, every one fails."""
    with failing_disk(1, FULL, for_ever=True) as disk:
        for _ in range(3):
            with pytest.raises(OSError, match="No space left"):
                (tmp_path / "one").mkdir()

    assert disk.fired == 3


def test_nothing_is_carried_out_after_the_process_ended(tmp_path: Path) -> None:
    """Not even clean-up happens once the process is gone."""
    (tmp_path / "kept").write_bytes(b"")
    with ending_process(1) as disk:
        with pytest.raises(ProcessEnded):
            (tmp_path / "kept").unlink()
        with pytest.raises(ProcessEnded):
            (tmp_path / "new").mkdir()

    assert disk.fired == 2
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize("is_synced", [True, False])
def test_power_loss_tears_exactly_what_was_not_synced(tmp_path: Path, *, is_synced: bool) -> None:
    """Over many draws a synced file never changes, and one that was not is lost and torn."""
    path = tmp_path / "file"
    seen = set()
    for seed in range(30):
        with ending_process(1000) as disk:
            _write(path, is_synced=is_synced)
        disk.lose_power(Random(seed))  # noqa: S311 - a repeatable draw is wanted
        seen.add(path.read_bytes())

    assert b"x" * 100 in seen
    assert (len(seen) == 1) == is_synced


def test_power_loss_undoes_names_that_were_not_synced(tmp_path: Path) -> None:
    """A rename or a new folder counts only when the folder above it was synced."""
    outcomes = set()
    for seed in range(30):
        root = tmp_path / str(seed)
        root.mkdir()
        with ending_process(1000) as disk:
            _write(root / "draft", is_synced=True)
            (root / "draft").rename(root / "ignored")  # rename is not watched, replace is
            (root / "ignored").replace(root / "final")
            (root / "folder").mkdir()
        disk.lose_power(Random(seed))  # noqa: S311 - a repeatable draw is wanted
        outcomes.add(((root / "final").exists(), (root / "folder").exists()))

    assert outcomes == {(True, True), (True, False), (False, True), (False, False)}


def test_lost_files_are_passed_over(tmp_path: Path) -> None:
    """What went away before the power did cannot be torn."""
    disk = Disk(dirty={tmp_path / "gone"})
    disk.lose_power(Random(1))  # noqa: S311 - a repeatable draw is wanted

    assert list(tmp_path.iterdir()) == []


def test_flipping_a_bit_always_changes_the_data() -> None:
    """Damage that is made for a test is never a no-op, and is undone by itself."""
    data = bytes(range(4))

    flipped = [flip(data, bit) for bit in range(32)]

    assert data not in flipped
    assert len(set(flipped)) == 32
    assert all(flip(one, bit) == data for bit, one in enumerate(flipped))


@pytest.mark.parametrize("seed", range(20))
def test_what_was_durable_survives_what_was_added(tmp_path: Path, seed: int) -> None:
    """Of a file that grew after it was made durable, at most what was added is lost."""
    path = tmp_path / "journal"
    with ending_process(1000) as disk:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
        os.write(fd, b"durable")
        os.fsync(fd)
        os.write(fd, b" and more")
        os.close(fd)
    disk.lose_power(Random(seed))  # noqa: S311 - a repeatable draw is wanted

    assert path.read_bytes().startswith(b"durable")
