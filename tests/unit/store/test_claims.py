"""Facts about claiming a prefix of an object store, where nothing can be locked."""

from __future__ import annotations

from datetime import timedelta
from threading import Event

import pytest

from datosnap.errors import SnapshotLockedError
from datosnap.store import names
from datosnap.store.claims import LAPSE_S, claim
from tests.support.object_stores import BUCKET, DENIED, MemoryStore

HERE = f"{BUCKET}/a/b"
OTHER = names.claim_path("0" * 32)
# Longer than any test; nothing waits for it to pass.
NEVER_S = 3600.0


@pytest.fixture
def store() -> MemoryStore:
    """Give an empty store."""
    return MemoryStore()


def leave_claim(store: MemoryStore, age_s: float, text: bytes = b"{}") -> None:
    """Leave the claim of another run, renewed some seconds ago."""
    now, store.now = store.now, store.now - timedelta(seconds=age_s)
    store.put(f"{HERE}/{OTHER}", text)
    store.now = now


def test_claim_stands_as_long_as_the_context(store: MemoryStore) -> None:
    """One hidden object says who is at work, and is gone afterwards."""
    with claim(store.place(), take_over=False, beat_s=NEVER_S) as ours:
        ours.confirm()
        (only,) = store.place().walk()
        assert names.is_claim(only)
        assert names.is_housekeeping(only)
        assert names.is_ours(only)

    assert store.objects == {}


def test_second_run_gives_way_and_says_to_whom(store: MemoryStore) -> None:
    """The holder is named, and stays."""
    with claim(store.place(), take_over=False, beat_s=NEVER_S) as first:
        with (
            pytest.raises(
                SnapshotLockedError,
                match=r"'mem://backups/a/b' is locked by process \d+ on .* since .*; wait for it",
            ),
            claim(store.place(), take_over=False),
        ):
            pytest.fail("two runs at once")
        first.confirm()
        assert len(store.objects) == 1


def test_two_that_begin_together_both_give_way(store: MemoryStore) -> None:
    """Each announces itself before it looks, so that neither goes on beside the other."""
    seen: list[str] = []

    def between(call: str, path: str) -> None:
        if call == "list" and not seen:  # the first has announced itself and is about to look
            seen.append(path)
            with (
                pytest.raises(SnapshotLockedError),
                claim(store.place(), take_over=False, beat_s=NEVER_S),
            ):
                pytest.fail("the second did not see the first")
            leave_claim(store, 0)  # as it would be found a moment earlier

    store.before = between
    with (
        pytest.raises(SnapshotLockedError),
        claim(store.place(), take_over=False, beat_s=NEVER_S),
    ):
        pytest.fail("the first did not see the second")
    assert seen
    assert list(store.objects) == [f"{HERE}/{OTHER}"]


@pytest.mark.parametrize("text", [b"{}", b"not ours", b'{"pid": 7}'])
def test_claim_that_cannot_be_read_is_respected_all_the_same(
    store: MemoryStore, text: bytes
) -> None:
    """It is the object that counts, not what it says."""
    leave_claim(store, LAPSE_S - 1, text)

    with pytest.raises(SnapshotLockedError), claim(store.place(), take_over=False):
        pytest.fail("claimed beside another")


def test_claim_withdrawn_meanwhile_is_another_run(store: MemoryStore) -> None:
    """Who it was can no longer be told."""
    leave_claim(store, 0)

    def withdraw(call: str, path: str) -> None:
        if call == "read" and path.endswith(OTHER):
            del store.objects[path]

    store.before = withdraw
    with (
        pytest.raises(SnapshotLockedError, match="locked by another run"),
        claim(store.place(), take_over=False),
    ):
        pytest.fail("claimed beside another")


def test_lapsed_claim_gives_way_and_is_removed(store: MemoryStore) -> None:
    """What a killed run left keeps others out for a while and no longer."""
    leave_claim(store, LAPSE_S)

    with claim(store.place(), take_over=False, beat_s=NEVER_S):
        assert f"{HERE}/{OTHER}" not in store.objects


def test_claim_without_a_date_never_lapses(store: MemoryStore) -> None:
    """Where a store tells no dates, nothing is known to be dead."""
    leave_claim(store, LAPSE_S)
    del store.written[f"{HERE}/{OTHER}"]

    with pytest.raises(SnapshotLockedError), claim(store.place(), take_over=False):
        pytest.fail("claimed beside another")


def test_run_that_was_taken_over_does_not_confirm(store: MemoryStore) -> None:
    """Who is asked to start over may push another aside, and that one learns of it."""
    with (
        claim(store.place(), take_over=False, beat_s=NEVER_S) as first,
        claim(store.place(), take_over=True, beat_s=NEVER_S) as second,
    ):
        second.confirm()
        with pytest.raises(SnapshotLockedError, match="taken over by another run"):
            first.confirm()


def test_claim_is_renewed(store: MemoryStore) -> None:
    """The date of the claim moves on as long as the run is alive."""
    renewed = Event()

    def count(call: str, _path: str) -> None:
        if call == "complete":
            store.now += timedelta(seconds=30)
            if store.calls.count(store.calls[-1]) > 2:
                renewed.set()

    store.before = count
    with claim(store.place(), take_over=False, beat_s=0.001):
        assert renewed.wait(30)
        (at,) = store.written.values()
    assert at > MemoryStore().now + timedelta(seconds=30)
    assert store.objects == {}


def test_failing_renewals_are_survived(store: MemoryStore) -> None:
    """A store that is away for a moment ends nothing."""
    refused = Event()

    def refuse(call: str, path: str) -> None:
        if call == "write":
            refused.set()
            raise OSError(f"{DENIED} {path}")

    with claim(store.place(), take_over=False, beat_s=0.001) as ours:
        store.before = refuse
        assert refused.wait(30)
        ours.confirm()
    assert store.objects == {}


def test_claim_that_was_removed_does_not_come_back(store: MemoryStore) -> None:
    """A run that was pushed aside does not push back when it next renews."""
    looked = Event()
    looks: list[str] = []

    def remove(call: str, path: str) -> None:
        if call == "info":  # a renewal looks first
            store.objects.clear()
            looks.append(path)
            if len(looks) > 2:
                looked.set()

    store.before = remove
    with claim(store.place(), take_over=False, beat_s=0.001):
        assert looked.wait(30)
        assert store.objects == {}


def test_claim_that_cannot_be_withdrawn_is_left_to_lapse(store: MemoryStore) -> None:
    """The end of a run is not spoilt by it."""
    fired: list[str] = []

    def refuse(call: str, path: str) -> None:
        if call == "delete":
            fired.append(path)
            raise OSError(DENIED)

    store.before = refuse
    with claim(store.place(), take_over=False, beat_s=NEVER_S):
        pass

    assert fired
    assert len(store.objects) == 1
