"""An import that replays history, killed at any write, ends with every version once, in order.

Each point is tried both ways: the write was not carried out, or it was and nobody heard of it.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from datosnap.api.wire import Answer
from tests.support.importing import Asked, CarryOut, beside, exported, imported
from tests.support.small_projects import SmallProject, small_project
from tests.unit.sandbox.client import Client

_FEW, _MANY = 4, 60


class Killed(BaseException):
    """The run ended here, without a chance to clean up."""


class Killer:
    """Ends a run at one of its writes to records; `fired` tells that it came to that."""

    def __init__(self, at: int, *, carried_out: bool) -> None:
        self._at = at
        self._carried_out = carried_out
        self._writes = 0
        self.fired = False

    def __call__(self, asked: Asked, carry_out: CarryOut) -> Answer:
        """Carry a request out, unless it is the last that is asked for."""
        self._writes += asked.is_write and asked.path.startswith("/items")
        if self._writes <= self._at:
            return carry_out()
        self.fired = True
        if self._carried_out:
            carry_out()
        raise Killed


def edited_project() -> SmallProject:
    """Make a project whose records were edited and published again and again."""
    project = small_project(5, posts=6, notes=4)
    for _ in range(30):
        record_id = project.draw.choice(project.ids("post") + project.ids("note"))
        act = project.draw.choice((project.edit, project.edit, project.publish))
        act(record_id)
    return project


def titles(api: Client, record_id: str) -> list[str]:
    """Give the titles of a record's versions, newest first."""
    versions = api.get(f"/items/{record_id}/versions?page[limit]=50").data
    return [one["attributes"]["title"] for one in versions]


def survive(project: SmallProject, snapshot: Path, at: int, *, carried_out: bool) -> None:
    """Kill an import at one of its writes, go on, and look at every record."""
    target = beside(project.api, f"Killed at {at} {carried_out}")
    killer = Killer(at, carried_out=carried_out)
    state = snapshot.with_name(f"state-{at}-{carried_out}")
    with pytest.raises(Killed):
        imported(target, snapshot, hook=killer, replay=True, state=state)
    assert killer.fired

    done = imported(target, snapshot, replay=True, allow_primary=True, state=state)

    assert done.gaps == []
    for one in (*project.ids("post"), *project.ids("note")):
        assert titles(target, one) == titles(project.api, one)


def writes_of(project: SmallProject, snapshot: Path) -> int:
    """Count the writes to records of an import that nobody disturbs."""
    done = imported(
        beside(project.api), snapshot, replay=True, state=snapshot.with_name("undisturbed")
    )
    assert done.gaps == []
    return sum(one.path.startswith("/items") for one in done.wires.writes)


def points(snapshot: Path, project: SmallProject, count: int) -> list[int]:
    """Draw at which writes to kill."""
    draw = Random(f"kill {count}")  # noqa: S311 - a repeatable draw is wanted
    writes = writes_of(project, snapshot)
    return sorted(draw.sample(range(writes), min(count, writes)))


@pytest.mark.parametrize("carried_out", [False, True])
def test_a_killed_replay_doubles_no_version(tmp_path: Path, *, carried_out: bool) -> None:
    """At a few points of its writing."""
    project = edited_project()
    exported(project.api, tmp_path / "s", history=True)
    for at in points(tmp_path / "s", project, _FEW):
        survive(project, tmp_path / "s", at, carried_out=carried_out)


@pytest.mark.long
@pytest.mark.parametrize("carried_out", [False, True])
def test_a_replay_killed_anywhere_doubles_no_version(tmp_path: Path, *, carried_out: bool) -> None:
    """At every point of its writing."""
    project = edited_project()
    exported(project.api, tmp_path / "s", history=True)
    for at in points(tmp_path / "s", project, _MANY):
        survive(project, tmp_path / "s", at, carried_out=carried_out)
