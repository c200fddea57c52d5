"""What an export's journal says was done, and that several threads may write it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from datosnap.errors import UsageError
from datosnap.store.intake import Mark
from datosnap.store.manifest import FileEntry
from datosnap.store.run_journal import Done, RunJournal
from tests.support.disk import failing_disk

HEADER = {"identity": {"project": "1"}}
MARK = Mark((3, 2), 120, 400, 7)


def entry(path: str) -> FileEntry:
    """Make an entry."""
    return FileEntry(path, "current", "post", 2, 10, "0" * 64)


def done(path: Path) -> Done:
    """Read what a journal says was done."""
    journal = RunJournal(path, HEADER)
    journal.close()
    return journal.done


def test_everything_noted_is_known_to_the_next_run(tmp_path: Path) -> None:
    """Notes, marks, chunks, files and assets come back as they were."""
    path = tmp_path / "journal"
    journal = RunJournal(path, HEADER)
    journal.note("calls", 7)
    journal.mark(("current", "post"), MARK)
    journal.published(
        ("uploads", None), [entry("uploads/uploads-00000.ndjson")], {(None, "size"): 2}
    )
    journal.file(entry("project/site.ndjson"), {("post", "price"): 3})
    journal.asset("ab" * 16, entry("assets/ab/" + "ab" * 16))
    journal.close()

    assert done(path) == journal.done
    assert journal.done == Done(
        {"calls": 7},
        {("current", "post"): MARK},
        {("uploads", None): (entry("uploads/uploads-00000.ndjson"),)},
        {("uploads", None): {(None, "size"): 2}},
        {"project/site.ndjson": entry("project/site.ndjson")},
        {"ab" * 16: entry("assets/ab/" + "ab" * 16)},
        {"project/site.ndjson": {("post", "price"): 3}},
    )


def test_the_last_word_stands(tmp_path: Path) -> None:
    """A later note, mark or list of chunks takes the place of an earlier one."""
    path = tmp_path / "journal"
    journal = RunJournal(path, HEADER)
    for number in (1, 2):
        journal.note("calls", number)
        journal.mark(("history", "post"), Mark((number,), number, number, number))
        journal.published(
            ("current", "post"), [entry(f"records/post/current-0000{number}.parquet")], {}
        )
    journal.close()

    known = done(path)
    assert known.notes == {"calls": 2}
    assert known.marks["history", "post"].at == 2
    assert [one.path for one in known.published["current", "post"]] == [
        "records/post/current-00002.parquet"
    ]


def test_threads_may_add_lines_at_the_same_time(tmp_path: Path) -> None:
    """Eight threads, 1,600 lines: the journal is whole and has every one of them."""
    path = tmp_path / "journal"
    journal = RunJournal(path, HEADER)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: journal.note(str(number), number), range(1600)))
    journal.close()

    assert done(path).notes == {str(number): number for number in range(1600)}


def test_sync_makes_lines_durable(tmp_path: Path) -> None:
    """After `sync` nothing of the journal is only with the system."""
    journal = RunJournal(tmp_path / "journal", HEADER)
    with failing_disk(0, 0, for_ever=False) as disk:
        journal.note("a", 1)
        before = disk.calls
        journal.sync()
        assert disk.calls == before + 1
        journal.sync()
        assert disk.calls == before + 1
    journal.close()


def test_the_journal_of_another_export_is_refused(tmp_path: Path) -> None:
    """What differs is named."""
    RunJournal(tmp_path / "journal", HEADER).close()

    with pytest.raises(UsageError, match="identity"):
        RunJournal(tmp_path / "journal", {"identity": {"project": "2"}})
