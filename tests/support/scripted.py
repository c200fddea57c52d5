"""Doubles for what the API client waits for: a clock that only waiting moves, wires by script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from anyio import lowlevel

from datosnap.api.wire import Answer, WireRequest
from datosnap.core.jsontext import Json, encode
from datosnap.core.retrying import Failure

_TURNS = 10


@dataclass(slots=True)
class ScriptedTime:
    """A clock that waiting moves on at once; every wait is kept."""

    seconds: float = 1_000.0
    draw: float = 0.5
    waits: list[float] = field(default_factory=list)

    def now(self) -> float:
        """Read the clock."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Move the clock."""
        self.waits.append(seconds)
        self.seconds += seconds
        await lowlevel.checkpoint()

    def jitter(self) -> float:
        """Give the number that was set."""
        return self.draw


@dataclass(slots=True)
class ScriptedWires:
    """Wires that answer from one script, the last outcome again and again, and keep requests."""

    outcomes: Sequence[Answer | Failure]
    requests: list[WireRequest] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    busy: int = 0
    most_busy: int = 0

    def open(self) -> ScriptedWires:
        """Open a wire; all of them share the script."""
        self.opened += 1
        return self

    async def exchange(self, request: WireRequest, *, max_bytes: int) -> Answer | Failure:
        """Give the next outcome, cut to nothing when it is larger than allowed."""
        outcome = self.outcomes[min(len(self.requests), len(self.outcomes) - 1)]
        self.requests.append(request)
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        # Long enough for every other task to send as well, if it may.
        for _ in range(_TURNS):
            await lowlevel.checkpoint()
        self.busy -= 1
        assert isinstance(outcome, Failure) or len(outcome.body) <= max_bytes
        return outcome

    async def aclose(self) -> None:
        """Close a wire."""
        self.closed += 1


def ok(value: Json, status: int = 200) -> Answer:
    """Answer with a value."""
    return Answer(status, encode(value))


def refusal(status: int, code: str, details: Json = None, **attributes: Json) -> Answer:
    """Answer with one `api_error`."""
    told = {"code": code, "details": details or {}, **attributes}
    return Answer(status, encode({"data": [{"id": "1", "type": "api_error", "attributes": told}]}))
