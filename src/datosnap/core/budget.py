"""Decide what an export costs in API calls, before it begins and after it ended.

Source: the request plan of the API notes (limits): calls are a paid monthly quota, and the rate
limit makes them time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# Source: 60 requests in 3 seconds.
_CALLS_PER_S = 20
_SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, slots=True)
class ListSize:
    """A paged list: how many rows it has, and how many a page takes."""

    rows: int
    page_size: int

    @property
    def calls(self) -> int:
        """Give the calls that reading it costs; an empty one costs one too."""
        return max(1, -(-self.rows // self.page_size))


@dataclass(frozen=True, slots=True)
class Budget:
    """What an export costs, by what the calls are for."""

    settings: int
    records: int
    published: int
    uploads: int
    schedules: int
    history: int
    consistency: int

    @property
    def calls(self) -> int:
        """Give the sum."""
        parts = (self.settings, self.records, self.published, self.uploads)
        return sum(parts) + self.schedules + self.history + self.consistency

    def minutes(self, max_rate: float | None = None) -> float:
        """Give the time that the calls take at the rate limit, or at a lower rate.

        Units: `max_rate` in calls a second.
        """
        return self.calls / (max_rate or _CALLS_PER_S) / _SECONDS_PER_MINUTE


def budget(
    *,
    settings: int,
    current: Iterable[ListSize],
    published: Iterable[ListSize],
    uploads: ListSize | None,
    scheduled: int,
    versions: Iterable[ListSize],
    consistency: int,
) -> Budget:
    """Count the calls of an export; published copies are asked for only where there are any."""
    return Budget(
        settings=settings,
        records=sum(one.calls for one in current),
        published=sum(one.calls for one in published if one.rows),
        uploads=0 if uploads is None else uploads.calls,
        schedules=scheduled,
        history=sum(one.calls for one in versions),
        consistency=consistency,
    )
