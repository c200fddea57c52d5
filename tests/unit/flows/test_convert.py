"""Facts about converting snapshots: the same records, whole or absent, gone on with."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from datosnap.errors import CorruptSnapshotError, SnapshotNotFoundError, UsageError
from datosnap.flows.convert import ConvertOptions, convert
from datosnap.flows.progress import Silent
from datosnap.store.locations import Where
from datosnap.store.manifest import Misfit, encode
from datosnap.store.names import MANIFEST, ChunkFormat, ChunkKind
from datosnap.store.snapshot import Snapshot
from datosnap.store.verification import check
from tests.support.object_stores import MemoryStore
from tests.support.snapshots import ASSETS, Content, files_under, flip, record, write_snapshot
from tests.support.tabled import Model, write_tabled

_KINDS: tuple[ChunkKind, ...] = ("current", "published", "history", "uploads")
_NDJSON, _PARQUET = ConvertOptions("ndjson"), ConvertOptions("parquet")


class Stopping(Silent):
    """Progress that stops the flow after so many bytes were told of."""

    def __init__(self, after: int) -> None:
        self._left = after

    def advance(self, done: int = 1) -> None:
        """Count; when it is enough, stop."""
        self._left -= done
        if self._left <= 0:
            raise KeyboardInterrupt


class Killing(Silent):
    """Progress that kills a worker when the first chunk is done."""

    def __init__(self) -> None:
        self.killed: list[int | None] = []

    def advance(self, done: int = 1) -> None:
        """Kill, once."""
        if done and not self.killed:
            worker, *_ = multiprocessing.active_children()
            worker.kill()
            self.killed.append(worker.pid)


class Counting(Silent):
    """Progress that remembers each step."""

    def __init__(self) -> None:
        self.steps: list[int] = []

    def advance(self, done: int = 1) -> None:
        """Remember a step that is one."""
        if done:
            self.steps.append(done)


def rows(where: Where) -> dict[str, list[bytes]]:
    """Give all records of a snapshot, by kind."""
    snapshot = Snapshot.open(where)
    return {kind: list(snapshot.rows(kind)) for kind in _KINDS}


def others(root: Path) -> dict[str, bytes]:
    """Give the bytes of all files that are the same in every format."""
    return {
        path: (root / path).read_bytes()
        for path in files_under(root)
        if path.startswith(("project/", "assets/", "schedules"))
    }


def chunk_files(root: Path) -> list[str]:
    """List the chunks that lie in a folder, whether a manifest names them or not."""
    return [path for path in files_under(root) if path.endswith(".parquet")]


@pytest.mark.parametrize("middle", ["ndjson", "parquet"])
def test_there_and_back_gives_the_same_bytes(tmp_path: Path, middle: ChunkFormat) -> None:
    """Lines are the same to the byte, and so is every file that has no format of its own."""
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    before = write_snapshot(first, "ndjson", "none")
    convert(first, second, ConvertOptions(middle), Silent())
    convert(second, third, ConvertOptions("ndjson", "none"), Silent())

    assert rows(first) == rows(second) == rows(third)
    assert others(first) == others(second) == others(third)
    assert Snapshot.open(third).manifest.files == before.files
    assert check(second).damages == check(third).damages == ()


def test_manifest_keeps_its_facts_and_tells_what_it_was(tmp_path: Path) -> None:
    """How the export went stays, and one option more names format and hash of the origin."""
    before = write_snapshot(tmp_path / "a", "ndjson", "gzip")
    done = convert(tmp_path / "a", tmp_path / "b", _PARQUET, Silent())

    told = dict(done.manifest.facts.options)
    assert str(told.pop("converted_from")).startswith("ndjson gzip, ")
    assert replace(done.manifest.facts, options=told) == before.facts
    assert (done.manifest.chunk_format, done.manifest.compression) == ("parquet", "zstd")
    assert done.chunks == 5


def test_assets_become_second_names_of_the_same_files(tmp_path: Path) -> None:
    """On one disk their bytes take no second room."""
    write_snapshot(tmp_path / "a")
    convert(tmp_path / "a", tmp_path / "b", _PARQUET, Silent())

    assets = [path for path in files_under(tmp_path / "a") if path.startswith("assets/")]
    assert len(assets) == len(ASSETS)
    for path in assets:
        assert (tmp_path / "a" / path).samefile(tmp_path / "b" / path)


def test_conversion_goes_to_an_object_store_and_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can be linked it is copied, and nothing is lost."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    there = MemoryStore().place()
    write_snapshot(tmp_path / "a")
    convert(tmp_path / "a", there, _PARQUET, Silent())
    convert(there, tmp_path / "b", _NDJSON, Silent())

    assert rows(tmp_path / "a") == rows(there) == rows(tmp_path / "b")
    assert others(tmp_path / "a") == others(tmp_path / "b")


@pytest.mark.parametrize("share", [0.01, 0.2, 0.6, 0.99])
def test_conversion_that_was_cut_off_goes_on(tmp_path: Path, share: float) -> None:
    """What is done is not done again, and until the end there is no snapshot."""
    source, target = tmp_path / "a", tmp_path / "b"
    size = sum(entry.bytes for entry in write_snapshot(source).files)
    with pytest.raises(KeyboardInterrupt):
        convert(source, target, _PARQUET, Stopping(int(size * share)))
    with pytest.raises(SnapshotNotFoundError):
        Snapshot.open(target)
    kept = {path: (target / path).stat().st_mtime_ns for path in chunk_files(target)}

    convert(source, target, _PARQUET, Silent())

    assert rows(source) == rows(target)
    assert check(target).damages == ()
    assert any((target / path).stat().st_mtime_ns == written for path, written in kept.items())


def test_remains_of_another_conversion_are_refused_unless_thrown_away(tmp_path: Path) -> None:
    """Options that changed do not mix two formats in one folder."""
    write_snapshot(tmp_path / "a")
    with pytest.raises(KeyboardInterrupt):
        convert(tmp_path / "a", tmp_path / "b", _PARQUET, Stopping(1))

    with pytest.raises(UsageError, match="--restart"):
        convert(tmp_path / "a", tmp_path / "b", _NDJSON, Silent())
    convert(tmp_path / "a", tmp_path / "b", replace(_NDJSON, restart=True), Silent())

    assert check(tmp_path / "b").damages == ()


@pytest.mark.parametrize("part", ["records/", "history/", "assets/", "project/"])
def test_damaged_file_ends_the_conversion_without_a_snapshot(tmp_path: Path, part: str) -> None:
    """One changed bit in whatever file is named, and nothing is published."""
    write_snapshot(tmp_path / "a")
    path = next(one for one in files_under(tmp_path / "a") if one.startswith(part))
    file = tmp_path / "a" / path
    file.write_bytes(flip(file.read_bytes() or b"\0", 5))

    with pytest.raises(CorruptSnapshotError, match=path):
        convert(tmp_path / "a", tmp_path / "b", _PARQUET, Silent())
    assert not (tmp_path / "b" / "manifest.json").exists()


def test_chunk_with_fewer_rows_than_the_manifest_tells_is_named(tmp_path: Path) -> None:
    """Its bytes are as they were written; what was written was told wrongly."""
    write_snapshot(tmp_path / "a")
    manifest = Snapshot.open(tmp_path / "a").manifest
    chunk = next(one for one in manifest.files if one.kind == "current")
    told = replace(chunk, rows=(chunk.rows or 0) + 1)
    files = tuple(told if one == chunk else one for one in manifest.files)
    (tmp_path / "a" / MANIFEST).write_bytes(encode(replace(manifest, files=files)))

    with pytest.raises(CorruptSnapshotError) as caught:
        convert(tmp_path / "a", tmp_path / "b", _PARQUET, Silent())

    assert f"expected {told.rows} rows in {chunk.path}, found {chunk.rows}" in str(caught.value)
    assert not (tmp_path / "b" / MANIFEST).exists()


def test_misfits_are_counted_however_often_it_was_cut_off(tmp_path: Path) -> None:
    """A value that has no place in its column is told by model and column."""
    fields = {"price": "integer"}
    write_tabled(tmp_path / "a", {"post": Model(fields, ({"price": "much"},))}, "ndjson")
    with pytest.raises(KeyboardInterrupt):
        convert(tmp_path / "a", tmp_path / "b", _PARQUET, Stopping(1))
    done = convert(tmp_path / "a", tmp_path / "b", _PARQUET, Silent())

    assert done.manifest.misfits == (Misfit("post", "price", 1),)


def test_records_may_be_left_out_and_are_gone_then(tmp_path: Path) -> None:
    """Typed columns alone are smaller, say what they are, and are no source of records."""
    write_snapshot(tmp_path / "a")
    slim = convert(tmp_path / "a", tmp_path / "b", replace(_PARQUET, keeps_raw=False), Silent())

    assert slim.manifest.keeps_raw is False
    assert check(tmp_path / "b").damages == ()
    with pytest.raises(UsageError, match="--no-raw"):
        convert(tmp_path / "b", tmp_path / "c", _NDJSON, Silent())
    assert not (tmp_path / "c").exists()


def test_worker_that_was_killed_is_told_and_what_is_done_is_kept(tmp_path: Path) -> None:
    """The system may take one for its memory; the same command goes on then."""
    write_snapshot(tmp_path / "a", content=Content(posts=tuple(map(record, range(300)))))
    progress = Killing()
    with pytest.raises(UsageError, match="fewer --workers"):
        convert(tmp_path / "a", tmp_path / "b", replace(_PARQUET, workers=2), progress)
    assert progress.killed
    kept = len(chunk_files(tmp_path / "b"))

    convert(tmp_path / "a", tmp_path / "b", _PARQUET, Silent())
    assert kept > 0
    assert rows(tmp_path / "a") == rows(tmp_path / "b")


def test_destination_inside_the_source_is_refused(tmp_path: Path) -> None:
    """A snapshot does not get files that its manifest does not name."""
    write_snapshot(tmp_path / "a")

    with pytest.raises(UsageError, match="outside of"):
        convert(tmp_path / "a", tmp_path / "a" / "b", _PARQUET, Silent())
    assert check(tmp_path / "a").damages == ()


def test_destination_inside_the_source_is_refused_under_another_name(tmp_path: Path) -> None:
    """A link into the source leads to the same files."""
    write_snapshot(tmp_path / "a")
    (tmp_path / "link").symlink_to(tmp_path / "a")

    with pytest.raises(UsageError, match="outside of"):
        convert(tmp_path / "link", tmp_path / "a" / "b", _PARQUET, Silent())
    with pytest.raises(UsageError, match="outside of"):
        convert(tmp_path / "a", tmp_path / "link" / "b", _PARQUET, Silent())


def test_destination_below_the_sources_address_is_refused() -> None:
    """In an object store a prefix has no walls; one that only begins alike is another place."""
    store = MemoryStore()
    write_snapshot(store.place("a"))

    with pytest.raises(UsageError, match="outside of"):
        convert(store.place("a"), store.place("a/b"), _PARQUET, Silent())
    convert(store.place("a"), store.place("ab"), replace(_PARQUET, workers=1), Silent())
    assert check(store.place("a")).damages == ()


def test_progress_tells_of_every_byte_once(tmp_path: Path) -> None:
    """The steps add up to what the manifest names."""
    manifest = write_snapshot(tmp_path / "a")
    progress = Counting()
    convert(tmp_path / "a", tmp_path / "b", _PARQUET, progress)

    assert sum(progress.steps) == sum(entry.bytes for entry in manifest.files)
