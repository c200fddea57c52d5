"""Sandboxes and the installed command, as tests need them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio

from datosnap.api.client import ClientSettings
from datosnap.api.token import Token
from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.flows.connecting import connected
from datosnap.flows.demo import SAMPLE_NAME, SAMPLE_SEED
from datosnap.flows.sample.builder import build_sample
from datosnap.sandbox.server import JobMode, running
from datosnap.sandbox.state import World
from datosnap.sandbox.worlds import create_project, new_world

COMMAND = str(Path(sys.executable).with_name("datosnap"))
# A command that has not ended by then hangs.
_PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox that answers, and the world behind it."""

    base_url: str
    world: World

    def new_project(self, name: str = "Empty") -> str:
        """Add an empty project; give its token."""
        return create_project(self.world, name)[1]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> JsonObject:
        """Give the JSON document on stdout."""
        return decode_object(self.out)


@contextmanager
def sandbox(*, seed: int = SAMPLE_SEED, jobs: JobMode = "sync") -> Iterator[Sandbox]:
    """Run a sandbox without projects."""
    world = new_world(seed=seed)
    with running(world, jobs=jobs) as server:
        yield Sandbox(server.base_url, world)


def settings(base_url: str, token: str) -> ClientSettings:
    """Give the settings of a client that reaches a sandbox's project."""
    return ClientSettings(base_url=base_url, token=Token(token))


def build_sample_project(server: Sandbox) -> str:
    """Build the sample project in a sandbox; give its token."""
    token = server.new_project(SAMPLE_NAME)
    build_into(server, token)
    return token


def build_into(server: Sandbox, token: str) -> None:
    """Build the sample project in a project that is there."""

    async def build() -> None:
        async with connected(settings(server.base_url, token)) as (client, assets):
            await build_sample(client, assets)

    anyio.run(build)


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give the environment of a command: that of the tests, without anything of DatoCMS."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DATOCMS_")}
    return {**kept, **(variables or {})}


def datosnap(
    *arguments: str | Path, folder: Path, variables: Mapping[str, str] | None = None
) -> Ended:
    """Run the installed command in a folder, and wait for its end."""
    done = subprocess.run(
        [COMMAND, *map(str, arguments)],
        cwd=folder,
        env=environment(variables),
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def reach(server: Sandbox, token: str) -> tuple[str, ...]:
    """Give the options that point a command at a sandbox's project."""
    return ("--base-url", server.base_url, "--api-token", token)
