"""An import over a bad network, from an API in trouble: whole or named gaps, and never a double."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from datosnap.api.wire import Answer
from datosnap.core.jsontext import decode_object
from datosnap.core.retrying import Failure, Kind
from datosnap.sandbox.fault_acts import Drop
from datosnap.sandbox.faults import Fault, Script, nth
from datosnap.sandbox.server import running
from datosnap.sandbox.state import Project
from tests.support.holdings import Holdings, differences, holdings
from tests.support.importing import (
    Asked,
    CarryOut,
    Hook,
    Imported,
    beside,
    environment_of,
    exported,
    imported,
    imported_by_socket,
)
from tests.support.rich_project import rich_project
from tests.support.scratch import scratch
from tests.support.scripted import refusal
from tests.unit.sandbox.client import Client

_EXTRAS = ("roles", "webhooks", "build_triggers")
_NUMBERED = ("role", "webhook", "build_trigger")


@dataclass(frozen=True, slots=True)
class Fair:
    """A snapshot, what an import of it makes when nothing is wrong, and which routes that takes."""

    api: Client
    snapshot: Path
    made: Holdings
    names: dict[str, list[str]]
    routes: tuple[str, ...]

    def assert_same(self, target: Client) -> None:
        """Assert that a target is as if nothing had been wrong; nothing in it is double."""
        assert differences(self.made, holdings(environment_of(target))) == []
        assert names_of(target.project) == self.names


def names_of(project: Project) -> dict[str, list[str]]:
    """Give the names of what the server numbers, in which a double would show."""
    return {
        kind: sorted(one["attributes"]["name"] for one in project.of_type(kind).values())
        for kind in _NUMBERED
    }


def bring(target: Client, snapshot: Path, state: Path, hook: Hook | None = None) -> Imported:
    """Import with everything that an import can take over."""
    hooked: dict[str, Hook] = {} if hook is None else {"hook": hook}
    return imported(target, snapshot, **hooked, state=state, extras=_EXTRAS, allow_primary=True)


@pytest.fixture(scope="module")
def fair() -> Iterator[Fair]:
    """Import the rich project undisturbed."""
    with scratch() as folder:
        api = rich_project()
        exported(api, folder / "out")
        target = beside(api)
        done = bring(target, folder / "out", folder / "state")
        assert done.gaps == []
        routes = tuple(dict.fromkeys(one.route for one in done.wires.writes))
        made, names = holdings(environment_of(target)), names_of(target.project)
        yield Fair(api, folder / "out", made, names, routes)


@dataclass(slots=True)
class Losing:
    """Has every route's request of one number carried out, and loses the answer."""

    outcome: Answer | Failure
    number: int
    seen: dict[str, int] = field(default_factory=dict)
    fired: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        """Answer a request, or lose the answer."""
        answer = carry_out()
        if not asked.is_write:
            return answer
        count = self.seen[asked.route] = self.seen.get(asked.route, 0) + 1
        if count != self.number:
            return answer
        self.fired.append(asked.route)
        return self.outcome


_LOST: Mapping[str, Answer | Failure] = {
    "reset": Failure(Kind.LOST, "the connection was reset"),
    "timeout": Failure(Kind.TIMEOUT, "no answer in time"),
    "502": Answer(502, b""),
    "truncated": Failure(Kind.TRUNCATED, "half an answer"),
}


@pytest.mark.parametrize("number", [1, 2, 5])
@pytest.mark.parametrize("loss", _LOST)
def test_lost_answers_double_nothing(fair: Fair, loss: str, number: int, tmp_path: Path) -> None:
    """On every route that writes the answer of a change that was made is lost: it is made once."""
    target, losing = beside(fair.api), Losing(_LOST[loss], number)

    done = bring(target, fair.snapshot, tmp_path / "state", losing)

    assert done.gaps == []
    assert set(losing.fired) == {one for one in losing.seen if losing.seen[one] >= number}
    if number == 1:
        assert set(losing.fired) == set(fair.routes)
    fair.assert_same(target)


def test_connections_that_break_on_every_route_double_nothing(fair: Fair, tmp_path: Path) -> None:
    """The same over sockets, at the place where bytes are sent to as well."""
    target = beside(fair.api)
    routes = (*fair.routes, "PUT /{project}/{file}")
    faults = [Fault(one, Drop(carried_out=True), nth(1)) for one in routes]

    with running(target.world, faults=Script(tuple(faults))) as server:
        report = imported_by_socket(
            server.base_url,
            target.token,
            fair.snapshot,
            state=tmp_path / "state",
            extras=_EXTRAS,
            allow_primary=True,
        )

    assert {one.fault.route for one in server.fired} == set(routes)
    assert report.gaps == ()
    fair.assert_same(target)


@pytest.mark.parametrize("percent", [30, 90])
def test_a_storm_of_429s_is_ridden_out(fair: Fair, percent: int, tmp_path: Path) -> None:
    """However many requests are refused for being too many, all is brought over, once."""
    target, draw = beside(fair.api), Random(percent)  # noqa: S311 - a repeatable draw is wanted
    fired: list[Asked] = []
    running_on: dict[tuple[str, str], int] = {}

    def storm(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        key = (asked.method, asked.path)
        if draw.randrange(100) >= percent or running_on.get(key, 0) > 5:
            running_on[key] = 0
            return carry_out()
        running_on[key] = running_on.get(key, 0) + 1
        fired.append(asked)
        return refusal(429, "RATE_LIMIT_EXCEEDED")

    done = bring(target, fair.snapshot, tmp_path / "state", storm)

    assert len(fired) > 30
    assert done.gaps == []
    fair.assert_same(target)


def _on(route: str, which: int) -> Callable[[Asked, dict[str, int]], bool]:
    """Mean the request to the entity that came as the one of that number on a route."""

    def is_meant(asked: Asked, known: dict[str, int]) -> bool:
        if asked.route != route:
            return False
        entity = decode_object(asked.content)["data"].get("id", asked.path)
        return known.setdefault(entity, len(known)) == which

    return is_meant


@pytest.mark.parametrize(
    ("route", "kind"),
    [("POST /items", "record"), ("PUT /items/{id}", "record"), ("POST /uploads", "upload")],
)
@pytest.mark.parametrize("answer", [Answer(500, b""), refusal(422, "INVALID_FIELD")])
def test_one_that_fails_for_good_is_named_and_the_next_run_completes_it(
    fair: Fair, route: str, kind: str, answer: Answer, tmp_path: Path
) -> None:
    """The rest is brought over; once the API is well again the same command brings what is missing.

    What was published before a newer draft was refused stays so until then.
    """
    target, known, is_meant = beside(fair.api), dict[str, int](), _on(route, 2)
    fired: list[Asked] = []

    def broken(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if is_meant(asked, known):
            fired.append(asked)
            return answer
        return carry_out()

    done = bring(target, fair.snapshot, tmp_path / "state", broken)

    assert fired
    assert kind in {one for one, _, _ in done.gaps}
    assert {one for one, _, _ in done.gaps} <= {kind, "link", "schedule"}
    again = bring(target, fair.snapshot, tmp_path / "state")
    assert again.gaps == []
    fair.assert_same(target)
    assert bring(target, fair.snapshot, tmp_path / "state").wires.writes == []
