"""Do several requests at a time and hand their answers over in the order of the requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

import anyio

J = TypeVar("J")
R = TypeVar("R")


class Slots:
    """How many answers may be held in memory at once, over all who share them."""

    def __init__(self, answers: int) -> None:
        self.answers = answers
        # Taken at once when free: to yield first would cost a turn of the loop each time.
        self._free = anyio.Semaphore(answers, fast_acquire=True)

    async def take(self) -> None:
        """Wait for a free slot."""
        await self._free.acquire()

    def give_back(self) -> None:
        """Free a slot."""
        self._free.release()


class InOrder(Generic[J, R]):
    """Fetch for each job, several at a time, and consume in order.

    A job is begun only when a slot is free, and its slot is freed when it was consumed.
    Memory: at most as many answers as there are slots.
    """

    def __init__(
        self,
        fetch: Callable[[J], Awaitable[R]],
        consume: Callable[[J, R], Awaitable[None]],
        slots: Slots,
    ) -> None:
        self._fetch = fetch
        self._consume = consume
        self._slots = slots
        self._done: dict[int, anyio.Event] = {-1: anyio.Event()}
        self._done[-1].set()
        self._is_ended = False

    def end(self) -> None:
        """Begin no further job; those under way are finished."""
        self._is_ended = True

    async def run(self, jobs: Iterable[J]) -> None:
        """Do all jobs."""
        async with anyio.create_task_group() as tasks:
            for turn, job in enumerate(jobs):
                await self._slots.take()
                if self._is_ended:
                    self._slots.give_back()
                    break
                tasks.start_soon(self._do, turn, job)

    async def _do(self, turn: int, job: J) -> None:
        done = self._event(turn)
        try:
            answer = await self._fetch(job)
            await self._event(turn - 1).wait()
            del self._done[turn - 1]
            await self._consume(job, answer)
        finally:
            self._slots.give_back()
        done.set()

    def _event(self, turn: int) -> anyio.Event:
        return self._done.setdefault(turn, anyio.Event())
