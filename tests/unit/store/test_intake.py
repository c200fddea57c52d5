"""Rows as they arrive: durable up to a mark, and gone on with from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.errors import CorruptSnapshotError, DiskError, NonsenseError
from datosnap.store.intake import Intake, Mark
from tests.support.disk import FAILING, FULL, failing_disk
from tests.support.snapshots import files_under, record

ROWS = [record(number) for number in range(40)]


def intake(folder: Path, mark: Mark | None = None, *, segment_max_bytes: int = 1_000) -> Intake:
    """Open an intake of small files."""
    return Intake(
        folder / "work", "current-post", mark or Mark(), segment_max_bytes=segment_max_bytes
    )


def trickle(kept: Intake, rows: list[bytes]) -> None:
    """Add rows one by one, each durable before the next."""
    for number, one in enumerate(rows):
        kept.add([one])
        kept.sync(number)


def fill(kept: Intake, rows: list[bytes]) -> None:
    """Add rows, three at a time."""
    for start in range(0, len(rows), 3):
        kept.add(rows[start : start + 3])


def test_rows_come_back_in_order_from_several_files(tmp_path: Path) -> None:
    """Forty rows over a few files are read back as they came."""
    kept = intake(tmp_path)
    fill(kept, ROWS)

    mark = kept.sync(40)

    assert list(kept.read()) == ROWS
    by_file = [list(one.read()) for one in kept.files]
    assert kept.rows == 40
    assert [row for rows in by_file for row in rows] == ROWS
    assert len(by_file) > 2
    assert tuple(map(len, by_file)) == tuple(one.rows for one in kept.files) == mark.rows
    assert kept.mark == mark
    assert mark.at == 40
    kept.close()


@pytest.mark.parametrize("first", [0, 1, 12, 39])
def test_what_came_after_the_mark_is_forgotten(tmp_path: Path, first: int) -> None:
    """An intake opened at a mark has the rows until then, and takes others behind them."""
    kept = intake(tmp_path)
    fill(kept, ROWS[:first])
    mark = kept.sync(first)
    fill(kept, ROWS[:20])
    kept.close()

    again = intake(tmp_path, mark)
    assert list(again.read()) == ROWS[:first]
    fill(again, ROWS[first:])
    assert again.sync(40).at == 40
    assert list(again.read()) == ROWS
    again.close()


def test_a_work_file_that_another_follows_stays_as_it_is(tmp_path: Path) -> None:
    """Whoever reads a full one elsewhere needs neither the end of the list nor a mark."""
    kept = intake(tmp_path)
    fill(kept, ROWS[:20])
    full = kept.files[:-1]
    assert full
    before = [list(one.read()) for one in full]

    fill(kept, ROWS[20:])

    assert kept.files[: len(full)] == full
    assert [list(one.read()) for one in full] == before
    kept.close()


def test_nothing_is_added_by_an_empty_batch(tmp_path: Path) -> None:
    """No rows, no bytes."""
    kept = intake(tmp_path)
    kept.add([])
    assert kept.sync(0) == Mark()
    kept.close()


def test_a_row_that_could_not_be_read_back_is_refused(tmp_path: Path) -> None:
    """A line break within a row would make two of it; nothing of its batch is added."""
    kept = intake(tmp_path)
    with pytest.raises(NonsenseError):
        kept.add([ROWS[0], b'{"a":\n1}'])
    assert kept.rows == 0
    kept.close()


@pytest.mark.parametrize("error", [FULL, FAILING])
@pytest.mark.parametrize("call", ["open", "write", "fsync"])
def test_a_disk_that_refuses_is_told(tmp_path: Path, call: str, error: int) -> None:
    """Each call that fails is a failure of the disk; what was marked before stays."""
    kept = intake(tmp_path)
    fill(kept, ROWS[:3])
    mark = kept.sync(3)
    with failing_disk(1, error, for_ever=True, calls=(call,)) as disk:
        with pytest.raises(DiskError):
            trickle(kept, ROWS[3:])
        assert disk.fired
    kept.close()

    again = intake(tmp_path, mark)
    assert list(again.read()) == ROWS[:3]
    again.close()


def test_removed_files_are_gone(tmp_path: Path) -> None:
    """Nothing is left in the folder of the work files."""
    kept = intake(tmp_path)
    fill(kept, ROWS)
    kept.remove()
    kept.close()

    assert files_under(tmp_path) == []


@pytest.mark.parametrize("cut", ["missing", "short"])
def test_rows_that_a_mark_claims_and_that_are_gone_are_missed(tmp_path: Path, cut: str) -> None:
    """A work file that is gone or too short is not filled up with nothing."""
    kept = intake(tmp_path, segment_max_bytes=10**6)
    fill(kept, ROWS[:6])
    mark = kept.sync(6)
    kept.close()
    (file,) = (tmp_path / "work").iterdir()
    if cut == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1])

    with pytest.raises(CorruptSnapshotError, match="start over with --restart"):
        intake(tmp_path, mark, segment_max_bytes=10**6)


def test_a_changed_work_file_is_noticed(tmp_path: Path) -> None:
    """What is no zstd any more is not read as rows."""
    kept = intake(tmp_path, segment_max_bytes=10**6)
    fill(kept, ROWS)
    kept.sync(40)
    (file,) = (tmp_path / "work").iterdir()
    file.write_bytes(b"\0" * file.stat().st_size)

    with pytest.raises(CorruptSnapshotError, match=f"{file.name}' was changed: .*--restart"):
        list(kept.read())
    kept.close()


def test_a_missing_work_file_is_a_failure_of_the_disk(tmp_path: Path) -> None:
    """A file that is gone while the run lasts cannot be read."""
    kept = intake(tmp_path)
    (file,) = (tmp_path / "work").iterdir()
    file.unlink()

    with pytest.raises(DiskError):
        list(kept.read())
    kept.close()
