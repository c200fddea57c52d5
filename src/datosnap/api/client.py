"""Call the management API: paced, retried, jobs followed, every refusal put into words.

What may be repeated is said by the caller, what happened by the wire, and what follows by
`core.retrying`; nothing here matches on text or knows the HTTP library.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from datosnap.api.addresses import proxy_of
from datosnap.api.answers import Called, judge
from datosnap.api.connections import connect_s, open_carrier, tls_context, user_agent
from datosnap.api.decoding import MAX_BODY_BYTES, keep_freed_memory
from datosnap.api.jobs import JobClocks, job_answer, job_path
from datosnap.api.query import Query, encode_query
from datosnap.api.settings import DEFAULT_BASE_URL, ClientSettings, check_environment
from datosnap.api.timing import RealTime, Timing
from datosnap.api.traffic import Channel, Heard, Spent, Traffic
from datosnap.api.trying import until_settled
from datosnap.api.wire import Answer, Wire, WireRequest
from datosnap.core.jsontext import JsonObject, decode_object, encode
from datosnap.core.retrying import Failure, Kind, Patience
from datosnap.errors import NonsenseError, UnavailableError, quote

__all__ = ["DEFAULT_BASE_URL", "Client", "ClientSettings", "Heard", "Query", "Spent"]

T = TypeVar("T")

# Ids and api_keys come from snapshots too; none holds a slash, a dot segment or a question mark.
_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9_.~-]+)+")
_JSON_TYPE = "application/json"
_ACCEPTED = 202
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class _Call:
    """One request as it is sent, as often as it is sent."""

    called: Called
    request: WireRequest
    repeatable: bool = True
    max_bytes: int = MAX_BODY_BYTES


class Client:
    """The management API of one project, for as long as the `async with` lasts.

    Memory: at most `in_flight` bodies are being read at once.
    """

    def __init__(
        self,
        settings: ClientSettings,
        *,
        timing: Timing | None = None,
        open_wire: Callable[[], Channel] | None = None,
    ) -> None:
        self._settings = settings
        self._timing = timing or RealTime()
        self._open_wire = open_wire
        self._environment = settings.environment
        self._fixed_headers = {
            "Authorization": f"Bearer {settings.token.reveal()}",
            "Accept": _JSON_TYPE,
            "User-Agent": user_agent(),
            "X-Api-Version": "3",
        }
        self._patience = Patience(settings.max_tries, settings.patience_s)
        self._jobs = JobClocks()
        self._traffic = Traffic(
            in_flight=settings.in_flight, max_rate=settings.max_rate, timing=self._timing
        )

    async def __aenter__(self) -> Self:
        keep_freed_memory()
        self._traffic.open(self._open_wire or _wire_opener(self._settings))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._traffic.aclose()

    @property
    def spent(self) -> Spent:
        """Give what was spent so far."""
        return self._traffic.spent

    @property
    def heard(self) -> Heard:
        """Give what the answers so far told about the API itself."""
        return self._traffic.heard

    def allow_calls(self, count: int) -> None:
        """Send no more than so many requests, those sent before included.

        The request beyond ends in CallLimitError.
        """
        self._traffic.max_calls = count

    def pin(self, environment_id: str) -> None:
        """Send every later request to this environment, whichever is primary by then."""
        check_environment(environment_id)
        self._environment = environment_id

    async def get(
        self, path: str, query: Query | None = None, *, max_bytes: int = MAX_BODY_BYTES
    ) -> bytes:
        """Read `path`; give the body as the API sent it.

        Raises: AccessRefusedError, RejectedError, UnavailableError, NonsenseError; UsageError
        for an unknown environment.
        """
        return await self._settle(_Call(*self._request("GET", path, query), max_bytes=max_bytes))

    async def get_object(self, path: str, query: Query | None = None) -> JsonObject:
        """Read `path`; give the decoded body. Raises as `get`."""
        call = _Call(*self._request("GET", path, query))
        return _decoded(call.called, await self._settle(call))

    async def send(
        self,
        method: str,
        path: str,
        body: JsonObject | None = None,
        query: Query | None = None,
        *,
        repeatable: bool,
    ) -> JsonObject:
        """Make a change; give the decoded answer, that of its job when there was one.

        `repeatable` tells that a second request like this changes nothing more. Raises: as `get`,
        and OutcomeUnknownError when the change may have been made and must not be repeated.
        """
        call = _Call(*self._request(method, path, query, body), repeatable=repeatable)
        return _decoded(call.called, await self._settle(call))

    def _request(
        self, method: str, path: str, query: Query | None = None, body: JsonObject | None = None
    ) -> tuple[Called, WireRequest]:
        if not _PATH.fullmatch(path):
            raise NonsenseError(f"{quote(path)} cannot be a path of the API")
        asked = f"?{encode_query(query)}" if query else ""
        url = f"{self._settings.base_url.rstrip('/')}{path}{asked}"
        content = None if body is None else encode(body)
        request = WireRequest(method, url, self._headers(has_body=body is not None), content)
        return Called(method, path, self._environment), request

    def _headers(self, *, has_body: bool) -> dict[str, str]:
        headers = dict(self._fixed_headers)
        if self._environment is not None:
            headers["X-Environment"] = self._environment
        if has_body:
            headers["Content-Type"] = _JSON_TYPE
        return headers

    async def _settle(self, call: _Call) -> bytes:
        return await self._until_settled(call, partial(self._attempt, call))

    async def _until_settled(self, call: _Call, attempt: Callable[[], Awaitable[T | Failure]]) -> T:
        return await until_settled(
            attempt,
            called=call.called,
            repeatable=call.repeatable,
            patience=self._patience,
            timing=self._timing,
            wait=self._traffic.wait_to_retry,
        )

    async def _attempt(self, call: _Call) -> bytes | Failure:
        answer = await self._traffic.exchange(call.request, max_bytes=call.max_bytes)
        if isinstance(answer, Answer) and answer.status == _ACCEPTED:
            answer = await self._follow(call, answer)
        return answer if isinstance(answer, Failure) else judge(call.called, answer)

    async def _follow(self, call: _Call, accepted: Answer) -> Answer | Failure:
        """Wait for the job that a 202 names, within the patience for one call."""
        path = job_path(accepted.body)
        if isinstance(path, Failure):
            return path
        poll = _Call(*self._request("GET", path), max_bytes=call.max_bytes)
        clock = self._jobs.of(call.called.method, call.called.path)
        started, polls = self._timing.now(), 0
        while self._timing.now() - started <= self._patience.max_spent_s:
            await self._traffic.wait(clock.wait_s(polls))
            polls += 1
            try:
                result = await self._until_settled(poll, partial(self._poll, poll))
            except (UnavailableError, NonsenseError) as error:
                return Failure(Kind.JOB_UNFINISHED, f"its job's result cannot be read: {error}")
            if result is not None:
                clock.ended(self._timing.now() - started)
                return result
        waited_s = self._timing.now() - started
        return Failure(Kind.JOB_UNFINISHED, f"{path} has no result after {waited_s:.0f} s")

    async def _poll(self, poll: _Call) -> Answer | Failure | None:
        """Ask for a job's result once; None while there is none."""
        answer = await self._traffic.exchange(poll.request, max_bytes=poll.max_bytes)
        if isinstance(answer, Failure):
            return answer
        if answer.status == _NOT_FOUND:
            return None
        body = judge(poll.called, answer)
        return body if isinstance(body, Failure) else job_answer(body, answer.request_id)


def _decoded(called: Called, body: bytes) -> JsonObject:
    try:
        return decode_object(body) if body else {}
    except NonsenseError as error:
        raise NonsenseError(f"{called}: {error}") from None


def _wire_opener(settings: ClientSettings) -> Callable[[], Channel]:
    """Make ready what the wires share: trusted authorities, and the proxy unless on loopback."""
    base_url = settings.base_url
    connect = partial(open_carrier, base_url, tls_context(), proxy_of(base_url))
    return lambda: Wire(
        connect, deadline_s=settings.deadline_s, connect_s=connect_s(settings.deadline_s)
    )
