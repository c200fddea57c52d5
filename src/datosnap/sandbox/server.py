"""Run the sandbox: in the background for as long as a block lasts, or in the foreground.

The socket listens before the server's thread starts, so that a client may connect as soon as the
address is known; leaving the block ends the thread and closes every connection.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import uvicorn

from datosnap.sandbox.app import build_app
from datosnap.sandbox.jobs import Jobs
from datosnap.sandbox.state import World

JobMode = Literal["sync", "async"]
# An answer that is still being written when the server stops gets this long.
_GRACE_S = 5


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that answers at `base_url`."""

    base_url: str


@contextmanager
def running(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    jobs: JobMode = "sync",
    rate_limit: bool = False,
) -> Iterator[Running]:
    """Answer requests to `world` in a background thread while the block lasts.

    Port 0 takes a free one. Raises: OSError when the port is taken.
    """
    with _listening(world, host, port) as listener:
        server = _server(world, jobs=jobs, rate_limit=rate_limit)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="datosnap-sandbox"
        )
        thread.start()
        try:
            yield Running(world.base_url)
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
    ready: Callable[[Running], None],
) -> None:
    """Answer requests to `world` until the process is told to stop; `ready` is called once.

    Raises: OSError when the port is taken.
    """
    with _listening(world, host, port) as listener:
        server = _server(world, jobs=jobs, rate_limit=rate_limit)
        ready(Running(world.base_url))
        server.run(sockets=[listener])


@contextmanager
def _listening(world: World, host: str, port: int) -> Iterator[socket.socket]:
    with socket.create_server((host, port)) as listener:
        # accepted sockets inherit it; without it head and body of each answer wait 40 ms for an ACK
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        world.base_url = f"http://{host}:{listener.getsockname()[1]}"
        yield listener


def _server(world: World, *, jobs: JobMode, rate_limit: bool) -> uvicorn.Server:
    config = uvicorn.Config(
        build_app(world, jobs=Jobs(asynchronous=jobs == "async"), rate_limit=rate_limit),
        http="h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    return uvicorn.Server(config)
