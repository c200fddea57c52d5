"""Facts about assets under the hash of their bytes."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from datosnap.errors import BackupError, DiskError, NonsenseError
from datosnap.store.blobs import Blob, BlobShelf, BlobSink
from datosnap.store.place import LocalPlace
from tests.support.disk import FULL, failing_disk
from tests.support.snapshots import files_under

# Two contents with one MD5, the pair of Wang and Yu (2005).
FIRST_OF_TWO = bytes.fromhex(
    "d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f89"
    "55ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5b"
    "d8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0"
    "e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70"
)
SECOND_OF_TWO = bytes.fromhex(
    "d131dd02c5e6eec4693d9a0698aff95c2fcab50712467eab4004583eb8fb7f89"
    "55ad340609f4b30283e4888325f1415a085125e8f7cdc99fd91dbd7280373c5b"
    "d8823e3156348f5bae6dacd436c919c6dd53e23487da03fd02396306d248cda0"
    "e99f33420f577ee8ce54b67080280d1ec69821bcb6a8839396f965ab6ff72a70"
)


def put(shelf: BlobShelf, *pieces: bytes) -> Blob:
    """Keep an asset that arrives in pieces."""
    sink = shelf.sink()
    for piece in pieces:
        sink.write(piece)
    return sink.finish()


def path_of(data: bytes) -> str:
    """Give where an asset must lie, told apart from our code."""
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return f"assets/{md5[:2]}/{md5}"


def test_asset_lies_under_its_md5(tmp_path: Path) -> None:
    """Its bytes decide its path; the entry tells size and SHA-256."""
    shelf = BlobShelf(LocalPlace(tmp_path))

    blob = put(shelf, b"hel", b"", b"lo")

    assert blob.bytes == 5
    assert blob.sha256 == hashlib.sha256(b"hello").hexdigest()
    assert files_under(tmp_path) == [path_of(b"hello")]
    assert (tmp_path / path_of(b"hello")).read_bytes() == b"hello"
    (entry,) = shelf.entries
    assert (entry.path, entry.kind, entry.model, entry.rows) == (
        path_of(b"hello"), "asset", None, None,
    )  # fmt: skip


def test_same_content_is_kept_once(tmp_path: Path) -> None:
    """An asset that arrives twice is one file and one entry."""
    shelf = BlobShelf(LocalPlace(tmp_path))

    assert put(shelf, b"same") == put(shelf, b"sa", b"me")

    assert files_under(tmp_path) == [path_of(b"same")]
    assert len(shelf.entries) == 1


def test_restarted_asset_forgets_what_came_before(tmp_path: Path) -> None:
    """A download that begins again leaves nothing of the first try in the result."""
    shelf = BlobShelf(LocalPlace(tmp_path))
    sink = shelf.sink()
    sink.write(b"half of a wro")
    sink.restart()
    sink.write(b"right")

    assert sink.finish().bytes == 5
    assert files_under(tmp_path) == [path_of(b"right")]


def test_abandoned_asset_leaves_nothing(tmp_path: Path) -> None:
    """A download that is given up leaves no file, and the shelf is at rest."""
    shelf = BlobShelf(LocalPlace(tmp_path))
    sink = shelf.sink()
    sink.write(b"half")
    assert shelf.open_count == 1
    sink.abandon()
    sink.abandon()

    assert shelf.open_count == 0
    assert shelf.entries == ()
    assert files_under(tmp_path) == []


def test_all_that_is_arriving_can_be_abandoned(tmp_path: Path) -> None:
    """At the end of a run no half asset stays behind."""
    shelf = BlobShelf(LocalPlace(tmp_path))
    put(shelf, b"whole")
    for _ in range(3):
        shelf.sink().write(b"half")

    shelf.abandon()

    assert shelf.open_count == 0
    assert files_under(tmp_path) == [path_of(b"whole")]


@pytest.mark.parametrize("end", [BlobSink.finish, BlobSink.abandon])
def test_ended_asset_takes_no_more(tmp_path: Path, end: object) -> None:
    """After its end an asset cannot be written, begun again or finished."""
    sink = BlobShelf(LocalPlace(tmp_path)).sink()
    assert callable(end)
    end(sink)

    with pytest.raises(BackupError, match="finished or abandoned"):
        sink.write(b"more")
    with pytest.raises(BackupError, match="finished or abandoned"):
        sink.restart()
    with pytest.raises(BackupError, match="finished or abandoned"):
        sink.finish()


def test_two_contents_of_one_md5_are_not_taken_for_one(tmp_path: Path) -> None:
    """A made-up pair with equal MD5 is told; the first is kept, and nothing is mixed up."""
    assert path_of(FIRST_OF_TWO) == path_of(SECOND_OF_TWO)
    shelf = BlobShelf(LocalPlace(tmp_path))
    put(shelf, FIRST_OF_TWO)

    with pytest.raises(NonsenseError, match="expected one content under MD5"):
        put(shelf, SECOND_OF_TWO)

    assert (tmp_path / path_of(FIRST_OF_TWO)).read_bytes() == FIRST_OF_TWO
    assert files_under(tmp_path) == [path_of(FIRST_OF_TWO)]
    assert shelf.open_count == 0


def test_many_threads_keep_each_content_once(tmp_path: Path) -> None:
    """Assets that arrive at the same time do not disturb each other."""
    shelf = BlobShelf(LocalPlace(tmp_path))
    contents = [b"%d" % (number % 20) * 1000 for number in range(200)]

    with ThreadPoolExecutor(8) as pool:
        blobs = list(pool.map(lambda data: put(shelf, data), contents))

    assert len({blob.md5 for blob in blobs}) == 20
    assert len(shelf.entries) == 20
    assert files_under(tmp_path) == sorted({path_of(data) for data in contents})
    assert [entry.path for entry in shelf.entries] == files_under(tmp_path)


def _arrive(sink: BlobSink) -> None:
    sink.write(b"data")
    sink.finish()


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_full_disk_leaves_nothing_of_an_asset(tmp_path: Path, call: str) -> None:
    """When the disk fills up the asset is gone, and is not named."""
    shelf = BlobShelf(LocalPlace(tmp_path))
    sink = shelf.sink()
    with failing_disk(1, FULL, for_ever=True, calls=(call,)) as disk:
        with pytest.raises(DiskError):
            _arrive(sink)
        assert disk.fired
    sink.abandon()

    assert shelf.entries == ()
    assert shelf.open_count == 0
    assert files_under(tmp_path) == []
