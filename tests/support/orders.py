"""An order of creation as plain values, for tests to look at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from datosnap.core.planning import creation_order


@dataclass(frozen=True, slots=True)
class Ordered:
    """Ids in waves, the same without them, and the links that wait."""

    waves: tuple[tuple[str, ...], ...]
    ids: tuple[str, ...]
    deferred: dict[str, frozenset[str]]


def ordered(links: Mapping[str, Collection[str]]) -> Ordered:
    """Order ids by their links."""
    order = creation_order(links)
    return Ordered(tuple(map(tuple, order.waves)), tuple(order.ids), dict(order.deferred))
