"""A disk that is full, read-only or failing ends a run with one clear line and loses nothing."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from datosnap.errors import DiskError, SnapshotNotFoundError
from datosnap.store.snapshot import Snapshot
from datosnap.store.verification import check
from tests.support.disk import FAILING, FULL, READ_ONLY, failing_disk
from tests.support.snapshots import write_snapshot


def _is_snapshot(root: Path) -> bool:
    try:
        Snapshot.open(root)
    except SnapshotNotFoundError:
        return False
    return True


@pytest.mark.parametrize("for_ever", [False, True])
@pytest.mark.parametrize(("error", "words"), [(FULL, "is full"), (FAILING, "is failing")])
def test_disk_refusing_any_call_ends_with_disk_error_and_goes_on_later(
    tmp_path: Path, error: int, words: str, *, for_ever: bool
) -> None:
    """Every call fails once, or from then on: exit code 14, and the same command works later."""
    earlier = tmp_path / "earlier"
    write_snapshot(earlier)
    faults = refused = 0
    for at in count(1):
        root = tmp_path / str(at)
        with failing_disk(at, error, for_ever=for_ever) as disk:
            told = _failure(root)
        if not disk.fired:
            break
        faults += 1
        assert told is None or words in told
        refused += told is not None
        if not _is_snapshot(root):
            write_snapshot(root)
        assert check(root).damages == ()

    assert told is None
    assert faults > 60
    assert refused >= faults - 2  # the lock's library may try again by itself
    assert check(earlier).damages == ()


def _failure(root: Path) -> str | None:
    try:
        write_snapshot(root)
    except DiskError as error:
        return str(error)
    return None


def test_read_only_disk_is_refused_with_nothing_written(tmp_path: Path) -> None:
    """On a read-only disk the run ends at once, says so, and leaves nothing."""
    root = tmp_path / "new"

    with failing_disk(1, READ_ONLY, for_ever=True) as disk, pytest.raises(DiskError) as caught:
        write_snapshot(root)

    assert disk.fired
    assert "read-only" in str(caught.value)
    assert not root.exists()


def test_failed_fsync_is_not_tried_again_on_the_same_file(tmp_path: Path) -> None:
    """After a failed fsync the bytes may be lost, so the draft is dropped."""
    with (
        failing_disk(1, FAILING, for_ever=False, calls=("fsync",)) as disk,
        pytest.raises(DiskError),
    ):
        write_snapshot(tmp_path / "new")

    assert disk.calls == 1
    assert not list(tmp_path.rglob("*.draft"))


@pytest.mark.parametrize("chunk_format", ["ndjson", "parquet"])
def test_full_disk_in_the_middle_of_a_chunk_leaves_no_draft(
    tmp_path: Path, chunk_format: str
) -> None:
    """What was half written when the disk filled up is removed when the run ends."""
    root = tmp_path / "new"
    with (
        failing_disk(8, FULL, for_ever=True, calls=("write",)) as disk,
        pytest.raises(DiskError),
    ):
        write_snapshot(root, "parquet" if chunk_format == "parquet" else "ndjson")

    assert disk.fired
    assert not list(root.rglob("*.draft"))
    assert (root / ".datosnap-unfinished.json").exists()
