"""Progress reaches who listens, from a worker thread too, until the flow is stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable

import anyio
import pytest
from anyio import to_thread, wait_all_tasks_blocked

from datosnap.api.client import Spent
from datosnap.flows.progress import FromThread, Progress, Silent

pytestmark = pytest.mark.anyio

_EVERYTHING: tuple[tuple[str, Callable[[Progress], None]], ...] = (
    ("start", lambda one: one.start("records", total=3, unit="records")),
    ("expect", lambda one: one.expect(2)),
    ("advance", lambda one: one.advance(4)),
    ("plan", lambda one: one.plan(9)),
    ("spend", lambda one: one.spend(Spent(calls=5))),
    ("gap", lambda one: one.gap("asset", "1", "gone")),
    ("say", lambda one: one.say("words")),
)


class Listener(Silent):
    """Progress that notes what it was told, and whether that was on the loop's own thread."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def start(self, phase: str, *, total: int | None, unit: str) -> None:
        """Note the phase."""
        self.told.append(("start", phase, total, unit))

    def expect(self, more: int) -> None:
        """Note the number."""
        self.told.append(("expect", more))

    def advance(self, done: int = 1) -> None:
        """Note the step."""
        self.told.append(("advance", done))

    def plan(self, calls: int) -> None:
        """Note the plan."""
        self.told.append(("plan", calls))

    def spend(self, spent: Spent) -> None:
        """Note the price."""
        self.told.append(("spend", spent.calls))

    def gap(self, kind: str, identifier: str, reason: str) -> None:
        """Note the gap."""
        self.told.append(("gap", kind, identifier, reason))

    def say(self, text: str) -> None:
        """Note the words."""
        self.told.append(("say", text))


async def test_everything_told_in_a_thread_is_passed_on() -> None:
    """Each word comes through as it was said."""
    listener = Listener()

    def work() -> None:
        for _, tell in _EVERYTHING:
            tell(FromThread(listener))

    await to_thread.run_sync(work)

    assert listener.told == [
        ("start", "records", 3, "records"),
        ("expect", 2),
        ("advance", 4),
        ("plan", 9),
        ("spend", 5),
        ("gap", "asset", "1", "gone"),
        ("say", "words"),
    ]


@pytest.mark.parametrize("name", [name for name, _ in _EVERYTHING])
async def test_each_word_is_a_chance_to_stop(name: str) -> None:
    """Once the flow is cancelled the thread ends at its next word, and nobody hears it."""
    listener, tell = Listener(), dict(_EVERYTHING)[name]
    cancelled = threading.Event()
    ended: list[str] = []

    def work() -> None:
        cancelled.wait()
        try:
            tell(FromThread(listener))
        except BaseException:
            ended.append(name)
            raise

    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(to_thread.run_sync, work)
            await wait_all_tasks_blocked()
            scope.cancel()
            cancelled.set()

    assert ended == [name]
    assert listener.told == []


def test_nobody_hears_what_the_silent_one_is_told() -> None:
    """All of it is ignored."""
    for _, tell in _EVERYTHING:
        tell(Silent())
