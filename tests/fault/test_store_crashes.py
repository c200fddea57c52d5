"""A run that ends at any call, or a disk that loses power there, never leaves half a snapshot."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from random import Random

import pytest

from datosnap.errors import SnapshotNotFoundError, UsageError
from datosnap.store.snapshot import Snapshot
from datosnap.store.verification import check
from tests.support.disk import Disk, ProcessEnded, ending_process
from tests.support.snapshots import Content, write_snapshot

SMALL = Content()


def _end_at(root: Path, at: int) -> Disk:
    with ending_process(at) as disk:
        try:
            write_snapshot(root, content=SMALL)
        except ProcessEnded:
            assert disk.fired
    return disk


def _assert_whole_or_absent(root: Path) -> bool:
    try:
        snapshot = Snapshot.open(root)
    except SnapshotNotFoundError:
        return False
    assert check(root).damages == ()
    assert tuple(snapshot.rows("current", "post")) == SMALL.posts
    return True


def _assert_goes_on(root: Path, *, is_whole: bool) -> None:
    if is_whole:
        with pytest.raises(UsageError, match="already holds a snapshot"):
            write_snapshot(root)
    else:
        write_snapshot(root)
        assert check(root).damages == ()


def test_process_ended_at_any_call_leaves_a_whole_snapshot_or_none(tmp_path: Path) -> None:
    """Wherever a run ends, the folder is whole or no snapshot, and the same command goes on."""
    outcomes: list[bool] = []
    for at in count(1):
        root = tmp_path / str(at)
        disk = _end_at(root, at)
        outcomes.append(_assert_whole_or_absent(root))
        _assert_goes_on(root, is_whole=outcomes[-1])
        if not disk.fired:
            break

    assert len(outcomes) > 100
    # Only the removal of the mark and of the lock comes after the manifest.
    assert outcomes == sorted(outcomes)
    assert 1 < sum(outcomes) < 8


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 40))]
)
def test_power_lost_at_any_call_leaves_a_whole_snapshot_or_none(tmp_path: Path, seed: int) -> None:
    """Whatever was not durable may be gone or torn: no folder opens without being whole."""
    states = torn = 0
    for at in count(1):
        root = tmp_path / str(at)
        disk = _end_at(root, at)
        torn += bool(disk.dirty or disk.renamed or disk.made)
        disk.lose_power(Random(f"{seed} {at}"))  # noqa: S311 - a repeatable draw is wanted
        _assert_goes_on(root, is_whole=_assert_whole_or_absent(root))
        states += 1
        if not disk.fired:
            break

    assert states > 100
    assert torn > 30
