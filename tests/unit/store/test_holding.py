"""Facts about holding a place for one run, whatever its kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.errors import SnapshotLockedError
from datosnap.store.holding import holding
from datosnap.store.locations import Root
from datosnap.store.place import LocalPlace
from tests.support.object_stores import MemoryStore


@pytest.mark.parametrize("is_local", [True, False])
def test_second_run_is_refused_until_the_first_ends(tmp_path: Path, *, is_local: bool) -> None:
    """One at a time; what is held says so, and nothing stays behind."""
    place: Root = LocalPlace(tmp_path) if is_local else MemoryStore().place()
    with holding(place, take_over=False) as confirm:
        confirm()
        with pytest.raises(SnapshotLockedError), holding(place, take_over=False):
            pytest.fail("two runs at once")

    with holding(place, take_over=False):
        assert list(place.walk()) != []
    assert list(place.walk()) == []


def test_lock_of_the_system_is_never_taken_over(tmp_path: Path) -> None:
    """Who holds it is alive for certain; only a claim may be one that nobody withdrew."""
    place = LocalPlace(tmp_path)
    with (
        holding(place, take_over=False),
        pytest.raises(SnapshotLockedError),
        holding(place, take_over=True),
    ):
        pytest.fail("two runs at once")


def test_claim_is_taken_over_when_asked() -> None:
    """The run that was pushed aside learns of it when it confirms."""
    place = MemoryStore().place()
    with (
        holding(place, take_over=False) as confirm,
        holding(place, take_over=True) as confirm_second,
    ):
        confirm_second()
        with pytest.raises(SnapshotLockedError, match="taken over"):
            confirm()
