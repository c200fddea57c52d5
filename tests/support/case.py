"""What a case for imports is: a small project that holds one thing that is hard to bring over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.authoring import Author


@dataclass(frozen=True, slots=True)
class Case:
    """A project to bring over, and what of it cannot be.

    `gaps` are the kinds of what is told as not brought over; such a case is no failure.
    """

    name: str
    build: Callable[[Author], None]
    gaps: tuple[str, ...] = ()
