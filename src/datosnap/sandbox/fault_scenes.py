"""Put a request on a stage: what an act of a script sees of it, and the edge where acts play.

The edge stands outermost around the application, so that an act can do to a request whatever a
network or a broken server could do, the connection included.
"""

from __future__ import annotations

import socket
import struct
from asyncio import Transport
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from datosnap.sandbox.state import World

# With a lingering time of 0 a socket that is closed resets its connection.
_NO_LINGER = struct.pack("ii", 1, 0)


class Connection(Protocol):
    """The connection a request came by."""

    def close(self) -> None:
        """End it after what was sent."""
        ...

    def reset(self) -> None:
        """Break it at once."""
        ...


@dataclass(frozen=True, slots=True)
class Wire:
    """A connection over a socket."""

    transport: Transport

    def close(self) -> None:
        """End the connection after what was sent."""
        self.transport.close()

    def reset(self) -> None:
        """Break the connection at once, so that the peer sees a reset."""
        wire: socket.socket = self.transport.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer that was caught before it was sent."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def with_body(self, body: bytes, *headers: tuple[bytes, bytes]) -> Answered:
        """Give the answer with another body, of which its headers tell the truth."""
        gone = {b"content-length", b"etag", *(name for name, _ in headers)}
        kept = [pair for pair in self.headers if pair[0] not in gone]
        length = (b"content-length", b"%d" % len(body))
        return replace(self, headers=(*kept, length, *headers), body=body)


@dataclass(frozen=True, slots=True)
class Scene:
    """One request: what the server gave, its connection, and the sandbox behind.

    `sandbox` is the application without any script, for requests of the script's own.
    """

    scope: Scope
    receive: Receive
    send: Send
    connection: Connection
    world: World
    sandbox: ASGIApp
    sleep: Callable[[float], Awaitable[None]]

    @property
    def method(self) -> str:
        """Give the request's method."""
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        """Give the request's path."""
        return str(self.scope["path"])

    @property
    def query(self) -> str:
        """Give the request's query string."""
        return bytes(self.scope["query_string"]).decode("latin-1")

    async def read_all(self) -> None:
        """Take in the whole request, so that its sender is not stopped in the middle."""
        message = await self.receive()
        while message.get("more_body"):
            message = await self.receive()

    async def caught(self, go_on: GoOn) -> Answered:
        """Carry the request out and keep the answer."""
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        await go_on(replace(self, send=send))
        body = b"".join(bytes(message.get("body", b"")) for message in sent[1:])
        return Answered(sent[0]["status"], tuple(sent[0]["headers"]), body)

    def wanting_plain(self) -> Scene:
        """Give the same request without its wish for a packed answer."""
        kept = [pair for pair in self.scope["headers"] if pair[0] != b"accept-encoding"]
        return replace(self, scope={**self.scope, "headers": kept})

    async def answer(self, answered: Answered, *, is_whole: bool = True) -> None:
        """Send an answer; with `is_whole` off more of it seems to come."""
        start = {"status": answered.status, "headers": list(answered.headers)}
        await self.send({"type": "http.response.start", **start})
        await self.send(
            {"type": "http.response.body", "body": answered.body, "more_body": not is_whole}
        )

    async def gone(self) -> None:
        """Wait until the connection that was closed is known to be."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


GoOn = Callable[[Scene], Awaitable[None]]


class Play(Protocol):
    """A script under way."""

    async def play(self, scene: Scene, go_on: GoOn) -> None:
        """Treat one request as the script says."""
        ...


@dataclass(slots=True)
class Edge:
    """The outermost application: every request passes the script."""

    sandbox: ASGIApp
    world: World
    play: Play
    sleep: Callable[[float], Awaitable[None]]
    connection_of: Callable[[Scope], Connection]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or do worse."""
        scene = Scene(
            scope,
            receive,
            send,
            self.connection_of(scope),
            self.world,
            self.sandbox,
            self.sleep,
        )
        await self.play.play(scene, self._carry_out)

    async def _carry_out(self, scene: Scene) -> None:
        await self.sandbox(scene.scope, scene.receive, scene.send)
