"""Keep siblings in order by whole numbers from 1.

Putting one at a place that is taken moves the one there, and those right behind it, one further;
taking one away closes the gap. Source: inferred; it makes positions set in ascending order, which
is how the official tools write them, come out as written.
"""

from __future__ import annotations

from collections.abc import Mapping


def next_position(places: Mapping[str, int]) -> int:
    """Give the place behind all others."""
    return max(places.values(), default=0) + 1


def inserted(places: Mapping[str, int], key: str, at: int) -> dict[str, int]:
    """Put `key` at a place; those in the way move on."""
    holders = {place: name for name, place in places.items()}
    moved = dict(places)
    place, arriving = at, key
    while arriving:
        moved[arriving] = place
        arriving = holders.get(place, "")
        place += 1
    return moved


def removed(places: Mapping[str, int], key: str) -> dict[str, int]:
    """Take `key` away; those behind it close up."""
    gap = places[key]
    rest = {name: place for name, place in places.items() if name != key}
    if gap in rest.values():
        return rest
    return {name: place - (place > gap) for name, place in rest.items()}


def moved(places: Mapping[str, int], key: str, to: int) -> dict[str, int]:
    """Put `key` at another place among its siblings."""
    if places[key] == to:
        return dict(places)
    return inserted(removed(places, key), key, to)
