"""Facts about files that somebody else put into a snapshot in the making."""

from __future__ import annotations

from pathlib import Path

from datosnap.store.manifest import FileEntry, Misfit
from datosnap.store.place import LocalPlace, put
from datosnap.store.snapshot import Snapshot
from datosnap.store.snapshot_writer import SnapshotWriter
from tests.support.snapshots import facts

_IDENTITY = {"convert": "1"}


def test_adopted_file_is_named_and_survives_a_cut_off_run(tmp_path: Path) -> None:
    """A run that goes on still holds it, and the manifest names it with its hash."""
    root = tmp_path / "snapshot"
    with SnapshotWriter.begin(root, chunk_format="ndjson", identity=_IDENTITY) as writer:
        sealed = put(LocalPlace(root), "project/site.ndjson", b"{}\n")
        entry = FileEntry(sealed.path, "resource", None, 1, sealed.bytes, sealed.sha256)
        writer.adopt(entry, {("post", "title"): 2})

    with SnapshotWriter.begin(root, chunk_format="ndjson", identity=_IDENTITY) as writer:
        assert writer.holds("project/site.ndjson")
        assert not writer.holds("project/fields.ndjson")
        manifest = writer.commit(facts())

    assert manifest.files == (entry,)
    assert manifest.misfits == (Misfit("post", "title", 2),)
    assert Snapshot.open(root).resources("site") == [b"{}"]
