"""Facts about turning records into files of bounded size."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from datosnap.errors import BackupError, DiskError, NonsenseError
from datosnap.store import chunks
from datosnap.store.formats import format_named, format_of
from datosnap.store.manifest import FileEntry
from datosnap.store.ndjson import Ndjson
from datosnap.store.parquet import Parquet
from datosnap.store.place import LocalPlace
from datosnap.store.rotation import RotatingWriter
from tests.support.disk import FULL, failing_disk
from tests.support.snapshots import files_under, record


def writer(root: Path, *, max_bytes: int = 100) -> RotatingWriter:
    """Make a writer of uncompressed lines."""
    return RotatingWriter(LocalPlace(root), Ndjson("none"), "current", "post", max_bytes=max_bytes)


def test_full_file_is_followed_by_the_next_number(tmp_path: Path) -> None:
    """A batch that fills a file ends it; numbers go up; nothing is left over."""
    chunk = writer(tmp_path)
    batches = [[b"a" * 60], [b"b" * 60], [b"c" * 300], [b"d"]]
    for batch in batches:
        chunk.write(batch)

    entries = chunk.close()

    contents = [(tmp_path / entry.path).read_bytes() for entry in entries]
    assert contents == [b"a" * 60 + b"\n" + b"b" * 60 + b"\n", b"c" * 300 + b"\n", b"d\n"]
    assert [entry.path for entry in entries] == [
        f"records/post/current-0000{number}.ndjson" for number in range(3)
    ]
    assert [entry.rows for entry in entries] == [2, 1, 1]
    assert files_under(tmp_path) == [entry.path for entry in entries]


def test_entry_tells_what_is_on_the_disk(tmp_path: Path) -> None:
    """Size and hash are those of the file as it is."""
    chunk = writer(tmp_path)
    chunk.write([b"{}", b"[]"])

    assert chunk.close() == (
        FileEntry(
            "records/post/current-00000.ndjson",
            "current",
            "post",
            2,
            6,
            hashlib.sha256(b"{}\n[]\n").hexdigest(),
        ),
    )


def test_entry_appears_only_when_its_file_is_durable(tmp_path: Path) -> None:
    """A file in the making has no entry and no name."""
    chunk = writer(tmp_path)
    chunk.write([b"{}"])

    assert chunk.entries == ()
    assert files_under(tmp_path) == ["records/post/.current-00000.ndjson.draft"]
    chunk.abandon()


@pytest.mark.parametrize("batches", [[], [[]], [[], []]])
def test_no_records_make_no_file(tmp_path: Path, batches: list[list[bytes]]) -> None:
    """A model without records leaves nothing, and that is no failure."""
    chunk = writer(tmp_path)
    for batch in batches:
        chunk.write(batch)

    assert chunk.close() == ()
    assert chunk.close() == ()
    assert chunk.is_closed
    assert files_under(tmp_path) == []


@pytest.mark.parametrize("format_name", ["ndjson", "parquet"])
def test_record_with_a_line_break_is_refused_before_anything_is_written(
    tmp_path: Path, format_name: str
) -> None:
    """Both formats take the same records, so that one can be turned into the other."""
    chunk_format = Ndjson("none") if format_name == "ndjson" else Parquet("none")
    chunk = RotatingWriter(LocalPlace(tmp_path), chunk_format, "current", "post")

    with pytest.raises(NonsenseError, match=r"expected a record in one line, found b'\{"):
        chunk.write([b"{}", b"{\n}"])

    assert files_under(tmp_path) == []
    chunk.write([b"{}"])
    assert chunk.close()[0].rows == 1


def test_record_that_no_reader_would_take_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record longer than readers hold is refused when it is written."""
    monkeypatch.setattr(chunks, "RECORD_MAX_BYTES", 10)

    with pytest.raises(NonsenseError, match="expected a record of at most 10 bytes, found 11"):
        writer(tmp_path).write([b"x" * 11])


def test_failed_writer_stays_failed(tmp_path: Path) -> None:
    """After a failure nothing is left, and closing does not pretend that all is well."""
    chunk = writer(tmp_path)
    with failing_disk(1, FULL, for_ever=False, calls=("write",)) as disk, pytest.raises(DiskError):
        chunk.write([b"{}"])
    assert disk.fired

    assert not chunk.is_closed
    with pytest.raises(BackupError, match="found one that is abandoned"):
        chunk.close()
    with pytest.raises(BackupError, match="found one that is abandoned"):
        chunk.write([b"{}"])
    assert files_under(tmp_path) == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_failed_closing_is_a_failure_of_the_writer(tmp_path: Path, call: str) -> None:
    """A file that could not be made durable is not named, now or later."""
    chunk = writer(tmp_path)
    chunk.write([b"{}"])
    with failing_disk(1, FULL, for_ever=False, calls=(call,)) as disk, pytest.raises(DiskError):
        chunk.close()
    assert disk.fired

    assert chunk.entries == ()
    with pytest.raises(BackupError, match="abandoned"):
        chunk.close()


def test_closed_writer_takes_no_more(tmp_path: Path) -> None:
    """What comes after the end is refused; abandoning then changes nothing."""
    chunk = writer(tmp_path)
    chunk.write([b"{}"])
    entries = chunk.close()
    chunk.abandon()

    with pytest.raises(BackupError, match="found one that is closed"):
        chunk.write([b"{}"])
    assert chunk.close() == entries


def test_parquet_on_a_full_disk_fails_cleanly(tmp_path: Path) -> None:
    """A disk that has no room for another file leaves no draft."""
    chunk = RotatingWriter(LocalPlace(tmp_path), Parquet("zstd"), "current", "post")
    with failing_disk(1, FULL, for_ever=True, calls=("open",)) as disk:
        with pytest.raises(DiskError, match="the disk is full"):
            chunk.write([record(1)])
        assert disk.fired

    assert files_under(tmp_path) == []


def test_parquet_failing_at_its_end_fails_cleanly(tmp_path: Path) -> None:
    """The disk's own failure comes through pyarrow as it is, and leaves no draft."""
    chunk = RotatingWriter(LocalPlace(tmp_path), Parquet("zstd"), "current", "post")
    chunk.write([record(1)])
    with failing_disk(1, FULL, for_ever=True, calls=("write",)) as disk:
        with pytest.raises(DiskError, match="the disk is full"):
            chunk.close()
        assert disk.fired

    assert files_under(tmp_path) == []


def test_misfits_are_counted_over_all_files(tmp_path: Path) -> None:
    """Values that no typed column could hold are counted by model and column."""
    chunk = RotatingWriter(
        LocalPlace(tmp_path), Parquet("none", group_max_bytes=1), "current", "post", max_bytes=1
    )
    chunk.write([b'{"id":1}', b'{"id":"2","meta":{"created_at":"soon"}}'])
    chunk.write([b'{"id":"3"}'])
    chunk.close()

    assert chunk.misfits == {("post", "id"): 1, ("post", "_created_at"): 1}


def test_format_is_found_by_name_and_by_file() -> None:
    """What was written under a name is read by the path alone."""
    for compression in ("none", "gzip", "zstd"):
        path = f"records/post/current-00000.{format_named('ndjson', compression).extension}"
        assert format_of(path) == Ndjson(compression)
    assert repr(format_named("parquet", "gzip")) == repr(Parquet("gzip"))
    assert isinstance(format_of("uploads/uploads-00000.parquet"), Parquet)
