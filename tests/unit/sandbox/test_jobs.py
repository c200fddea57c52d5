"""Slow operations answer with a job when asked to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from datosnap.sandbox import jobs
from datosnap.sandbox.jobs import Jobs
from tests.unit.sandbox.client import Client

_FORK = {"data": {"type": "environment", "id": "fork"}}


def test_sync_answers_at_once(api: Client) -> None:
    """The final status and body come back directly."""
    answer = api.post("/environments/main/fork", _FORK)

    assert (answer.status, answer.data["id"]) == (201, "fork")


def test_job_is_not_found_until_it_is_done() -> None:
    """The first polls are 404, then the result tells status and payload."""
    api = Client.fresh(jobs=Jobs(asynchronous=True, polls=2))

    started = api.post("/environments/main/fork", _FORK)
    polls = [api.get(f"/job-results/{started.data['id']}") for _ in range(3)]

    assert (started.status, started.data["type"]) == (202, "job")
    assert [poll.status for poll in polls] == [404, 404, 200]
    result = polls[-1].data
    assert (result["type"], result["id"]) == ("job_result", started.data["id"])
    assert result["attributes"]["status"] == 201
    assert result["attributes"]["payload"]["data"]["id"] == "fork"


def test_refusal_comes_as_a_result() -> None:
    """What the operation would have been answered with is in the result."""
    api = Client.fresh(jobs=Jobs(asynchronous=True, polls=0))

    started = api.change("/site", "site", locales=[])
    result = api.get(f"/job-results/{started.data['id']}").data["attributes"]

    assert (started.status, result["status"]) == (202, 422)
    assert result["payload"]["data"][0]["attributes"]["code"] == "INVALID_FIELD"


def test_unknown_entity_is_told_at_once() -> None:
    """No job is started for what is not there."""
    api = Client.fresh(jobs=Jobs(asynchronous=True))

    assert api.delete("/fields/unknown").status == 404


def test_unknown_job_is_not_found(api: Client) -> None:
    """A wrong id looks like a job that is still running."""
    assert api.get("/job-results/0123").code == "NOT_FOUND"


def test_job_takes_as_long_as_the_world_says() -> None:
    """With a delay the result is there when its time has come."""
    api = Client.fresh(jobs=Jobs(asynchronous=True, polls=0))
    api.world.job_delay = timedelta(seconds=10)

    started = api.change("/site", "site", name="New")
    early = api.get(f"/job-results/{started.data['id']}")
    for _ in range(10):
        api.world.clock()

    assert early.status == 404
    assert api.get(f"/job-results/{started.data['id']}").status == 200


def test_immediate_return_needs_no_job() -> None:
    """A fork that is asked to answer at once tells that it is being made."""
    api = Client.fresh(jobs=Jobs(asynchronous=True))

    answer = api.post("/environments/main/fork?immediate_return=true", _FORK)

    assert (answer.status, answer.data["meta"]["status"]) == (201, "creating")


def test_old_results_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox that runs for long keeps the latest results only."""
    monkeypatch.setattr(jobs, "_RESULTS_KEPT", 2)
    api = Client.fresh(jobs=Jobs(asynchronous=True, polls=0))

    started = [api.change("/site", "site", name=f"N{n}").data["id"] for n in range(3)]

    assert [api.get(f"/job-results/{each}").status for each in started] == [404, 200, 200]
    assert len(api.project.polls_left) == 2
