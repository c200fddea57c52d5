"""How siblings get into their order, and with how few moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datosnap.core.placing import Move, arranged, moves, same_order


def carried_out(there: list[str], steps: list[Move]) -> list[str]:
    """Move siblings as the API does: each takes its place and those behind make room."""
    order = list(there)
    for one in steps:
        order.remove(one.id)
        order.insert(one.position - 1, one.id)
    return order


@pytest.mark.parametrize(
    ("wanted", "there", "made", "goal"),
    [
        ("abcd", "acdb", "b", "abcd"),
        ("abcd", "dcab", "b", "dcab"),
        ("abcd", "dcba", "b", "dcab"),
        ("abcd", "xcyda", "a", "axcyd"),
        ("abcd", "cadb", "", "cadb"),
        ("abc", "cba", "abc", "abc"),
        ("abcd", "bd", "", "bd"),
    ],
)
def test_what_was_made_goes_beside_its_neighbours(
    wanted: str, there: str, made: str, goal: str
) -> None:
    """What was there already, the target's own too, keeps its order."""
    assert "".join(arranged(wanted, there, set(made), whole=False)) == goal


def test_on_demand_everything_gets_into_order() -> None:
    """The target's own keep their places; the others share the remaining ones in order."""
    assert "".join(arranged("abcd", "xdcyba", set(), whole=True)) == "xabycd"


@given(st.permutations("abcdefgh"), st.permutations("abcdefgh"))
def test_the_moves_lead_to_the_goal(goal: list[str], there: list[str]) -> None:
    """However they stood, after the moves they stand as they should."""
    assert carried_out(there, moves(goal, there)) == goal


@pytest.mark.parametrize(
    ("goal", "there", "count"),
    [("abcde", "abcde", 0), ("bcdea", "abcde", 1), ("abcde", "ebcda", 2)],
)
def test_few_are_moved(goal: str, there: str, count: int) -> None:
    """One that went from the first place to the last costs one move, not one for each other."""
    assert len(moves(goal, there)) == count


def test_order_is_compared_among_those_on_both_sides() -> None:
    """What only one side has does not disturb the order."""
    assert same_order("abc", "xaycz")
    assert not same_order("abc", "ca")
