"""The pacer uses the allowed rate almost fully, and no way of counting finds it too fast."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable

import pytest

from datosnap.core import pacing
from datosnap.core.pacing import Pacer, read_limit, read_reset

Accepts = Callable[[float], bool]


def fixed_window() -> Accepts:
    """Count anew whenever the server's clock passes a multiple of 3 seconds."""
    counts: dict[int, int] = {}

    def accepts(now: float) -> bool:
        window = int(now // 3)
        counts[window] = counts.get(window, 0) + 1
        return counts[window] <= 60

    return accepts


def first_hit_window() -> Accepts:
    """Count for 3 seconds from the first request on, then anew."""
    state = {"start": float("-inf"), "count": 0.0}

    def accepts(now: float) -> bool:
        if now - state["start"] >= 3:
            state.update(start=now, count=0)
        state["count"] += 1
        return state["count"] <= 60

    return accepts


def sliding_window() -> Accepts:
    """Look back 3 seconds from each request."""
    accepted: deque[float] = deque()

    def accepts(now: float) -> bool:
        while accepted and accepted[0] <= now - 3:
            accepted.popleft()
        if len(accepted) >= 60:
            return False
        accepted.append(now)
        return True

    return accepts


def simulate(accepts: Accepts, *, latency_s: float, spread: float) -> tuple[float, float]:
    """Let eight workers make 3,000 calls; give the share of 20 a second, refusals per 1,000."""
    draw = random.Random(20_260_101)  # noqa: S311 - a simulation, the same every time
    pacer = Pacer()
    events = [(0.0, worker, "send") for worker in range(8)]
    answered = refused = 0
    now = 0.0
    while answered < 3_000:
        now, worker, what = heapq.heappop(events)
        way_s = latency_s / 2 * (1 + draw.uniform(-spread, spread))
        if what == "send" and (ready := pacer.ready_at(now)) > now:
            heapq.heappush(events, (ready, worker, "send"))
        elif what == "send":
            pacer.sent(now)
            heapq.heappush(events, (now + way_s, worker, "arrive"))
        elif what == "arrive":
            heapq.heappush(events, (now + way_s, worker, "good" if accepts(now) else "bad"))
        else:
            answered, refused = answered + (what == "good"), refused + (what == "bad")
            if what == "bad":
                pacer.refused(now, 1.0, jitter=draw.random())
            heapq.heappush(events, (now, worker, "send"))
    return answered / now / 20, 1_000 * refused / (answered + refused)


@pytest.mark.parametrize("latency_s", [0.02, 0.1, 0.2, 0.3])
@pytest.mark.parametrize("window", [fixed_window, first_hit_window, sliding_window])
def test_uses_98_percent_of_the_rate_without_a_refusal(
    window: Callable[[], Accepts], latency_s: float
) -> None:
    """Over an even way, any kind of window grants nearly 60 calls per 3 seconds, all accepted."""
    share, refusals = simulate(window(), latency_s=latency_s, spread=0.1)
    assert refusals == 0
    assert share >= 0.98


@pytest.mark.parametrize("window", [fixed_window, first_hit_window, sliding_window])
def test_draws_few_refusals_over_an_uneven_way(window: Callable[[], Accepts]) -> None:
    """With latencies spread by 30 percent, 5 in 1,000 calls at most are refused."""
    share, refusals = simulate(window(), latency_s=0.2, spread=0.3)
    assert refusals <= 5
    assert share >= 0.95


def test_the_sixty_first_request_waits_for_the_window() -> None:
    """Sixty requests may leave at once; the next one waits for the window and the guard."""
    pacer = Pacer()
    for _ in range(60):
        assert pacer.ready_at(10.0) == 10.0
        pacer.sent(10.0)
    assert pacer.ready_at(10.0) == pytest.approx(13.05)


def test_takes_over_a_limit_that_an_answer_names() -> None:
    """A plan with more requests a window is used; one with fewer is obeyed at once."""
    pacer = Pacer()
    pacer.learn(2)
    pacer.sent(0.0)
    pacer.sent(0.0)
    assert pacer.ready_at(0.0) == pytest.approx(3.05)
    pacer.learn(3)
    assert pacer.ready_at(0.0) == 0.0
    pacer.learn(None)
    pacer.sent(0.0)
    assert pacer.ready_at(0.0) == pytest.approx(3.05)


def test_max_rate_keeps_a_distance_between_requests() -> None:
    """With four requests a second allowed, each leaves a quarter second after the last."""
    pacer = Pacer(max_rate=4)
    pacer.sent(1.0)
    assert pacer.ready_at(1.0) == 1.25
    assert pacer.ready_at(2.0) == 2.0


def test_a_refusal_holds_everybody_back() -> None:
    """After a 429 nothing leaves before its reset, whoever asks; untold, a second is waited."""
    pacer = Pacer()
    pacer.refused(5.0, 3.0, jitter=0.0)
    assert pacer.ready_at(5.0) == 8.0
    pacer.refused(5.0, None, jitter=0.0)
    assert pacer.ready_at(5.0) == 8.0
    untold = Pacer()
    untold.refused(5.0, None, jitter=0.5)
    assert 6.0 < untold.ready_at(5.0) <= 6.05


def test_the_guard_widens_with_refusals_and_comes_back_with_calm() -> None:
    """Refusals widen the distance up to a bound; thousands of calm sends narrow it again."""
    pacer = Pacer()
    pacer.refused(0.0, 0.0, jitter=0.0)
    assert pacer.window_s == pytest.approx(3.075)
    for _ in range(50):
        pacer.refused(0.0, 0.0, jitter=0.0)
    assert pacer.window_s == pytest.approx(3.6)
    for _ in range(5 * pacing.CALM_SENDS):
        pacer.sent(0.0)
    assert pacer.window_s == pytest.approx(3.05)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("60", 60),
        ("1", 1),
        (None, None),
        ("", None),
        ("0", None),
        ("-5", None),
        ("6e1", None),
        ("1000000000", None),
        ("10001", None),
        ("²", None),
        ("nan", None),
    ],
)
def test_reads_a_limit_only_when_it_can_be_meant(text: str | None, limit: int | None) -> None:
    """A missing, negative, textual or absurd limit is ignored."""
    assert read_limit(text) == limit


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("60", 60.0),
        (None, None),
        ("", None),
        ("-1", None),
        ("61", None),
        ("1000000000", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
    ],
)
def test_reads_a_reset_only_when_it_can_be_meant(text: str | None, seconds: float | None) -> None:
    """A missing, negative, NaN, textual or absurd wait is ignored."""
    assert read_reset(text) == seconds
