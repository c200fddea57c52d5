"""Serve a sandbox in the foreground, empty or with the sample project."""

from __future__ import annotations

from collections.abc import Callable

import anyio

from datosnap.api.client import ClientSettings
from datosnap.api.token import Token
from datosnap.flows.connecting import connected
from datosnap.flows.demo import SAMPLE_NAME, SAMPLE_SEED
from datosnap.flows.sample.builder import build_sample
from datosnap.sandbox.server import JobMode, running, serve
from datosnap.sandbox.state import World
from datosnap.sandbox.worlds import create_project, new_world

# Gets the address, the token of the project and that of a second, empty one.
Ready = Callable[[str, str, str], None]


def serve_sandbox(
    *, port: int, sample: bool, rate_limit: bool, jobs: JobMode, ready: Ready
) -> None:
    """Serve until the process is told to stop; `ready` is called once it answers.

    Raises: OSError when the port is taken.
    """
    world = new_world(seed=SAMPLE_SEED) if sample else new_world()
    _, token = create_project(world, SAMPLE_NAME if sample else "Sandbox")
    if sample:
        _build(world, token)
    _, empty_token = create_project(world, "Empty")
    serve(
        world,
        port=port,
        rate_limit=rate_limit,
        jobs=jobs,
        ready=lambda sandbox: ready(sandbox.base_url, token, empty_token),
    )


def _build(world: World, token: str) -> None:
    """Build the sample project through the API, as anybody would."""

    async def build(base_url: str) -> None:
        settings = ClientSettings(base_url=base_url, token=Token(token))
        async with connected(settings) as (client, assets):
            await build_sample(client, assets)

    with running(world) as sandbox:
        anyio.run(build, sandbox.base_url)
