"""Put changed rows in place of old ones in a list that is too long to hold.

What is known of the list is the order of its ids now, and which of them are new or changed; the
old rows pass by one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edits:
    """What is to be changed in a list, by the ids of its rows.

    `rows` has the new content, several rows an id where a list has several; `order` all ids as
    they stand now. An old row whose id is in neither is dropped.
    """

    rows: Mapping[str, Sequence[bytes]]
    order: Sequence[str]


def revise(old: Iterable[bytes], edits: Edits, id_of: Callable[[bytes], str]) -> Iterator[bytes]:
    """Give the list as it stands now: each id once, new ones where they belong.

    Memory: the edits.
    """
    place = {identifier: index for index, identifier in enumerate(edits.order)}
    fresh = sorted(edits.rows, key=lambda one: place.get(one, len(place)))
    upcoming = iter(fresh)
    following = next(upcoming, None)
    given: set[str] = set()
    last = None
    for row in old:
        identifier = id_of(row)
        if identifier not in place or identifier in edits.rows:
            continue
        # Rows that share an id stand together; a page that shifted may bring one twice.
        if identifier != last and identifier in given:
            continue
        while following is not None and place[following] < place[identifier]:
            yield from edits.rows[following]
            following = next(upcoming, None)
        yield row
        given.add(identifier)
        last = identifier
    while following is not None:
        yield from edits.rows[following]
        following = next(upcoming, None)
