"""The clock, the waiting and the chance that the API client lives by; tests bring their own."""

from __future__ import annotations

import random
import time
from typing import Protocol

import anyio


class Timing(Protocol):
    """What the client needs of the outside world besides its connections.

    Units: seconds, of one monotonic clock; `jitter` draws from [0, 1).
    """

    def now(self) -> float:
        """Read the clock."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def jitter(self) -> float:
        """Draw a number."""
        ...


class RealTime:
    """The system's clock, real waiting and an unseeded source of jitter."""

    def now(self) -> float:
        """Read the system's monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait on the event loop."""
        await anyio.sleep(seconds)

    def jitter(self) -> float:
        """Draw a number; it spreads waits and protects nothing."""
        return random.random()  # noqa: S311 - jitter, not a secret
