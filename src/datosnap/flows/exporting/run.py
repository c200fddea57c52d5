"""What all parts of one export share: where it reads, where it writes and what it found."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import anyio
from anyio import to_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from datosnap.api.client import Client
from datosnap.errors import BackupError
from datosnap.flows.exporting.options import ExportOptions
from datosnap.flows.exporting.since import Older
from datosnap.flows.ordering import Slots
from datosnap.flows.progress import Progress
from datosnap.store.manifest import Gap, ModelTotals, Withheld
from datosnap.store.names import ChunkKind
from datosnap.store.snapshot_writer import SnapshotWriter

# About as much as one call of the writer takes: long enough to be worth a thread's turn. zstd makes
# of four times as much 3 % less, but slower, and it would have to wait in memory.
_BATCH_BYTES = 1024 * 1024
# What came longer ago than this is made durable however little it is: a run that is cut off asks
# again for no more than came since. To do that for every batch would cost more than writing it.
_MARK_S = 0.5
# Batches that wait for the writer.
_QUEUE = 2


@dataclass(slots=True)
class ExportRun:
    """One export under way; what it has found grows with it.

    `scheduled` has the ids of records with a pending publication or unpublishing.
    """

    client: Client
    writer: SnapshotWriter
    slots: Slots
    progress: Progress
    options: ExportOptions
    older: Older | None = None
    totals: list[ModelTotals] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    uploads: int = 0
    scheduled: set[str] = field(default_factory=set)
    schedules: list[bytes] = field(default_factory=list)
    spent_before: int = 0
    planned: int = 0

    def __post_init__(self) -> None:
        self.spent_before = self.writer.noted("calls") or 0

    @property
    def calls(self) -> int:
        """Give the API calls spent, those of the runs that this one goes on with too."""
        return self.spent_before + self.client.spent.calls

    def plan(self, calls: int) -> None:
        """Raise the number of calls that the whole run will cost, as far as it is known."""
        self.planned += calls
        self.progress.plan(self.planned)

    def note_gap(self, kind: str, identifier: str, reason: str) -> None:
        """Note something that could not be had."""
        self.gaps.append(Gap(kind, identifier, reason))
        self.progress.gap(kind, identifier, reason)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows for one list; with `is_mark` all until here are made durable, the last is published."""

    kind: ChunkKind
    model: str | None
    rows: list[bytes]
    at: int
    is_mark: bool = True
    is_last: bool = False


class Send:
    """The way to the writer, and the sinks that use it."""

    def __init__(self, stream: MemoryObjectSendStream[Batch]) -> None:
        self._stream = stream
        self.sinks: list[ListSink] = []
        self.is_broken = False

    async def send(self, batch: Batch) -> None:
        """Hand a batch over; waits while the writer is behind."""
        await self._stream.send(batch)


@asynccontextmanager
async def writing(run: ExportRun) -> AsyncIterator[Send]:
    """Have one writer put batches away, in a thread of its own, while the block lasts.

    However the block ends, what was read is put away, unless writing is what failed.
    """
    stream, receive = anyio.create_memory_object_stream[Batch](_QUEUE)
    send = Send(stream)
    with receive:
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_put_away, run, receive.clone(), send)
                async with stream:
                    yield send
        except BaseException:
            with anyio.CancelScope(shield=True):
                await _put_rest_away(run, receive, send)
            raise


async def _put_away(run: ExportRun, receive: MemoryObjectReceiveStream[Batch], send: Send) -> None:
    async with receive:
        async for batch in receive:
            await _put_one_away(run, batch, send)


async def _put_one_away(run: ExportRun, batch: Batch, send: Send) -> None:
    try:
        await to_thread.run_sync(_write, run.writer, batch, run.calls)
    except BackupError:
        # Half a batch may lie in the file now: nothing may be added after it.
        send.is_broken = True
        raise


async def _put_rest_away(
    run: ExportRun, receive: MemoryObjectReceiveStream[Batch], send: Send
) -> None:
    """Put away what the writer had not come to, and what the sinks were still collecting."""
    waiting: list[Batch] = []
    with suppress(anyio.WouldBlock, anyio.EndOfStream):
        while True:
            waiting.append(receive.receive_nowait())
    waiting += [batch for sink in send.sinks if (batch := sink.rest()) is not None]
    for batch in waiting:
        if send.is_broken:
            return
        with suppress(BackupError):
            await _put_one_away(run, batch, send)


def _write(writer: SnapshotWriter, batch: Batch, calls: int) -> None:
    writer.note("calls", calls)
    writer.keep(batch.kind, batch.model, batch.rows)
    if batch.is_mark:
        writer.mark(batch.kind, batch.model, batch.at)
    if batch.is_last:
        writer.publish(batch.kind, batch.model)


class ListSink:
    """Collects the rows of one list into batches for the writer.

    Memory: one batch.
    """

    def __init__(
        self,
        send: Send,
        kind: ChunkKind,
        model: str | None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._send = send
        self._kind: ChunkKind = kind
        self._model = model
        self._rows: list[bytes] = []
        self._bytes = 0
        self._at = 0
        self._marked_at = self._now()
        self._is_marked = True
        send.sinks.append(self)

    async def take(self, rows: list[bytes], at: int) -> None:
        """Take rows; `at` is how far the reader has come with them."""
        self._rows += rows
        self._bytes += sum(map(len, rows))
        self._at = at
        is_due = self._now() - self._marked_at >= _MARK_S
        if self._rows and (is_due or self._bytes >= _BATCH_BYTES):
            await self._hand_over(is_mark=is_due, is_last=False)

    async def close(self, at: int) -> None:
        """Hand over what is left; the list is whole."""
        self._at = at
        await self._hand_over(is_mark=True, is_last=True)

    def rest(self) -> Batch | None:
        """Give what was never handed over or never made durable, None when there is nothing."""
        if not self._rows and self._is_marked:
            return None
        rows, self._rows = self._rows, []
        return Batch(self._kind, self._model, rows, self._at)

    async def _hand_over(self, *, is_mark: bool, is_last: bool) -> None:
        rows, size = self._rows, self._bytes
        self._rows, self._bytes = [], 0
        self._is_marked = is_mark
        if is_mark:
            self._marked_at = self._now()
        try:
            await self._send.send(Batch(self._kind, self._model, rows, self._at, is_mark, is_last))
        except BaseException:
            # It never got there: it is still to be put away, before anything newer.
            self._rows, self._bytes = rows + self._rows, size + self._bytes
            self._is_marked = False
            raise
