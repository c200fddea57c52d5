"""Lists that are whole become chunks: copied where the form is the same, written anew elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.errors import CorruptSnapshotError, DiskError
from datosnap.store.formats import format_named, format_of
from datosnap.store.intake import Intake, Mark
from datosnap.store.names import ChunkFormat, Compression
from datosnap.store.place import LocalPlace
from datosnap.store.publishing import Published, Publisher
from tests.support.disk import FULL, failing_disk
from tests.support.snapshots import FORMATS, files_under, record

ROWS = [record(number) for number in range(30)]


def filled(root: Path, rows: list[bytes]) -> Intake:
    """Keep rows in small work files."""
    kept = Intake(root / ".datosnap-work", "current-post", Mark(), segment_max_bytes=2_000)
    for start in range(0, len(rows), 4):
        kept.add(rows[start : start + 4])
    kept.sync(len(rows))
    return kept


def publisher(
    root: Path, chunk_format: ChunkFormat = "ndjson", compression: Compression = "zstd"
) -> Publisher:
    """Publish into a folder."""
    return Publisher(LocalPlace(root), format_named(chunk_format, compression), 2_000)


def published(chosen: Publisher, kept: Intake) -> Published:
    """Make the chunks of a list in the way that its format asks for."""
    if chosen.is_copying:
        return chosen.copy("current", "post", kept.files)
    return chosen.write("current", "post", kept.read(), first_number=0)


@pytest.mark.parametrize(("chunk_format", "compression"), FORMATS)
def test_every_format_holds_the_rows_in_order(
    tmp_path: Path, chunk_format: ChunkFormat, compression: Compression
) -> None:
    """All rows are in the chunks, which are named and counted."""
    kept = filled(tmp_path, ROWS)

    entries = published(publisher(tmp_path, chunk_format, compression), kept).entries

    rows = []
    for entry in entries:
        with (tmp_path / entry.path).open("rb") as file:
            found = list(format_of(entry.path).rows(file))
        assert len(found) == entry.rows
        rows += found
    assert rows == ROWS
    assert len(entries) > 1
    assert sum(one.rows or 0 for one in entries) == 30
    kept.close()


def test_no_rows_make_no_chunk(tmp_path: Path) -> None:
    """An empty list has no file."""
    kept = filled(tmp_path, [])

    for compression in ("zstd", "gzip"):
        assert published(publisher(tmp_path, "ndjson", compression), kept).entries == ()

    kept.remove()
    assert files_under(tmp_path) == []


def test_rows_written_anew_are_numbered_from_where_was_asked(tmp_path: Path) -> None:
    """Chunks that take the place of others have numbers of their own."""
    entries = publisher(tmp_path).write("current", "post", iter(ROWS), first_number=3).entries

    assert entries[0].path == "records/post/current-00003.ndjson.zst"


@pytest.mark.parametrize(("chunk_format", "compression"), FORMATS)
def test_a_full_disk_leaves_no_draft(
    tmp_path: Path, chunk_format: ChunkFormat, compression: Compression
) -> None:
    """The chunk in the making is removed, and the rows are still kept."""
    kept = filled(tmp_path, ROWS)
    before = files_under(tmp_path)
    with failing_disk(1, FULL, for_ever=True, calls=("write",)) as disk:
        with pytest.raises(DiskError):
            published(publisher(tmp_path, chunk_format, compression), kept)
        assert disk.fired

    assert [one for one in files_under(tmp_path) if one.endswith(".draft")] == []
    assert set(before) <= set(files_under(tmp_path))
    assert list(kept.read()) == ROWS
    kept.close()


def test_rows_that_cannot_be_read_end_the_writing(tmp_path: Path) -> None:
    """A work file that was changed makes no chunk in another format, and leaves no draft."""
    kept = filled(tmp_path, ROWS)
    for file in (tmp_path / ".datosnap-work").iterdir():
        file.write_bytes(b"nothing")

    with pytest.raises(CorruptSnapshotError):
        published(publisher(tmp_path, "ndjson", "gzip"), kept)

    assert not list(tmp_path.rglob("*.draft"))
    kept.close()


@pytest.mark.parametrize(("compression", "copied"), [("zstd", True), ("gzip", False)])
def test_work_files_that_only_pass_are_compressed_less(
    tmp_path: Path, compression: Compression, *, copied: bool
) -> None:
    """Only those that become chunks take the time that the smallest files need."""
    chosen = publisher(tmp_path, "ndjson", compression)
    assert chosen.is_copying is copied
    assert (chosen.work_format.level is None) is copied
    assert chosen.work_format.compression == "zstd"
