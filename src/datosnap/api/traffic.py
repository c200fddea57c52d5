"""Send requests over idle wires, each in its turn, and keep account of what that costs.

Several wires, one connection each, are faster than one pool: httpcore looks at every connection
for every request. A request takes an idle wire, waits for its turn, and gives the wire back
before its caller waits for anything else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import anyio

from datosnap.api.timing import Timing
from datosnap.api.wire import Answer, WireRequest
from datosnap.core.pacing import Pacer
from datosnap.core.retrying import Failure, Kind
from datosnap.errors import CallLimitError

_THROTTLED = 429
_CLOSE_S = 5.0


@dataclass(frozen=True, slots=True)
class Spent:
    """What a client has cost so far.

    Units: `calls` counts requests sent, polls and retries among them; seconds were spent waiting
    for a turn, before retries and for jobs, by all callers together.
    """

    calls: int = 0
    retries: int = 0
    throttled: int = 0
    seconds_waited: float = 0.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What the latest answer that said so told about the API.

    Units: `limit` in requests per window of 3 seconds; `served_at` by the server's clock, cut to
    a whole second.
    """

    limit: int | None = None
    served_at: datetime | None = None


class Channel(Protocol):
    """Carries one request at a time; `api.wire.Wire` is the real one."""

    async def exchange(self, request: WireRequest, *, max_bytes: int) -> Answer | Failure:
        """Send a request and read its whole answer."""
        ...

    async def aclose(self) -> None:
        """Close the connection."""
        ...


class Traffic:
    """The wires of one client, the pace they share and the account.

    Memory: at most `in_flight` bodies are being read at once.
    """

    def __init__(self, *, in_flight: int, max_rate: float | None, timing: Timing) -> None:
        self.spent = Spent()
        self.heard = Heard()
        self.max_calls: int | None = None
        self._in_flight = in_flight
        self._timing = timing
        self._pacer = Pacer(max_rate=max_rate)
        # Taken at once when free: to yield first would cost a turn of the loop each time.
        self._gate = anyio.Lock(fast_acquire=True)
        self._places = anyio.Semaphore(in_flight, fast_acquire=True)
        self._wires: list[Channel] = []
        self._is_reached = False

    def open(self, open_wire: Callable[[], Channel]) -> None:
        """Open the wires."""
        self._wires = [open_wire() for _ in range(self._in_flight)]

    async def aclose(self) -> None:
        """Close the wires, whatever goes on around."""
        with anyio.move_on_after(_CLOSE_S, shield=True):
            for wire in self._wires:
                await wire.aclose()

    async def exchange(self, request: WireRequest, *, max_bytes: int) -> Answer | Failure:
        """Send a request once, when a wire is idle and the rate allows it."""
        async with self._places:
            # The one used last is the one whose connection is most likely still open.
            wire = self._wires.pop()
            try:
                await self._turn()
                self._count()
                outcome = await wire.exchange(request, max_bytes=max_bytes)
            finally:
                self._wires.append(wire)
        if isinstance(outcome, Answer):
            self._learn(outcome)
        elif outcome.kind is Kind.UNREACHABLE and not self._is_reached:
            return replace(outcome, kind=Kind.NEVER_REACHED)
        return outcome

    async def wait(self, wait_s: float) -> None:
        """Wait, on the account.

        Units: seconds.
        """
        await self._timing.sleep(wait_s)
        self.spent = replace(self.spent, seconds_waited=self.spent.seconds_waited + wait_s)

    async def wait_to_retry(self, wait_s: float) -> None:
        """Wait before a request is sent again, which counts as a retry.

        Units: seconds.
        """
        self.spent = replace(self.spent, retries=self.spent.retries + 1)
        await self.wait(wait_s)

    def _learn(self, answer: Answer) -> None:
        """Take from an answer what concerns all requests."""
        self._is_reached = True
        self._pacer.learn(answer.limit)
        self.heard = Heard(
            answer.limit or self.heard.limit, answer.served_at or self.heard.served_at
        )
        if answer.status == _THROTTLED:
            self.spent = replace(self.spent, throttled=self.spent.throttled + 1)
            now, jitter = self._timing.now(), self._timing.jitter()
            self._pacer.refused(now, answer.reset_s, jitter=jitter)

    def _count(self) -> None:
        """Count a call, unless no more are allowed."""
        if self.max_calls is not None and self.spent.calls >= self.max_calls:
            raise CallLimitError(
                f"stopped after {self.spent.calls} calls, as many as were allowed;"
                f" the same command with a higher limit goes on"
            )
        self.spent = replace(self.spent, calls=self.spent.calls + 1)

    async def _turn(self) -> None:
        """Wait until the rate allows one more request; first come, first served."""
        now = self._timing.now()
        if not self._gate.locked() and self._pacer.ready_at(now) <= now:
            # Nobody waits before us: to take the gate first would cost more than to ask.
            self._pacer.sent(now)
            return
        async with self._gate:
            while (wait_s := self._pacer.ready_at(self._timing.now()) - self._timing.now()) > 0:
                await self.wait(wait_s)
            self._pacer.sent(self._timing.now())
