"""Doubles of the HTTP libraries' transports: answers from a script, without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

import anyio
import httpcore
import httpx


@dataclass(frozen=True, slots=True)
class Canned:
    """One answer: its pieces arrive one by one; `breaks` is raised after the last.

    `length` None leaves Content-Length out, as an answer without one does.
    """

    pieces: Sequence[bytes] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: str | None = "as it is"
    breaks: Exception | None = None
    hangs: bool = False


class _Pieces(httpx.AsyncByteStream):
    def __init__(self, canned: Canned) -> None:
        self._canned = canned

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._canned.pieces:
            yield piece
        if self._canned.hangs:
            await anyio.sleep_forever()
        if self._canned.breaks is not None:
            raise self._canned.breaks


@dataclass(slots=True)
class Seen:
    """A request as it was sent."""

    method: str
    url: str
    headers: httpx.Headers
    body: bytes
    server_name: str | None


@dataclass
class CannedTransport(httpx.AsyncBaseTransport):
    """Gives the script's entries one after the other, the last one again and again."""

    script: Sequence[Canned | Exception]
    seen: list[Seen] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer the next entry of the script."""
        entry = self.script[min(len(self.seen), len(self.script) - 1)]
        assert isinstance(request.stream, httpx.AsyncByteStream)
        body = b"".join([part async for part in request.stream])
        name = request.extensions.get("sni_hostname")
        self.seen.append(Seen(request.method, str(request.url), request.headers, body, name))
        if isinstance(entry, Exception):
            raise entry
        return httpx.Response(entry.status, headers=_headers(entry), stream=_Pieces(entry))

    def open(self) -> httpx.AsyncClient:
        """Open a client over this transport."""
        return httpx.AsyncClient(transport=self)


@dataclass
class CannedCarrier:
    """The same for what carries the API's requests, which knows httpcore only."""

    script: Sequence[Canned | Exception]
    seen: list[Seen] = field(default_factory=list)
    closed: bool = False
    expired: bool = False

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Answer the next entry of the script."""
        entry = self.script[min(len(self.seen), len(self.script) - 1)]
        assert isinstance(request.stream, AsyncIterable)
        body = b"".join([part async for part in request.stream])
        url = request.url
        address = f"{url.scheme.decode()}://{url.host.decode()}{url.target.decode()}"
        method = request.method.decode()
        self.seen.append(Seen(method, address, httpx.Headers(request.headers), body, None))
        if isinstance(entry, Exception):
            raise entry
        return httpcore.Response(entry.status, headers=_headers(entry), content=_Pieces(entry))

    def is_closed(self) -> bool:
        """Tell whether it was closed."""
        return self.closed

    def has_expired(self) -> bool:
        """Tell what the test says."""
        return self.expired

    async def aclose(self) -> None:
        """Close it."""
        self.closed = True


def _headers(entry: Canned) -> list[tuple[bytes, bytes]]:
    headers = dict(entry.headers)
    if entry.length == "as it is":
        headers["Content-Length"] = str(sum(map(len, entry.pieces)))
    elif entry.length is not None:
        headers["Content-Length"] = entry.length
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def json_answer(body: bytes = b'{"data":[]}', **headers: str) -> Canned:
    """Answer with JSON text; underscores in the names of headers stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Canned([body], headers={"Content-Type": "application/json", **named})
