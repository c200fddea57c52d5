"""An import in a process of its own, made quickly and killed at a point that is certain.

A server process that has everything loaded is forked for each import, which spares the second
that starting the command takes. The kill comes from the sandbox, at a request before or after it
is carried out, or from within, at a call by which a file changes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import anyio

from datosnap.core.jsontext import Json
from datosnap.flows.connecting import connected
from datosnap.flows.progress import Silent
from datosnap.flows.restore import RestoreOptions, restore_project
from datosnap.sandbox.fault_scenes import GoOn, Scene
from tests.support.sandboxes import settings

# A run that has not ended by then hangs.
_PATIENCE_S = 60
# Until whoever started the process has said which it is.
_A_MOMENT_S = 0.001
COMPLETE, WITH_GAPS = 0, 3
# Calls by which what an import remembers is written.
CALLS = ("fsync", "write", "replace", "rename", "unlink")


def begin_at_once() -> ForkServerContext:
    """Give the server from which imports are forked, with everything loaded."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


@dataclass(frozen=True, slots=True)
class Command:
    """What is imported, and where to."""

    base_url: str
    token: str
    snapshot: Path
    state: Path
    options: dict[str, Json] = field(default_factory=dict)

    def start(self, context: ForkServerContext, kill: tuple[str, int] | None) -> ForkServerProcess:
        """Start the import; `kill` names a call and the how manieth of it is the last."""
        process = context.Process(target=_import, args=(self, kill))
        process.start()
        return process

    def run(self, context: ForkServerContext, kill: tuple[str, int] | None = None) -> int:
        """Import, and give the exit code, negative when a signal ended it."""
        return ended(self.start(context, kill))


def ended(process: ForkServerProcess) -> int:
    """Wait for an import's end; give its exit code."""
    process.join(_PATIENCE_S)
    assert process.exitcode is not None, "the run hangs"
    return process.exitcode


def _import(command: Command, kill: tuple[str, int] | None) -> None:
    if kill is not None:
        _die_at(*kill)

    async def flow() -> int:
        reached = settings(command.base_url, command.token)
        options = RestoreOptions(command.snapshot, state=command.state, **command.options)
        async with connected(reached) as (client, assets):
            report = await restore_project(client, assets, options, Silent())
        return WITH_GAPS if report.gaps else COMPLETE

    os._exit(anyio.run(flow))


def _die_at(call: str, number: int) -> None:
    """Have the system's call of that name kill this process when it is made so many times."""
    made: Callable[..., Json] = getattr(os, call)
    count = 0

    def counted(*given: Json, **named: Json) -> Json:
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return made(*given, **named)

    setattr(os, call, counted)


@dataclass(slots=True)
class Killer:
    """Kills the process of an import at one of its requests, before or after carrying it out."""

    number: int
    carried_out: bool
    process: ForkServerProcess | None = None
    seen: int = 0
    fired: bool = False

    async def play(self, scene: Scene, go_on: GoOn) -> None:
        """Go on, or end the one who asks."""
        self.seen += 1
        if self.seen != self.number:
            await go_on(scene)
            return
        while self.process is None:
            await scene.sleep(_A_MOMENT_S)
        self.fired = True
        if self.carried_out:
            await scene.caught(go_on)
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGKILL)
        await scene.gone()
