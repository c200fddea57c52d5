"""Tell a run's price while it runs, also while nothing else happens: a wait is worth telling.

The client keeps the account; nobody in a flow needs to pass it on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

import anyio

from datosnap.api.client import Spent
from datosnap.flows.progress import Progress

# Often enough for a person who watches; whoever writes lines keeps to a pace of their own.
EVERY_S = 1.0


class Account(Protocol):
    """Something that costs calls; the client does."""

    @property
    def spent(self) -> Spent:
        """Give what was spent so far."""
        ...


@asynccontextmanager
async def accounting(
    account: Account,
    progress: Progress,
    *,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> AsyncIterator[None]:
    """Tell `progress` what was spent, every second while the block lasts and at its end."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_tell, account, progress, sleep)
        try:
            yield
        finally:
            progress.spend(account.spent)
            tasks.cancel_scope.cancel()


async def _tell(
    account: Account, progress: Progress, sleep: Callable[[float], Awaitable[None]]
) -> None:
    while True:
        await sleep(EVERY_S)
        progress.spend(account.spent)
