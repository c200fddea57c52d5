"""Facts about files that are brought over unchanged from one snapshot into another."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from datosnap.errors import CorruptSnapshotError, DiskError
from datosnap.store.carrying import carry
from datosnap.store.manifest import FileEntry
from datosnap.store.recoding import recode, recodings
from datosnap.store.snapshot import Snapshot
from tests.support.snapshots import flip, write_snapshot


def asset(root: Path) -> FileEntry:
    """Give the largest asset of a small snapshot."""
    assets = [one for one in write_snapshot(root).files if one.kind == "asset"]
    return max(assets, key=lambda one: one.bytes)


def test_disk_without_second_names_gets_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another disk, or one that knows no links, costs room and loses nothing."""
    tried: list[str] = []

    def link(*_: object, **__: object) -> None:
        tried.append("link")
        raise OSError("another disk")

    entry = asset(tmp_path / "a")
    (tmp_path / "b").mkdir()
    monkeypatch.setattr(os, "link", link)
    carry(Snapshot.open(tmp_path / "a"), entry, tmp_path / "a", tmp_path / "b")

    assert tried
    copy, own = tmp_path / "b" / entry.path, tmp_path / "a" / entry.path
    assert copy.read_bytes() == own.read_bytes()
    assert not copy.samefile(own)


def test_file_that_changes_after_it_was_verified_is_not_taken_over(tmp_path: Path) -> None:
    """What is written is hashed on the way, so that a copy is never of other bytes."""
    write_snapshot(tmp_path / "a")
    (tmp_path / "b").mkdir()
    snapshot = Snapshot.open(tmp_path / "a")
    entry = next(one for one in snapshot.manifest.files if one.kind == "resource")
    file = tmp_path / "a" / entry.path
    snapshot.open_file(entry).close()
    seen = file.stat()
    with file.open("r+b") as opened:
        opened.write(flip(file.read_bytes(), 3))
    os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))

    with pytest.raises(CorruptSnapshotError, match="changed while it was copied"):
        carry(snapshot, entry, tmp_path / "a", tmp_path / "b")
    assert [path for path in (tmp_path / "b").rglob("*") if path.is_file()] == []


def test_chunk_with_other_rows_than_were_named_is_not_converted(tmp_path: Path) -> None:
    """A manifest that miscounts is found out before anything is named."""
    write_snapshot(tmp_path / "a")
    task, *_ = recodings(
        tmp_path / "a",
        Snapshot.open(tmp_path / "a"),
        tmp_path / "b",
        chunk_format="parquet",
        compression="zstd",
        keeps_raw=True,
    )
    miscounted = replace(task.manifest, files=(replace(task.entry, rows=77),))

    (tmp_path / "b").mkdir()
    with pytest.raises(CorruptSnapshotError, match="expected 77 rows"):
        recode(replace(task, manifest=miscounted))


def test_file_in_the_way_of_a_folder_is_named(tmp_path: Path) -> None:
    """It is a failure of the disk, with the path."""
    entry = asset(tmp_path / "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "assets").write_text("in the way")

    with pytest.raises(DiskError, match="assets"):
        carry(Snapshot.open(tmp_path / "a"), entry, tmp_path / "a", tmp_path / "b")
