"""Judge an answer: a body to use, a failure to retry, or an error in words for a person.

Source: the error section of the API reference: a body is a list of `api_error`, each with a
code, details whose shape depends on the code, and `transient: true` when it may pass.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from datosnap.api.wire import Answer
from datosnap.core.jsontext import Json, JsonObject, decode_object
from datosnap.core.retrying import Failure, GiveUp, Kind
from datosnap.errors import (
    QUOTED_MAX,
    AccessRefusedError,
    BackupError,
    NonsenseError,
    OutcomeUnknownError,
    Problem,
    RejectedError,
    UnavailableError,
    UsageError,
    quote,
)

_OK = range(200, 300)
_REDIRECTS = range(300, 400)
_REFUSED = (401, 403)
_THROTTLED = 429
_SERVER_ERRORS = range(500, 600)
_GATEWAY = (502, 503, 504)

# 403 is also the answer when a plan lacks a feature; that is no fault of the token.
_PLAN_CODES = frozenset(
    {"PLAN_UPGRADE_REQUIRED", "NOT_ON_PER_SITE_PRICING", "SSO_SETTINGS_REQUIRED"}
)
_ACCESS_CODES = frozenset(
    {
        "INVALID_AUTHORIZATION_HEADER",
        "INSUFFICIENT_PERMISSIONS",
        "DEACTIVATED_SITE",
        "INVALID_SITE",
    }
)
# Refused because of other work in progress: nothing was written, and it passes.
_BUSY_CODES = frozenset({"BATCH_DATA_VALIDATION_IN_PROGRESS", "ENVIRONMENT_NOT_READY"})
_BUSY_PREFIX = "CONCURRENT_"
_TRANSIENT_CODES = frozenset({"SERVICE_UNAVAILABLE", "PLATFORM_SCHEDULED_MAINTENANCE"})

_MESSAGE_MAX = 600
_SHOWN_PROBLEMS = 3


class _ApiError(msgspec.Struct):
    code: str
    details: msgspec.Raw = msgspec.Raw(b"{}")
    transient: bool = False


class _Entry(msgspec.Struct):
    attributes: _ApiError


class _Errors(msgspec.Struct):
    data: list[_Entry]


_ERRORS = msgspec.json.Decoder(_Errors)


@dataclass(frozen=True, slots=True)
class Called:
    """What a message may tell about a request: no query, no header, no body."""

    method: str
    path: str
    environment: str | None = None

    def __str__(self) -> str:
        place = f" in environment {quote(self.environment)}" if self.environment else ""
        return f"{self.method} {self.path}{place}"


def judge(called: Called, answer: Answer) -> bytes | Failure:
    """Give the body of a success, or a failure that retrying decides about.

    Raises: AccessRefusedError, UsageError or RejectedError when trying again cannot help.
    """
    if answer.status in _OK:
        return answer.body
    if answer.status in _REDIRECTS:
        return Failure(
            Kind.NONSENSE,
            f"status {answer.status}, a redirect, which is not followed; is the base URL right?",
        )
    errors = _errors(answer)
    problems = tuple(_problem(error) for error in errors)
    kind = _passing_kind(answer.status, errors, {problem.code for problem in problems})
    if kind is not None:
        return Failure(kind, _reason(answer, problems), answer.reset_s)
    raise _refusal(called, answer, problems)


def gave_up(called: Called, step: GiveUp) -> BackupError:
    """Put the end of all tries into an error."""
    if step.is_outcome_unknown:
        return OutcomeUnknownError(
            f"{called}: {step.reason}; it may have been carried out all the same"
        )
    if step.kind in (Kind.NONSENSE, Kind.NOT_JSON, Kind.MISMATCH):
        return NonsenseError(f"{called}: {step.reason}")
    return UnavailableError(f"{called}: {step.reason}")


def _passing_kind(status: int, errors: list[_ApiError], codes: set[str]) -> Kind | None:
    """Name the kind of a failure that may pass; None when it will not."""
    if status == _THROTTLED or "RATE_LIMIT_EXCEEDED" in codes:
        return Kind.THROTTLED
    if codes & _BUSY_CODES or any(code.startswith(_BUSY_PREFIX) for code in codes):
        return Kind.BUSY
    if codes & _TRANSIENT_CODES or any(error.transient for error in errors):
        return Kind.TRANSIENT
    if status in _GATEWAY:
        return Kind.GATEWAY
    return Kind.SERVER_ERROR if status in _SERVER_ERRORS else None


def _refusal(called: Called, answer: Answer, problems: tuple[Problem, ...]) -> BackupError:
    codes = {problem.code for problem in problems}
    reason = _reason(answer, problems)
    if "INVALID_ENVIRONMENT" in codes:
        return UsageError(
            f"unknown environment {quote(called.environment)}: "
            f"{called.method} {called.path}: {reason}"
        )
    is_refused = answer.status in _REFUSED and not codes & _PLAN_CODES
    if is_refused or codes & _ACCESS_CODES:
        return AccessRefusedError(f"{called}: the API refuses the token: {reason}")
    return RejectedError(f"{called}: {reason}", status=answer.status, problems=problems)


def _errors(answer: Answer) -> list[_ApiError]:
    """Give the errors that the body lists; none when it has another shape."""
    if not answer.is_json:
        return []
    try:
        return [error.attributes for error in _ERRORS.decode(answer.body).data]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []


def _problem(error: _ApiError) -> Problem:
    return Problem(code=_plain(error.code), details=bytes(error.details).decode("utf-8", "replace"))


def _reason(answer: Answer, problems: tuple[Problem, ...]) -> str:
    shown = "; ".join(_tell(problem) for problem in problems[:_SHOWN_PROBLEMS])
    more = len(problems) - _SHOWN_PROBLEMS
    rest = f" and {more} more" if more > 0 else ""
    request = f" [request {answer.request_id}]" if answer.request_id else ""
    text = f"status {answer.status} {shown}".rstrip()[:_MESSAGE_MAX]
    return f"{text}{rest}{request}"


def _tell(problem: Problem) -> str:
    """Put one problem into words: the code, and what its details say about where and why.

    Shape: `INVALID_FIELD title.en VALIDATION_UNIQUENESS "already taken"`.
    """
    try:
        details = decode_object(problem.details)
    except NonsenseError:
        return problem.code
    told = [_plain(details[key]) for key in ("field", "code", "limit") if details.get(key)]
    said = [details.get("message"), *_listed(details, "messages"), *_listed(details, "errors")]
    told += [quote(text) for text in said if isinstance(text, str)][:2]
    if not told and details:
        told = [_cut(problem.details)]
    return " ".join([problem.code, *told])


def _listed(details: JsonObject, key: str) -> list[Json]:
    value = details.get(key)
    return value if isinstance(value, list) else []


def _plain(value: Json) -> str:
    """Show a code or a field's name as it is when it looks like one, quoted otherwise."""
    is_word = isinstance(value, str) and value.isprintable() and 0 < len(value) <= QUOTED_MAX
    return str(value) if is_word else quote(value)


def _cut(text: str) -> str:
    return text if len(text) <= QUOTED_MAX else text[: QUOTED_MAX - 1] + "…"
