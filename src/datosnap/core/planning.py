"""Decide the order in which records that link to each other can be created.

A record goes after the records it links to, so that one request creates it whole. Where links
run in circles no such order exists: there the link to a record that comes later is left out at
first and written in a second request.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Protocol


class Places(Protocol):
    """Ids in an order, each at a place that is counted from 0."""

    def __len__(self) -> int:
        """Give how many there are."""
        ...

    def place_of(self, key: str) -> int | None:
        """Tell where an id stands; None when it is none of these."""
        ...

    def at(self, place: int) -> str:
        """Give the id at a place."""
        ...


class Listed:
    """Places of ids in memory."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids = tuple(ids)
        self._places = {one: place for place, one in enumerate(self._ids)}

    def __len__(self) -> int:
        return len(self._ids)

    def place_of(self, key: str) -> int | None:
        """Tell where an id stands; None when it is none of these."""
        return self._places.get(key)

    def at(self, place: int) -> str:
        """Give the id at a place."""
        return self._ids[place]


@dataclass(frozen=True, slots=True)
class Order:
    """Ids in waves, and for some the links that must wait for the second write.

    All records of a wave can be created at once: what they link to is in earlier waves.
    """

    deferred: Deferred
    _ids: Places
    _level: array[int]
    _sequence: array[int]
    _ends: array[int]

    @property
    def waves(self) -> Iterator[Wave]:
        """Give the waves, each in the order of the ids."""
        start = 0
        for end in self._ends:
            yield Wave(self._ids, self._sequence, start, end)
            start = end

    @property
    def ids(self) -> Wave:
        """Give all ids in the order of creation."""
        return Wave(self._ids, self._sequence, 0, len(self._sequence))

    def wave_of(self, one: str) -> int | None:
        """Tell in which wave, from 0, an id is; None when it is none of these."""
        place = self._ids.place_of(one)
        return None if place is None else self._level[place]


@dataclass(frozen=True, slots=True)
class Wave:
    """Some ids of an order, which are looked up as they are asked for."""

    _ids: Places
    _sequence: array[int]
    _start: int
    _end: int

    def __iter__(self) -> Iterator[str]:
        return (self._ids.at(self._sequence[one]) for one in range(self._start, self._end))

    def __reversed__(self) -> Iterator[str]:
        places = reversed(range(self._start, self._end))
        return (self._ids.at(self._sequence[one]) for one in places)

    def __len__(self) -> int:
        return self._end - self._start


class Deferred(Mapping[str, frozenset[str]]):
    """The links of an id that must wait, for those that have any."""

    def __init__(self, ids: Places, links: Links) -> None:
        self._ids = ids
        self._links = links

    def __getitem__(self, one: str) -> frozenset[str]:
        place = self._ids.place_of(one)
        found = () if place is None else self._links.of(place)
        if not found:
            raise KeyError(one)
        return frozenset(map(self._ids.at, found))

    def __iter__(self) -> Iterator[str]:
        return map(self._ids.at, self._links.linking())

    def __len__(self) -> int:
        return sum(1 for _ in self._links.linking())


class Links:
    """Links between places. Memory: 4 bytes a place and a link."""

    def __init__(self) -> None:
        self._ends = array("i")
        self._targets = array("i")

    def __len__(self) -> int:
        return len(self._ends)

    def add(self, targets: Iterable[int]) -> None:
        """Add the links of the next place."""
        self._targets.extend(targets)
        self._ends.append(len(self._targets))

    def of(self, place: int) -> Sequence[int]:
        """Give where the links of a place lead."""
        return self._targets[self.start(place) : self._ends[place]]

    def start(self, place: int) -> int:
        """Give the number of a place's first link among all."""
        return self._ends[place - 1] if place else 0

    def end(self, place: int) -> int:
        """Give the number that follows the one of its last."""
        return self._ends[place]

    def target(self, number: int) -> int:
        """Give where the link of this number leads."""
        return self._targets[number]

    def linking(self) -> Iterator[int]:
        """Give the places that have links."""
        return (one for one in range(len(self)) if self.start(one) < self._ends[one])


def creation_order(
    links: Mapping[str, Collection[str]], new: Container[str] | None = None
) -> Order:
    """Order the ids so that, circles aside, each comes after those it links to.

    Shape: `links` maps every id to the ids it refers to; ids that are not keys are ignored; `new`
    are those that do not exist yet, None for all: only links to them must ever wait.
    Among equals the order of `links` is kept. Links of a record to itself are deferred.
    """
    return order_of(Listed(links), links.values(), new)


def order_of(
    ids: Places, links: Iterable[Collection[str]], new: Container[str] | None = None
) -> Order:
    """Order ids that need not be in memory; `links` has those of each, in the order of the places.

    Memory: some 40 bytes an id and 4 a link.
    """
    graph = Links()
    for some in links:
        graph.add(to for one in some if (to := ids.place_of(one)) is not None)
    level = _levels(graph, _linked_first(graph))
    waiting = Links()
    for place in range(len(graph)):
        later = [to for to in graph.of(place) if level[to] >= level[place]]
        waiting.add(to for to in later if new is None or ids.at(to) in new)
    return Order(Deferred(ids, waiting), ids, level, *_by_level(level))


def _levels(graph: Links, places: Iterable[int]) -> array[int]:
    """Give each place a level above those of the places before it that it links to."""
    level = _filled(len(graph), -1)
    for one in places:
        # What has no level yet, itself among them, comes later.
        level[one] = 1 + max((level[to] for to in graph.of(one)), default=-1)
    return level


def _by_level(level: Sequence[int]) -> tuple[array[int], array[int]]:
    """Give the places by level, in their own order within one, and where each level ends."""
    counts = _filled(1 + max(level, default=-1), 0)
    for one in level:
        counts[one] += 1
    ends = array("i", accumulate(counts))
    following = array("i", [0, *ends[:-1]]) if ends else array("i")
    sequence = _filled(len(level), 0)
    for place, one in enumerate(level):
        sequence[following[one]] = place
        following[one] += 1
    return sequence, ends


def batches(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    """Cut ids into lists of at most `size`."""
    source = iter(ids)
    while batch := list(islice(source, size)):
        yield batch


def _linked_first(graph: Links) -> Iterator[int]:
    """Give all places, those of one circle together, linked-to ones first.

    Source: Tarjan's strongly connected components, without recursion.
    """
    search = _Search(graph)
    for root in range(len(graph)):
        yield from search.from_root(root)


class _Search:
    """The running state of Tarjan's algorithm."""

    def __init__(self, graph: Links) -> None:
        self._graph = graph
        self._index = _filled(len(graph), -1)
        self._low = _filled(len(graph), 0)
        # The number of the link to look at next.
        self._onward = array("i", map(graph.start, range(len(graph))))
        self._on_stack = bytearray(len(graph))
        self._stack = array("i")
        self._path = array("i")
        self._entered = 0

    def from_root(self, root: int) -> Iterator[int]:
        if self._index[root] < 0:
            self._enter(root)
        while self._path:
            here = self._path[-1]
            unseen = self._next_unseen(here)
            if unseen is not None:
                self._enter(unseen)
                continue
            self._path.pop()
            if self._path:
                above = self._path[-1]
                self._low[above] = min(self._low[above], self._low[here])
            if self._low[here] == self._index[here]:
                yield from self._leave(here)

    def _enter(self, one: int) -> None:
        self._index[one] = self._low[one] = self._entered
        self._entered += 1
        self._path.append(one)
        self._stack.append(one)
        self._on_stack[one] = True

    def _next_unseen(self, here: int) -> int | None:
        while self._onward[here] < self._graph.end(here):
            to = self._graph.target(self._onward[here])
            self._onward[here] += 1
            if self._index[to] < 0:
                return to
            if self._on_stack[to]:
                self._low[here] = min(self._low[here], self._index[to])
        return None

    def _leave(self, head: int) -> Iterator[int]:
        # Last entered first: in a mere chain inside the circle the linked-to one comes first.
        is_out = False
        while not is_out:
            one = self._stack.pop()
            self._on_stack[one] = False
            is_out = one == head
            yield one


def _filled(size: int, value: int) -> array[int]:
    return array("i", [value]) * size
