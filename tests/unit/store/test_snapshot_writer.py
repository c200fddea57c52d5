"""Facts about where a snapshot may go, and when it becomes one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from datosnap.errors import (
    BackupError,
    DiskError,
    NonsenseError,
    SnapshotLockedError,
    SnapshotNotFoundError,
    UsageError,
)
from datosnap.store.manifest import Manifest
from datosnap.store.snapshot import Snapshot
from datosnap.store.snapshot_writer import SnapshotWriter, ensure_free
from datosnap.store.verification import check
from tests.support.disk import READ_ONLY, ProcessEnded, ending_process, failing_disk
from tests.support.snapshots import Content, facts, files_under, write_snapshot

JOURNAL = ".datosnap-journal.ndjson"
MARKER = ".datosnap-unfinished.json"


def begin(root: Path) -> SnapshotWriter:
    """Begin a snapshot of lines."""
    return SnapshotWriter.begin(root, chunk_format="ndjson", compression="none")


def leave_remains(root: Path) -> None:
    """Leave what a killed run leaves: finished files, drafts, the mark, the lock's files."""
    with pytest.raises(ProcessEnded), ending_process(70) as disk:
        write_snapshot(root)
    assert disk.fired
    assert any(path.endswith(".draft") for path in files_under(root))


@pytest.mark.parametrize("below", [".", "new", "new/deep/er"])
def test_absent_or_empty_folder_is_taken(tmp_path: Path, below: str) -> None:
    """A new place is made with all folders above it; an empty one is used."""
    written = write_snapshot(tmp_path / below)

    assert Snapshot.open(tmp_path / below).manifest == written
    assert check(tmp_path / below).damages == ()


def test_relative_and_linked_places_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path relative to the working folder works, and so does a link to an empty folder."""
    monkeypatch.chdir(tmp_path)
    write_snapshot(Path("one/two"))
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    write_snapshot(Path("link"))

    assert check(tmp_path / "one/two").damages == ()
    assert check(tmp_path / "disk").damages == ()


def test_finished_snapshot_holds_its_layout_and_nothing_hidden(tmp_path: Path) -> None:
    """When all is done the mark and the lock are gone; every file is one the manifest names."""
    written = write_snapshot(tmp_path)

    paths = [entry.path for entry in written.files]
    assert files_under(tmp_path) == sorted([*paths, "manifest.json"])
    assert paths == sorted(paths)
    assert [path for path in paths if not path.startswith("assets/")] == [
        "history/post/00000.ndjson.zst",
        "project/site.ndjson",
        "records/post/current-00000.ndjson.zst",
        "records/post/current-00001.ndjson.zst",
        "records/post/published-00000.ndjson.zst",
        "schedules.ndjson",
        "uploads/uploads-00000.ndjson.zst",
    ]


def test_remains_of_a_killed_run_are_cleared_and_begun_again(tmp_path: Path) -> None:
    """The same command starts over; nothing of the first try is in the result."""
    leave_remains(tmp_path)
    content = Content(posts=Content().posts[:3])
    written = write_snapshot(tmp_path, content=content)

    assert files_under(tmp_path) == sorted(
        [*(entry.path for entry in written.files), "manifest.json"]
    )
    assert tuple(Snapshot.open(tmp_path).rows("current")) == content.posts


def _fail_in_the_middle(root: Path) -> None:
    with begin(root) as writer:
        writer.chunks("current", "post").write([b"{}"])
        writer.blob().write(b"half")
        writer.resources("site", [b"{\n}"])


def test_run_that_was_left_early_is_begun_again(tmp_path: Path) -> None:
    """A run that failed keeps its mark, is no snapshot, holds no lock, and can be repeated."""
    with pytest.raises(NonsenseError, match="one line"):
        _fail_in_the_middle(tmp_path)

    assert files_under(tmp_path) == [JOURNAL, MARKER]
    with pytest.raises(SnapshotNotFoundError, match="run the export again"):
        Snapshot.open(tmp_path)
    write_snapshot(tmp_path)


def test_finished_snapshot_is_not_overwritten(tmp_path: Path) -> None:
    """A place that holds a snapshot is refused, with the time it was taken."""
    write_snapshot(tmp_path)
    before = files_under(tmp_path)

    with pytest.raises(UsageError, match="already holds a snapshot, taken at '2024-05-01T02:03"):
        begin(tmp_path)

    assert files_under(tmp_path) == before
    assert check(tmp_path).damages == ()


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["b.txt", "a.txt"], "found 'a.txt', 'b.txt' in"),
        (["d", "c", "b", "a"], "found 'a', 'b', 'c' in"),
        (["manifest.json"], "found 'manifest.json' in"),
        ([".git/config"], "found '.git' in"),
        (["records/post/current-00000.parquet"], "found 'records' in"),
    ],
)
def test_folder_in_use_is_refused_untouched(tmp_path: Path, names: list[str], told: str) -> None:
    """What is not ours is named, up to three things, and stays as it is."""
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("precious")

    with pytest.raises(UsageError, match="expected an empty folder or a new one") as caught:
        begin(tmp_path)

    assert told in str(caught.value)
    assert caught.value.exit_code == 2
    assert files_under(tmp_path) == sorted(names)


@pytest.mark.parametrize("name", ["notes.txt", "records/post/mine.csv", "photos/", "link"])
def test_remains_with_something_foreign_are_refused_untouched(tmp_path: Path, name: str) -> None:
    """One thing that cannot be ours among the remains, and nothing is removed."""
    leave_remains(tmp_path)
    if name.endswith("/"):
        (tmp_path / name).mkdir()
    elif name.endswith("link"):
        (tmp_path / name).symlink_to("..")
    else:
        (tmp_path / name).write_text("precious")
    before = files_under(tmp_path)

    with pytest.raises(UsageError, match=f"found '{name}' in"):
        begin(tmp_path)

    assert files_under(tmp_path) == before


def _file(path: Path) -> Path:
    path.write_text("precious")
    return path


def _below_a_file(path: Path) -> Path:
    return _file(path) / "below" / "it"


def _dangling(path: Path) -> Path:
    path.symlink_to("nowhere")
    return path


def _below_dangling(path: Path) -> Path:
    return _dangling(path) / "below"


@pytest.mark.parametrize("in_the_way", [_file, _below_a_file, _dangling, _below_dangling])
def test_file_or_link_in_the_way_is_refused(
    tmp_path: Path, in_the_way: Callable[[Path], Path]
) -> None:
    """A place that cannot be a folder is refused before anything is made."""
    root = in_the_way(tmp_path / "x")

    for look in (ensure_free, begin):
        with pytest.raises(UsageError, match=r"expected a folder at .*x', found something else"):
            look(root)

    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_looking_touches_nothing(tmp_path: Path) -> None:
    """To ask whether a place is free makes no folder and no file."""
    ensure_free(tmp_path / "new")
    ensure_free(tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_without_permission_is_told(tmp_path: Path) -> None:
    """A folder that we may not write to ends with a word on access."""
    tmp_path.chmod(0o555)

    with pytest.raises(DiskError, match="access is denied"):
        begin(tmp_path / "new")

    tmp_path.chmod(0o755)


def test_read_only_folder_is_told(tmp_path: Path) -> None:
    """An empty folder on a read-only disk is refused with nothing changed."""
    with failing_disk(1, READ_ONLY, for_ever=True) as disk, pytest.raises(DiskError) as caught:
        begin(tmp_path)

    assert disk.fired
    assert caught.value.exit_code == 14
    assert "read-only" in str(caught.value)
    assert files_under(tmp_path) == []


def test_second_run_into_the_same_place_is_locked_out(tmp_path: Path) -> None:
    """While one run writes, another one is told and changes nothing."""
    with begin(tmp_path) as writer:
        writer.resources("site", [b"{}"])
        before = files_under(tmp_path)
        with pytest.raises(SnapshotLockedError, match="locked by process"):
            begin(tmp_path)
        assert files_under(tmp_path) == before
        writer.commit(facts())

    assert check(tmp_path).damages == ()


@pytest.mark.parametrize(
    ("chunk_format", "compression", "words"),
    [
        ("csv", "zstd", "expected a format of ndjson, parquet, found 'csv'"),
        ("ndjson", "lz4", "expected a compression of none, gzip, zstd, found 'lz4'"),
    ],
)
def test_unknown_format_is_refused_before_anything_is_made(
    tmp_path: Path, chunk_format: str, compression: str, words: str
) -> None:
    """A format that we cannot write is told with those we can."""
    with pytest.raises(UsageError, match=words):
        SnapshotWriter.begin(
            tmp_path / "new",
            chunk_format=chunk_format,  # type: ignore[arg-type] # what a command line may hold
            compression=compression,  # type: ignore[arg-type] # as above
        )

    assert list(tmp_path.iterdir()) == []


def test_commit_refuses_what_is_still_open(tmp_path: Path) -> None:
    """A snapshot is never made of half of what was begun."""
    with begin(tmp_path) as writer:
        posts = writer.chunks("current", "post")
        writer.chunks("uploads", None)
        writer.blob()
        with pytest.raises(BackupError, match="found open: current of post, uploads, 1 assets"):
            writer.commit(facts())
        posts.close()
        with pytest.raises(BackupError, match="found open: uploads, 1 assets"):
            writer.commit(facts())

    with pytest.raises(SnapshotNotFoundError):
        Snapshot.open(tmp_path)


def test_commit_refuses_a_writer_that_failed(tmp_path: Path) -> None:
    """Records that were given and could not be kept are never passed over in silence."""
    with begin(tmp_path) as writer:
        posts = writer.chunks("current", "post")
        posts.write([b"{}"])
        posts.abandon()
        with pytest.raises(BackupError, match="found open: current of post"):
            writer.commit(facts())


def test_each_part_is_written_once(tmp_path: Path) -> None:
    """The same part begun twice is a defect, and the first one stays as it is."""
    with begin(tmp_path) as writer:
        writer.resources("site", [b"1"])
        writer.chunks("current", "post").close()
        with pytest.raises(BackupError, match=r"expected project/site\.ndjson once"):
            writer.resources("site", [b"2"])
        with pytest.raises(BackupError, match="expected current of post once"):
            writer.chunks("current", "post")
        writer.commit(facts())

    assert Snapshot.open(tmp_path).resources("site") == [b"1"]


def test_ended_snapshot_takes_no_more(tmp_path: Path) -> None:
    """After the commit, or after the context, nothing can be added."""
    with begin(tmp_path / "a") as committed:
        committed.commit(facts())
        with pytest.raises(BackupError, match="found one that has ended"):
            committed.commit(facts())
    with begin(tmp_path / "b") as left:
        pass
    uses: tuple[Callable[[SnapshotWriter], object], ...] = (
        lambda one: one.resources("site", []),
        lambda one: one.schedules([]),
        lambda one: one.chunks("current", "post"),
        SnapshotWriter.blob,
        lambda one: one.commit(facts()),
    )
    for writer in (committed, left):
        for use in uses:
            with pytest.raises(BackupError, match="found one that has ended"):
                use(writer)


def test_lines_come_from_any_source_in_order(tmp_path: Path) -> None:
    """Settings may be many and may be made on the way; none at all is a file as well."""
    lines = [b"%d" % number for number in range(1234)]

    def source() -> Iterator[bytes]:
        yield from lines

    with begin(tmp_path) as writer:
        assert writer.resources("fields", source()).rows == 1234
        assert writer.resources("plugins", []).bytes == 0
        written = writer.commit(facts())

    snapshot = Snapshot.open(tmp_path)
    assert snapshot.resources("fields") == lines
    assert snapshot.resources("plugins") == []
    assert [entry.path for entry in written.files] == [
        "project/fields.ndjson",
        "project/plugins.ndjson",
    ]


def test_failing_source_leaves_no_file(tmp_path: Path) -> None:
    """When the lines end in a failure, there is no file of the first ones."""

    def source() -> Iterator[bytes]:
        yield from [b"{}"] * 1000
        raise NonsenseError("the API broke off")

    with begin(tmp_path) as writer:
        with pytest.raises(NonsenseError, match="broke off"):
            writer.resources("fields", source())
        assert [path for path in files_under(tmp_path) if "project" in path] == []


def test_manifest_is_returned_as_it_is_on_the_disk(tmp_path: Path) -> None:
    """The report of a run says what a later reader will find."""
    with begin(tmp_path) as writer:
        manifest = writer.commit(facts())

    assert isinstance(manifest, Manifest)
    assert Snapshot.open(tmp_path).manifest == manifest
