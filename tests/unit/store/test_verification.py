"""Facts about the check of a whole snapshot; what damage it finds stands in the fault tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.errors import SnapshotNotFoundError
from datosnap.store import names
from datosnap.store.manifest import FileEntry, Manifest, ModelTotals, encode
from datosnap.store.names import ChunkFormat, Compression
from datosnap.store.place import LocalPlace, put
from datosnap.store.verification import Damage, check
from tests.support.snapshots import FORMATS, facts, write_snapshot


@pytest.mark.parametrize(("chunk_format", "compression"), FORMATS)
def test_whole_snapshot_is_read_to_the_last_byte(
    tmp_path: Path, chunk_format: ChunkFormat, compression: Compression
) -> None:
    """Every byte that the manifest names is read once for the progress, every row is counted."""
    written = write_snapshot(tmp_path, chunk_format, compression)
    steps: list[int] = []

    verified = check(tmp_path, steps.append)

    assert verified.damages == ()
    assert verified.files == len(written.files) + 1
    assert verified.bytes == sum(steps) == sum(entry.bytes for entry in written.files)
    assert verified.rows == sum(entry.rows or 0 for entry in written.files) == 22


def test_lock_and_mark_are_no_damage(tmp_path: Path) -> None:
    """A crash after the manifest leaves the mark: the snapshot is whole all the same."""
    write_snapshot(tmp_path)
    for name in (names.LOCK, names.HOLDER, names.MARKER):
        (tmp_path / name).write_text("{}")
    (tmp_path / "empty").mkdir()

    assert check(tmp_path).damages == ()


def test_place_without_a_snapshot_is_none(tmp_path: Path) -> None:
    """There is nothing to verify where there is no manifest."""
    with pytest.raises(SnapshotNotFoundError):
        check(tmp_path)


def rewritten(root: Path, *files: FileEntry, totals: tuple[ModelTotals, ...] = ()) -> None:
    """Write a manifest that is sound in itself and wrong about its files."""
    put(LocalPlace(root), names.MANIFEST, encode(Manifest("ndjson", "none", facts(totals), files)))


def test_wrong_number_of_rows_is_miscounted(tmp_path: Path) -> None:
    """Bytes that are right under a count that is wrong are told as such."""
    sealed = put(LocalPlace(tmp_path), "project/site.ndjson", b"{}\n{}\n")
    rewritten(tmp_path, FileEntry(sealed.path, "resource", None, 3, sealed.bytes, sealed.sha256))

    assert check(tmp_path).damages == (
        Damage("project/site.ndjson", "miscounted", "3 rows", "2 rows"),
    )


def test_rows_that_cannot_be_read_are_unreadable(tmp_path: Path) -> None:
    """A file with the right hash and no whole lines in it is told."""
    sealed = put(LocalPlace(tmp_path), "project/site.ndjson", b"{}")
    rewritten(tmp_path, FileEntry(sealed.path, "resource", None, 1, sealed.bytes, sealed.sha256))

    (damage,) = check(tmp_path).damages
    assert (damage.path, damage.kind) == ("project/site.ndjson", "unreadable")
    assert "expected whole lines" in damage.found


def test_asset_under_another_name_is_damaged(tmp_path: Path) -> None:
    """An asset must be what its name says, also when its SHA-256 is right."""
    path = names.asset_path("0" * 32)
    sealed = put(LocalPlace(tmp_path), path, b"other")
    rewritten(tmp_path, FileEntry(path, "asset", None, None, sealed.bytes, sealed.sha256))

    assert check(tmp_path).damages == (
        Damage(path, "damaged", "the MD5 of its name", "MD5 795f3202b17cb6bc3d4b771d8c6c9eaf"),
    )


def test_totals_that_the_files_do_not_bear_out_are_told(tmp_path: Path) -> None:
    """The manifest's own counts are checked against its files, for each kind."""
    rewritten(tmp_path, totals=(ModelTotals("post", "id", 3, 2, 1, 3),))

    assert [(one.path, one.kind, one.expected, one.found) for one in check(tmp_path).damages] == [
        ("manifest.json", "miscounted", "3 current of post", "0 in its files"),
        ("manifest.json", "miscounted", "2 published of post", "0 in its files"),
        ("manifest.json", "miscounted", "1 history of post", "0 in its files"),
    ]
