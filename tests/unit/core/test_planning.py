"""Records are ordered by their links, without recursion, however long their chains."""

from __future__ import annotations

import pytest

from datosnap.core.planning import batches, creation_order
from tests.support.orders import Ordered, ordered


def test_nothing_needs_no_order() -> None:
    """No records make no wave."""
    assert ordered({}) == Ordered((), (), {})


def test_linked_to_comes_before_linking() -> None:
    """A record comes in the wave after those it links to, and equals keep their order."""
    order = ordered({"a": ["b"], "b": ["c", "gone"], "d": [], "c": []})
    assert order.waves == (("d", "c"), ("b",), ("a",))
    assert order.ids == ("d", "c", "b", "a")
    assert order.deferred == {}


def test_a_circle_defers_one_link() -> None:
    """Of a chain that is closed to a circle one link waits, and every record one request."""
    order = ordered({"a": ["b"], "b": ["c"], "c": ["a"]})
    assert order.deferred == {"c": frozenset({"a"})}
    assert order.waves == (("c",), ("b",), ("a",))


def test_a_link_to_oneself_is_deferred() -> None:
    """A record that links to itself and to another waits only with the link to itself."""
    order = ordered({"a": ["a", "b", "b"], "b": []})
    assert order.deferred == {"a": frozenset({"a"})}
    assert order.waves == (("b",), ("a",))


def test_a_link_to_an_earlier_wave_never_waits() -> None:
    """Even inside a circle a link is written at once when its target is created before."""
    order = ordered({"a": [], "b": ["c", "d"], "c": ["b"], "d": ["a", "c"]})
    assert order.waves == (("a", "c"), ("d",), ("b",))
    assert order.deferred == {"c": frozenset({"b"})}


@pytest.mark.parametrize("closed", [True, False])
def test_a_chain_of_50_000_is_ordered(*, closed: bool) -> None:
    """Length is no obstacle, also when the chain is a circle."""
    length = 50_000
    links = {str(one): [str(one + 1)] for one in range(length - 1)}
    links[str(length - 1)] = ["0"] if closed else []

    order = ordered(links)

    assert len(order.waves) == length
    assert order.ids == tuple(str(one) for one in reversed(range(length)))
    assert order.deferred == ({str(length - 1): frozenset({"0"})} if closed else {})


def test_an_id_knows_its_wave_and_what_of_it_waits() -> None:
    """Waves and deferred links are told by id, of ids that were ordered."""
    order = creation_order({"a": ["b"], "b": ["a", "gone"]})

    assert [order.wave_of(one) for one in ("a", "b", "gone")] == [1, 0, None]
    assert order.deferred["b"] == {"a"}
    assert "a" not in order.deferred
    assert "gone" not in order.deferred
    assert len(order.deferred) == 1


def test_only_links_to_what_is_new_wait() -> None:
    """A link to a record that is there already can be written at once, also in a circle."""
    order = creation_order({"a": ["b"], "b": ["a"]}, new={"b"})
    assert order.deferred == {}


def test_batches_are_full_but_the_last() -> None:
    """Ids are cut in order; none make no batch."""
    assert list(batches(["a", "b", "c"], 2)) == [["a", "b"], ["c"]]
    assert list(batches([], 2)) == []
