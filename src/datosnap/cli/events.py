"""Tell what happens as events, one JSON document a line, for programs that watch a run.

What an event holds is listed here and nowhere else: counts, names of phases, ids and reasons.
No request is ever an event, so that neither a token nor an address with its query can be in one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from datosnap.core.jsontext import Json, encode
from datosnap.core.metering import Meter

if TYPE_CHECKING:
    from datosnap.api.client import Spent

# The option, which main.py must recognise before any command has read its own.
LOG_JSON = "--log-json"
_EVERY_S = 1.0


def write_event(event: str, **told: Json) -> None:
    """Write one event to stderr.

    Shape: `{"time": ISO 8601 in UTC with milliseconds, "event": …, …}` and a line end.
    """
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    click.echo(encode({"time": now, "event": event, **told}), err=True)


class Events:
    """Progress as events: phase, progress (one a second at most), plan, retry, gap and said.

    Units: `clock` in seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._meter = Meter(clock())
        self._told_at = float("-inf")
        self._repeated = (0, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_phase()

    def start(self, phase: str, *, total: int | None, unit: str) -> None:
        """Begin a phase, after the last word on the one before."""
        self._end_phase()
        self._meter.start(phase, total=total, unit=unit, now=self._clock())
        self._told_at = self._clock()
        write_event("phase", phase=phase, total=total, unit=unit)

    def expect(self, more: int) -> None:
        """Raise the total of the phase."""
        self._meter.expect(more)

    def advance(self, done: int = 1) -> None:
        """Count units as done."""
        self._meter.advance(done)
        self._tell_when_due()

    def plan(self, calls: int) -> None:
        """Tell how many calls the run is planned to cost."""
        self._meter.plan(calls)
        write_event("plan", calls=calls)

    def spend(self, spent: Spent) -> None:
        """Take over what the run has cost so far, and tell of requests that were repeated."""
        self._meter.spend(spent.calls)
        before, self._repeated = self._repeated, (spent.retries, spent.throttled)
        if self._repeated != before:
            write_event(
                "retry",
                retries=spent.retries,
                throttled=spent.throttled,
                waited_s=round(spent.seconds_waited, 3),
            )
        self._tell_when_due()

    def gap(self, kind: str, identifier: str, reason: str) -> None:
        """Tell of something that could not be had."""
        write_event("gap", kind=kind, id=identifier, reason=reason)

    def say(self, text: str) -> None:
        """Pass on words that were meant for a person."""
        write_event("said", text=text)

    def _end_phase(self) -> None:
        if self._meter.has_begun:
            self._tell()

    def _tell_when_due(self) -> None:
        if self._meter.has_begun and self._clock() - self._told_at >= _EVERY_S:
            self._tell()

    def _tell(self) -> None:
        self._told_at = self._clock()
        write_event("progress", **asdict(self._meter.read(self._told_at)))
