"""Work out how fast a run goes and when it ends, from its counts and from times that are given.

The end of the whole run is known once the plan of its calls is; until then the end of the phase
is what can be told, and of a phase without a total nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a run is; None where that cannot be known yet.

    Units: `per_s` in units of the phase per second; `left_s` in seconds.
    """

    phase: str
    unit: str
    done: int
    total: int | None
    per_s: float | None
    calls: int
    calls_left: int | None
    left_s: float | None


class Meter:
    """The counts of one run, phase after phase.

    Units: `now` in seconds of one monotonic clock.
    """

    def __init__(self, now: float) -> None:
        self._begun_at = now
        self._started_at = now
        self._phase = ""
        self._unit = ""
        self._done = 0
        self._total: int | None = None
        self._calls = 0
        self._planned: int | None = None

    @property
    def has_begun(self) -> bool:
        """Tell whether there is a phase to tell of."""
        return bool(self._phase)

    def start(self, phase: str, *, total: int | None, unit: str, now: float) -> None:
        """Begin a phase."""
        self._phase, self._unit, self._total = phase, unit, total
        self._done, self._started_at = 0, now

    def expect(self, more: int) -> None:
        """Raise the total of the phase."""
        self._total = (self._total or 0) + more

    def advance(self, done: int) -> None:
        """Count units as done."""
        self._done += done

    def plan(self, calls: int) -> None:
        """Take over how many calls the run is planned to cost."""
        self._planned = calls

    def spend(self, calls: int) -> None:
        """Take over how many calls the run has cost so far."""
        self._calls = calls

    def read(self, now: float) -> Reading:
        """Tell how far the run is."""
        per_s = _pace(self._done, now - self._started_at)
        calls_left = None if self._planned is None else max(0, self._planned - self._calls)
        if calls_left is not None:
            left_s = _time_for(calls_left, _pace(self._calls, now - self._begun_at))
        else:
            units_left = None if self._total is None else max(0, self._total - self._done)
            left_s = _time_for(units_left, per_s)
        return Reading(
            phase=self._phase,
            unit=self._unit,
            done=self._done,
            total=self._total,
            per_s=per_s,
            calls=self._calls,
            calls_left=calls_left,
            left_s=left_s,
        )


def _pace(done: int, spent_s: float) -> float | None:
    return done / spent_s if done and spent_s > 0 else None


def _time_for(left: int | None, per_s: float | None) -> float | None:
    return None if left is None or per_s is None else left / per_s
