"""Facts about what is done so far."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.errors import BackupError, CorruptSnapshotError, DiskError, UsageError
from datosnap.store.journal import Journal
from tests.support.disk import FULL, failing_disk
from tests.support.snapshots import files_under

HEADER = {"snapshot": "abc", "target": "main"}


def journal_of(path: Path, *steps: int) -> None:
    """Write a journal of some steps."""
    journal = Journal.open(path, HEADER)
    for step in steps:
        journal.append({"step": step})
    journal.close()


def entries_in(path: Path, header: JsonObject = HEADER) -> list[JsonObject]:
    """Read the entries of a journal."""
    entries: list[JsonObject] = []
    Journal.open(path, header, entries.append).close()
    return entries


def steps_in(path: Path) -> list[object]:
    """Read the steps of a journal."""
    return [entry["step"] for entry in entries_in(path)]


def test_steps_are_there_when_the_run_goes_on(tmp_path: Path) -> None:
    """What was appended is read by the next run, in order, and more can follow."""
    path = tmp_path / "journal"
    journal_of(path, 1, 2)
    assert steps_in(path) == [1, 2]
    journal_of(path, 3)

    assert steps_in(path) == [1, 2, 3]
    assert files_under(tmp_path) == ["journal"]


def test_steps_survive_without_sync_or_close(tmp_path: Path) -> None:
    """A step is with the system as soon as it is appended."""
    path = tmp_path / "journal"
    journal = Journal.open(path, HEADER)
    journal.append({"step": 1})

    assert steps_in(path) == [1]
    journal.close()


def test_any_text_may_stand_in_a_step(tmp_path: Path) -> None:
    """Line ends, other scripts and nested values come back as they were."""
    path = tmp_path / "journal"
    entry = {"text": "a\nb\u2028c", "ünï": [None, True, {"x": 1}]}
    journal = Journal.open(path, HEADER)
    journal.append(entry)
    journal.close()

    assert entries_in(path) == [entry]


def test_steps_are_synced_in_batches(tmp_path: Path) -> None:
    """One fsync makes all steps so far durable; without new steps there is none."""
    journal = Journal.open(tmp_path / "journal", HEADER)
    with failing_disk(0, FULL, for_ever=False, calls=("fsync",)) as disk:
        for step in range(10):
            journal.append({"step": step})
        assert disk.calls == 0
        journal.sync()
        journal.sync()
        journal.close()
        journal.close()

    assert disk.calls == 1


def test_line_cut_anywhere_is_dropped_and_the_run_goes_on(tmp_path: Path) -> None:
    """After a crash in the middle of a line, the steps before it count, and new ones follow."""
    path = tmp_path / "journal"
    journal_of(path, 1, 2)
    whole = path.read_bytes()
    last_line = whole.splitlines(keepends=True)[-1]
    for cut in range(1, len(last_line) + 1):
        for left in (b"", bytes(cut)):  # nothing, or zeros where a disk lost power
            path.write_bytes(whole[:-cut] + left)
            assert steps_in(path) == [1]
            journal_of(path, 3)
            assert steps_in(path) == [1, 3]


def test_changed_line_end_is_found(tmp_path: Path) -> None:
    """A step that was durable is not taken for one that was cut off."""
    path = tmp_path / "journal"
    journal_of(path, 1, 2)
    whole = path.read_bytes()
    for bit in range(8):
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1 << bit]))
        with pytest.raises(CorruptSnapshotError, match="is damaged at its end"):
            Journal.open(path, HEADER)


def test_journal_of_another_run_is_refused_with_the_difference(tmp_path: Path) -> None:
    """The message tells which run the journal belongs to."""
    path = tmp_path / "journal"
    journal_of(path, 1)

    with pytest.raises(UsageError) as caught:
        Journal.open(path, {"snapshot": "abc", "target": "sandbox", "ids": "remap"})

    assert "ids None instead of 'remap', target 'main' instead of 'sandbox'" in str(caught.value)
    assert "snapshot" not in str(caught.value)
    assert steps_in(path) == [1]


def test_order_of_the_header_does_not_matter(tmp_path: Path) -> None:
    """The same run is known again however its description is put together."""
    path = tmp_path / "journal"
    journal_of(path, 1)

    assert len(entries_in(path, dict(reversed(HEADER.items())))) == 1


def test_lost_doubled_or_exchanged_lines_are_found(tmp_path: Path) -> None:
    """Each line vouches for all before it."""
    path = tmp_path / "journal"
    journal_of(path, 1, 2, 3)
    head, one, two, three = path.read_bytes().splitlines(keepends=True)
    for lines in ((head, two, three), (head, one, one, two), (head, two, one, three), (one,)):
        path.write_bytes(b"".join(lines))
        with pytest.raises(CorruptSnapshotError, match="is damaged in line"):
            Journal.open(path, HEADER)


@pytest.mark.parametrize("text", [b"", b"{}", b'{"sum":"', b"\n", b"[]\n", b"null\n", b"{}\n"])
def test_file_that_is_no_journal_is_refused(tmp_path: Path, text: bytes) -> None:
    """Another file is not taken for a journal, and is not changed."""
    path = tmp_path / "journal"
    path.write_bytes(text)

    with pytest.raises(CorruptSnapshotError, match="remove it to start over"):
        Journal.open(path, HEADER)

    assert path.read_bytes() == text


def test_full_disk_takes_the_step_back(tmp_path: Path) -> None:
    """A step that could not be written is not in the journal, and nothing follows half a line."""
    path = tmp_path / "journal"
    journal = Journal.open(path, HEADER)
    journal.append({"step": 1})
    with failing_disk(1, FULL, for_ever=False, calls=("write",)) as disk:
        with pytest.raises(DiskError, match="full"):
            journal.append({"step": 2})
        assert disk.fired

    with pytest.raises(DiskError, match="the run must end"):
        journal.append({"step": 3})
    with pytest.raises(DiskError, match="the run must end"):
        journal.sync()
    journal.close()
    assert steps_in(path) == [1]


def test_closed_journal_takes_no_step(tmp_path: Path) -> None:
    """A step after the end is a defect, and not one of the disk."""
    journal = Journal.open(tmp_path / "journal", HEADER)
    journal.close()

    with pytest.raises(BackupError, match="expected an open journal") as caught:
        journal.append({"step": 1})
    assert not isinstance(caught.value, DiskError)


def test_failed_sync_is_told_and_the_file_is_let_go(tmp_path: Path) -> None:
    """Closing a journal that cannot be made durable is a failure of the disk."""
    journal = Journal.open(tmp_path / "journal", HEADER)
    journal.append({"step": 1})
    with failing_disk(1, FULL, for_ever=False, calls=("fsync",)) as disk:
        with pytest.raises(DiskError):
            journal.close()
        assert disk.fired
        journal.close()
        assert disk.calls == 1  # the system may have dropped the lines: it is not asked again

    with pytest.raises(DiskError, match="the run must end"):
        journal.append({"step": 2})
