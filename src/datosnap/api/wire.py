"""Carry out one request over one connection, and say plainly what came of it.

httpcore alone is under this, not httpx: what that adds (redirects, cookies, decoding that trusts
the peer) is unwanted here, and costs more than all the rest of a page. A total deadline stands
here, bodies arrive undecoded (`decoding.py`), and every exception becomes a value: nothing above
knows which library carries the bytes. A connection that misbehaved is not used again, since what
is left in it would be read as the answer to the next request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Protocol

import anyio
import httpcore

from datosnap.api.breakages import CORE_ERRORS, failure_of
from datosnap.api.decoding import decode_body, is_whole_object, max_raw_bytes, too_large
from datosnap.core.pacing import read_limit, read_reset
from datosnap.core.retrying import Failure, Kind
from datosnap.errors import quote

_OK = range(200, 300)
_NO_CONTENT = 204
# A server may wait for the body of these when no length tells that there is none (RFC 9110, 8.6).
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_REQUEST_ID_MAX = 64


@dataclass(frozen=True, slots=True)
class WireRequest:
    """What is sent: a whole address, headers and a body that is JSON text."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None = None

    def __repr__(self) -> str:
        # The headers hold the token.
        return f"WireRequest({self.method})"


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer; the body is empty when it is not JSON."""

    status: int
    body: bytes
    is_json: bool = True
    request_id: str | None = None
    limit: int | None = None
    reset_s: float | None = None
    served_at: datetime | None = None


class Carrier(Protocol):
    """A connection that is made when first used; one of httpcore's is the real one."""

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request and read the head of its answer."""
        ...

    def is_closed(self) -> bool:
        """Tell whether the connection was made and closed again."""
        ...

    def has_expired(self) -> bool:
        """Tell whether it was idle too long, or the peer has closed it meanwhile."""
        ...

    async def aclose(self) -> None:
        """Close the connection."""
        ...


class Wire:
    """One connection at a time, kept alive between requests and remade after a bad one."""

    def __init__(
        self, connect: Callable[[], Carrier], *, deadline_s: float, connect_s: float | None = None
    ) -> None:
        self._connect = connect
        self._carrier = connect()
        self._deadline_s = deadline_s
        self._extensions = {"timeout": {"connect": connect_s}}

    async def exchange(self, request: WireRequest, *, max_bytes: int) -> Answer | Failure:
        """Send `request` and read its whole answer within the deadline.

        Memory: the body as it was sent and as it is decoded, each within `max_bytes`.
        """
        if self._carrier.is_closed() or self._carrier.has_expired():
            await self._reconnect()
        outcome = await self._try(request, max_bytes)
        if isinstance(outcome, Failure):
            await self._reconnect()
        return outcome

    async def aclose(self) -> None:
        """Close the connection."""
        await self._carrier.aclose()

    async def _reconnect(self) -> None:
        await self._carrier.aclose()
        self._carrier = self._connect()

    async def _try(self, request: WireRequest, max_bytes: int) -> Answer | Failure:
        try:
            # Not `fail_after`, whose two context managers cost as much as reading a head.
            with anyio.move_on_after(self._deadline_s):
                return await self._exchange(request, max_bytes)
        except CORE_ERRORS as error:
            return failure_of(error, _netloc(request.url))
        return Failure(Kind.TIMEOUT, f"no complete answer within {self._deadline_s:g} s")

    async def _exchange(self, request: WireRequest, max_bytes: int) -> Answer | Failure:
        sent = httpcore.Request(
            request.method,
            _address(request.url),
            headers=list(_headers(request).items()),
            content=request.content,
            extensions=self._extensions,
        )
        response = await self._carrier.handle_async_request(sent)
        try:
            head = _Head(response)
            if head.status == _NO_CONTENT:
                return head.answer(b"", is_json=False)
            raw = await _read(response, head, max_bytes)
        finally:
            await response.aclose()
        if isinstance(raw, Failure):
            return raw
        return _judge(head, raw, max_bytes)


def _netloc(url: str) -> str:
    return url.split("/", 3)[2]


def _address(url: str) -> httpcore.URL:
    """Take an address apart, and the part that all requests share only once."""
    scheme, _, netloc, target = url.split("/", 3)
    at = _origin(f"{scheme}//{netloc}")
    return httpcore.URL(scheme=at.scheme, host=at.host, port=at.port, target=f"/{target}")


@lru_cache(maxsize=4)
def _origin(address: str) -> httpcore.URL:
    return httpcore.URL(address)


def _headers(request: WireRequest) -> dict[str, str]:
    headers = {
        "Host": _netloc(request.url),
        **request.headers,
        "Accept-Encoding": "gzip",
    }
    if request.content is not None or request.method in _WITH_BODY:
        headers["Content-Length"] = str(len(request.content or b""))
    return headers


class _Head:
    """What an answer says before its body."""

    def __init__(self, response: httpcore.Response) -> None:
        self.status = response.status
        self._headers: dict[bytes, bytes] = {}
        for name, value in response.headers:
            lower = name.lower()
            before = self._headers.get(lower)
            self._headers[lower] = value if before is None else before + b", " + value

    def find(self, name: bytes) -> str | None:
        """Give a header by its name in small letters; repeated ones are joined by commas."""
        value = self._headers.get(name)
        return None if value is None else value.decode("latin-1").strip()

    def get(self, name: bytes) -> str:
        """Give a header as `find` does, empty when it is missing."""
        return self.find(name) or ""

    def answer(self, body: bytes, *, is_json: bool) -> Answer:
        """Put head and body together."""
        return Answer(
            status=self.status,
            body=body,
            is_json=is_json,
            request_id=_request_id(self.get(b"x-request-id")),
            limit=read_limit(self.find(b"x-ratelimit-limit")),
            reset_s=read_reset(self.find(b"x-ratelimit-reset")),
            served_at=_served_at(self.get(b"date")),
        )


def _judge(head: _Head, raw: bytes, max_bytes: int) -> Answer | Failure:
    """Decode the body and make sure that it is what an API answers."""
    if not _is_json(head):
        return _without_json(head)
    body = decode_body(raw, head.get(b"content-encoding").lower(), max_bytes=max_bytes)
    if isinstance(body, Failure):
        return body
    if not body and head.status not in _OK:
        return head.answer(b"", is_json=False)
    if not is_whole_object(body):
        return Failure(Kind.TRUNCATED, f"the body of {len(body)} bytes is not a JSON object")
    return head.answer(body, is_json=True)


def _without_json(head: _Head) -> Answer | Failure:
    if head.status not in _OK:
        return head.answer(b"", is_json=False)
    found = quote(head.get(b"content-type"))
    return Failure(Kind.NOT_JSON, f"status {head.status} with content type {found}")


async def _read(response: httpcore.Response, head: _Head, max_bytes: int) -> bytes | Failure:
    length = head.find(b"content-length")
    is_chunked = "chunked" in head.get(b"transfer-encoding").lower()
    if length is None and not is_chunked:
        # Such a body ends where the connection does: nothing tells its end from a break.
        return Failure(Kind.NONSENSE, "the answer names no length, so its end cannot be known")
    raw = bytearray()
    async for part in response.aiter_stream():
        raw += part
        if len(raw) > max_raw_bytes(max_bytes):
            return too_large(max_bytes)
    if length is not None and not is_chunked and length != str(len(raw)):
        expected = quote(length)
        return Failure(Kind.TRUNCATED, f"expected {expected} bytes, {len(raw)} came")
    return bytes(raw)


def _request_id(text: str) -> str | None:
    is_sane = text.isascii() and text.isprintable() and 0 < len(text) <= _REQUEST_ID_MAX
    return text if is_sane else None


# Many answers come within one second.
@lru_cache(maxsize=16)
def _served_at(text: str) -> datetime | None:
    """Read the server's clock, which HTTP tells in GMT; None when it cannot be meant."""
    try:
        return parsedate_to_datetime(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def _is_json(head: _Head) -> bool:
    media_type = head.get(b"content-type").partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")
