"""Try until there is an outcome or no more reason to try; `core.retrying` decides which."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from datosnap.api.answers import Called, gave_up
from datosnap.api.timing import Timing
from datosnap.core.retrying import Failure, GiveUp, Patience, next_step

T = TypeVar("T")


async def until_settled(
    attempt: Callable[[], Awaitable[T | Failure]],
    *,
    called: Called,
    repeatable: bool,
    patience: Patience,
    timing: Timing,
    wait: Callable[[float], Awaitable[None]],
) -> T:
    """Give the outcome of the first attempt that has one.

    Raises: UnavailableError, NonsenseError or OutcomeUnknownError when trying ended without one;
    whatever `attempt` raises.
    """
    started, tries = timing.now(), 0
    while True:
        tries += 1
        outcome = await attempt()
        if not isinstance(outcome, Failure):
            return outcome
        step = next_step(
            outcome,
            repeatable=repeatable,
            tries=tries,
            spent_s=timing.now() - started,
            jitter=timing.jitter(),
            patience=patience,
        )
        if isinstance(step, GiveUp):
            raise gave_up(called, step)
        await wait(step.wait_s)
