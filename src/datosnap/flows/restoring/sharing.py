"""Share work among a few writers: whoever is free takes what comes next.

Several requests under way are what fills the rate limit; pieces are taken one by one, so that a
list of any length costs no memory.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import anyio

T = TypeVar("T")


async def share(pieces: Iterable[T], do: Callable[[T], Awaitable[None]], *, writers: int) -> None:
    """Do all pieces, so many at a time, begun in the order in which they come.

    Memory: a piece for each writer.
    """
    left = iter(pieces)

    async def work() -> None:
        for one in left:
            await do(one)

    async with anyio.create_task_group() as tasks:
        for _ in range(writers):
            tasks.start_soon(work)
