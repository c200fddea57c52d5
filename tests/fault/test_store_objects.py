"""Facts about object stores that fail: whatever they refuse, no snapshot is there in part."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from datosnap.errors import (
    AccessRefusedError,
    BackupError,
    DiskError,
    SnapshotLockedError,
    SnapshotNotFoundError,
)
from datosnap.store import names
from datosnap.store.claims import LAPSE_S
from datosnap.store.locations import locate
from datosnap.store.place import put
from datosnap.store.snapshot import Snapshot
from datosnap.store.snapshot_writer import SnapshotWriter
from datosnap.store.verification import check
from tests.support.object_stores import BUCKET, DENIED, S3, SECRET, MemoryStore
from tests.support.snapshots import facts, write_snapshot


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def refuse_from(store: MemoryStore, at: int, *, for_ever: bool) -> list[int]:
    """Refuse call number `at`, from 1, and `for_ever` all that follow; give those refused."""
    refused: list[int] = []
    start = len(store.calls)

    def before(_call: str, _path: str) -> None:
        number = len(store.calls) - start
        if number == at or (for_ever and number > at):
            refused.append(number)
            raise OSError(DENIED)

    store.before = before
    return refused


def looks_whole(store: MemoryStore) -> bool:
    """Tell whether a reader would take what is there for a snapshot."""
    try:
        Snapshot.open(store.place())
    except SnapshotNotFoundError:
        return False
    return True


@pytest.mark.parametrize("for_ever", [False, True])
def test_store_that_fails_at_any_call_never_leaves_part_of_a_snapshot(*, for_ever: bool) -> None:
    """Refused at each call in turn, an export fails or is whole; and it can be made again."""
    at, fired = 0, 0
    while True:
        at += 1
        store = MemoryStore()
        refused = refuse_from(store, at, for_ever=for_ever)
        failure: BackupError | None = None
        try:
            write_snapshot(store.place())
        except BackupError as error:
            failure = error
        store.before = lambda _call, _path: None
        if not refused:
            break
        fired += 1
        # The mark may stay behind a manifest that is whole; nothing else may look whole.
        if looks_whole(store):
            assert check(store.place()).damages == ()
        else:
            assert isinstance(failure, AccessRefusedError)
            store.now += timedelta(seconds=LAPSE_S)  # a claim that could not be withdrawn
            write_snapshot(store.place())
            assert check(store.place()).damages == ()
    assert fired > 50


def test_upload_that_misses_a_part_is_under_no_name(s3: S3) -> None:
    """A large object of which one part was refused does not show, and what was there stays."""
    place = locate(s3.url("parts"))
    put(place, "x", b"old")
    draft = place.draft("x")
    draft.write(Random(1).randbytes(25_000_000))  # noqa: S311 - repeatable bytes are wanted
    s3.refuse("partNumber=2&")
    try:
        with pytest.raises(AccessRefusedError, match="UploadPart"):
            draft.publish("x")
    finally:
        s3.refuse("")

    assert s3.refused() > 0
    assert s3.get("parts/x") == b"old"
    assert list(place.walk()) == ["x"]


@pytest.mark.parametrize("method", ["PUT", "GET", "HEAD"])
def test_refusals_hold_no_key(s3: S3, method: str) -> None:
    """Whatever the store refuses, its failure tells the address and nothing that opens it."""
    url = s3.url(f"refused/{method}")
    s3.refuse(f"{method} /{BUCKET}")
    try:
        with pytest.raises(AccessRefusedError, match="access is denied") as caught:
            write_snapshot(url)
    finally:
        s3.refuse("")

    assert s3.refused() > 0
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_store_that_is_not_there_is_told_in_one_line() -> None:
    """A missing bucket and a dead address are told as what they are."""
    dead = "s3://backups/a?endpoint_override=127.0.0.1:9&scheme=http&region=us-east-1"

    with pytest.raises(DiskError, match="the store cannot be reached"):
        Snapshot.open(dead)


def test_missing_bucket_is_told(s3: S3) -> None:
    """Nothing is created that was not asked for."""
    url = s3.url("a", bucket="nobody")

    with pytest.raises(SnapshotNotFoundError, match="in a bucket that does not exist, 'nobody'"):
        Snapshot.open(url)
    with pytest.raises(DiskError, match="there is no such bucket or container"):
        SnapshotWriter.begin(url, chunk_format="ndjson")


def test_run_that_was_pushed_aside_does_not_commit() -> None:
    """Two runs may overlap when one was not heard of; only the one that holds the claim ends."""
    store = MemoryStore()
    with (
        SnapshotWriter.begin(store.place(), chunk_format="ndjson") as first,
        SnapshotWriter.begin(store.place(), chunk_format="ndjson", restart=True) as second,
    ):
        with pytest.raises(SnapshotLockedError, match="taken over by another run"):
            first.commit(facts())
        assert not store.place().holds(names.MANIFEST)
        second.commit(facts())
    assert check(store.place()).damages == ()
