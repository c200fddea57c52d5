"""Whatever records link to each other: they can be created in the order that is planned."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from datosnap.core.planning import batches
from tests.support.orders import ordered

_unhurried = settings(deadline=None, max_examples=300)
_NAMES = [f"r{number}" for number in range(9)]
# Links to what is no key stand for records outside the import.
_LINKS = st.dictionaries(
    st.sampled_from(_NAMES), st.lists(st.sampled_from([*_NAMES, "elsewhere"]), max_size=4)
)
Links = dict[str, list[str]]


def _edges(links: Links) -> list[tuple[str, str]]:
    return [(one, to) for one, linked in links.items() for to in linked if to in links]


def _reachable(links: Links, start: str) -> set[str]:
    """Walk from a record over its links; the record itself only when a link leads back."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        for to in links.get(ahead.pop(), []):
            if to in links and to not in seen:
                seen.add(to)
                ahead.append(to)
    return seen


@_unhurried
@given(_LINKS)
def test_everything_is_created_once(links: Links) -> None:
    """The order holds every record once and nothing else; no wave is empty."""
    order = ordered(links)
    assert sorted(order.ids) == sorted(links)
    assert all(order.waves)


@_unhurried
@given(_LINKS)
def test_what_is_linked_to_comes_first(links: Links) -> None:
    """Each link leads to an earlier wave, or it is deferred; no other link is deferred."""
    order = ordered(links)
    wave = {one: number for number, wave in enumerate(order.waves) for one in wave}

    deferred = {(one, to) for one, later in order.deferred.items() for to in later}

    assert deferred == {(one, to) for one, to in _edges(links) if wave[to] >= wave[one]}


@_unhurried
@given(_LINKS)
def test_only_circles_defer(links: Links) -> None:
    """A link is deferred only inside a circle, and every circle has one that is."""
    order = ordered(links)
    for one, later in order.deferred.items():
        assert later
        assert all(one in _reachable(links, to) or one == to for to in later)

    kept = {
        one: [to for to in links[one] if to not in order.deferred.get(one, ())] for one in links
    }
    assert all(one not in _reachable(kept, one) for one in links)


@_unhurried
@given(_LINKS)
def test_links_to_oneself_are_deferred(links: Links) -> None:
    """A record that links to itself cannot exist before it is created."""
    order = ordered(links)
    for one in links:
        assert (one in order.deferred.get(one, ())) is (one in links[one])


@_unhurried
@given(_LINKS)
def test_waves_are_closed(links: Links) -> None:
    """When a wave begins, all that its records link to exists, deferred links aside."""
    order = ordered(links)
    done: set[str] = set()
    for wave in order.waves:
        for one in wave:
            needed = {to for to in links[one] if to in links} - order.deferred.get(one, frozenset())
            assert needed <= done
        done.update(wave)


@_unhurried
@given(_LINKS)
def test_no_wave_could_begin_earlier(links: Links) -> None:
    """Each record beyond the first wave links to one of the wave just before it."""
    order = ordered(links)
    for before, wave in zip(order.waves, order.waves[1:], strict=False):
        assert all(set(links[one]) & set(before) for one in wave)


@_unhurried
@given(_LINKS)
def test_equals_keep_their_order(links: Links) -> None:
    """Within a wave records stand as they were given, and the plan is the same on every run."""
    order = ordered(links)
    for wave in order.waves:
        assert list(wave) == [one for one in links if one in wave]
    assert ordered(links) == order


@given(st.lists(st.sampled_from(_NAMES)), st.integers(1, 5))
def test_batches_hold_everything_in_order(ids: list[str], size: int) -> None:
    """Batches are full but for the last, and together give all ids in order."""
    cut = list(batches(ids, size))
    assert [one for batch in cut for one in batch] == ids
    assert all(len(batch) == size for batch in cut[:-1])
    assert all(0 < len(batch) <= size for batch in cut)
