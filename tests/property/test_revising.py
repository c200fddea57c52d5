"""Whatever happened to a list, revising it gives the list as it stands now."""

from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from datosnap.core.revising import Edits, put_back, revise

_IDS = st.lists(st.integers(0, 30), unique=True).map(sorted)


def _row(identifier: int, version: int) -> bytes:
    return f"{identifier:02d}:{version}".encode()


def _id(row: bytes) -> str:
    return row.decode().partition(":")[0]


@st.composite
def shaken(draw: st.DrawFn, rows: list[bytes]) -> list[bytes]:
    """Draw a list as shifting pages give it: some rows a second time, a little later."""
    found: list[bytes] = []
    for row in rows:
        found.append(row)
        if found and draw(st.integers(0, 4)) == 0:
            found.append(found[-draw(st.integers(1, min(3, len(found))))])
    return found


@given(st.data(), _IDS, _IDS)
def test_a_revised_list_is_the_list_now(
    data: st.DataObject, before: list[int], now: list[int]
) -> None:
    """Rows that stayed are the old ones, new and changed ones the new, in order, each once."""
    old = data.draw(shaken([_row(one, 0) for one in before]))
    changed = data.draw(st.sets(st.sampled_from(now))) if now else set()
    fresh = changed | (set(now) - set(before))
    edits = Edits({f"{one:02d}": [_row(one, 1)] for one in fresh}, [f"{one:02d}" for one in now])

    assert list(revise(old, edits, _id)) == [_row(one, int(one in fresh)) for one in now]


@given(st.data(), _IDS)
def test_history_stays_whole(data: st.DataObject, records: list[int]) -> None:
    """Several rows an id: those of a record that came twice are there once, newest first."""
    counts = {one: data.draw(st.integers(1, 3)) for one in records}
    whole = {one: [_row(one, number) for number in range(counts[one], 0, -1)] for one in records}
    twice = data.draw(st.lists(st.booleans(), min_size=len(records), max_size=len(records)))
    old = [
        row for one, again in zip(records, twice, strict=True) for row in whole[one] * (1 + again)
    ]
    edits = Edits({}, [f"{one:02d}" for one in records])

    assert list(revise(old, edits, _id, bytes.decode)) == list(chain(*whole.values()))


@given(_IDS, st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_what_was_missed_is_put_back_in_order(
    held: list[int], hidden: set[int], gone: set[int]
) -> None:
    """A listing in order of ids that hid some rows is whole again and in order."""
    order = [str(one).zfill(2) for one in held if one not in hidden | gone]
    back = {str(one).zfill(2) for one in hidden - gone}

    found = put_back(order, [str(one).zfill(2) for one in held], back)

    assert found == sorted(found)
    assert set(found) == {f"{one:02d}" for one in held if one not in gone}
