"""Fetch and store the bytes of uploads, over connections that never hold the token.

Addresses come from content and are judged before each connection (`addresses.py`); what arrives
is counted and hashed on its way, and taken up again where it broke off only when the server
proves that the rest belongs to the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from functools import cache, partial
from itertools import count
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import urljoin

import anyio
import anyio.to_thread
import httpx

from datosnap.api.addresses import Resolver, SystemResolver, Target, locate, without_query
from datosnap.api.answers import Called
from datosnap.api.breakages import failure_of
from datosnap.api.connections import open_client, tls_context
from datosnap.api.receiving import ByteSink, Receiver
from datosnap.api.timing import RealTime, Timing
from datosnap.api.trying import until_settled
from datosnap.core.retrying import Failure, Kind, Patience
from datosnap.errors import CorruptSnapshotError, NonsenseError, RejectedError, quote

__all__ = ["AssetClient", "ByteSink"]

# A transfer may take this long, and longer by its size at the slowest rate worth waiting for.
_BASE_DEADLINE_S = 60.0
_SLOWEST_BYTES_PER_S = 128 * 1024
_IDLE_S = 30.0
# Source: an upload is at most 1 GB unless the plan says more; this bounds what nobody announced.
_UNTOLD_MAX_BYTES = 5 * 1024**3
_MAX_REDIRECTS = 3
_CONNECTIONS = 8
# Connections are kept by host name, so that a certificate is checked for every name; content
# that names more hosts than this gets a connection for each request.
_MAX_KEPT_HOSTS = 16
_CLOSE_S = 5.0
_REPLY_MAX_BYTES = 64 * 1024
_OK = range(200, 300)
_REDIRECTS = (301, 302, 303, 307, 308)
_THROTTLED = 429
_SERVER_ERRORS = range(500, 600)
# Whole, in part, and no such part: what the receiver knows what to do with.
_BODIES = (200, 206, 416)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# No host has this name, and none is without one.
_CROWD = "*"


class Connect(Protocol):
    """Opens an HTTP client; a seam for tests."""

    def __call__(self, *, use_proxies: bool, keep: int) -> httpx.AsyncClient:
        """Open a client that keeps up to `keep` connections."""
        ...


class AssetClient:
    """Transfers of asset bytes, for as long as the `async with` lasts.

    `allow_private` lets addresses of this machine and its networks pass, which only a sandbox
    needs.
    Memory: about 1 MiB for each transfer under way.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        patience: Patience | None = None,
        timing: Timing | None = None,
        resolver: Resolver | None = None,
        connect: Connect | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._patience = patience or Patience()
        self._timing = timing or RealTime()
        self._resolver = resolver or SystemResolver()
        self._connect = connect or _connector()
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with anyio.move_on_after(_CLOSE_S, shield=True):
            for client in self._clients.values():
                await client.aclose()

    async def download(
        self, url: str, sink: ByteSink, *, size: int | None, md5: str | None
    ) -> None:
        """Write the bytes at `url` into `sink`, complete and with the announced size and MD5.

        Raises: RejectedError when the host refuses, UnavailableError when no tries are left,
        NonsenseError when the address or the bytes are not what was announced; what `sink` does.
        """
        receiver = Receiver(sink, size=size, md5=md5, max_bytes=_UNTOLD_MAX_BYTES)
        called = Called("GET", quote(without_query(url)))
        attempt = partial(self._fetch, called, url, receiver, count())
        await self._until_settled(called, attempt)

    async def upload(
        self,
        url: str,
        headers: Mapping[str, str],
        content: Callable[[], Iterator[bytes]],
        size: int,
    ) -> None:
        """PUT `size` bytes to a signed address; a repetition puts the same bytes there.

        `content` is opened anew for each try, and read in a worker thread.
        Raises: RejectedError when the host refuses, for instance a signature that has expired;
        UnavailableError when no tries are left; NonsenseError for an address that is none.
        """
        called = Called("PUT", quote(without_query(url)))
        for name, value in headers.items():
            if not _HEADER_NAME.fullmatch(name) or not (value.isascii() and value.isprintable()):
                raise NonsenseError(f"{called}: {quote(name)} cannot be sent as a header")
        sent = {**headers, "Content-Length": str(size)}
        attempt = partial(self._put, called, url, sent, content, count())
        await self._until_settled(called, attempt)

    async def _until_settled(
        self, called: Called, attempt: Callable[[], Awaitable[Failure | None]]
    ) -> None:
        await until_settled(
            attempt,
            called=called,
            repeatable=True,
            patience=self._patience,
            timing=self._timing,
            wait=self._timing.sleep,
        )

    async def _fetch(
        self, called: Called, url: str, receiver: Receiver, tries: Iterator[int]
    ) -> Failure | None:
        """Try once to get what is missing, through a few redirects, each judged like the first."""
        number = next(tries)
        with anyio.move_on_after(_deadline_s(receiver.missing)):
            for _ in range(_MAX_REDIRECTS + 1):
                target = await self._locate(url)
                if isinstance(target, Failure):
                    return target
                outcome = await self._get(called, target, number, receiver)
                if not isinstance(outcome, str):
                    return outcome
                url = urljoin(url, outcome)
            return Failure(Kind.NONSENSE, f"more than {_MAX_REDIRECTS} redirects")
        return _too_slow(receiver.missing)

    async def _get(
        self, called: Called, target: Target, number: int, receiver: Receiver
    ) -> Failure | str | None:
        """Send one request; give the address of a redirect, None when the asset is complete."""
        headers = {"Accept-Encoding": "identity", **receiver.headers()}
        try:
            async with self._stream("GET", target, number, headers) as response:
                location = response.headers.get("Location")
                if response.status_code in _REDIRECTS and location:
                    return str(location)
                if response.status_code in _BODIES:
                    return await receiver.receive(response)
                return _passing(called, response.status_code)
        except httpx.HTTPError as error:
            return failure_of(error, target.host)

    async def _put(
        self,
        called: Called,
        url: str,
        headers: Mapping[str, str],
        content: Callable[[], Iterator[bytes]],
        tries: Iterator[int],
    ) -> Failure | None:
        size, number = int(headers["Content-Length"]), next(tries)
        with anyio.move_on_after(_deadline_s(size)):
            target = await self._locate(url)
            if isinstance(target, Failure):
                return target
            body = _pieces(content, size)
            try:
                async with self._stream("PUT", target, number, headers, body) as response:
                    await _drain(response)
                    is_done = response.status_code in _OK
                    return None if is_done else _passing(called, response.status_code)
            except httpx.HTTPError as error:
                return failure_of(error, target.host)
        return _too_slow(size)

    async def _locate(self, url: str) -> Target | Failure:
        return await locate(url, allow_private=self._allow_private, resolver=self._resolver)

    def _stream(
        self,
        method: str,
        target: Target,
        number: int,
        headers: Mapping[str, str],
        content: AsyncIterator[bytes] | None = None,
    ) -> AbstractAsyncContextManager[httpx.Response]:
        return self._client(target).stream(
            method,
            target.urls[number % len(target.urls)],
            headers={**headers, "Host": target.host},
            content=content,
            extensions={"sni_hostname": target.server_name},
        )

    def _client(self, target: Target) -> httpx.AsyncClient:
        """Give the client of a host; those a proxy leads to share one, as do too many."""
        host = target.host if target.is_pinned else ""
        is_kept = host in self._clients or len(self._clients) < _MAX_KEPT_HOSTS
        name = host if is_kept else _CROWD
        if name not in self._clients:
            keep = _CONNECTIONS if is_kept else 0
            self._clients[name] = self._connect(use_proxies=not target.is_pinned, keep=keep)
        return self._clients[name]


def _connector() -> Connect:
    """Open clients that share the trusted authorities, which are loaded when the first is."""
    shared = cache(tls_context)

    def connect(*, use_proxies: bool, keep: int) -> httpx.AsyncClient:
        return open_client(
            tls=shared(),
            use_proxies=use_proxies,
            connections=_CONNECTIONS,
            keep=keep,
            deadline_s=_BASE_DEADLINE_S,
            idle_s=_IDLE_S,
        )

    return connect


def _passing(called: Called, status: int) -> Failure:
    """Name the failure that a status stands for.

    Raises: RejectedError when it will not pass.
    """
    if status == _THROTTLED:
        return Failure(Kind.THROTTLED, f"status {status}")
    if status in _SERVER_ERRORS:
        return Failure(Kind.GATEWAY, f"status {status}")
    raise RejectedError(f"{called}: the host refuses with status {status}", status=status)


async def _pieces(content: Callable[[], Iterator[bytes]], size: int) -> AsyncIterator[bytes]:
    """Read content in a worker thread, and make sure that it has the size it was said to have."""
    pieces, sent = content(), 0
    while (piece := await anyio.to_thread.run_sync(next, pieces, None)) is not None:
        sent += len(piece)
        if sent <= size:
            yield piece
    if sent != size:
        raise CorruptSnapshotError(f"an asset of {size} bytes was read as {sent} bytes")


async def _drain(response: httpx.Response) -> None:
    """Read a short reply to its end, so that its connection can be used again."""
    read = 0
    async for part in response.aiter_raw():
        read += len(part)
        if read > _REPLY_MAX_BYTES:
            return


def _deadline_s(size: int) -> float:
    return _BASE_DEADLINE_S + size / _SLOWEST_BYTES_PER_S


def _too_slow(size: int) -> Failure:
    return Failure(Kind.TIMEOUT, f"not complete within {_deadline_s(size):.0f} s")
