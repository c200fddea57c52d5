"""Decide, without waiting or looking at a clock, what follows a failed request.

What matters about a failure is whether the request may have been carried out: then only a
request that may be repeated is. The caller draws the jitter, keeps the time and does the
sleeping; that is what lets every branch below be tested in microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """In which way a request failed."""

    THROTTLED = "throttled"
    TRANSIENT = "transient"
    BUSY = "busy"
    GATEWAY = "gateway"
    SERVER_ERROR = "server error"
    NOT_JSON = "not JSON"
    TIMEOUT = "timeout"
    NEVER_REACHED = "never reached"
    UNREACHABLE = "unreachable"
    LOST = "connection lost"
    TRUNCATED = "truncated"
    MISMATCH = "mismatch"
    JOB_UNFINISHED = "job unfinished"
    NONSENSE = "nonsense"


@dataclass(frozen=True, slots=True)
class Failure:
    """What happened, and how long the server asked to be left alone.

    Units: seconds. `reset_after_s` has been checked to lie in 0..60.
    """

    kind: Kind
    reason: str
    reset_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How much one call may cost, all its tries together."""

    max_tries: int = 8
    max_spent_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Try again after so many seconds."""

    wait_s: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Stop; `is_outcome_unknown` says that a change may or may not have been made."""

    reason: str
    kind: Kind
    is_outcome_unknown: bool


@dataclass(frozen=True, slots=True)
class _Rule:
    """How one kind is met; `tries` None: as many as the patience, 0: bounded by time alone."""

    may_be_done: bool
    first_wait_s: float
    max_wait_s: float
    tries: int | None = None


# A refusal proves that nothing was done; so does a connection that was never made. Throttling
# is bounded by time alone, since nine answers of ten may be 429 for a while; its waits end at
# the length of the API's window. A host that never answered is most likely a wrong one.
_RULES = {
    Kind.THROTTLED: _Rule(may_be_done=False, first_wait_s=0.5, max_wait_s=3, tries=0),
    Kind.TRANSIENT: _Rule(may_be_done=False, first_wait_s=0.5, max_wait_s=30),
    Kind.BUSY: _Rule(may_be_done=False, first_wait_s=0.25, max_wait_s=5, tries=0),
    Kind.GATEWAY: _Rule(may_be_done=True, first_wait_s=0.5, max_wait_s=30),
    Kind.SERVER_ERROR: _Rule(may_be_done=True, first_wait_s=0.5, max_wait_s=5, tries=5),
    Kind.NOT_JSON: _Rule(may_be_done=True, first_wait_s=0.5, max_wait_s=5, tries=4),
    Kind.TIMEOUT: _Rule(may_be_done=True, first_wait_s=1, max_wait_s=10, tries=5),
    Kind.NEVER_REACHED: _Rule(may_be_done=False, first_wait_s=0.5, max_wait_s=5, tries=3),
    Kind.UNREACHABLE: _Rule(may_be_done=False, first_wait_s=0.5, max_wait_s=30),
    Kind.LOST: _Rule(may_be_done=True, first_wait_s=0.25, max_wait_s=10),
    Kind.TRUNCATED: _Rule(may_be_done=True, first_wait_s=0.25, max_wait_s=5),
    Kind.MISMATCH: _Rule(may_be_done=True, first_wait_s=0.25, max_wait_s=5, tries=2),
    Kind.JOB_UNFINISHED: _Rule(may_be_done=True, first_wait_s=0, max_wait_s=0, tries=1),
    Kind.NONSENSE: _Rule(may_be_done=True, first_wait_s=0, max_wait_s=0, tries=1),
}


def next_step(
    failure: Failure,
    *,
    repeatable: bool,
    tries: int,
    spent_s: float,
    jitter: float,
    patience: Patience,
) -> Wait | GiveUp:
    """Choose between waiting and giving up.

    Units: seconds. `tries` counts the tries already made, from 1; `jitter` lies in [0, 1).
    Source: the management API answers 429 with X-RateLimit-Reset in whole seconds, and the
    official client's retry policy, here bounded, jittered and not repeating what may be done.
    """
    rule = _RULES[failure.kind]
    if rule.may_be_done and not repeatable:
        return GiveUp(failure.reason, failure.kind, is_outcome_unknown=True)
    wait_s = (failure.reset_after_s or 0.0) + _backoff_s(rule, tries) * (0.5 + 0.5 * jitter)
    if _is_exhausted(rule, tries, patience) or spent_s + wait_s > patience.max_spent_s:
        return GiveUp(_summary(failure, tries, spent_s), failure.kind, is_outcome_unknown=False)
    return Wait(wait_s)


def _backoff_s(rule: _Rule, tries: int) -> float:
    # Beyond 16 doublings every rule is at its longest wait; the power need not grow further.
    return min(rule.max_wait_s, rule.first_wait_s * 2.0 ** min(tries - 1, 16))


def _is_exhausted(rule: _Rule, tries: int, patience: Patience) -> bool:
    if rule.tries == 0:
        return False
    return tries >= min(rule.tries or patience.max_tries, patience.max_tries)


def _summary(failure: Failure, tries: int, spent_s: float) -> str:
    if tries == 1:
        return failure.reason
    return f"{failure.reason}; gave up after {tries} tries in {spent_s:.0f} s"
