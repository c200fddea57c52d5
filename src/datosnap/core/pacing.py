"""Decide when the next request may leave, from our own past sends and the server's hints.

A sliding log of sends uses nearly all of what the API allows under any way a server may count
its window; a token bucket of 20 a second reaches three quarters of it. Times come in as floats
of one monotonic clock: the caller keeps the time and does the waiting.
"""

from __future__ import annotations

from collections import deque

# Source: the API's technical limits, 60 requests per 3 seconds; the header may say otherwise.
DEFAULT_LIMIT = 60
WINDOW_S = 3.0
# Requests arrive unevenly late; without a guard every window's edge would draw a refusal.
FIRST_GUARD_S = 0.05
MAX_GUARD_S = 0.6
# A refusal tells that the way to the server is less even than thought.
GUARD_GROWTH = 1.5
# Long quiet lets the guard come back: halved for every so many sends without a refusal.
CALM_SENDS = 3_000
# A server that does not say how long to wait is left alone for this long.
UNTOLD_HOLD_S = 1.0
# The API answers with whole seconds, 3 at most; anything beyond a minute is not a wait.
MAX_RESET_S = 60.0
MAX_LIMIT = 10_000


def read_limit(text: str | None) -> int | None:
    """Read `X-RateLimit-Limit`; None when it is missing or cannot be meant."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > len(str(MAX_LIMIT)):
        return None
    return int(text) if 1 <= int(text) <= MAX_LIMIT else None


def read_reset(text: str | None) -> float | None:
    """Read `X-RateLimit-Reset`, a duration; None when it is missing or cannot be meant.

    Units: seconds.
    """
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds <= MAX_RESET_S else None


class Pacer:
    """The log of our sends; asked before each, told after each, and told of every refusal.

    Memory: as many times as the limit allows sends in a window.
    """

    def __init__(self, *, max_rate: float | None = None) -> None:
        self._limit = DEFAULT_LIMIT
        self._guard_s = FIRST_GUARD_S
        self._gap_s = 1 / max_rate if max_rate else 0.0
        self._sends: deque[float] = deque(maxlen=DEFAULT_LIMIT)
        self._held_until = float("-inf")
        self._calm_sends = 0

    @property
    def window_s(self) -> float:
        """Give the time in which no more than the limit is sent."""
        return WINDOW_S + self._guard_s

    def ready_at(self, now: float) -> float:
        """Tell when the next request may leave; `now` when it may at once."""
        ready = max(now, self._held_until)
        if self._sends:
            ready = max(ready, self._sends[-1] + self._gap_s)
        if len(self._sends) == self._limit:
            ready = max(ready, self._sends[0] + self.window_s)
        return ready

    def sent(self, now: float) -> None:
        """Note that a request leaves now."""
        self._sends.append(now)
        self._calm_sends += 1
        if self._calm_sends >= CALM_SENDS:
            self._calm_sends = 0
            self._guard_s = max(FIRST_GUARD_S, self._guard_s / 2)

    def learn(self, limit: int | None) -> None:
        """Take over the limit that an answer named."""
        if limit is not None and limit != self._limit:
            self._limit = limit
            self._sends = deque(self._sends, maxlen=limit)

    def refused(self, now: float, reset_s: float | None, *, jitter: float) -> None:
        """Hold everybody back after a 429, and keep a wider distance from then on.

        Units: seconds; `jitter` lies in [0, 1) and spreads several clients of one token.
        """
        hold_s = UNTOLD_HOLD_S if reset_s is None else reset_s
        self._held_until = max(self._held_until, now + hold_s + jitter * FIRST_GUARD_S)
        self._guard_s = min(MAX_GUARD_S, self._guard_s * GUARD_GROWTH)
        self._calm_sends = 0
