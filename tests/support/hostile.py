"""A peer that misbehaves on purpose: raw bytes over loopback, as a script says.

It speaks no HTTP of its own, so that every lie of RELIABILITY 3.1 can be told; it reports what it
was sent and how far each reply got, so that a test can prove its fault happened.
"""

from __future__ import annotations

import contextlib
import gzip
import re
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

import anyio
from anyio.abc import SocketAttribute, SocketStream, TaskStatus
from anyio.streams.buffered import BufferedByteReceiveStream

_HEAD_MAX = 64 * 1024
_LENGTH = re.compile(rb"(?im)^content-length: *(\d+)\r$")


class Act(Enum):
    """What is done instead of sending more bytes."""

    HOLD = "say nothing until the peer leaves"
    RESET = "break the connection off"
    CLOSE = "close the connection"


@dataclass(frozen=True, slots=True)
class Drip:
    """Send bytes one by one, so slowly that only a total deadline ends it."""

    data: bytes
    every_s: float


@dataclass(frozen=True, slots=True)
class Flood:
    """Send the same piece until the peer leaves."""

    piece: bytes


Step = bytes | Drip | Flood | Act


@dataclass(slots=True)
class Served:
    """One request as it came, and how far its reply has got."""

    head: bytes
    body: bytes
    steps_begun: int = 0

    def header(self, name: str) -> str | None:
        """Give a header of the request."""
        found = re.search(rf"(?im)^{re.escape(name)}: *(.*?)\r$", self.head.decode("latin-1"))
        return found.group(1) if found else None


@dataclass(slots=True)
class Hostile:
    """The peer: its replies in order, the last one again and again, and what came."""

    replies: Sequence[Sequence[Step]]
    port: int = 0
    connections: int = 0
    served: list[Served] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Give the base URL of the peer."""
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, stream: SocketStream) -> None:
        """Serve one connection until either side ends it."""
        self.connections += 1
        leaving = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.IncompleteRead)
        with contextlib.suppress(*leaving):
            async with stream:
                reader = BufferedByteReceiveStream(stream)
                while await self._serve(stream, reader):
                    pass

    async def _serve(self, stream: SocketStream, reader: BufferedByteReceiveStream) -> bool:
        """Answer one request; tell whether the connection goes on."""
        head = await reader.receive_until(b"\r\n\r\n", _HEAD_MAX) + b"\r\n"
        length = _LENGTH.search(head)
        body = await reader.receive_exactly(int(length.group(1))) if length else b""
        steps = self.replies[min(len(self.served), len(self.replies) - 1)]
        served = Served(head, body)
        self.served.append(served)
        goes_on = True
        for step in steps:
            served.steps_begun += 1
            goes_on = await _play(stream, reader, step)
        return goes_on


async def _play(stream: SocketStream, reader: BufferedByteReceiveStream, step: Step) -> bool:
    """Carry out one step; tell whether the connection goes on."""
    match step:
        case bytes():
            await stream.send(step)
        case Drip(data, every_s):
            for byte in data:
                await stream.send(bytes([byte]))
                await anyio.sleep(every_s)
        case Flood(piece):
            while True:
                await stream.send(piece)
        case Act.HOLD:
            await reader.receive()
        case Act.RESET:
            _reset_on_close(stream)
    return step not in (Act.RESET, Act.CLOSE)


def _reset_on_close(stream: SocketStream) -> None:
    """Make closing a reset (RST) instead of an orderly end: linger for 0 s."""
    linger = struct.pack("ii", 1, 0)
    raw: socket.socket = stream.extra(SocketAttribute.raw_socket)  # noqa: S610 - not Django's
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


@contextlib.asynccontextmanager
async def hostile(*replies: Sequence[Step]) -> AsyncIterator[Hostile]:
    """Start a peer on a free port of 127.0.0.1 for as long as the block lasts."""
    peer = Hostile(replies)
    async with anyio.create_task_group() as tasks:
        await tasks.start(_listen, peer)
        yield peer
        tasks.cancel_scope.cancel()


async def _listen(peer: Hostile, *, task_status: TaskStatus[None]) -> None:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    async with listener:
        peer.port = listener.extra(SocketAttribute.local_port)  # noqa: S610 - not Django's
        task_status.started()
        await listener.serve(peer.handle)


def answer(
    body: bytes, *headers: str, status: str = "200 OK", content_type: str = "application/json"
) -> tuple[Step, ...]:
    """Write an honest answer with its length; `headers` come on top."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    return ("\r\n".join([*lines, *headers, "", ""]).encode() + body,)


def zipped(body: bytes, *headers: str) -> tuple[Step, ...]:
    """Write an answer whose body, whatever it is, is called gzip."""
    return answer(body, "Content-Encoding: gzip", *headers)


def gzip_bytes(data: bytes) -> bytes:
    """Compress in one member, the same bytes every time."""
    return gzip.compress(data, mtime=0)
