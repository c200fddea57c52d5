"""Decide how siblings are brought into their order with as few moves as it takes.

A place is no part of a record's versions, so that nobody can tell who set it. What the import
made is put where the source had it, next to the same neighbours; what others put into the target
stays where it is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Move:
    """One sibling and the position it is set to, from 1; those behind it make room."""

    id: str
    position: int


def arranged(
    wanted: Sequence[str], there: Sequence[str], made: Collection[str], *, whole: bool
) -> list[str]:
    """Give the order that siblings shall have.

    Shape: `wanted` is the source's order, `there` the target's, `made` are those the import made.
    With `whole`, all that are wanted get into the source's order; otherwise only what was made is
    put beside its neighbours.
    """
    known = set(there)
    ours = [one for one in wanted if one in known]
    if whole:
        in_order = iter(ours)
        meant = set(ours)
        return [next(in_order) if one in meant else one for one in there]
    goal = _Chain([one for one in there if one not in made])
    for index, one in enumerate(ours):
        if one in made:
            goal.insert(one, after=ours[index - 1] if index else None)
    return goal.ids()


def same_order(wanted: Sequence[str], there: Sequence[str]) -> bool:
    """Tell whether those that are on both sides stand in the same order."""
    known, meant = set(there), set(wanted)
    return [one for one in wanted if one in known] == [one for one in there if one in meant]


def moves(goal: Sequence[str], there: Sequence[str]) -> list[Move]:
    """Give the moves, to be made one after the other, that turn one order into the other."""
    staying = _longest_in_order(goal, {one: index for index, one in enumerate(there)})
    chain = _Chain(there)
    found: list[Move] = []
    before: str | None = None
    for one in goal:
        if one not in staying:
            chain.remove(one)
            chain.insert(one, after=before)
            found.append(Move(one, chain.position(one)))
        before = one
    return found


def _longest_in_order(goal: Sequence[str], place: dict[str, int]) -> set[str]:
    """Give the most siblings that stand in the right order already, so that the others move."""
    ends: list[int] = []
    last: list[str] = []
    before: dict[str, str | None] = {}
    for one in goal:
        length = bisect_left(ends, place[one])
        before[one] = last[length - 1] if length else None
        ends[length : length + 1] = [place[one]]
        last[length : length + 1] = [one]
    staying: set[str] = set()
    here = last[-1] if last else None
    while here is not None:
        staying.add(here)
        here = before[here]
    return staying


@dataclass(slots=True)
class _Chain:
    """Siblings in order, in which one is moved without touching the others."""

    given: Sequence[str]
    _after: dict[str | None, str | None] = field(default_factory=dict)
    _before: dict[str | None, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        before: str | None = None
        for one in (*self.given, None):
            self._after[before], self._before[one] = one, before
            before = one

    def insert(self, one: str, *, after: str | None) -> None:
        """Put one behind another, at the head behind None."""
        behind = self._after[after]
        self._after[after], self._before[one] = one, after
        self._after[one], self._before[behind] = behind, one

    def remove(self, one: str) -> None:
        """Take one out."""
        before, behind = self._before.pop(one), self._after.pop(one)
        self._after[before], self._before[behind] = behind, before

    def position(self, one: str) -> int:
        """Count from the head, which is 1."""
        count, here = 1, self._before[one]
        while here is not None:
            count, here = count + 1, self._before[here]
        return count

    def ids(self) -> list[str]:
        """Give all in order."""
        found: list[str] = []
        here = self._after[None]
        while here is not None:
            found.append(here)
            here = self._after[here]
        return found
