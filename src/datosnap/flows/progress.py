"""What a flow tells about its progress, and to whom: the command line draws it, tests ignore it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Someone who wants to know how far a flow is."""

    def start(self, phase: str, *, total: int | None, unit: str) -> None:
        """Begin a phase of `total` units, None where the number is not known yet."""

    def expect(self, more: int) -> None:
        """Raise the total of the phase."""

    def advance(self, done: int = 1) -> None:
        """Count units as done."""

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

    def say(self, text: str) -> None:
        """Ignore the line."""
