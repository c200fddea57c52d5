"""Answer slow operations with a job to poll, as the API does, or at once.

Source: 202 with a job's id; `/job-results/:id` is 404 until the result is there, then tells the
status and the body that the operation would have had. Every request counts, polls too. Any
endpoint may answer directly, so both ways are true to the API; `polls` and `World.job_delay`
say how long a client has to wait.
"""

from __future__ import annotations

from dataclasses import dataclass

from datosnap.core.jsontext import Json, decode
from datosnap.sandbox.calls import Call, Endpoint, Reply, Wait
from datosnap.sandbox.failures import ApiFailure, not_found
from datosnap.sandbox.queries import is_true

_ACCEPTED = 202
_NOT_FOUND = 404
_JOB_ID_BYTES = 12
# Results of older jobs are forgotten: a sandbox that runs for weeks must not grow by them.
_RESULTS_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Jobs:
    """How the endpoints marked as jobs answer; `polls` is how often a result is not there yet."""

    asynchronous: bool = False
    polls: int = 1

    def perform(self, endpoint: Endpoint, call: Call) -> Reply:
        """Carry out `call`, and answer with the result or with a job.

        Raises: ApiFailure; of a job only when the entity itself is not there.
        """
        # A fork that is asked to answer at once tells that it is being made, without a job.
        at_once = is_true(call.query.get("immediate_return"))
        if endpoint.wait is Wait.SYNC or not self.asynchronous or at_once:
            return endpoint.handler(call)
        try:
            reply = endpoint.handler(call)
        except ApiFailure as failure:
            if failure.status == _NOT_FOUND:
                raise
            reply = Reply(failure.body(), failure.status)
        return self._started(call, reply)

    def _started(self, call: Call, reply: Reply) -> Reply:
        job_id = call.world.new_bytes(_JOB_ID_BYTES).hex()
        result = {"status": reply.status, "payload": _payload(reply)}
        ready_at = call.world.clock() + call.world.job_delay
        call.project.jobs[job_id] = (result, ready_at)
        call.project.polls_left[job_id] = self.polls
        while len(call.project.jobs) > _RESULTS_KEPT:
            oldest = next(iter(call.project.jobs))
            del call.project.jobs[oldest], call.project.polls_left[oldest]
        return Reply({"data": {"type": "job", "id": job_id}}, _ACCEPTED)


def _payload(reply: Reply) -> Json:
    return decode(reply.body) if isinstance(reply.body, bytes) else reply.body


def _find(call: Call) -> Reply:
    job_id = call.path["id"]
    if job_id not in call.project.jobs:
        raise not_found()
    result, ready_at = call.project.jobs[job_id]
    left = call.project.polls_left.get(job_id, 0)
    if left > 0:
        call.project.polls_left[job_id] = left - 1
        raise not_found()
    if call.world.job_delay and call.world.clock() < ready_at:
        raise not_found()
    return Reply({"data": {"type": "job_result", "id": job_id, "attributes": result}})


ENDPOINTS = (Endpoint("GET", "/job-results/{id}", _find, changes=False),)
