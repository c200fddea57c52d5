"""Facts about a snapshot in the making on an object store, whose journal lies elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.errors import SnapshotNotFoundError, UsageError
from datosnap.store import names
from datosnap.store.destination import ensure_free
from datosnap.store.snapshot import Snapshot
from datosnap.store.snapshot_writer import SnapshotWriter
from datosnap.store.verification import check
from tests.support.object_stores import MemoryStore
from tests.support.snapshots import facts, files_under, record

IDENTITY: JsonObject = {"project": "1"}


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder in which this machine keeps journals."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def leave_unfinished(store: MemoryStore) -> None:
    """Leave an export cut off: settings done, and one row of a list."""
    with SnapshotWriter.begin(store.place(), chunk_format="ndjson", identity=IDENTITY) as writer:
        writer.resources("site", [b"{}"])
        writer.keep("current", "post", [record(1)])
        writer.mark("current", "post", 1)


def test_journal_and_work_files_lie_on_this_machine_until_the_end(state: Path) -> None:
    """The store holds nothing that would have to be appended to, and nothing stays here."""
    store = MemoryStore()
    leave_unfinished(store)
    assert [Path(name).name for name in files_under(state)] == [
        names.JOURNAL,
        "current-post-00000.zst",
    ]
    assert sorted(store.place().walk()) == [names.MARKER, "project/site.ndjson"]

    with SnapshotWriter.begin(store.place(), chunk_format="ndjson", identity=IDENTITY) as writer:
        writer.publish("current", "post")
        writer.commit(facts())

    assert files_under(state) == []
    assert list(Snapshot.open(store.place()).rows("current")) == [record(1)]


def test_another_machine_starts_the_same_export_over(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the journal nothing can be known to be whole."""
    store = MemoryStore()
    leave_unfinished(store)
    monkeypatch.setenv("XDG_STATE_HOME", str(state / "another"))

    with SnapshotWriter.begin(store.place(), chunk_format="ndjson", identity=IDENTITY) as writer:
        assert not writer.has_resources("site")
        assert list(store.place().walk()) != []
        assert not store.place().holds("project/site.ndjson")
        writer.commit(facts())
    assert check(store.place()).damages == ()


@pytest.mark.usefixtures("state")
def test_journal_of_remains_that_others_replaced_is_not_believed() -> None:
    """A mark that is another's now leads to no journal of ours."""
    store = MemoryStore()
    leave_unfinished(store)
    store.put("backups/a/b/" + names.MARKER, b'{"identity": {"project": "1"}, "pid": 7}')

    with SnapshotWriter.begin(store.place(), chunk_format="ndjson", identity=IDENTITY) as writer:
        assert not writer.has_resources("site")


@pytest.mark.usefixtures("state")
def test_remains_of_another_export_are_not_thrown_away_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may be gone on with from the machine that has their journal."""
    store = MemoryStore()
    leave_unfinished(store)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))

    with pytest.raises(UsageError, match="project '1' there, '2' now"):
        SnapshotWriter.begin(store.place(), chunk_format="ndjson", identity={"project": "2"})
    assert store.place().holds("project/site.ndjson")


@pytest.mark.usefixtures("state")
def test_unfinished_and_absent_snapshots_are_told_apart() -> None:
    """Whoever opens a place learns whether an export was cut off, or the bucket is missing."""
    store = MemoryStore()
    with pytest.raises(SnapshotNotFoundError, match=r"so it is not a whole snapshot$"):
        Snapshot.open(store.place())
    leave_unfinished(store)
    with pytest.raises(SnapshotNotFoundError, match="run the export again"):
        Snapshot.open(store.place())
    store.objects.clear()
    store.buckets.clear()
    with pytest.raises(SnapshotNotFoundError, match="bucket that does not exist"):
        Snapshot.open(store.place())


def test_manifest_without_bytes_is_in_nobodys_way() -> None:
    """An upload of the manifest that was cut off leaves a place that is free."""
    store = MemoryStore()
    store.put(f"backups/a/b/{names.MANIFEST}", b"")

    ensure_free(store.place())
