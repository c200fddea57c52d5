"""Facts about files that appear whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from datosnap.errors import BackupError, CorruptSnapshotError, DiskError
from datosnap.store.atomic import LocalDraft, Sealed, sync_folder
from datosnap.store.place import LocalPlace, put
from tests.support.disk import FULL, failing_disk
from tests.support.snapshots import files_under


def test_published_bytes_are_read_back_with_their_hash(tmp_path: Path) -> None:
    """What is put somewhere is there, with its folders, its size and its hash."""
    place = LocalPlace(tmp_path)

    sealed = put(place, "a/b/c", b"hello")

    assert sealed == Sealed("a/b/c", 5, hashlib.sha256(b"hello").hexdigest())
    file = place.open("a/b/c")
    assert file is not None
    with file:
        assert file.read() == b"hello"
    assert files_under(tmp_path) == ["a/b/c"]


def test_draft_is_hidden_until_it_is_published(tmp_path: Path) -> None:
    """Nobody sees a file in the making under its name."""
    draft = LocalDraft(tmp_path, "x")
    draft.write(b"half")
    assert files_under(tmp_path) == [".x.draft"]

    draft.publish("y")

    assert files_under(tmp_path) == ["y"]


def test_discarded_draft_leaves_nothing_and_a_published_one_stays(tmp_path: Path) -> None:
    """Discarding is harmless at any time."""
    draft = LocalDraft(tmp_path, "x")
    draft.discard()
    draft.discard()
    kept = LocalDraft(tmp_path, "y")
    kept.publish("y")
    kept.discard()

    assert files_under(tmp_path) == ["y"]


def test_discarded_draft_cannot_be_written_or_published(tmp_path: Path) -> None:
    """A draft that is gone does not come back in part."""
    draft = LocalDraft(tmp_path, "x")
    draft.discard()

    with pytest.raises(BackupError, match="found it gone"):
        draft.write(b"more")
    with pytest.raises(BackupError, match="found it gone"):
        draft.publish("x")
    assert files_under(tmp_path) == []


def test_failed_replacement_leaves_the_old_file(tmp_path: Path) -> None:
    """When the new bytes cannot be put in place, the old ones stay, whole and alone."""
    place = LocalPlace(tmp_path)
    put(place, "x", b"old")

    for name in ("write", "fsync", "replace"):
        with failing_disk(1, FULL, for_ever=True, calls=(name,)) as disk, pytest.raises(DiskError):
            put(place, "x", b"new")
        assert disk.fired
        assert (tmp_path / "x").read_bytes() == b"old"
        assert files_under(tmp_path) == ["x"]


def test_draft_of_a_killed_run_is_replaced(tmp_path: Path) -> None:
    """What a killed run left under a draft's name is no obstacle, not even a link."""
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    root = tmp_path / "root"
    root.mkdir()
    (root / ".x.draft").symlink_to(outside)

    put(LocalPlace(root), "x", b"new")

    assert outside.read_bytes() == b"precious"
    assert (root / "x").read_bytes() == b"new"


@pytest.mark.parametrize("is_link", [True, False])
def test_nothing_is_written_through_a_link_or_a_file_in_the_way(
    tmp_path: Path, *, is_link: bool
) -> None:
    """A link where a folder should be is refused, and nothing appears where it leads."""
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "root"
    root.mkdir()
    if is_link:
        (root / "records").symlink_to(outside)
    else:
        (root / "records").write_bytes(b"")

    with pytest.raises(DiskError, match=r"expected a folder at .*records"):
        put(LocalPlace(root), "records/post/x", b"data")

    assert list(outside.iterdir()) == []


def test_missing_file_is_none(tmp_path: Path) -> None:
    """A file that is not there is told as such, also below a file."""
    (tmp_path / "x").write_bytes(b"")

    assert LocalPlace(tmp_path).open("y/z") is None
    assert LocalPlace(tmp_path).open("x/z") is None


def test_nothing_is_read_through_a_link(tmp_path: Path) -> None:
    """A link in a snapshot does not lead the reader out of it."""
    (tmp_path / "secret").write_bytes(b"secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "file").symlink_to(tmp_path / "secret")
    (root / "folder").symlink_to(tmp_path)

    for path in ("file", "folder/secret"):
        with pytest.raises(CorruptSnapshotError, match="symbolic link"):
            LocalPlace(root).open(path)


def test_folder_or_pipe_is_no_file(tmp_path: Path) -> None:
    """What is no plain file is refused at once, and a pipe makes nobody wait."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")

    for path in ("folder", "pipe"):
        with pytest.raises(CorruptSnapshotError, match="expected a plain file"):
            LocalPlace(tmp_path).open(path)


def test_failing_read_is_a_disk_error(tmp_path: Path) -> None:
    """An error in the middle of reading is told as one of the disk."""
    put(LocalPlace(tmp_path), "x", b"data")
    for size in (-1, 2):
        file = LocalPlace(tmp_path).open("x")
        assert file is not None
        pipe = os.open(tmp_path, os.O_RDONLY)
        os.dup2(pipe, file.fileno())  # reading a folder is an error of the system's own
        os.close(pipe)
        with file, pytest.raises(DiskError, match="cannot read"):
            file.read(size)


def test_walk_lists_files_links_and_empty_folders(tmp_path: Path) -> None:
    """Everything in a folder is listed once, and links are not followed."""
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/file").write_bytes(b"")
    (tmp_path / "a/empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / ".hidden").write_bytes(b"")

    assert sorted(LocalPlace(tmp_path).walk()) == [".hidden", "a/b/file", "a/empty/", "link"]


def test_removing_takes_the_folders_that_it_empties(tmp_path: Path) -> None:
    """No empty folder stays behind, and none that still holds something goes."""
    place = LocalPlace(tmp_path)
    put(place, "a/b/c/x", b"")
    put(place, "a/y", b"")
    (tmp_path / "z").mkdir()

    place.remove("a/b/c/x")
    place.remove("a/b/c/missing")
    place.remove("z/")

    assert sorted(place.walk()) == ["a/y"]
    assert tmp_path.is_dir()


def test_refused_removal_is_a_disk_error(tmp_path: Path) -> None:
    """A file that cannot be removed is told."""
    (tmp_path / "x").mkdir()

    with pytest.raises(DiskError, match="cannot remove"):
        LocalPlace(tmp_path).remove("x")


def test_system_without_folder_fsync_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows cannot sync a folder, and some file systems do not know how; others must."""
    with failing_disk(1, errno.EINVAL, for_ever=True, calls=("fsync",)) as disk:
        sync_folder(tmp_path)
    assert disk.fired
    with (
        failing_disk(1, errno.EIO, for_ever=True, calls=("fsync",)),
        pytest.raises(OSError, match="Input/output"),
    ):
        sync_folder(tmp_path)

    monkeypatch.delattr(os, "O_DIRECTORY")
    with failing_disk(1, errno.EIO, for_ever=True, calls=("fsync",)) as disk:
        sync_folder(tmp_path)
    assert disk.calls == 0
