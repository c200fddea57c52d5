"""Facts about row groups that are written in a second thread."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datosnap.errors import DiskError
from datosnap.store.row_groups import RowGroups
from datosnap.store.second_thread import SecondThread

_SCHEMA = pa.schema([("n", pa.int64())])
_PATIENCE_S = 10


class WatchedSink:
    """A sink that notes which thread wrote, and does something first."""

    def __init__(self, first: Callable[[], None] = lambda: None) -> None:
        self.data = b""
        self.threads: list[str] = []
        self._first = first

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self.threads.append(threading.current_thread().name)
        self._first()
        self.data += data


def batch(*numbers: int) -> pa.RecordBatch:
    """Make rows."""
    return pa.record_batch([pa.array(numbers, pa.int64())], schema=_SCHEMA)


def values(data: bytes) -> list[list[object]]:
    """Read a file's row groups."""
    file = pq.ParquetFile(io.BytesIO(data))
    return [file.read_row_group(n)["n"].to_pylist() for n in range(file.num_row_groups)]


def test_row_groups_are_written_beside_the_caller_and_in_order() -> None:
    """While one is on its way to the disk, the rows of the next can be made."""
    sink = WatchedSink()
    groups = RowGroups(sink, _SCHEMA, "zstd")
    for number in range(3):
        groups.add(batch(number, number))
        groups.flush()
    groups.add(batch(7))
    groups.finish()

    assert values(sink.data) == [[0, 0], [1, 1], [2, 2], [7]]
    assert groups.rows == 7
    assert {one.startswith("datosnap-second") for one in sink.threads[:3]} == {True}


def test_little_is_written_without_a_thread() -> None:
    """Most models are small, and need none."""
    sink = WatchedSink()
    groups = RowGroups(sink, _SCHEMA, "zstd")
    groups.add(batch(1))
    groups.finish()

    assert set(sink.threads) == {threading.current_thread().name}
    assert values(sink.data) == [[1]]


def test_files_that_share_a_thread_equal_those_that_do_not() -> None:
    """Who writes changes no byte."""
    thread = SecondThread()
    shared, alone = [WatchedSink(), WatchedSink()], [WatchedSink(), WatchedSink()]
    for sinks, own in ((shared, thread), (alone, None)):
        files = [RowGroups(sink, _SCHEMA, "zstd", own) for sink in sinks]
        for number in range(20):
            files[number % 2].add(batch(number))
            files[number % 2].flush()
        for one in files:
            one.finish()

    assert [one.data for one in shared] == [one.data for one in alone]


def test_bytes_are_in_the_sink_when_their_group_is_written() -> None:
    """What is told as written does not wait in memory for the end of the file."""
    sink, thread = WatchedSink(), SecondThread()
    groups = RowGroups(sink, _SCHEMA, "none", thread)
    groups.add(batch(*range(1000)))
    groups.flush()
    thread.settle()
    assert len(sink.data) > 8_000
    groups.finish()


@pytest.mark.parametrize("again", ["flush", "finish"])
def test_failing_sink_is_told_as_it_is(again: str) -> None:
    """The disk's own failure comes back from the thread, and nothing is written after it."""

    def fail() -> None:
        raise DiskError("expected room, found none")

    sink = WatchedSink(fail)
    groups = RowGroups(sink, _SCHEMA, "zstd")
    groups.add(batch(1))
    groups.flush()
    groups.add(batch(2))
    with pytest.raises(DiskError, match="expected room"):
        getattr(groups, again)()
    tries = len(sink.threads)
    groups.abandon()
    del groups

    assert len(sink.threads) == tries == 1


class ReleasingThread(SecondThread):
    """A second thread whose work may go on from when its end is wanted."""

    def __init__(self, may_go_on: threading.Event) -> None:
        super().__init__()
        self._may_go_on = may_go_on

    def end(self) -> None:
        """Let the work go on, and wait for it."""
        self._may_go_on.set()
        super().end()


def test_abandoned_write_ends_and_goes_nowhere() -> None:
    """What was under way is over when the file is given up, and no later byte arrives."""
    entered, may_go_on = threading.Event(), threading.Event()

    def wait() -> None:
        entered.set()
        assert may_go_on.wait(_PATIENCE_S)

    sink = WatchedSink(wait)
    groups = RowGroups(sink, _SCHEMA, "none", ReleasingThread(may_go_on))
    groups.add(batch(*range(200_000)))
    groups.flush()
    assert entered.wait(_PATIENCE_S)
    groups.add(batch(1))
    groups.abandon()
    written = len(sink.data)
    del groups

    assert len(sink.threads) == 1
    assert 0 < len(sink.data) == written < 8 * 200_000
    assert not [one for one in threading.enumerate() if one.name.startswith("datosnap-second")]
