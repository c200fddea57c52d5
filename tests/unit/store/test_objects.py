"""Facts about a prefix of an object store as a place."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping

import pytest

from datosnap.errors import AccessRefusedError, BackupError, DiskError
from datosnap.store.atomic import Sealed
from datosnap.store.names import MANIFEST
from datosnap.store.objects import ObjectPlace
from datosnap.store.place import put
from tests.support.disk import FULL
from tests.support.object_stores import BUCKET, DENIED, MemoryStore

HERE = f"{BUCKET}/a/b"
CALLS: Mapping[str, Callable[[ObjectPlace], object]] = {
    "info": lambda place: place.holds("x"),
    "list": lambda place: tuple(place.walk()),
    "read": lambda place: place.open("x"),
    "read part": lambda place: place.open("x"),
    "delete": lambda place: place.remove("x"),
    "write": lambda place: put(place, "x", b""),
}


@pytest.fixture
def store() -> MemoryStore:
    """Give an empty store."""
    return MemoryStore()


def test_published_bytes_are_read_back_with_their_hash(store: MemoryStore) -> None:
    """What is put somewhere is there, under the prefix, with its size and its hash."""
    place = store.place()

    sealed = put(place, "c/d", b"hello")

    assert sealed == Sealed("c/d", 5, hashlib.sha256(b"hello").hexdigest())
    assert store.objects == {f"{HERE}/c/d": b"hello"}
    file = place.open("c/d")
    assert file is not None
    with file:
        assert file.read() == b"hello"


@pytest.mark.parametrize("name", ["x.gz", "x.ndjson.zst", "x.parquet"])
def test_bytes_are_not_changed_by_the_look_of_a_name(store: MemoryStore, name: str) -> None:
    """Nothing is compressed or decompressed on the way."""
    data = gzip.compress(b"text")
    put(store.place(), name, data)

    assert store.objects[f"{HERE}/{name}"] == data
    file = store.place().open(name)
    assert file is not None
    with file:
        assert file.read() == data


def test_object_without_bytes_is_an_object(store: MemoryStore) -> None:
    """An empty asset is kept and read like any other."""
    assert put(store.place(), "empty", b"").bytes == 0

    file = store.place().open("empty")
    assert file is not None
    with file:
        assert file.read() == b""


def test_draft_is_with_the_store_only_when_it_is_published(store: MemoryStore) -> None:
    """Nothing is sent before, and all of it is sent at once."""
    draft = store.place().draft("near")
    draft.write(b"some ")
    draft.write(b"bytes")
    assert draft.sha256 == hashlib.sha256(b"some bytes").hexdigest()
    assert store.calls == []

    draft.publish("far")
    draft.discard()

    assert store.objects == {f"{HERE}/far": b"some bytes"}
    assert store.calls.count(f"write part {HERE}/far") == 1


def test_discarded_draft_cannot_be_written_or_published(store: MemoryStore) -> None:
    """A draft that is gone does not come back in part."""
    draft = store.place().draft("x")
    draft.discard()
    draft.discard()

    with pytest.raises(BackupError, match="found it gone"):
        draft.write(b"more")
    with pytest.raises(BackupError, match="found it gone"):
        draft.publish("x")
    assert store.objects == {}


@pytest.mark.parametrize("call", ["write", "write part", "complete"])
def test_failed_publishing_leaves_the_old_object(store: MemoryStore, call: str) -> None:
    """When the new bytes cannot be sent, the old ones stay, and the draft is gone."""
    put(store.place(), "x", b"old")
    draft = store.place().draft("x")
    draft.write(b"new")
    fired = fail(store, call, OSError("the line is dead"))

    with pytest.raises(DiskError, match=r"cannot write 'mem://backups/a/b/x': .*the line is dead"):
        draft.publish("x")

    assert fired
    assert store.objects == {f"{HERE}/x": b"old"}
    with pytest.raises(BackupError, match="found it gone"):
        draft.publish("x")


@pytest.mark.parametrize("call", ["info", "list", "read", "read part", "delete", "write"])
def test_refusal_of_the_store_is_told_as_one(store: MemoryStore, call: str) -> None:
    """Whatever is refused, the failure says that access is, and what to look at."""
    place = store.place()
    put(place, "x", b"data")
    fired = fail(store, call, OSError(DENIED))

    with pytest.raises(AccessRefusedError, match=r"access is denied .* check the credentials"):
        CALLS[call](place)
    assert fired


def fail(store: MemoryStore, call: str, error: OSError) -> list[str]:
    """Make one kind of call fail; give the list of those that did."""
    fired: list[str] = []

    def before(made: str, path: str) -> None:
        if made == call:
            fired.append(path)
            raise error

    store.before = before
    return fired


def test_missing_object_is_none(store: MemoryStore) -> None:
    """An object that is not there is told as such, also below another."""
    put(store.place(), "x", b"")

    assert store.place().open("y") is None
    assert store.place().open("x/z") is None
    assert not store.place().holds("y")
    assert store.place().holds("x")


def test_what_is_read_stays_as_it_was_opened(store: MemoryStore) -> None:
    """An object that is replaced while it is read gives the bytes that were there first."""
    place = store.place()
    put(place, "x", b"first" * 1000)
    file = place.open("x")
    assert file is not None
    with file:
        assert file.read(5) == b"first"
        put(place, "x", b"other" * 1000)
        file.seek(4990)
        assert file.read() == b"firstfirst"
    assert store.calls.count(f"read {HERE}/x") == 1


def test_manifest_without_bytes_is_none(store: MemoryStore) -> None:
    """A name that shows before its bytes do makes no snapshot, and is in nobody's way."""
    store.put(f"{HERE}/{MANIFEST}", b"")
    place = store.place()

    assert place.open(MANIFEST) is None
    assert not place.holds(MANIFEST)
    assert tuple(place.walk()) == ()

    put(place, MANIFEST, b"{}")
    assert place.holds(MANIFEST)
    assert tuple(place.walk()) == (MANIFEST,)


def test_walk_lists_objects_and_empty_folders_of_the_prefix_alone(store: MemoryStore) -> None:
    """Everything under the prefix is listed once; what only begins alike is another's."""
    for key in ("x", "c/d/e", "c/d/f", "c//g", ".hidden"):
        store.put(f"{HERE}/{key}", b"data")
    store.put(f"{HERE}c/z", b"a neighbour")
    place = store.place()

    assert sorted(place.walk()) == [".hidden", "c//g", "c/d/e", "c/d/f", "x"]
    assert place.top() == [".hidden", "c/", "x"]


def test_top_tells_when_objects_were_written(store: MemoryStore) -> None:
    """The dates are the store's own."""
    put(store.place(), "x", b"")

    assert store.place().written_at() == {"x": store.now}


def test_removing_takes_one_object_and_never_what_is_beside_it(store: MemoryStore) -> None:
    """Only what is empty goes with it, and a missing object is none to remove."""
    place = store.place()
    for path in ("c/d/x", "c/y"):
        put(place, path, b"")

    place.remove("c/d/x")
    place.remove("c/d/missing")
    place.remove("c/")

    assert sorted(place.walk()) == ["c/y"]


def test_absence_is_told_of_the_bucket(store: MemoryStore) -> None:
    """A prefix needs not exist; a bucket does."""
    assert store.place().absence() is None
    store.buckets.clear()

    assert store.place().absence() == "lies in a bucket that does not exist, 'backups'"


def test_full_temporary_folder_is_told_as_such(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When what is written or read finds no room on the local disk, that is what is said."""
    put(store.place(), "x", b"data")

    def refuse(**_: object) -> None:
        raise OSError(FULL, os.strerror(FULL))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    for call in (lambda: store.place().draft("y"), lambda: store.place().open("x")):
        with pytest.raises(DiskError, match=r"cannot create a temporary file in .* disk is full"):
            call()


@pytest.fixture
def small_files() -> Iterator[None]:
    """Let no file grow beyond 64 KiB."""
    resource = pytest.importorskip("resource", reason="a limit on files needs POSIX")
    signal = pytest.importorskip("signal")
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.usefixtures("small_files")
def test_temporary_file_that_cannot_grow_ends_the_draft(store: MemoryStore) -> None:
    """A draft that could not take all bytes is gone and publishes nothing."""
    draft = store.place().draft("x")

    with pytest.raises(DiskError, match="cannot write a temporary file in"):
        draft.write(bytes(1 << 20))
    with pytest.raises(BackupError, match="found it gone"):
        draft.publish("x")
    assert store.objects == {}


@pytest.mark.usefixtures("small_files")
def test_object_that_finds_no_room_is_not_read_in_part(store: MemoryStore) -> None:
    """Fetching ends with the disk's failure, not with some of the bytes."""
    store.put(f"{HERE}/x", bytes(1 << 20))

    with pytest.raises(DiskError, match="cannot write a temporary file in"):
        store.place().open("x")
