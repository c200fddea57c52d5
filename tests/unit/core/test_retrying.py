"""What follows a failure depends on its kind, and on whether the request may be repeated."""

from __future__ import annotations

import pytest

from datosnap.core.retrying import Failure, GiveUp, Kind, Patience, Wait, next_step

REFUSED = [Kind.THROTTLED, Kind.TRANSIENT, Kind.BUSY, Kind.NEVER_REACHED, Kind.UNREACHABLE]
MAY_BE_DONE = [
    Kind.GATEWAY,
    Kind.SERVER_ERROR,
    Kind.NOT_JSON,
    Kind.TIMEOUT,
    Kind.LOST,
    Kind.TRUNCATED,
    Kind.MISMATCH,
]
FINAL = [Kind.NONSENSE, Kind.JOB_UNFINISHED]


def decide(
    kind: Kind,
    *,
    repeatable: bool = True,
    tries: int = 1,
    spent_s: float = 0,
    jitter: float = 0.5,
    reset_after_s: float | None = None,
) -> Wait | GiveUp:
    """Ask what follows, with the usual patience."""
    failure = Failure(kind, "it broke", reset_after_s)
    return next_step(
        failure,
        repeatable=repeatable,
        tries=tries,
        spent_s=spent_s,
        jitter=jitter,
        patience=Patience(),
    )


def test_every_kind_has_been_decided_about() -> None:
    """No kind of failure is missing from the lists that these tests walk."""
    assert {*REFUSED, *MAY_BE_DONE, *FINAL} == set(Kind)


@pytest.mark.parametrize("kind", [*REFUSED, *MAY_BE_DONE])
def test_what_may_be_repeated_is_tried_again(kind: Kind) -> None:
    """A first failure that may pass leads to a short wait, never under 50 ms."""
    for jitter in (0.0, 0.999):
        step = decide(kind, jitter=jitter)
        assert isinstance(step, Wait)
        assert 0.05 <= step.wait_s <= 1


@pytest.mark.parametrize("kind", REFUSED)
def test_what_was_refused_is_tried_again_even_if_not_repeatable(kind: Kind) -> None:
    """A refusal, or a connection never made, proves that nothing was done."""
    assert isinstance(decide(kind, repeatable=False), Wait)


@pytest.mark.parametrize("kind", [*MAY_BE_DONE, *FINAL])
def test_what_may_be_done_is_never_repeated_unasked(kind: Kind) -> None:
    """A change that may have been made is given up at once, and called unknown."""
    step = decide(kind, repeatable=False)
    assert step == GiveUp("it broke", kind, is_outcome_unknown=True)


@pytest.mark.parametrize("kind", FINAL)
def test_nonsense_is_not_asked_for_twice(kind: Kind) -> None:
    """What would come again is given up after the first try."""
    assert decide(kind) == GiveUp("it broke", kind, is_outcome_unknown=False)


@pytest.mark.parametrize(
    ("kind", "tries"),
    [
        (Kind.TRANSIENT, 8),
        (Kind.GATEWAY, 8),
        (Kind.SERVER_ERROR, 5),
        (Kind.NOT_JSON, 4),
        (Kind.TIMEOUT, 5),
        (Kind.NEVER_REACHED, 3),
        (Kind.UNREACHABLE, 8),
        (Kind.LOST, 8),
        (Kind.TRUNCATED, 8),
        (Kind.MISMATCH, 2),
    ],
)
def test_tries_are_bounded_by_kind(kind: Kind, tries: int) -> None:
    """The last allowed try ends in giving up, and the reason counts them."""
    assert isinstance(decide(kind, tries=tries - 1), Wait)
    step = decide(kind, tries=tries, spent_s=12)
    assert isinstance(step, GiveUp)
    assert step.reason == f"it broke; gave up after {tries} tries in 12 s"


@pytest.mark.parametrize("kind", [Kind.THROTTLED, Kind.BUSY])
def test_being_asked_to_wait_is_bounded_by_time_alone(kind: Kind) -> None:
    """A storm of refusals may last for many tries, but not beyond the patience."""
    assert isinstance(decide(kind, tries=99, spent_s=200), Wait)
    assert isinstance(decide(kind, tries=99, spent_s=299.9), GiveUp)


def test_a_reset_is_waited_for_in_full() -> None:
    """The server's own wait is the least that is waited; jitter only adds to it."""
    early = decide(Kind.THROTTLED, reset_after_s=3.0, jitter=0.0)
    late = decide(Kind.THROTTLED, reset_after_s=3.0, jitter=0.9)
    assert isinstance(early, Wait)
    assert isinstance(late, Wait)
    assert 3.0 < early.wait_s < late.wait_s < 4.0


def test_waits_grow_and_end_at_their_bound() -> None:
    """Backing off doubles the wait until the longest one, however many tries are made."""
    waits = [decide(Kind.BUSY, tries=tries, jitter=0.0) for tries in (1, 2, 3, 4, 5, 6, 5_000)]
    assert [step.wait_s for step in waits if isinstance(step, Wait)] == [
        0.125,
        0.25,
        0.5,
        1.0,
        2.0,
        2.5,
        2.5,
    ]


def test_workers_do_not_retry_in_step() -> None:
    """Different draws give different waits."""
    steps = {decide(Kind.THROTTLED, jitter=tenth / 10) for tenth in range(10)}
    assert len(steps) == 10
