"""Run a flow so that a signal stops it where the next run can go on.

The first SIGINT or SIGTERM cancels the flow, which closes its files and its journal; the second
ends the process at once.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from anyio.abc import TaskStatus

from datosnap.flows.collecting import fewer_collections

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """A signal ended the run; nothing is lost, and the same command goes on."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def run_flow(flow: Callable[[], Awaitable[T]]) -> T:
    """Run a flow to its end and give its result.

    Raises: Interrupted after a signal; the flow's own first failure, whatever else came with it.
    """
    try:
        with fewer_collections():
            return anyio.run(_watched, flow)
    except BaseExceptionGroup as group:
        first = _first(group)
        raise first from first.__cause__


async def _watched(flow: Callable[[], Awaitable[T]]) -> T:
    caught: list[int] = []
    outcome: list[T] = []
    # Shielded, so that a second signal is heard while the flow is cleaning up.
    watching = anyio.CancelScope(shield=True)
    async with anyio.create_task_group() as tasks:
        with anyio.CancelScope() as running:
            await tasks.start(_watch, watching, running, caught)
            try:
                outcome.append(await flow())
            finally:
                watching.cancel()
    if not outcome:
        raise Interrupted(caught[0])
    return outcome[0]


async def _watch(
    watching: anyio.CancelScope,
    running: anyio.CancelScope,
    caught: list[int],
    *,
    task_status: TaskStatus[None],
) -> None:
    with watching, anyio.open_signal_receiver(*_SIGNALS) as signals:
        task_status.started()
        async for number in signals:
            if caught:
                os._exit(128 + number)
            caught.append(number)
            running.cancel()


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Give the first cause of a group; the others stay as its notes."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        for other in found.exceptions[1:]:
            if not isinstance(other, BaseExceptionGroup):
                found.exceptions[0].add_note(f"also: {type(other).__name__}: {other}")
        found = found.exceptions[0]
    return found
