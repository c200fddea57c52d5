"""kill -9 at any point of an import: the same command completes it, and doubles nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path
from random import Random

import pytest

from datosnap.sandbox.faults import Script
from datosnap.sandbox.server import running
from tests.support.holdings import Holdings, differences, holdings
from tests.support.import_process import CALLS, COMPLETE, Command, Killer, begin_at_once, ended
from tests.support.importing import environment_of, exported
from tests.support.rich_project import rich_project
from tests.support.scratch import scratch
from tests.support.watching import Watch, everywhere
from tests.support.worlds import random_world
from tests.unit.sandbox.client import Client

_SEED = 20261121
# A project with something of every kind, and random ones with many records.
_RANDOM_SEEDS = (408, 244)
# Up to these requests and calls of one name imports are killed; each makes about as many.
_REQUESTS, _SYSTEM_CALLS = 140, 24
# A run that goes on makes fewer requests than that before its first new step.
_A_STEP = 35


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A snapshot and what an import of it makes that nobody disturbs."""

    api: Client
    snapshot: Path
    made: Holdings
    requests: int


@dataclass(frozen=True, slots=True)
class Point:
    """Where an import is killed: which project's, and at the how manieth call or request."""

    source: int
    call: str
    number: int


def points(count: int, seed: int) -> list[Point]:
    """Draw points at which to kill."""
    draw = Random(seed)  # noqa: S311 - a repeatable draw is wanted
    found = []
    for _ in range(count):
        call = draw.choice(("request", "request", "answer", "answer", *CALLS[:2]))
        most = _SYSTEM_CALLS if call in CALLS else _REQUESTS
        found.append(Point(draw.randrange(1 + len(_RANDOM_SEEDS)), call, draw.randint(1, most)))
    return found


@pytest.fixture(scope="module")
def context() -> ForkServerContext:
    """Give the server from which imports are forked."""
    return begin_at_once()


@pytest.fixture(scope="module")
def sources(context: ForkServerContext) -> Iterator[list[Undisturbed]]:
    """Export the projects, and import each undisturbed."""
    with scratch() as folder:
        found = []
        for at, api in enumerate((rich_project(), *(random_world(s).api for s in _RANDOM_SEEDS))):
            place = folder / str(at)
            exported(api, place / "out")
            target, watch = Client.fresh(), Watch()
            with running(target.world, faults=Script(everywhere(watch))) as server:
                command = Command(server.base_url, target.token, place / "out", place / "state")
                assert command.run(context) == COMPLETE
            made = holdings(environment_of(target))
            found.append(Undisturbed(api, place / "out", made, len(watch.requests)))
        yield found


def kill_and_go_on(
    context: ForkServerContext, source: Undisturbed, point: Point, folder: Path
) -> None:
    """Kill an import at a point, or at an earlier one of its kind; then give the command again."""
    number = point.number
    if point.call not in CALLS:
        number = 1 + (number - 1) % source.requests
    while not killed_and_completed(context, source, point.call, number, folder / str(number)):
        number = number // 2
        assert number, f"the import makes no {point.call}"


def killed_and_completed(
    context: ForkServerContext, source: Undisturbed, call: str, number: int, state: Path
) -> bool:
    """Kill an import and go on with it; tell whether it came to that before it ended by itself."""
    target, watch = Client.fresh(), Watch()
    killer = Killer(0 if call in CALLS else number, carried_out=call == "answer")
    script = Script((*everywhere(watch), *everywhere(killer)))
    with running(target.world, faults=script) as server:
        command = Command(server.base_url, target.token, source.snapshot, state)
        process = command.start(context, (call, number) if call in CALLS else None)
        killer.process = process
        code = ended(process)
        assert code in {COMPLETE, -signal.SIGKILL}
        if code == COMPLETE:
            return False
        assert killer.fired or call in CALLS

        assert command.run(context) == COMPLETE

        assert differences(source.made, holdings(environment_of(target))) == []
        if number % 5 == 0:
            since = len(watch.requests)
            assert command.run(context) == COMPLETE
            assert [one for one in watch.requests[since:] if one.method != "GET"] == []
    return True


@pytest.mark.parametrize("point", points(50, _SEED), ids=str)
def test_a_killed_import_is_completed(
    context: ForkServerContext, sources: list[Undisturbed], point: Point
) -> None:
    """The same command completes it, equal to an undisturbed one; after that nothing is written."""
    with scratch() as folder:
        kill_and_go_on(context, sources[point.source], point, folder)


@pytest.mark.long
@pytest.mark.parametrize("point", points(300, _SEED + 1), ids=str)
def test_an_import_killed_at_three_hundred_points_is_completed(
    context: ForkServerContext, sources: list[Undisturbed], point: Point
) -> None:
    """As above, at three hundred other points."""
    with scratch() as folder:
        kill_and_go_on(context, sources[point.source], point, folder)


def test_an_import_killed_again_and_again_is_completed(
    context: ForkServerContext, sources: list[Undisturbed], tmp_path: Path
) -> None:
    """Each run gets a little further than the one before, and at last one gets to the end."""
    source, target, kills = sources[0], Client.fresh(), 0
    killer = Killer(_A_STEP, carried_out=True)
    with running(target.world, faults=Script(everywhere(killer))) as server:
        command = Command(server.base_url, target.token, source.snapshot, tmp_path / "state")
        while True:
            killer.seen, killer.process = 0, None
            killer.process = command.start(context, None)
            if ended(killer.process) == COMPLETE:
                break
            kills += 1
            assert kills < 100, "no run gets any further"

    assert kills > 3
    assert differences(source.made, holdings(environment_of(target))) == []
