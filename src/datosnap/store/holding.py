"""Hold a place for one run at a time, in the way that its kind allows.

A folder of the local disk is locked by the system. An object store has no locks: there a run
claims the place, and must see before it commits that the claim still stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from datosnap.store.claims import claim
from datosnap.store.locations import Root
from datosnap.store.lock import hold
from datosnap.store.place import LocalPlace


@contextmanager
def holding(place: Root, *, take_over: bool) -> Iterator[Callable[[], None]]:
    """Hold a place, which must exist; give what sees that it is still held.

    With `take_over`, a claim on an object store gives way; a lock of the system never does.
    Raises: SnapshotLockedError, at once, when another run holds it; AccessRefusedError, DiskError.
    """
    if isinstance(place, LocalPlace):
        with hold(place.root):
            yield _nothing_to_confirm
    else:
        with claim(place, take_over=take_over) as ours:
            yield ours.confirm


def _nothing_to_confirm() -> None:
    """See nothing: what the system locked stays locked until it is let go."""
