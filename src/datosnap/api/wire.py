"""Carry out one request over one connection, and say plainly what came of it.

httpx's timeout is per read, its decoding trusts the peer and its exceptions hold the request
with the token. So a total deadline stands here, bodies arrive undecoded (`decoding.py`), and
every exception of httpx becomes a value: nothing above knows which library carries the bytes.
A connection that misbehaved is not used again, since what is left in it would be read as the
answer to the next request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import anyio
import httpx

from datosnap.api.decoding import decode_body, is_whole_object, max_raw_bytes, too_large
from datosnap.core.pacing import read_limit, read_reset
from datosnap.core.retrying import Failure, Kind
from datosnap.errors import QUOTED_MAX, quote

_OK = range(200, 300)
_NO_CONTENT = 204
# Only these prove that the request never left: there was no connection to send it over.
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
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


class Wire:
    """One connection at a time, kept alive between requests and remade after a bad one."""

    def __init__(self, connect: Callable[[], httpx.AsyncClient], *, deadline_s: float) -> None:
        self._connect = connect
        self._client = connect()
        self._deadline_s = deadline_s

    async def exchange(self, request: WireRequest, *, max_bytes: int) -> Answer | Failure:
        """Send `request` and read its whole answer within the deadline.

        Memory: the body as it was sent and as it is decoded, each within `max_bytes`.
        """
        outcome = await self._try(request, max_bytes)
        if isinstance(outcome, Failure):
            await self._client.aclose()
            self._client = self._connect()
        return outcome

    async def aclose(self) -> None:
        """Close the connection."""
        await self._client.aclose()

    async def _try(self, request: WireRequest, max_bytes: int) -> Answer | Failure:
        try:
            with anyio.fail_after(self._deadline_s):
                return await self._exchange(request, max_bytes)
        except TimeoutError:
            return Failure(Kind.TIMEOUT, f"no complete answer within {self._deadline_s:g} s")
        except httpx.HTTPError as error:
            return failure_of(error, urlsplit(request.url).netloc)

    async def _exchange(self, request: WireRequest, max_bytes: int) -> Answer | Failure:
        stream = self._client.stream(
            request.method,
            request.url,
            content=request.content,
            headers={**request.headers, "Accept-Encoding": "gzip"},
        )
        async with stream as response:
            if response.status_code == _NO_CONTENT:
                return _answer(response, b"", is_json=False)
            raw = await _read(response, max_bytes)
        if isinstance(raw, Failure):
            return raw
        return _judge(response, raw, max_bytes)


def _judge(response: httpx.Response, raw: bytes, max_bytes: int) -> Answer | Failure:
    """Decode the body and make sure that it is what an API answers."""
    if not _is_json(response):
        return _without_json(response)
    body = decode_body(raw, _header(response, "Content-Encoding").lower(), max_bytes=max_bytes)
    if isinstance(body, Failure):
        return body
    if not body and response.status_code not in _OK:
        return _answer(response, b"", is_json=False)
    if not is_whole_object(body):
        return Failure(Kind.TRUNCATED, f"the body of {len(body)} bytes is not a JSON object")
    return _answer(response, body, is_json=True)


def _without_json(response: httpx.Response) -> Answer | Failure:
    if response.status_code not in _OK:
        return _answer(response, b"", is_json=False)
    found = quote(_header(response, "Content-Type"))
    return Failure(Kind.NOT_JSON, f"status {response.status_code} with content type {found}")


async def _read(response: httpx.Response, max_bytes: int) -> bytes | Failure:
    length = response.headers.get("Content-Length")
    is_chunked = "chunked" in _header(response, "Transfer-Encoding").lower()
    if length is None and not is_chunked:
        # Such a body ends where the connection does: nothing tells its end from a break.
        return Failure(Kind.NONSENSE, "the answer names no length, so its end cannot be known")
    raw = bytearray()
    async for part in response.aiter_raw():
        raw += part
        if len(raw) > max_raw_bytes(max_bytes):
            return too_large(max_bytes)
    if length is not None and not is_chunked and length != str(len(raw)):
        expected = quote(length)
        return Failure(Kind.TRUNCATED, f"expected {expected} bytes, {len(raw)} came")
    return bytes(raw)


def _answer(response: httpx.Response, body: bytes, *, is_json: bool) -> Answer:
    return Answer(
        status=response.status_code,
        body=body,
        is_json=is_json,
        request_id=_request_id(_header(response, "X-Request-Id")),
        limit=read_limit(response.headers.get("X-RateLimit-Limit")),
        reset_s=read_reset(response.headers.get("X-RateLimit-Reset")),
        served_at=_served_at(_header(response, "Date")),
    )


def _request_id(text: str) -> str | None:
    is_sane = text.isascii() and text.isprintable() and 0 < len(text) <= _REQUEST_ID_MAX
    return text if is_sane else None


def _served_at(text: str) -> datetime | None:
    """Read the server's clock, which HTTP tells in GMT; None when it cannot be meant."""
    try:
        return parsedate_to_datetime(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def _is_json(response: httpx.Response) -> bool:
    media_type = _header(response, "Content-Type").partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def _header(response: httpx.Response, name: str) -> str:
    value = response.headers.get(name)
    return "" if value is None else value.strip()


def failure_of(error: httpx.HTTPError, host: str) -> Failure:
    """Turn an exception of httpx into a failure, without the request that it holds."""
    if isinstance(error, _NEVER_SENT):
        return Failure(Kind.UNREACHABLE, f"cannot connect to {quote(host)}: {_words(error)}")
    if isinstance(error, httpx.TimeoutException):
        return Failure(Kind.TIMEOUT, f"timed out: {_words(error)}")
    return Failure(Kind.LOST, f"the connection broke: {_words(error)}")


def _words(error: httpx.HTTPError) -> str:
    """Give the library's words on one line; some of its errors have none."""
    return " ".join(str(error).split())[:QUOTED_MAX] or type(error).__name__
