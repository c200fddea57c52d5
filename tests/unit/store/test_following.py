"""Lists become chunks while they grow: one of each work file, whoever makes it."""

from __future__ import annotations

import os
import signal
from concurrent.futures import Executor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from datosnap.errors import CorruptSnapshotError
from datosnap.store.chunk_making import ChunkMaker
from datosnap.store.chunks import RecordFormat
from datosnap.store.following import Following
from datosnap.store.formats import format_named, format_of
from datosnap.store.intake import Intake, Mark
from datosnap.store.names import ChunkFormat, Compression
from datosnap.store.place import LocalPlace
from datosnap.store.publishing import Published, Publisher
from datosnap.store.run_journal import ListKey
from tests.support.beside import Beside
from tests.support.snapshots import FORMATS, files_under, record

ROWS = [record(number) for number in range(30)]
POST: ListKey = ("current", "post")
PARQUET = format_named("parquet", "zstd")


def publisher(root: Path, of: RecordFormat = PARQUET) -> Publisher:
    """Publish into a folder."""
    return Publisher(LocalPlace(root), of, 2_000)


def intake(root: Path, key: ListKey = POST, mark: Mark | None = None) -> Intake:
    """Open the small work files of a list."""
    name = f"{key[0]}-{key[1]}"
    return Intake(root / ".datosnap-work", name, mark or Mark(), segment_max_bytes=2_000)


def grow(following: Following, kept: Intake, rows: list[bytes], key: ListKey = POST) -> None:
    """Add rows as a run does, a few at a time."""
    for start in range(0, len(rows), 4):
        kept.add(rows[start : start + 4])
        following.look(key, kept)


def published(
    root: Path, of: RecordFormat, rows: list[bytes], beside: Executor | None = None
) -> Published:
    """Make the chunks of one list that grows."""
    root.mkdir()
    following = Following(publisher(root, of), ChunkMaker(beside))
    with closing(intake(root)) as kept:
        grow(following, kept, rows)
        return following.publish(POST, kept)


def rows_of(root: Path, done: Published) -> list[bytes]:
    """Read chunks back."""
    rows: list[bytes] = []
    for entry in done.entries:
        with (root / entry.path).open("rb") as file:
            found = list(format_of(entry.path).rows(file))
        assert len(found) == entry.rows
        rows += found
    return rows


def chunks(root: Path) -> list[str]:
    """Name the files that are no work files, drafts too."""
    return [one for one in files_under(root) if "work" not in one]


@pytest.mark.parametrize(("chunk_format", "compression"), FORMATS)
def test_each_work_file_is_a_chunk(
    tmp_path: Path, chunk_format: ChunkFormat, compression: Compression
) -> None:
    """All rows are there in order, a chunk for each work file, numbered as those are."""
    of = format_named(chunk_format, compression)
    done = published(tmp_path / "out", of, ROWS)

    assert rows_of(tmp_path / "out", done) == ROWS
    work = [one for one in files_under(tmp_path / "out") if "work" in one]
    assert len(work) > 2
    assert [entry.path for entry in done.entries] == [
        f"records/post/current-{number:05d}.{of.extension}" for number in range(len(work))
    ]
    assert set(chunks(tmp_path / "out")) == {entry.path for entry in done.entries}


@pytest.mark.parametrize(("chunk_format", "compression"), FORMATS)
def test_a_list_of_no_rows_has_no_chunk(
    tmp_path: Path, chunk_format: ChunkFormat, compression: Compression
) -> None:
    """Its work file is empty, and nothing is published of it."""
    of = format_named(chunk_format, compression)

    assert published(tmp_path / "out", of, []) == Published(())
    assert chunks(tmp_path / "out") == []


def test_a_list_of_one_work_file_is_made_here(tmp_path: Path, beside: Beside) -> None:
    """A project whose lists are small starts no process."""
    done = published(tmp_path / "out", PARQUET, ROWS[:4], beside)

    assert rows_of(tmp_path / "out", done) == ROWS[:4]
    assert beside.tasks == []


def test_chunks_are_made_while_the_list_grows(tmp_path: Path, beside: Beside) -> None:
    """A work file that is full goes to the process at once, and nothing of it is made again."""
    following = Following(publisher(tmp_path), ChunkMaker(beside))
    with closing(intake(tmp_path)) as kept:
        grow(following, kept, ROWS)
        full = [file.path for file in kept.files[:-1]]
        for _ in full:
            assert beside.next_done().exception() is None
        assert len(chunks(tmp_path)) == len(full) > 1
        for path in full:
            path.unlink()

        done = following.publish(POST, kept)

    assert rows_of(tmp_path, done) == ROWS
    assert len(beside.tasks) == len(full)
    assert done == published(tmp_path / "alone", PARQUET, ROWS)


def test_what_an_earlier_run_left_becomes_chunks(tmp_path: Path, beside: Beside) -> None:
    """At a mark with several full work files, all of them are taken at the first look."""
    with closing(intake(tmp_path)) as kept:
        grow(
            Following(publisher(tmp_path, format_named("ndjson", "zstd")), ChunkMaker()),
            kept,
            ROWS[:20],
        )
        mark = kept.sync(20)
    assert len(mark.rows) > 2

    following = Following(publisher(tmp_path), ChunkMaker(beside))
    with closing(intake(tmp_path, mark=mark)) as kept:
        following.look(POST, kept)
        for _ in mark.rows[1:]:
            assert beside.next_done().exception() is None
        assert len(chunks(tmp_path)) == len(mark.rows) - 1
        grow(following, kept, ROWS[20:])
        done = following.publish(POST, kept)

    assert rows_of(tmp_path, done) == ROWS
    assert done == published(tmp_path / "alone", PARQUET, ROWS)


def test_several_lists_grow_at_once(tmp_path: Path, beside: Beside) -> None:
    """Each has its own chunks, in its own order, whichever is whole first."""
    keys: list[ListKey] = [("current", "post"), ("history", "post"), ("current", "talk")]
    following = Following(publisher(tmp_path), ChunkMaker(beside))
    with ExitStack() as stack:
        kept = {key: stack.enter_context(closing(intake(tmp_path, key))) for key in keys}
        for start in range(0, len(ROWS), 6):
            for number, key in enumerate(keys):
                rows = ROWS[: 30 - 6 * number][start : start + 6]
                grow(following, kept[key], rows, key)
        done = {key: following.publish(key, kept[key]) for key in reversed(keys)}

    assert [rows_of(tmp_path, done[key]) for key in keys] == [ROWS, ROWS[:24], ROWS[:18]]
    named = [entry.path for one in done.values() for entry in one.entries]
    assert sorted(named) == chunks(tmp_path)


def test_what_is_copied_is_not_followed(tmp_path: Path, beside: Beside) -> None:
    """Work files are the chunks already: nothing is written beside them, by nobody."""
    following = Following(publisher(tmp_path, format_named("ndjson", "zstd")), ChunkMaker(beside))
    with closing(intake(tmp_path)) as kept:
        grow(following, kept, ROWS)
        assert chunks(tmp_path) == []

        assert rows_of(tmp_path, following.publish(POST, kept)) == ROWS
    assert beside.tasks == []


def test_a_list_left_in_the_middle_leaves_no_draft(tmp_path: Path, mortal: Beside) -> None:
    """What was followed and never published is gone but for whole chunks, which nobody names."""
    following = Following(publisher(tmp_path), ChunkMaker(mortal))
    with closing(intake(tmp_path)) as kept:
        grow(following, kept, ROWS)
        following.abandon()
        following.abandon()
        mortal.shutdown()
        following.abandon()

    assert mortal.tasks
    assert [one for one in chunks(tmp_path) if one.endswith(".draft")] == []


def test_a_list_outlives_the_process(tmp_path: Path, mortal: Beside) -> None:
    """Killed between two work files it leaves its chunks behind, and the rest is made here."""
    following = Following(publisher(tmp_path), ChunkMaker(mortal))
    with closing(intake(tmp_path)) as kept:
        grow(following, kept, ROWS[:12])
        assert mortal.next_done().exception() is None
        os.kill(mortal.submit(os.getpid).result(), signal.SIGKILL)
        grow(following, kept, ROWS[12:])
        done = following.publish(POST, kept)

    assert set(chunks(tmp_path)) == {entry.path for entry in done.entries}
    assert done == published(tmp_path / "alone", PARQUET, ROWS)


@pytest.mark.parametrize("has_process", [True, False])
@pytest.mark.parametrize("damage", ["cut", "a row less"])
def test_a_damaged_work_file_is_told(
    tmp_path: Path, beside: Beside, damage: str, *, has_process: bool
) -> None:
    """A file that lost its end, or a row, makes no chunk that is named, and leaves no draft."""
    with closing(intake(tmp_path)) as kept:
        for start in range(0, len(ROWS), 4):
            kept.add(ROWS[start : start + 4])
        damaged = kept.files[1]
        if damage == "cut":
            damaged.path.write_bytes(damaged.path.read_bytes()[:-3])
            told = "cannot decompress: .*; start over with --restart"
        else:
            with closing(intake(tmp_path, ("current", "other"))) as other:
                other.add(ROWS[: damaged.rows - 1])
                damaged.path.write_bytes(other.files[0].path.read_bytes())
            told = f"expected {damaged.rows} rows, found {damaged.rows - 1}; start over with"
        following = Following(publisher(tmp_path), ChunkMaker(beside if has_process else None))

        with pytest.raises(CorruptSnapshotError, match=told):
            following.publish(POST, kept)
        following.abandon()

    assert [one for one in files_under(tmp_path) if one.endswith(".draft")] == []


@pytest.mark.parametrize("has_process", [True, False])
def test_publishing_that_was_given_up_is_done_when_asked_again(
    tmp_path: Path, beside: Beside, *, has_process: bool
) -> None:
    """What a stop left behind is whole chunks and nothing under way; no chunk is missing then."""
    heard: list[bool] = []

    def heed() -> None:
        heard.append(True)
        if len(heard) == 2:
            raise KeyboardInterrupt

    (tmp_path / "out").mkdir()
    maker = ChunkMaker(beside if has_process else None, heed)
    following = Following(publisher(tmp_path / "out"), maker)
    with closing(intake(tmp_path / "out")) as kept:
        for start in range(0, len(ROWS), 4):
            kept.add(ROWS[start : start + 4])
        assert len(kept.files) > 3
        with pytest.raises(KeyboardInterrupt):
            following.publish(POST, kept)
        assert len(heard) == 2

        done = following.publish(POST, kept)
        following.abandon()

    assert done == published(tmp_path / "alone", PARQUET, ROWS)
    assert not list(tmp_path.rglob("*.draft"))
