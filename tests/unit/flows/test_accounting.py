"""What a run spends is told while it runs, and once more at its end."""

from __future__ import annotations

from dataclasses import dataclass, field

import anyio
import pytest
from anyio import lowlevel

from datosnap.api.client import Spent
from datosnap.flows.accounting import EVERY_S, accounting
from datosnap.flows.progress import Silent

pytestmark = pytest.mark.anyio


class Heard(Silent):
    """Progress that keeps the prices it is told."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def spend(self, spent: Spent) -> None:
        """Keep the number of calls."""
        self.calls.append(spent.calls)


@dataclass
class Payer:
    """Somebody whose account grows by ten a second of a clock that only sleeping moves."""

    seconds: list[float] = field(default_factory=list)

    @property
    def spent(self) -> Spent:
        """Give the account."""
        return Spent(calls=10 * len(self.seconds))

    async def sleep(self, seconds: float) -> None:
        """Let time pass, four times; then nothing happens any more."""
        if len(self.seconds) == 4:
            await anyio.sleep_forever()
        self.seconds.append(seconds)
        await lowlevel.checkpoint()


async def test_the_price_is_told_every_second_and_at_the_end() -> None:
    """Nobody in the block has to do anything for it."""
    payer, heard = Payer(), Heard()

    async with accounting(payer, heard, sleep=payer.sleep):
        for _ in range(20):
            await lowlevel.checkpoint()

    assert payer.seconds == [EVERY_S] * 4
    assert heard.calls == [10, 20, 30, 40, 40]


async def test_a_failure_passes_through_after_the_last_word() -> None:
    """The price is told all the same, and the failure is the one that was raised."""
    payer, heard = Payer(), Heard()

    with pytest.raises(ExceptionGroup) as caught:
        async with accounting(payer, heard, sleep=payer.sleep):
            raise ValueError("broken")

    assert caught.group_contains(ValueError, match="broken")
    assert heard.calls == [0]
