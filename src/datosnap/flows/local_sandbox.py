"""Serve a sandbox in the foreground: empty, with the sample project, or with a snapshot's.

A file, when one is asked for, goes before everything else: if a state was kept in it, that state
goes on, whatever it began with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio

from datosnap.api.client import ClientSettings
from datosnap.api.token import Token
from datosnap.flows.connecting import connected
from datosnap.flows.demo import SAMPLE_NAME, SAMPLE_SEED
from datosnap.flows.sample.builder import build_sample
from datosnap.flows.sandbox_load import load_snapshot
from datosnap.sandbox.persistence import Keeper, opened
from datosnap.sandbox.server import JobMode, running, serve
from datosnap.sandbox.state import World
from datosnap.sandbox.worlds import create_project, new_world
from datosnap.store.locations import Where


@dataclass(frozen=True, slots=True)
class Contents:
    """What a sandbox begins with, and the file in which it is kept; nothing: it begins empty."""

    snapshot: Where | None = None
    sample: bool = False
    kept_in: Path | None = None


@dataclass(frozen=True, slots=True)
class Entrance:
    """A project of the sandbox: its name, a token for it, and how much it holds."""

    project: str
    token: str
    records: int
    uploads: int


@dataclass(frozen=True, slots=True)
class Serving:
    """A sandbox that answers: where, the ways in, and whether it went on from its file."""

    base_url: str
    entrances: tuple[Entrance, ...]
    is_continued: bool


def serve_sandbox(
    contents: Contents,
    *,
    port: int,
    rate_limit: bool,
    jobs: JobMode,
    ready: Callable[[Serving], None],
) -> None:
    """Serve until the process is told to stop; `ready` is called once it answers.

    Raises: OSError when the port is taken; UsageError for a file that is no sandbox's;
    SnapshotNotFoundError, CorruptSnapshotError and DiskError for the snapshot.
    """
    with _keeper(contents.kept_in) as keeper:
        is_continued = keeper is not None and not keeper.is_new
        world = _continued(keeper) if keeper and is_continued else _begun(contents)
        if keeper is not None:
            keeper.save(world)
        entrances = tuple(_entrances(world))
        serve(
            world,
            port=port,
            rate_limit=rate_limit,
            jobs=jobs,
            keeper=keeper,
            ready=lambda running: ready(Serving(running.base_url, entrances, is_continued)),
        )


@contextmanager
def _keeper(path: Path | None) -> Iterator[Keeper | None]:
    if path is None:
        yield None
        return
    with opened(path) as keeper:
        yield keeper


def _continued(keeper: Keeper) -> World:
    world = new_world()
    keeper.load(world)
    if not world.projects:
        # the last one was destroyed; there must be a way in
        create_project(world, "Sandbox")
    return world


def _begun(contents: Contents) -> World:
    """Make a world with the project that is asked for, and a second, empty one to import into."""
    world = new_world(seed=SAMPLE_SEED) if contents.sample else new_world()
    if contents.snapshot is not None:
        load_snapshot(world, contents.snapshot)
    else:
        _, token = create_project(world, SAMPLE_NAME if contents.sample else "Sandbox")
        if contents.sample:
            _build(world, token)
    create_project(world, "Empty")
    return world


def _entrances(world: World) -> Iterator[Entrance]:
    for project in world.projects.values():
        held = project.environments[project.primary_id]
        # the one of full rights comes first
        token = next(iter(project.tokens), "")
        yield Entrance(project.name, token, len(held.items), len(held.of_type("upload")))


def _build(world: World, token: str) -> None:
    """Build the sample project through the API, as anybody would."""

    async def build(base_url: str) -> None:
        settings = ClientSettings(base_url=base_url, token=Token(token))
        async with connected(settings) as (client, assets):
            await build_sample(client, assets)

    with running(world) as sandbox:
        anyio.run(build, sandbox.base_url)
