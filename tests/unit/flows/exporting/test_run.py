"""Batches for the writer: when they are handed over, and that none is lost when a run fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

import anyio
import pytest

from datosnap.api.client import Client, ClientSettings
from datosnap.api.token import Token
from datosnap.errors import DiskError
from datosnap.flows.exporting.options import ExportOptions
from datosnap.flows.exporting.run import Batch, ExportRun, ListSink, Send, writing
from datosnap.flows.ordering import Slots
from datosnap.flows.progress import Silent
from datosnap.store.snapshot_writer import SnapshotWriter
from tests.support.disk import FULL, ProcessEnded, failing_disk
from tests.support.snapshots import record

IDENTITY = {"a": 1}
_LARGE = b'{"id":"x","text":"' + b"x" * (700 * 1024) + b'"}'


def run_with(root: Path, work: Callable[[Send], Awaitable[None]]) -> None:
    """Run some work with a writer."""

    async def flow() -> None:
        settings = ClientSettings(base_url="http://127.0.0.1:1", token=Token("t"))
        with SnapshotWriter.begin(root, chunk_format="ndjson", identity=IDENTITY) as writer:
            run = ExportRun(Client(settings), writer, Slots(3), Silent(), ExportOptions(root))
            async with writing(run) as send:
                await work(send)

    anyio.run(flow)


def kept(root: Path) -> tuple[int, list[bytes], bool]:
    """Tell how far the reader had come, which rows are kept, and whether the list is whole."""
    with SnapshotWriter.begin(root, chunk_format="ndjson", identity=IDENTITY) as writer:
        rows = list(writer.rows("current", "post"))
        return writer.kept("current", "post").at, rows, writer.is_published("current", "post")


def test_a_list_that_is_closed_is_published(tmp_path: Path) -> None:
    """All rows of it, in order."""
    rows = [record(number) for number in range(9)]

    async def work(send: Send) -> None:
        sink = ListSink(send, "current", "post")
        for number in range(0, 9, 3):
            await sink.take(rows[number : number + 3], number + 3)
        await sink.close(9)

    run_with(tmp_path / "a", work)

    assert kept(tmp_path / "a") == (9, rows, True)


def test_much_is_handed_over_at_once(tmp_path: Path) -> None:
    """A batch does not grow beyond its bound, however soon it is full."""

    async def work(send: Send) -> None:
        sink = ListSink(send, "current", "post")
        await sink.take([_LARGE], 1)
        await sink.take([_LARGE], 2)
        left = sink.rest()
        assert left is not None  # what was handed over is still to be made durable
        assert left.rows == []
        await send.send(left)

    run_with(tmp_path / "a", work)

    assert kept(tmp_path / "a")[:2] == (2, [_LARGE, _LARGE])


@pytest.mark.parametrize("failure", [ValueError, ProcessEnded])
def test_what_was_read_is_put_away_when_a_run_fails(
    tmp_path: Path, failure: type[BaseException]
) -> None:
    """Rows that waited, and rows that were still being collected, are there for the next run."""

    async def work(send: Send) -> None:
        sink = ListSink(send, "current", "post")
        await sink.take([record(1)], 1)
        await sink.take([record(2)], 2)
        raise failure

    with pytest.raises(BaseExceptionGroup):
        run_with(tmp_path / "a", work)

    assert kept(tmp_path / "a") == (2, [record(1), record(2)], False)


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_after_a_full_disk_nothing_more_is_written(tmp_path: Path, call: str) -> None:
    """Half a batch may lie in the file, so that nothing may be added behind it."""

    async def work(send: Send) -> None:
        sink = ListSink(send, "current", "post")
        for number in range(4):
            await send.send(Batch("current", "post", [record(number)], number + 1))
        await sink.take([record(4)], 5)
        await sink.close(5)

    for at in count(1):
        root = tmp_path / str(at)
        with failing_disk(at, FULL, for_ever=False, calls=(call,)) as disk:
            failure = _failure(root, work)
        if not disk.fired:
            break
        assert failure is not None
        number, rows, _ = kept(root)
        assert rows == [record(one) for one in range(number)]
    assert at > 6
    assert failure is None


def _failure(root: Path, work: Callable[[Send], Awaitable[None]]) -> DiskError | None:
    try:
        run_with(root, work)
    except DiskError as error:
        return error
    except ExceptionGroup as group:
        (first,) = group.exceptions
        assert isinstance(first, DiskError)
        return first
    return None
