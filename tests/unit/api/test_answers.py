"""Every answer is a body, a failure to retry, or an error a person can act on."""

from __future__ import annotations

import pytest

from datosnap.api.answers import Called, gave_up, judge
from datosnap.api.wire import Answer
from datosnap.core.jsontext import Json, encode
from datosnap.core.retrying import Failure, GiveUp, Kind
from datosnap.errors import (
    AccessRefusedError,
    BackupError,
    NonsenseError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
    UsageError,
)
from tests.support.scripted import ok, refusal

CALLED = Called("POST", "/items", "main")


def rejected(answer: Answer) -> RejectedError:
    """Judge an answer that must be a refusal."""
    with pytest.raises(RejectedError) as caught:
        judge(CALLED, answer)
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 299])
def test_a_success_is_its_body(status: int) -> None:
    """The bytes come back as they are."""
    assert judge(CALLED, ok({"data": []}, status)) == b'{"data":[]}'


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(429, b"", is_json=False, reset_s=2.0), Kind.THROTTLED),
        (refusal(429, "RATE_LIMIT_EXCEEDED"), Kind.THROTTLED),
        (refusal(422, "RATE_LIMIT_EXCEEDED"), Kind.THROTTLED),
        (refusal(422, "BATCH_DATA_VALIDATION_IN_PROGRESS"), Kind.BUSY),
        (refusal(422, "CONCURRENT_ITEM_UPDATE"), Kind.BUSY),
        (refusal(500, "CONCURRENT_ITEM_TYPE_UPDATE"), Kind.BUSY),
        (refusal(422, "ENVIRONMENT_NOT_READY"), Kind.BUSY),
        (refusal(422, "WHATEVER", transient=True), Kind.TRANSIENT),
        (refusal(503, "SERVICE_UNAVAILABLE"), Kind.TRANSIENT),
        (refusal(503, "PLATFORM_SCHEDULED_MAINTENANCE"), Kind.TRANSIENT),
        (Answer(502, b"", is_json=False), Kind.GATEWAY),
        (Answer(503, b"", is_json=False), Kind.GATEWAY),
        (Answer(504, b"", is_json=False), Kind.GATEWAY),
        (refusal(500, "EXCEPTION"), Kind.SERVER_ERROR),
        (Answer(301, b"", is_json=False), Kind.NONSENSE),
        (Answer(304, b"", is_json=False), Kind.NONSENSE),
    ],
)
def test_what_may_pass_is_a_failure_of_its_kind(answer: Answer, kind: Kind) -> None:
    """Throttling, business elsewhere and broken gateways are left to the retrying."""
    outcome = judge(CALLED, answer)
    assert isinstance(outcome, Failure)
    assert outcome.kind is kind
    assert outcome.reset_after_s == answer.reset_s
    assert str(answer.status) in outcome.reason


@pytest.mark.parametrize(
    "answer",
    [
        Answer(401, b"", is_json=False),
        Answer(403, b"", is_json=False),
        refusal(401, "INVALID_AUTHORIZATION_HEADER"),
        refusal(403, "INSUFFICIENT_PERMISSIONS"),
        refusal(422, "INSUFFICIENT_PERMISSIONS"),
        refusal(422, "DEACTIVATED_SITE"),
    ],
)
def test_a_refused_token_is_an_access_failure(answer: Answer) -> None:
    """401, 403 and the codes about access end with exit code 12."""
    with pytest.raises(AccessRefusedError, match="refuses the token"):
        judge(CALLED, answer)


def test_a_feature_the_plan_lacks_is_no_fault_of_the_token() -> None:
    """403 with a plan's code is an ordinary refusal, which names the limit."""
    error = rejected(refusal(403, "PLAN_UPGRADE_REQUIRED", {"limit": "workflows"}))
    assert error.has_code("PLAN_UPGRADE_REQUIRED")
    assert "PLAN_UPGRADE_REQUIRED workflows" in str(error)


def test_an_unknown_environment_is_a_usage_failure() -> None:
    """The message names the environment that was asked for."""
    with pytest.raises(UsageError, match="unknown environment 'main'"):
        judge(CALLED, refusal(404, "INVALID_ENVIRONMENT"))


def test_a_refused_field_is_told_readably() -> None:
    """Field, inner code and message stand in one line, with status and request id."""
    details = {"field": "title.en", "code": "VALIDATION_UNIQUENESS", "message": "already taken"}
    entry = {"type": "api_error", "attributes": {"code": "INVALID_FIELD", "details": details}}
    error = rejected(Answer(422, encode({"data": [entry]}), request_id="r-7"))
    assert str(error) == (
        "POST /items in environment 'main': status 422 "
        "INVALID_FIELD title.en VALIDATION_UNIQUENESS 'already taken' [request r-7]"
    )
    assert error.status == 422
    assert error.has_code("VALIDATION_UNIQUENESS")


@pytest.mark.parametrize(
    ("details", "told"),
    [
        ({}, "INVALID_FORMAT"),
        (None, "INVALID_FORMAT"),
        ([1], "INVALID_FORMAT"),
        ({"messages": ["one", 2, "three", "four"]}, "INVALID_FORMAT 'one' 'three'"),
        ({"errors": ["#/children/2"], "field": "a"}, "INVALID_FORMAT a '#/children/2'"),
        ({"missing_fields": ["email"]}, 'INVALID_FORMAT {"missing_fields":["email"]}'),
        ({"messages": "no list", "field": 3}, "INVALID_FORMAT 3"),
    ],
)
def test_details_of_any_shape_are_told(details: Json, told: str) -> None:
    """Known members are put into words; anything else is shown as it came."""
    answer = Answer(
        422, encode({"data": [{"attributes": {"code": "INVALID_FORMAT", "details": details}}]})
    )
    assert str(rejected(answer)).endswith(f"status 422 {told}")


def test_long_and_strange_values_are_cut_and_quoted() -> None:
    """A message stays one line of bounded length, whatever the API says."""
    details = {"field": "a\nb", "message": "x" * 5_000, "code": "y" * 5_000}
    text = str(rejected(refusal(422, "INVALID\x1bFIELD", details)))
    assert "\n" not in text
    assert "\x1b" not in text
    assert len(text) < 1_000
    assert len(str(rejected(refusal(422, "ODD", {"k": "z" * 5_000})))) < 300


def test_several_problems_are_told_and_counted() -> None:
    """Three problems are shown, the others counted, all of them kept."""
    entries = [{"attributes": {"code": f"CODE_{number}"}} for number in range(5)]
    error = rejected(Answer(422, encode({"data": entries})))
    assert str(error).endswith("status 422 CODE_0; CODE_1; CODE_2 and 2 more")
    assert len(error.problems) == 5


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{}",
        b'{"data":{}}',
        b'{"data":[1]}',
        b'{"data":[{"attributes":{"code":5}}]}',
        b'{"data":[{"attributes":null}]}',
        b"\xff",
        b'{"data":' + b"[" * 100000,
    ],
)
def test_a_refusal_of_another_shape_is_still_a_refusal(body: bytes) -> None:
    """Without a readable body the status alone is told."""
    error = rejected(Answer(404, body))
    assert str(error).endswith("status 404")
    assert error.problems == ()


def test_details_too_deep_to_read_are_left_out() -> None:
    """Nesting beyond every parser's depth costs the details, not the run."""
    deep = b"[" * 2_000 + b"]" * 2_000
    body = b'{"data":[{"attributes":{"code":"X","details":{"a":' + deep + b"}}}]}"
    assert " status 422" in str(rejected(Answer(422, body)))


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (GiveUp("it broke", Kind.TIMEOUT, is_outcome_unknown=True), OutcomeUnknownError),
        (GiveUp("it broke", Kind.NONSENSE, is_outcome_unknown=True), OutcomeUnknownError),
        (GiveUp("it broke", Kind.TIMEOUT, is_outcome_unknown=False), UnavailableError),
        (GiveUp("it broke", Kind.THROTTLED, is_outcome_unknown=False), UnavailableError),
        (GiveUp("it broke", Kind.NONSENSE, is_outcome_unknown=False), NonsenseError),
        (GiveUp("it broke", Kind.NOT_JSON, is_outcome_unknown=False), NonsenseError),
        (GiveUp("it broke", Kind.MISMATCH, is_outcome_unknown=False), NonsenseError),
    ],
)
def test_giving_up_becomes_the_error_that_fits(step: GiveUp, error: type[BackupError]) -> None:
    """The class follows what a caller can do about it; all end with exit code 13."""
    found = gave_up(Called("GET", "/site"), step)
    assert type(found) is error
    assert found.exit_code == 13
    assert str(found).startswith("GET /site: it broke")
    assert ("may have been carried out" in str(found)) is step.is_outcome_unknown
