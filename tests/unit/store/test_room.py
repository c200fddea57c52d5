"""Room, leave to write and unfinished exports are told of a place, and nothing stays there."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from datosnap.errors import DiskError, UsageError
from datosnap.store import names
from datosnap.store.lock import hold
from datosnap.store.room import (
    Unfinished,
    existing_folder,
    holds_snapshot,
    room_at,
    try_writing,
    unfinished_exports,
)
from tests.support.snapshots import files_under, write_snapshot


def test_a_place_that_does_not_exist_is_measured_where_it_would_be(tmp_path: Path) -> None:
    """The nearest folder above it tells."""
    usage = shutil.disk_usage(tmp_path)

    room = room_at(tmp_path / "not" / "there")

    assert existing_folder(tmp_path / "not" / "there") == tmp_path
    assert room.total_bytes == usage.total
    assert 0 < room.free_bytes <= usage.total


def test_a_trial_leaves_nothing(tmp_path: Path) -> None:
    """The small file is gone again, also where the place does not exist yet."""
    try_writing(tmp_path)
    try_writing(tmp_path / "later")

    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_met_by_the_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system refuses is told as a failure of the disk, and nothing stays."""
    refused: list[int] = []

    def full(fd: int) -> None:
        refused.append(fd)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(DiskError, match="the disk is full"):
        try_writing(tmp_path)

    assert refused
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("look", [room_at, try_writing, existing_folder])
def test_a_file_in_the_way_is_refused(look: object, tmp_path: Path) -> None:
    """No folder can be made below a file."""
    assert callable(look)
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(UsageError, match="expected a folder"):
        look(tmp_path / "taken" / "below")


def test_a_dangling_link_is_in_the_way(tmp_path: Path) -> None:
    """What a link to nothing would become is not guessed."""
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")

    with pytest.raises(UsageError, match="expected a folder"):
        existing_folder(tmp_path / "link")


def test_a_finished_snapshot_is_recognised(tmp_path: Path) -> None:
    """A manifest makes one; it is not unfinished."""
    write_snapshot(tmp_path / "whole")

    assert holds_snapshot(tmp_path / "whole")
    assert not holds_snapshot(tmp_path)
    assert unfinished_exports(tmp_path) == ()


def test_unfinished_exports_are_found_at_the_place_and_right_below(tmp_path: Path) -> None:
    """Their mark tells them; what is deeper belongs to somebody else."""
    for folder in (tmp_path, tmp_path / "monday", tmp_path / "monday" / "deeper"):
        folder.mkdir(exist_ok=True)
        (folder / names.MARKER).write_text("{}")
    before = files_under(tmp_path)

    found = unfinished_exports(tmp_path)

    assert found == (Unfinished(tmp_path, None), Unfinished(tmp_path / "monday", None))
    assert files_under(tmp_path) == before
    assert unfinished_exports(tmp_path / "not there") == ()


def test_an_export_that_is_running_is_told_with_who_runs_it(tmp_path: Path) -> None:
    """Its lock is held: it is unfinished and no left-over."""
    (tmp_path / names.MARKER).write_text("{}")

    with hold(tmp_path):
        (found,) = unfinished_exports(tmp_path)

    assert str(os.getpid()) in str(found.held_by)


def test_a_folder_that_cannot_be_locked_is_still_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without leave to lock, who runs it cannot be known; that it is unfinished can."""
    (tmp_path / names.MARKER).write_text("{}")
    refused: list[object] = []
    really_open = os.open

    def refuse(path: str | Path, flags: int, mode: int = 0o777) -> int:
        if Path(path).name == names.LOCK:
            refused.append(path)
            raise PermissionError(errno.EROFS, os.strerror(errno.EROFS))
        return really_open(path, flags, mode)

    monkeypatch.setattr(os, "open", refuse)

    assert unfinished_exports(tmp_path) == (Unfinished(tmp_path, None),)
    assert refused
