"""Count requests per token in fixed windows, and say how many are left.

Source: the API allows 60 requests in 3 seconds and answers a 429 with `X-RateLimit-Reset`, the
whole seconds to wait; its headers tell the limit and the rest on every answer. While the limit is
switched off the headers tell a limit that nobody reaches, so that a client that paces itself by
them is not held back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from datosnap.sandbox.failures import ApiFailure

LIMIT = 60
WINDOW_S = 3.0
# beyond what one machine answers in three seconds, and within what clients take for meant
_NO_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a token stands in its window; `reset_s` is None while it may go on."""

    limit: int
    remaining: int
    reset_s: int | None = None

    def headers(self) -> dict[str, str]:
        """Give the answer's headers."""
        told = {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
        }
        if self.reset_s is not None:
            told["x-ratelimit-reset"] = str(self.reset_s)
        return told

    def check(self) -> None:
        """Refuse to go on beyond the limit.

        Raises: ApiFailure RATE_LIMIT_EXCEEDED.
        """
        if self.reset_s is not None:
            raise ApiFailure("RATE_LIMIT_EXCEEDED")


@dataclass(slots=True)
class RateLimit:
    """The windows of all tokens; `now` is a clock in seconds that never goes back."""

    enforced: bool
    now: Callable[[], float]
    _windows: dict[str, tuple[float, int]] = field(default_factory=dict)

    def count(self, token: str) -> Standing:
        """Count one request of `token`."""
        if not self.enforced:
            return Standing(_NO_LIMIT, _NO_LIMIT - 1)
        now = self.now()
        start, used = self._windows.get(token, (now, 0))
        if now - start >= WINDOW_S:
            start, used = now, 0
        if used >= LIMIT:
            return Standing(LIMIT, 0, max(1, math.ceil(start + WINDOW_S - now)))
        self._windows[token] = (start, used + 1)
        return Standing(LIMIT, LIMIT - used - 1)
