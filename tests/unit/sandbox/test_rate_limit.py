"""Sixty requests in three seconds, and no more while the limit is on."""

from __future__ import annotations

import pytest

from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.rate_limit import RateLimit, Standing


class _Watch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_rest_counts_down() -> None:
    """Each answer says how many requests are left in the window."""
    limit = RateLimit(enforced=True, now=_Watch())

    assert [limit.count("a").remaining for _ in range(3)] == [59, 58, 57]


def test_the_sixty_first_is_told_to_wait() -> None:
    """Beyond the limit the wait is the rest of the window, in whole seconds."""
    watch = _Watch()
    limit = RateLimit(enforced=True, now=watch)
    for _ in range(60):
        limit.count("a")
    watch.now += 1.5

    standing = limit.count("a")

    assert standing.headers()["x-ratelimit-reset"] == "2"
    with pytest.raises(ApiFailure) as caught:
        standing.check()
    assert caught.value.status == 429


def test_a_new_window_starts_afresh() -> None:
    """Three seconds after its first request a token may go on."""
    watch = _Watch()
    limit = RateLimit(enforced=True, now=watch)
    for _ in range(61):
        limit.count("a")
    watch.now += 3

    assert limit.count("a") == Standing(60, 59)


def test_tokens_do_not_share_a_window() -> None:
    """One client's haste does not slow another."""
    limit = RateLimit(enforced=True, now=_Watch())
    for _ in range(61):
        limit.count("a")

    assert limit.count("b").remaining == 59


def test_switched_off_nothing_is_counted() -> None:
    """Without the limit the headers tell one that nobody reaches."""
    limit = RateLimit(enforced=False, now=_Watch())
    told = [limit.count("a") for _ in range(100)]

    assert all(standing.reset_s is None for standing in told)
    assert told[-1].remaining > 1000
