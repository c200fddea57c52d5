"""A process beside that tells what it is given, and gates that hold it where a test wants it.

A gate is a pair of named pipes, so that nobody has to ask again and again.
"""

from __future__ import annotations

import multiprocessing
import os
import select
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import ParamSpec, TypeVar

from datosnap.store.chunk_making import ChunkTask, RowSource
from datosnap.store.publishing import Published

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")
# A task that has not ended by then hangs.
_PATIENCE_S = 60


class Beside(ProcessPoolExecutor):
    """One process; `tasks` has what it was given, `most` how much of that at once."""

    def __init__(self) -> None:
        super().__init__(1, mp_context=multiprocessing.get_context("spawn"))
        self.tasks: list[ChunkTask] = []
        self.most = 0
        self._futures: list[Future[Published]] = []
        self._unseen: SimpleQueue[Future[Published]] = SimpleQueue()

    def submit(
        self, fn: Callable[_Given, _Result], /, *args: _Given.args, **named: _Given.kwargs
    ) -> Future[_Result]:
        """Note a chunk that is to be made, and have it made."""
        future = super().submit(fn, *args, **named)
        task = getattr(fn, "__self__", None)
        if isinstance(task, ChunkTask):
            self.tasks.append(task)
            self._futures.append(future)  # type: ignore[arg-type] # a task gives what was published
            self._unseen.put(future)  # type: ignore[arg-type] # as above
            self.most = max(self.most, sum(not one.done() for one in self._futures))
        return future

    def forget(self) -> None:
        """Count anew, for the next test; nothing may be under way."""
        assert all(one.done() for one in self._futures)
        self.tasks, self.most, self._futures, self._unseen = [], 0, [], SimpleQueue()

    def next_done(self) -> Future[Published]:
        """Wait until the next chunk, in the order in which they were given, is made or failed."""
        future = self._unseen.get(timeout=_PATIENCE_S)
        future.exception(timeout=_PATIENCE_S)
        return future


@contextmanager
def process() -> Iterator[Beside]:
    """Give a process beside; one that is held at a gate when a test fails is ended."""
    with Beside() as executor:
        try:
            yield executor
        except BaseException:
            for one in multiprocessing.active_children():
                one.kill()
            raise


@dataclass(frozen=True, slots=True)
class Gate:
    """Where another process waits until it is let through."""

    folder: Path

    @classmethod
    def build(cls, folder: Path) -> Gate:
        """Make the pipes, in a folder of their own."""
        folder.mkdir()
        for name in ("arrived", "let"):
            os.mkfifo(folder / name)
        return cls(folder)

    def arrive(self) -> None:
        """Tell the test that this process is here, and wait for it; the test itself passes."""
        if multiprocessing.parent_process() is None:
            return
        # Open before the test is told, so that it finds a reader or knows that there is none.
        with _opened(self.folder / "let", os.O_RDONLY) as let:
            (self.folder / "arrived").write_bytes(b"%d" % os.getpid())
            select.select([let], [], [])

    def arrival(self) -> int:
        """Wait until a process arrives; give its id."""
        with _opened(self.folder / "arrived", os.O_RDONLY) as arrived:
            assert select.select([arrived], [], [], _PATIENCE_S)[0], "nobody came"
            return int(os.read(arrived, 100))

    def let_through(self) -> None:
        """Let the process that waits go on.

        Raises: OSError when none waits.
        """
        with _opened(self.folder / "let", os.O_WRONLY) as let:
            os.write(let, b"!")


@contextmanager
def _opened(pipe: Path, how: int) -> Iterator[int]:
    """Open a pipe without waiting for the other side: a test would hang where that is gone."""
    end = os.open(pipe, how | os.O_NONBLOCK)
    try:
        yield end
    finally:
        os.close(end)


@dataclass(frozen=True, slots=True)
class Rows(RowSource):
    """Rows in memory; those from `gated` on wait at a gate, and reading here is noted in `log`."""

    held: tuple[bytes, ...]
    number: int = 0
    gate: Gate | None = None
    gated: int = 0
    claimed: int | None = None
    log: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name them."""
        return f"rows {self.number}"

    @property
    def rows(self) -> int:
        """Give how many there should be."""
        return len(self.held) if self.claimed is None else self.claimed

    def read(self) -> Iterator[bytes]:
        """Give them, in order."""
        self.log.append(self.number)
        yield from self.held[: self.gated]
        if self.gate is not None:
            self.gate.arrive()
        yield from self.held[self.gated :]
