"""Decide whether a record has the dates that it should have, those that a writer may set.

Source: of `meta`, the API takes `created_at` and `first_published_at` from a request, when a record
is made and when it is changed; all others are the server's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from datosnap.core.jsontext import JsonObject


@dataclass(frozen=True, slots=True)
class Dates:
    """When a record was made, and when it became public for the first time, as the API says it."""

    created: str | None = None
    first_published: str | None = None

    def lacks(self, wanted: Dates) -> bool:
        """Tell whether others are wanted; a date that is there cannot be taken away."""
        pairs = (
            (self.created, wanted.created),
            (self.first_published, wanted.first_published),
        )
        return any(goal is not None and not _same_moment(held, goal) for held, goal in pairs)

    def meta(self) -> JsonObject:
        """Give them as a request carries them."""
        named = {"created_at": self.created, "first_published_at": self.first_published}
        return {name: date for name, date in named.items() if date is not None}


NO_DATES = Dates()


def _same_moment(held: str | None, goal: str) -> bool:
    if held is None or held == goal:
        return held == goal
    try:
        return datetime.fromisoformat(held) == datetime.fromisoformat(goal)
    except (TypeError, ValueError):
        return False


def dates_of(meta: JsonObject) -> Dates:
    """Read the dates of a record from its `meta`."""
    return Dates(meta.get("created_at"), meta.get("first_published_at"))
