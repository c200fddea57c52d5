"""Make chunks of rows that lie ready, in a process beside where there is one, and here.

A task says all of what one chunk takes, so that whoever makes it makes the same bytes. The
process takes tasks in their order, one at a time; who waits for them takes those that nobody has
begun, from the other end. A process that is lost is not missed: its task is done here.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from threading import RLock
from typing import Protocol

from datosnap.errors import CorruptSnapshotError
from datosnap.store.names import ChunkKind, ColumnOf
from datosnap.store.publishing import Published, Publisher

# How long a request to stop may go unheard while nothing is made here.
_LISTEN_S = 0.5


class RowSource(Protocol):
    """Rows that lie ready; it travels to another process as a value."""

    @property
    def name(self) -> str:
        """Name where they lie, for the words about them."""
        ...

    @property
    def rows(self) -> int:
        """Give how many there are."""
        ...

    def read(self) -> Iterator[bytes]:
        """Give them, in order."""
        ...


@dataclass(frozen=True, slots=True)
class ChunkTask:
    """A chunk that is to be made: of which rows, of which list, under which number, by whom."""

    publisher: Publisher
    kind: ChunkKind
    model: str | None
    number: int
    source: RowSource

    def do(self) -> Published:
        """Write the chunk.

        Memory: one batch of rows, and what the format holds back.
        Raises: CorruptSnapshotError when the rows are not those that were kept; DiskError.
        """
        written = self.publisher.write(
            self.kind, self.model, self.source.read(), first_number=self.number
        )
        found = sum(entry.rows or 0 for entry in written.entries if entry.kind == self.kind)
        if found != self.source.rows:
            raise CorruptSnapshotError(
                f"expected {self.source.rows} rows in {self.source.name}, found {found}"
            )
        return written


@dataclass(slots=True, eq=False)
class Pending:
    """A task that was given away; `under_way` from when the process beside has it."""

    task: ChunkTask
    under_way: Future[Published] | None = None
    made: Published | None = None


@dataclass(slots=True)
class ChunkMaker:
    """Hands tasks to a process beside, one at a time; without one it does them at once.

    Between those that are made here, and while others are waited for, `heed` is called; it may
    raise to end that.
    Raises: what a task raises is told when it is waited for.
    """

    _beside: Executor | None = None
    _heed: Callable[[], None] = lambda: None
    _waiting: deque[Pending] = field(default_factory=deque)
    _busy: Pending | None = None
    # The process's answers come in a thread of its executor.
    _lock: RLock = field(default_factory=RLock)

    def begin(self, task: ChunkTask) -> Pending:
        """Have a chunk made."""
        if self._beside is None:
            self._heed()
            return Pending(task, made=task.do())
        pending = Pending(task)
        with self._lock:
            self._waiting.append(pending)
            self._hand_out()
        return pending

    def finish(self, begun: Sequence[Pending], last: ChunkTask) -> Published:
        """Make one more chunk here, wait for those begun before it, and join them all."""
        made_here = last.do()
        for pending in reversed(begun):
            self._heed()
            if self._take_back(pending):
                pending.made = pending.task.do()
        return joined([*map(self._wait, begun), made_here])

    def abandon(self) -> None:
        """Let no more be begun, and wait until nothing is under way; how that ends is not told."""
        with self._lock:
            self._waiting.clear()
            busy = self._busy
        if busy is not None and busy.under_way is not None:
            with suppress(CancelledError):
                busy.under_way.exception()

    def _take_back(self, pending: Pending) -> bool:
        with self._lock:
            is_free = pending in self._waiting
            if is_free:
                self._waiting.remove(pending)
        return is_free

    def _wait(self, pending: Pending) -> Published:
        if pending.made is None and pending.under_way is not None:
            while not pending.under_way.done():
                wait([pending.under_way], _LISTEN_S)
                self._heed()
            try:
                pending.made = pending.under_way.result()
            except (BrokenExecutor, CancelledError):
                pending.made = pending.task.do()
        assert pending.made is not None, "what nobody had begun was taken back"
        return pending.made

    def _hand_out(self) -> None:
        beside = self._beside  # it may be given up meanwhile
        if self._busy is not None or not self._waiting or beside is None:
            return
        pending = self._waiting[0]
        try:
            under_way = beside.submit(pending.task.do)
        except RuntimeError:  # it is lost, or was shut down
            self._beside = None
            return
        self._busy = self._waiting.popleft()
        pending.under_way = under_way
        under_way.add_done_callback(self._next)

    def _next(self, ended: Future[Published]) -> None:
        if ended.cancelled() or isinstance(ended.exception(), BrokenExecutor):
            # Told by an executor that holds a lock of its own meanwhile, which another thread may
            # be waiting for with ours in hand: so none is asked for.
            self._beside = None
            return
        with self._lock:
            self._busy = None
            self._hand_out()


def joined(parts: Sequence[Published]) -> Published:
    """Give the chunks of several as those of one list."""
    misfits: Counter[ColumnOf] = Counter()
    for part in parts:
        misfits.update(part.misfits)
    return Published(tuple(entry for part in parts for entry in part.entries), misfits)
