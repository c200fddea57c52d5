"""Put changed rows in place of old ones in a list that is too long to hold.

What is known of the list is the order of its ids now, and which of them are new or changed; the
old rows pass by one after the other. Each row comes out once: a page that shifted while the list
was read brings one a second time, right behind its first copy or some pages later.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edits:
    """What is to be changed in a list, by the ids of its rows.

    `rows` has the new content, several rows an id where a list has several; `order` all ids as
    they stand now. A row whose id is not in `order` is dropped.
    """

    rows: Mapping[str, Sequence[bytes]]
    order: Sequence[str]


def revise(
    old: Iterable[bytes],
    edits: Edits,
    id_of: Callable[[bytes], str],
    own_id_of: Callable[[bytes], str] | None = None,
) -> Iterator[bytes]:
    """Give the list as it stands now: each row once, new ones where they belong.

    `own_id_of` tells the rows apart that share an id, in lists that have several an id.
    Memory: the edits, the ids, and what tells apart the rows of one id.
    """
    place = {identifier: index for index, identifier in enumerate(edits.order)}
    fresh = sorted((one for one in edits.rows if one in place), key=place.__getitem__)
    done = 0
    for identifier, row in _once(old, id_of, own_id_of or id_of):
        if identifier not in place or identifier in edits.rows:
            continue
        while done < len(fresh) and place[fresh[done]] < place[identifier]:
            yield from edits.rows[fresh[done]]
            done += 1
        yield row
    for identifier in fresh[done:]:
        yield from edits.rows[identifier]


def put_back(order: Sequence[str], held: Iterable[str], missed: Collection[str]) -> list[str]:
    """Give the order of ids with those in `missed`, each behind what it stands behind in `held`."""
    known = set(order)
    following: dict[str | None, list[str]] = {}
    last: str | None = None
    for identifier in held:
        if identifier in known:
            last = identifier
        elif identifier in missed:
            following.setdefault(last, []).append(identifier)
    back = list(following.get(None, []))
    for identifier in order:
        back += [identifier, *following.get(identifier, [])]
    return back


def _once(
    rows: Iterable[bytes], id_of: Callable[[bytes], str], own_id_of: Callable[[bytes], str]
) -> Iterator[tuple[str, bytes]]:
    """Give each row once, with its id; those of one id stand together."""
    ended: set[str] = set()
    last: str | None = None
    siblings: set[str] = set()
    for row in rows:
        identifier = id_of(row)
        if identifier != last:
            ended |= {last} if last is not None else set()
            last, siblings = identifier, set()
        own = own_id_of(row)
        if identifier not in ended and own not in siblings:
            siblings.add(own)
            yield identifier, row
