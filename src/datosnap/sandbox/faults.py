"""Say at which requests a sandbox misbehaves, and how: a script, which is a value.

A script knows no world and no port, so that one script can be played to any sandbox. Each of its
faults counts the requests that match its route, from 1, and plays its act at the calls it names.
What was played is told by `Running.fired`: a test whose fault never fired has proved nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol
from urllib.parse import parse_qsl

import anyio

from datosnap.sandbox.fault_scenes import GoOn, Scene

Sleep = Callable[[float], Awaitable[None]]

_ANY_METHOD = "*"
_NUMBERED = "{project}"


class Act(Protocol):
    """What is done to a request instead of, before or after carrying it out."""

    async def play(self, scene: Scene, go_on: GoOn) -> None:
        """Treat the request of `scene`; `go_on` carries it out."""
        ...


@dataclass(frozen=True, slots=True)
class Calls:
    """Which of the matching requests are meant: those of these numbers, or every so many."""

    numbers: frozenset[int] = frozenset()
    step: int = 1

    def include(self, number: int) -> bool:
        """Tell whether the `number`th request, counted from 1, is meant."""
        return number in self.numbers if self.numbers else number % self.step == 0


ALWAYS = Calls()


def nth(*numbers: int) -> Calls:
    """Mean the requests with these numbers, from 1."""
    return Calls(frozenset(numbers))


def every(step: int) -> Calls:
    """Mean every `step`th request."""
    return Calls(step=step)


@dataclass(frozen=True, slots=True)
class Fault:
    """One act, the route it is for, and at which of the route's calls it is played.

    Shape: `GET /items/{id}`, `* /site`, `GET /items?page[offset]=30`: a method or `*`, a path in
    which `{name}` stands for any segment and `{project}` for a decimal one, and parameters that
    the request must have among others. Files are `PUT /{project}/{file}` and `GET` of the same.
    """

    route: str
    act: Act
    calls: Calls = ALWAYS

    def matches(self, method: str, path: str, query: str) -> bool:
        """Tell whether a request is one of the route."""
        wanted_method, _, rest = self.route.partition(" ")
        wanted_path, _, wanted_query = rest.partition("?")
        return (
            wanted_method in {_ANY_METHOD, method}
            and _are_segments(wanted_path.split("/"), path.split("/"))
            and _pairs(wanted_query) <= _pairs(query)
        )


@dataclass(frozen=True, slots=True)
class Script:
    """Faults in the order in which they lay hold of a request, and how a delay is slept."""

    faults: tuple[Fault, ...] = ()
    sleep: Sleep = anyio.sleep


@dataclass(frozen=True, slots=True)
class Fired:
    """A fault that was played: to which request, and the request's number on its route."""

    fault: Fault
    method: str
    path: str
    number: int


@dataclass(slots=True)
class Rehearsed:
    """A script under way: how often each route was called, and what was played so far."""

    script: Script
    fired: list[Fired] = field(default_factory=list)
    _counts: dict[int, int] = field(default_factory=dict)

    async def play(self, scene: Scene, go_on: GoOn) -> None:
        """Treat one request as the script says."""
        step = go_on
        for due in reversed(self._due(scene)):
            step = partial(self._act, due, step)
        await step(scene)

    def _due(self, scene: Scene) -> list[Fired]:
        method, path, query = scene.method, scene.path, scene.query
        due = []
        for place, fault in enumerate(self.script.faults):
            if not fault.matches(method, path, query):
                continue
            number = self._counts[place] = self._counts.get(place, 0) + 1
            if fault.calls.include(number):
                due.append(Fired(fault, method, path, number))
        return due

    async def _act(self, due: Fired, go_on: GoOn, scene: Scene) -> None:
        self.fired.append(due)
        await due.fault.act.play(scene, go_on)


def _are_segments(wanted: list[str], found: list[str]) -> bool:
    return len(wanted) == len(found) and all(map(_is_segment, wanted, found))


def _is_segment(wanted: str, found: str) -> bool:
    if wanted == _NUMBERED:
        return found.isdecimal()
    return bool(found) if wanted.startswith("{") else wanted == found


def _pairs(query: str) -> set[tuple[str, str]]:
    return set(parse_qsl(query, keep_blank_values=True))
