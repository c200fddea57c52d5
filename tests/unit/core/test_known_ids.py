"""The id map of an earlier import is believed only as far as it can be true."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from datosnap.core.known_ids import Pair, believe, drop_gone
from datosnap.core.remapping import IdMap
from datosnap.errors import UsageError


def believed(pairs: Iterable[Pair], named: str = "x") -> IdMap:
    """Take up an id map."""
    ids = IdMap()
    believe(pairs, named, ids)
    return ids


def test_a_map_is_taken_up_as_it_is() -> None:
    """Kinds do not mix; a line that comes twice does no harm."""
    pairs = [("item", "1", "A"), ("upload", "1", "A"), ("role", "5", "7"), ("item", "1", "A")]

    assert sorted(believed(pairs, "--id-map x")) == sorted(set(pairs))


@pytest.mark.parametrize(
    ("pairs", "complaint"),
    [
        ([("thing", "1", "A")], "--id-map x: expected a kind .*found 'thing'"),
        ([("item", "a/b", "A")], "expected the id of a item, found 'a/b'"),
        ([("item", "1", "")], "expected the id of a item, found ''"),
        ([("item", "1", "A"), ("item", "1", "B")], "one target for item 1, found A and B"),
        ([("item", "1", "A"), ("item", "2", "A")], "one source for item A, found 1 and 2"),
    ],
)
def test_a_map_that_cannot_be_true_is_refused(pairs: list[Pair], complaint: str) -> None:
    """The message names the file and what is wrong."""
    with pytest.raises(UsageError, match=complaint):
        believed(pairs, "--id-map x")


def test_what_is_gone_from_the_target_is_dropped_and_told() -> None:
    """What is there stays, and so does what was found elsewhere meanwhile."""
    named = believed([("item", "1", "A"), ("item", "2", "B"), ("item", "3", "C")])
    ids = believed(named)
    ids.add("item", "3", "D")

    gone = drop_gone(ids, named, lambda kind, one: (kind, one) == ("item", "A"))

    assert gone == [("item", "2", "B")]
    assert sorted(ids) == [("item", "1", "A"), ("item", "3", "D")]
