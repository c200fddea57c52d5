"""An import of a schema, killed at any write, is gone on with by the same command, nothing twice.

Each point is tried both ways: the write was not carried out, or it was and nobody heard of it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.api.wire import Answer
from datosnap.core.retrying import Failure, Kind
from datosnap.core.schema_matching import SchemaPolicy
from tests.support.importing import (
    Asked,
    CarryOut,
    Hook,
    Imported,
    beside,
    exported,
    imported,
)
from tests.support.schema_project import SchemaProject, add_extras, half_of, schema_project
from tests.unit.sandbox.client import Client

_EXTRAS = ("roles", "webhooks", "build_triggers")


class Killed(BaseException):
    """The run ended here, without a chance to clean up."""


@pytest.fixture
def project() -> SchemaProject:
    """Build a project with something of every kind."""
    built = schema_project()
    add_extras(built)
    return built


def put(api: Client, snapshot: Path, policy: SchemaPolicy, hook: Hook | None = None) -> Imported:
    """Import everything of a snapshot."""
    hooked: dict[str, Hook] = {} if hook is None else {"hook": hook}
    return imported(api, snapshot, **hooked, allow_primary=True, schema=policy, extras=_EXTRAS)


def differing(done: Imported) -> list[tuple[str, list[str]]]:
    """Give what differs from the source, by names that are the same in every target."""
    told = done.report.plan.schema
    return [(one["name"], [change["name"] for change in one["changes"]]) for one in told]


class Killer:
    """Ends a run at one of its writes."""

    def __init__(self, at: int, *, carried_out: bool) -> None:
        self._at = at
        self._carried_out = carried_out
        self._writes = 0

    def __call__(self, asked: Asked, carry_out: CarryOut) -> Answer:
        """Carry a request out, unless it is the last that is asked for."""
        self._writes += asked.is_write
        if not asked.is_write or self._writes <= self._at:
            return carry_out()
        if self._carried_out:
            carry_out()
        raise Killed


class Deaf:
    """Loses the answer to every making, and to the first change of everything, once carried out."""

    def __init__(self) -> None:
        self.lost: list[tuple[str, str]] = []

    def __call__(self, asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        """Carry a request out, and answer only what repeats another."""
        answer, request = carry_out(), (asked.method, asked.path)
        repeats = request in self.lost and asked.method != "POST"
        if not asked.is_write or repeats or answer.status >= 400:
            return answer
        self.lost.append(request)
        return Failure(Kind.LOST, "the reply was lost")


@pytest.mark.parametrize("into", ["empty", "half"])
def test_no_answer_that_is_lost_doubles_anything(
    project: SchemaProject, tmp_path: Path, into: str
) -> None:
    """Every route that writes loses answers; everything is there once, and nothing remains."""
    exported(project.api, tmp_path / "out")
    target = beside(project.api) if into == "empty" else half_of(project.api, "Half")
    deaf = Deaf()

    done = put(target, tmp_path / "out", SchemaPolicy.MATCH, deaf)

    assert done.gaps == []
    assert {method for method, _ in deaf.lost} == {"POST", "PUT"}
    assert {"/roles", "/item-types", "/site"} <= {path for _, path in deaf.lost}
    assert len(deaf.lost) > 30
    assert put(target, tmp_path / "out", SchemaPolicy.MATCH).wires.writes == []
    for path, count in (("/webhooks", 1), ("/build-triggers", 1), ("/roles", 4)):
        assert len(target.get(path).data) == count


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize(
    ("into", "policy"),
    [
        ("empty", SchemaPolicy.CREATE),
        ("half", SchemaPolicy.CREATE),
        ("half", SchemaPolicy.MATCH),
    ],
)
def test_a_killed_import_comes_to_the_same_end(  # noqa: PLR0917 - four tables and two fixtures
    project: SchemaProject,
    tmp_path: Path,
    into: str,
    policy: SchemaPolicy,
    carried_out: bool,  # noqa: FBT001 - a column of the table above
    step: int,
) -> None:
    """What differs from the source is what an undisturbed run leaves, and no write remains."""
    exported(project.api, tmp_path / "out")

    def target(name: str) -> Client:
        return beside(project.api, name) if into == "empty" else half_of(project.api, name)

    calm = target("Calm")
    writes = len(put(calm, tmp_path / "out", policy).wires.writes)
    wanted = differing(put(calm, tmp_path / "out", policy))
    assert writes > 2 * step
    for at in range(int(carried_out), writes, step):
        killed = target(f"Killed at {at}")
        with pytest.raises(Killed):
            put(killed, tmp_path / "out", policy, Killer(at, carried_out=carried_out))
        assert put(killed, tmp_path / "out", policy).gaps == []
        again = put(killed, tmp_path / "out", policy)
        assert again.wires.writes == []
        assert differing(again) == wanted
        for path in ("/roles", "/webhooks", "/build-triggers", "/menu-items"):
            assert len(killed.get(path).data) == len(calm.get(path).data)
