"""Job replies are read strictly, and polls follow what jobs have lately taken."""

from __future__ import annotations

import pytest

from datosnap.api.jobs import MAX_GUESS_S, MAX_WAIT_S, JobClock, JobClocks, job_answer, job_path
from datosnap.api.wire import Answer
from datosnap.core.retrying import Failure, Kind


def test_the_path_of_a_result_comes_from_the_job() -> None:
    """The id of the job is the last part of its result's path."""
    assert job_path(b'{"data":{"id":"47d9","type":"job"}}') == "/job-results/47d9"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"data":null}', b'{"data":{"id":5,"type":"job"}}'])
def test_a_202_without_a_job_is_nonsense(body: bytes) -> None:
    """Nothing is polled for that has no id."""
    outcome = job_path(body)
    assert isinstance(outcome, Failure)
    assert outcome.kind is Kind.NONSENSE


def test_a_result_stands_for_a_direct_answer() -> None:
    """Inner status and payload are taken over, the payload byte for byte."""
    payload = b'{"data": {"id":"1", "big": 18446744073709551616}}'
    body = b'{"data":{"attributes":{"status":201,"statusText":"OK","payload":' + payload + b"}}}"
    assert job_answer(body, "r-1") == Answer(201, payload, request_id="r-1")


@pytest.mark.parametrize("rest", ["", ',"payload":null'])
def test_a_result_without_payload_is_an_empty_object(rest: str) -> None:
    """A deletion may have nothing to say."""
    body = '{"data":{"attributes":{"status":200' + rest + "}}}"
    assert job_answer(body.encode(), None) == Answer(200, b"{}")


@pytest.mark.parametrize("attributes", ["{}", '{"status":"200"}', '{"status":0}', "[]"])
def test_a_result_of_another_shape_is_nonsense(attributes: str) -> None:
    """A result without a status that HTTP knows is refused."""
    outcome = job_answer(b'{"data":{"attributes":' + attributes.encode() + b"}}", None)
    assert isinstance(outcome, Failure)


def test_waits_grow_up_to_a_bound() -> None:
    """Each poll waits longer than the one before, up to a few seconds, however many there are."""
    clock = JobClock()
    waits = [clock.wait_s(polls) for polls in range(12)]
    assert waits[0] == pytest.approx(0.1)
    assert waits == sorted(waits)
    assert clock.wait_s(100_000) == MAX_WAIT_S


def test_the_first_wait_follows_recent_jobs() -> None:
    """Quick jobs make polls quick, slow ones spare calls, and endless ones are not waited for."""
    clock = JobClock()
    for _ in range(10):
        clock.ended(0.0)
    assert clock.wait_s(0) == pytest.approx(0.02)
    for _ in range(10):
        clock.ended(0.5)
    assert clock.wait_s(0) == pytest.approx(0.35, rel=0.01)
    for _ in range(10):
        clock.ended(600)
    assert clock.wait_s(0) <= MAX_GUESS_S


@pytest.mark.parametrize("job_s", [0.3, 1.0, 3.0, 8.0])
def test_a_job_that_takes_as_long_as_the_others_is_noticed_soon(job_s: float) -> None:
    """After a few of them two or three polls do, and the last one is not late by much."""
    clock = JobClock()
    for _ in range(10):
        waited_s, polls = 0.0, 0
        while waited_s < job_s:
            waited_s += clock.wait_s(polls)
            polls += 1
        clock.ended(waited_s)

    assert polls <= 3
    assert waited_s <= 1.3 * job_s + 0.1


def test_each_kind_of_job_has_its_own_clock() -> None:
    """A publication of many records does not make the next field wait."""
    clocks = JobClocks()
    for _ in range(10):
        clocks.of("POST", "/items/bulk/publish").ended(8.0)

    assert clocks.of("POST", "/items/bulk/publish").wait_s(0) > 1
    assert clocks.of("PUT", "/fields/abc").wait_s(0) == pytest.approx(0.1)
    clocks.of("PUT", "/fields/abc").ended(1.0)
    assert clocks.of("PUT", "/fields/def").wait_s(0) > 0.1
