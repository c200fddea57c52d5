"""What a flow tells about its progress, and to whom: the command line draws it, tests ignore it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from anyio import from_thread

from datosnap.api.client import Spent


class Progress(Protocol):
    """Someone who wants to know how far a flow is."""

    def start(self, phase: str, *, total: int | None, unit: str) -> None:
        """Begin a phase of `total` units, None where the number is not known yet."""

    def expect(self, more: int) -> None:
        """Raise the total of the phase."""

    def advance(self, done: int = 1) -> None:
        """Count units as done."""

    def plan(self, calls: int) -> None:
        """Tell how many calls the whole run is planned to cost."""

    def spend(self, spent: Spent) -> None:
        """Tell what the whole run has cost so far."""

    def gap(self, kind: str, identifier: str, reason: str) -> None:
        """Tell of something that could not be had."""

    def say(self, text: str) -> None:
        """Tell a person one line."""


class Silent:
    """Progress for nobody."""

    def start(self, phase: str, *, total: int | None, unit: str) -> None:
        """Ignore the phase."""

    def expect(self, more: int) -> None:
        """Ignore the number."""

    def advance(self, done: int = 1) -> None:
        """Ignore the step."""

    def plan(self, calls: int) -> None:
        """Ignore the plan."""

    def spend(self, spent: Spent) -> None:
        """Ignore the price."""

    def gap(self, kind: str, identifier: str, reason: str) -> None:
        """Ignore the gap."""

    def say(self, text: str) -> None:
        """Ignore the line."""


@dataclass(frozen=True, slots=True)
class FromThread:
    """Progress told from a worker thread, which by telling it learns that it must stop.

    Raises: the loop's cancellation, at each call, once the flow was cancelled.
    """

    heard_by: Progress

    def start(self, phase: str, *, total: int | None, unit: str) -> None:
        """Begin a phase."""
        from_thread.check_cancelled()
        self.heard_by.start(phase, total=total, unit=unit)

    def expect(self, more: int) -> None:
        """Raise the total of the phase."""
        from_thread.check_cancelled()
        self.heard_by.expect(more)

    def advance(self, done: int = 1) -> None:
        """Count units as done."""
        from_thread.check_cancelled()
        self.heard_by.advance(done)

    def plan(self, calls: int) -> None:
        """Tell the planned number of calls."""
        from_thread.check_cancelled()
        self.heard_by.plan(calls)

    def spend(self, spent: Spent) -> None:
        """Tell the price so far."""
        from_thread.check_cancelled()
        self.heard_by.spend(spent)

    def gap(self, kind: str, identifier: str, reason: str) -> None:
        """Tell of a gap."""
        from_thread.check_cancelled()
        self.heard_by.gap(kind, identifier, reason)

    def say(self, text: str) -> None:
        """Tell a person one line."""
        from_thread.check_cancelled()
        self.heard_by.say(text)
