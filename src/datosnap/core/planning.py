"""Decide the order in which records that link to each other can be created.

A record goes after the records it links to, so that one request creates it whole. Where links
run in circles no such order exists: there the link to a record that comes later is left out at
first and written in a second request.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Order:
    """Ids in waves, and for some the links that must wait for the second write.

    All records of a wave can be created at once: what they link to is in earlier waves.
    """

    waves: tuple[tuple[str, ...], ...]
    deferred: Mapping[str, frozenset[str]]

    @property
    def ids(self) -> tuple[str, ...]:
        """Give all ids in the order of creation."""
        return tuple(one for wave in self.waves for one in wave)


def creation_order(
    links: Mapping[str, Collection[str]], new: Container[str] | None = None
) -> Order:
    """Order the ids so that, circles aside, each comes after those it links to.

    Shape: `links` maps every id to the ids it refers to; ids that are not keys are ignored; `new`
    are those that do not exist yet, None for all: only links to them must ever wait.
    Among equals the order of `links` is kept. Links of a record to itself are deferred.
    """
    ids: list[str] = []
    for component in _components({one: [to for to in links[one] if to in links] for one in links}):
        ids.extend(component)
    level = _levels(links, ids)
    waves: list[list[str]] = [[] for _ in range(1 + max(level.values(), default=-1))]
    for one in links:
        waves[level[one]].append(one)
    deferred = {
        one: frozenset(
            to
            for to in links[one]
            if to in level and level[to] >= level[one] and (new is None or to in new)
        )
        for one in ids
    }
    return Order(
        tuple(tuple(wave) for wave in waves),
        {one: later for one, later in deferred.items() if later},
    )


def _levels(links: Mapping[str, Collection[str]], ids: Sequence[str]) -> dict[str, int]:
    """Give each id a level above those of the ids before it that it links to."""
    level: dict[str, int] = {}
    for one in ids:
        level[one] = 1 + max((level[to] for to in links[one] if to in level), default=-1)
    return level


def batches(ids: Sequence[str], size: int) -> list[Sequence[str]]:
    """Cut ids into lists of at most `size`."""
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _components(links: Mapping[str, Sequence[str]]) -> Iterable[list[str]]:
    """Give the strongly connected components, linked-to ones first (Tarjan, without recursion)."""
    search = _Search(links)
    for root in links:
        if root not in search.index:
            yield from search.from_root(root)


class _Search:
    """The running state of Tarjan's algorithm."""

    def __init__(self, links: Mapping[str, Sequence[str]]) -> None:
        self._links = links
        self.index: dict[str, int] = {}
        self._low: dict[str, int] = {}
        self._stack: list[str] = []
        self._on_stack: set[str] = set()

    def from_root(self, root: str) -> Iterable[list[str]]:
        work = [(root, iter(self._links[root]))]
        self._enter(root)
        while work:
            here, onward = work[-1]
            unseen = self._next_unseen(here, onward)
            if unseen is not None:
                self._enter(unseen)
                work.append((unseen, iter(self._links[unseen])))
                continue
            work.pop()
            if work:
                above = work[-1][0]
                self._low[above] = min(self._low[above], self._low[here])
            if self._low[here] == self.index[here]:
                yield self._leave(here)

    def _enter(self, one: str) -> None:
        self.index[one] = self._low[one] = len(self.index)
        self._stack.append(one)
        self._on_stack.add(one)

    def _next_unseen(self, here: str, onward: Iterable[str]) -> str | None:
        for to in onward:
            if to not in self.index:
                return to
            if to in self._on_stack:
                self._low[here] = min(self._low[here], self.index[to])
        return None

    def _leave(self, head: str) -> list[str]:
        component = [self._stack.pop()]
        while component[-1] != head:
            component.append(self._stack.pop())
        self._on_stack.difference_update(component)
        # Last entered first: in a mere chain inside the circle the linked-to one comes first.
        return component
