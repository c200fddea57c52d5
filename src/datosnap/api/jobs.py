"""Read job replies, and decide when to ask for a job's result.

Every poll is a paid call, and every wait too long is idle time; so the first wait follows what
jobs of the same kind have lately taken, and what is late is asked for sooner.
Source: the API answers 202 with a job, then 404 for its result until there is one, whose inner
status and payload are what a direct answer would have been.
"""

from __future__ import annotations

import msgspec

from datosnap.api.wire import Answer
from datosnap.core.retrying import Failure, Kind

FIRST_WAIT_S = 0.1
# A job that took a minute says little about the next: the guess stays below this.
MAX_GUESS_S = 10.0
MIN_WAIT_S = 0.02
MAX_WAIT_S = 4.0
_WAIT_GROWTH = 1.6
# Beyond this the longest wait is reached from any guess; the power need not grow further.
_MAX_GROWTHS = 24
# What part of the guess is waited when the job was not done by then.
_LATE_SHARE = 0.3
# Earlier than last time, which was later than need be by a wait.
_GUESS_SHARE = 0.7
# One slow job is not yet a rule.
_GUESS_WEIGHT = 0.5


class _Reference(msgspec.Struct):
    id: str
    type: str


class _JobReply(msgspec.Struct):
    data: _Reference


class _Outcome(msgspec.Struct):
    status: int
    payload: msgspec.Raw = msgspec.Raw(b"null")


class _Result(msgspec.Struct):
    attributes: _Outcome


class _ResultReply(msgspec.Struct):
    data: _Result


_JOB = msgspec.json.Decoder(_JobReply)
_RESULT = msgspec.json.Decoder(_ResultReply)
_STATUSES = range(200, 600)


class JobClock:
    """How long jobs of one kind take, learnt from those that ended."""

    def __init__(self) -> None:
        self._guess_s = FIRST_WAIT_S

    def wait_s(self, polls: int) -> float:
        """Tell how long to wait before poll number `polls` + 1.

        Units: seconds.
        """
        if not polls:
            return max(MIN_WAIT_S, self._guess_s)
        late_s = max(FIRST_WAIT_S * _WAIT_GROWTH, self._guess_s * _LATE_SHARE)
        return min(MAX_WAIT_S, late_s * _WAIT_GROWTH ** min(polls - 1, _MAX_GROWTHS))

    def ended(self, after_s: float) -> None:
        """Learn from a job that ended."""
        latest_s = min(MAX_GUESS_S, after_s * _GUESS_SHARE)
        self._guess_s += (latest_s - self._guess_s) * _GUESS_WEIGHT


class JobClocks:
    """A clock for each kind of request: to publish 200 records takes longer than to add a field.

    Memory: a number for each of the API's routes.
    """

    def __init__(self) -> None:
        self._clocks: dict[tuple[str, str, int], JobClock] = {}

    def of(self, method: str, path: str) -> JobClock:
        """Give the clock of requests like this one, whatever ids they name."""
        kind = (method, path.split("/")[1], path.count("/"))
        return self._clocks.setdefault(kind, JobClock())


def job_path(body: bytes) -> str | Failure:
    """Give the path of the result of the job that a 202 names."""
    try:
        return f"/job-results/{_JOB.decode(body).data.id}"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Failure(Kind.NONSENSE, f"status 202 without a job: {error}")


def job_answer(body: bytes, request_id: str | None) -> Answer | Failure:
    """Give the answer that a finished job stands for, its payload's bytes as they are."""
    try:
        outcome = _RESULT.decode(body).data.attributes
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Failure(Kind.NONSENSE, f"a job result of another shape: {error}")
    if outcome.status not in _STATUSES:
        return Failure(Kind.NONSENSE, f"a job result with status {outcome.status}")
    payload = bytes(outcome.payload)
    # A success without content has no payload; to a caller that is an empty object.
    return Answer(outcome.status, b"{}" if payload == b"null" else payload, request_id=request_id)
