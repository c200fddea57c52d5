"""Run the sandbox: in the background for as long as a block lasts, or in the foreground.

The socket listens before the server's thread starts, so that a client may connect as soon as the
address is known; leaving the block ends the thread and closes every connection.
"""

from __future__ import annotations

import socket
import threading
from asyncio import Transport
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from datosnap.sandbox.app import build_app
from datosnap.sandbox.fault_scenes import Edge, Wire
from datosnap.sandbox.faults import Fired, Rehearsed, Script
from datosnap.sandbox.jobs import Jobs
from datosnap.sandbox.persistence import Keeper, KeptApp
from datosnap.sandbox.state import World

JobMode = Literal["sync", "async"]
NO_FAULTS = Script()
# An answer that is still being written when the server stops gets this long.
_GRACE_S = 5


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that answers at `base_url`; `fired` grows with each fault that is played."""

    base_url: str
    fired: Sequence[Fired] = ()


@contextmanager
def running(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    jobs: JobMode = "sync",
    rate_limit: bool = False,
    faults: Script = NO_FAULTS,
    keeper: Keeper | None = None,
) -> Iterator[Running]:
    """Answer requests to `world` in a background thread while the block lasts.

    Port 0 takes a free one. `keeper` writes every change to its file. Raises: OSError when the
    port is taken.
    """
    play = Rehearsed(faults)
    app = _app(world, jobs=jobs, rate_limit=rate_limit, keeper=keeper)
    with _listening(world, host, port) as listener:
        server = _server(app, world, play)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="datosnap-sandbox"
        )
        thread.start()
        try:
            yield Running(world.base_url, play.fired)
        finally:
            server.should_exit = True
            thread.join()


def serve(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 4010,
    jobs: JobMode = "sync",
    rate_limit: bool = False,
    keeper: Keeper | None = None,
    ready: Callable[[Running], None],
) -> None:
    """Answer requests to `world` until the process is told to stop; `ready` is called once.

    Raises: OSError when the port is taken.
    """
    app = _app(world, jobs=jobs, rate_limit=rate_limit, keeper=keeper)
    with _listening(world, host, port) as listener:
        server = _server(app, world, Rehearsed(NO_FAULTS))
        ready(Running(world.base_url))
        server.run(sockets=[listener])


@contextmanager
def _listening(world: World, host: str, port: int) -> Iterator[socket.socket]:
    with socket.create_server((host, port)) as listener:
        # accepted sockets inherit it; without it head and body of each answer wait 40 ms for an ACK
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        world.base_url = f"http://{host}:{listener.getsockname()[1]}"
        yield listener


def _app(world: World, *, jobs: JobMode, rate_limit: bool, keeper: Keeper | None) -> ASGIApp:
    app = build_app(world, jobs=Jobs(asynchronous=jobs == "async"), rate_limit=rate_limit)
    return app if keeper is None else KeptApp(app, world, keeper)


def _server(app: ASGIApp, world: World, play: Rehearsed) -> uvicorn.Server:
    def connection_of(scope: Scope) -> Wire:
        return Wire(_transport(server, scope))

    script = play.script
    edge = Edge(app, world, play, script.sleep, connection_of) if script.faults else app
    config = uvicorn.Config(
        edge,
        http="h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = uvicorn.Server(config)
    return server


def _transport(server: uvicorn.Server, scope: Scope) -> Transport:
    """Find the transport of the connection that a request came by; a peer has one address."""
    return next(
        one.transport
        for one in server.server_state.connections
        if isinstance(one, H11Protocol) and one.client == scope["client"]
    )
