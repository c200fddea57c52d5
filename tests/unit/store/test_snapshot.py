"""Facts about reading a snapshot."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from datosnap.errors import BackupError, CorruptSnapshotError, SnapshotNotFoundError
from datosnap.store.manifest import FileEntry, Manifest, encode
from datosnap.store.names import ChunkFormat, Compression
from datosnap.store.place import LocalPlace, put
from datosnap.store.snapshot import Snapshot
from datosnap.store.snapshot_writer import SnapshotWriter
from tests.support.snapshots import ASSETS, FORMATS, Content, facts, write_snapshot

CONTENT = Content()


def md5(data: bytes) -> str:
    """Name an asset."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(("chunk_format", "compression"), FORMATS)
def test_everything_comes_back_as_it_was_given(
    tmp_path: Path, chunk_format: ChunkFormat, compression: Compression
) -> None:
    """Settings, records, versions, uploads, schedules and assets are the same bytes."""
    write_snapshot(tmp_path, chunk_format, compression)
    snapshot = Snapshot.open(tmp_path)

    assert tuple(snapshot.resources("site")) == CONTENT.site
    assert tuple(snapshot.schedules()) == CONTENT.schedules
    assert tuple(snapshot.rows("current", "post")) == CONTENT.posts
    assert tuple(snapshot.rows("published")) == CONTENT.published
    assert tuple(snapshot.rows("history", "post")) == CONTENT.versions
    assert tuple(snapshot.rows("uploads")) == CONTENT.uploads
    assert [b"".join(snapshot.asset(md5(data))) for data in ASSETS] == list(ASSETS)


def test_what_the_snapshot_does_not_have_is_empty(tmp_path: Path) -> None:
    """Asking for another model, kind of settings or asset is no failure."""
    with SnapshotWriter.begin(tmp_path, chunk_format="parquet") as writer:
        writer.commit(facts())
    snapshot = Snapshot.open(tmp_path)

    assert snapshot.resources("plugins") == []
    assert snapshot.schedules() == []
    assert list(snapshot.rows("current", "post")) == []
    assert snapshot.models() == ()
    assert snapshot.asset_entry(md5(b"")) is None
    assert snapshot.asset_entry("../../etc/passwd") is None


def test_unknown_asset_cannot_be_read(tmp_path: Path) -> None:
    """Only what the manifest names is read."""
    write_snapshot(tmp_path)

    with pytest.raises(BackupError, match="expected an asset that the manifest names"):
        next(Snapshot.open(tmp_path).asset("0" * 32))


def test_models_are_those_counted_and_those_kept(tmp_path: Path) -> None:
    """A model without records is a model too; one that was not counted is not lost."""
    with SnapshotWriter.begin(tmp_path, chunk_format="ndjson") as writer:
        for model in ("post", "Über uns"):
            chunk = writer.chunks("current", model)
            chunk.write([b"{}"])
            chunk.close()
        writer.commit(facts(CONTENT.totals))

    assert Snapshot.open(tmp_path).models() == ("post", "tag", "Über uns")


def test_entry_of_an_asset_tells_its_size(tmp_path: Path) -> None:
    """The size of an asset is known before it is read."""
    write_snapshot(tmp_path)

    entry = Snapshot.open(tmp_path).asset_entry(md5(ASSETS[2]))

    assert entry is not None
    assert (entry.bytes, entry.kind) == (len(ASSETS[2]), "asset")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing", "which does not exist"),
        ("file", "which is no folder"),
        ("empty", r"has no manifest\.json, so it is not a whole snapshot$"),
        ("unfinished", "did not finish: run the export again"),
    ],
)
def test_place_without_a_snapshot_is_told(tmp_path: Path, name: str, words: str) -> None:
    """Each way of being no snapshot has its own word and one exit code."""
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    with SnapshotWriter.begin(tmp_path / "unfinished", chunk_format="ndjson"):
        pass

    with pytest.raises(SnapshotNotFoundError, match=words) as caught:
        Snapshot.open(tmp_path / name)

    assert caught.value.exit_code == 10


def test_damaged_chunk_gives_no_record_at_all(tmp_path: Path) -> None:
    """Not even the first records of a damaged file are used, though they may be whole."""
    written = write_snapshot(tmp_path, "ndjson", "none")
    path = tmp_path / next(entry.path for entry in written.files if entry.kind == "uploads")
    path.write_bytes(path.read_bytes()[:-2] + b"!\n")

    with pytest.raises(CorruptSnapshotError, match=r"uploads-00000\.ndjson is damaged") as caught:
        next(Snapshot.open(tmp_path).rows("uploads"))

    assert caught.value.exit_code == 4


def test_file_changed_after_it_was_verified_is_noticed(tmp_path: Path) -> None:
    """What was seen once is trusted only as long as the file is the same."""
    write_snapshot(tmp_path)
    snapshot = Snapshot.open(tmp_path)
    assert list(snapshot.rows("uploads")) == list(snapshot.rows("uploads"))
    path = tmp_path / "uploads/uploads-00000.ndjson.zst"
    path.write_bytes(path.read_bytes() + b"x")

    with pytest.raises(CorruptSnapshotError, match="is damaged: expected"):
        list(snapshot.rows("uploads"))


def test_file_that_went_away_is_told(tmp_path: Path) -> None:
    """A file that the manifest names and that is gone is damage."""
    write_snapshot(tmp_path)
    (tmp_path / "schedules.ndjson").unlink()

    with pytest.raises(CorruptSnapshotError, match=r"expected schedules\.ndjson, which the man"):
        Snapshot.open(tmp_path).schedules()


def test_whole_file_that_is_no_such_format_is_damage(tmp_path: Path) -> None:
    """A file with the right hash that cannot be read is told with its name."""
    sealed = put(LocalPlace(tmp_path), "uploads/uploads-00000.ndjson.zst", b"no frame")
    entry = FileEntry(sealed.path, "uploads", None, 1, sealed.bytes, sealed.sha256)
    manifest = Manifest("ndjson", "zstd", facts(), (entry,))
    put(LocalPlace(tmp_path), "manifest.json", encode(manifest))

    with pytest.raises(
        CorruptSnapshotError, match=r"^uploads/uploads-00000\.ndjson\.zst is damaged: cannot"
    ):
        list(Snapshot.open(tmp_path).rows("uploads"))


def test_reading_may_stop_early(tmp_path: Path) -> None:
    """A reader that wants the first record only leaves no file open."""
    for chunk_format, compression in FORMATS:
        root = tmp_path / f"{chunk_format}-{compression}"
        write_snapshot(root, chunk_format, compression)
        rows = Snapshot.open(root).rows("current")
        assert next(rows) == CONTENT.posts[0]
        del rows
