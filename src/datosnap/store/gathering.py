"""Find the snapshots below a place, by their manifests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from datosnap.errors import SnapshotNotFoundError, quote
from datosnap.store import names
from datosnap.store.locations import Where, locate
from datosnap.store.place import LocalPlace

# Folders by year, month and day, and one to spare.
_DEPTH = 4


def snapshots_below(where: Where) -> dict[str, Where]:
    """Find the snapshots below a folder or an address, by their paths from there, in order.

    What is below a snapshot is not looked at, nor what is hidden or behind a link.
    Raises: SnapshotNotFoundError when there is none; AccessRefusedError, DiskError.
    """
    found = dict(_below(where, "", _DEPTH))
    if not found:
        raise SnapshotNotFoundError(f"expected snapshots below {quote(str(where))}, found none")
    return found


def _below(where: Where, prefix: str, depth: int) -> Iterator[tuple[str, Where]]:
    for name in _folders(where):
        path, child = f"{prefix}{name}", _join(where, name)
        if locate(child).holds(names.MANIFEST):
            yield path, child
        elif depth > 1:
            yield from _below(child, f"{path}/", depth - 1)


def _folders(where: Where) -> list[str]:
    place = locate(where)
    if place.absence() is not None:
        raise SnapshotNotFoundError(f"{quote(str(where))} {place.absence()}")
    if isinstance(place, LocalPlace):
        found = (name for name in place.top() if (place.root / name).is_dir())
        return [one for one in found if not (place.root / one).is_symlink() and one[0] != "."]
    return [name.rstrip("/") for name in place.top() if name.endswith("/") and name[0] != "."]


def _join(where: Where, name: str) -> Where:
    if isinstance(where, Path):
        return where / name
    address, question, options = str(where).partition("?")
    return f"{address.rstrip('/')}/{name}{question}{options}"
