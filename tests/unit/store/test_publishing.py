"""Lists that are whole become chunks: copied where the form is the same, written anew elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.errors import CorruptSnapshotError, DiskError
from datosnap.store.formats import format_named, format_of
from datosnap.store.intake import Intake, Mark
from datosnap.store.names import ChunkFormat, Compression
from datosnap.store.place import LocalPlace
from datosnap.store.publishing import Following, Published, Publisher
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


@pytest.mark.parametrize(("chunk_format", "compression"), FORMATS)
def test_every_format_holds_the_rows_in_order(
    tmp_path: Path, chunk_format: ChunkFormat, compression: Compression
) -> None:
    """All rows are in the chunks, which are named and counted."""
    kept = filled(tmp_path, ROWS)

    entries = (
        publisher(tmp_path, chunk_format, compression).publish("current", "post", kept).entries
    )

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

    assert publisher(tmp_path).publish("current", "post", kept).entries == ()

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
            publisher(tmp_path, chunk_format, compression).publish("current", "post", kept)
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
        publisher(tmp_path, "ndjson", "gzip").publish("current", "post", kept)

    assert not list(tmp_path.rglob("*.draft"))
    kept.close()


def follow(following: Following, kept: Intake, rows: list[bytes]) -> None:
    """Add rows as a run does, a few at a time."""
    for start in range(0, len(rows), 4):
        batch = rows[start : start + 4]
        following.begin(("current", "post"), kept)
        kept.add(batch)
        following.add(("current", "post"), batch)


def rows_of(root: Path, published: Published) -> list[bytes]:
    """Read chunks back."""
    rows: list[bytes] = []
    for entry in published.entries:
        with (root / entry.path).open("rb") as file:
            rows += format_of(entry.path).rows(file)
    return rows


@pytest.mark.parametrize("known", [0, 5])
def test_a_list_that_is_followed_is_in_chunks_when_its_last_row_came(
    tmp_path: Path, known: int
) -> None:
    """Rows that an earlier run left come first; nothing is read again at the end."""
    kept = filled(tmp_path, ROWS[:known])
    following = Following(publisher(tmp_path, "parquet"))
    follow(following, kept, ROWS[known:])
    kept.remove()

    done = following.publish(("current", "post"), kept)

    assert rows_of(tmp_path, done) == ROWS
    assert len(done.entries) > 1


def test_one_list_is_followed_at_a_time(tmp_path: Path) -> None:
    """Another list is written from its work files, and is followed when the first is done."""
    kept = filled(tmp_path, ROWS)
    following = Following(publisher(tmp_path, "parquet"))
    (tmp_path / "other").mkdir()
    other = filled(tmp_path / "other", [])
    following.begin(("current", "talk"), other)
    other.close()
    following.begin(("current", "post"), kept)
    following.add(("current", "post"), ROWS)

    assert rows_of(tmp_path, following.publish(("current", "post"), kept)) == ROWS
    assert following.publish(("current", "talk"), kept).entries == ()

    following.begin(("current", "post"), kept)
    kept.remove()
    assert rows_of(tmp_path, following.publish(("current", "post"), kept)) == ROWS


def test_what_is_copied_is_not_followed(tmp_path: Path) -> None:
    """Work files are the chunks already: nothing is written beside them."""
    kept = filled(tmp_path, [])
    following = Following(publisher(tmp_path))
    follow(following, kept, ROWS)
    kept.sync(30)
    assert [one for one in files_under(tmp_path) if "records" in one] == []

    assert rows_of(tmp_path, following.publish(("current", "post"), kept)) == ROWS
    kept.close()


def test_a_list_left_in_the_middle_leaves_no_draft(tmp_path: Path) -> None:
    """What was followed and never published is gone but for whole chunks, which nobody names."""
    kept = filled(tmp_path, [])
    following = Following(publisher(tmp_path, "parquet"))
    follow(following, kept, ROWS)
    following.abandon()
    following.abandon()

    assert [one for one in files_under(tmp_path) if one.endswith(".draft")] == []
    kept.close()


def test_a_damaged_work_file_is_told_when_following_begins(tmp_path: Path) -> None:
    """Rows of an earlier run are read under the same checks as ever, and no draft is left."""
    kept = filled(tmp_path, ROWS[:4])
    work = next((tmp_path / ".datosnap-work").iterdir())
    work.write_bytes(work.read_bytes()[:-3])
    following = Following(publisher(tmp_path, "parquet"))

    with pytest.raises(CorruptSnapshotError):
        following.begin(("current", "post"), kept)

    assert [one for one in files_under(tmp_path) if one.endswith(".draft")] == []
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
