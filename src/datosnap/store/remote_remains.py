"""Look at a prefix of an object store where exports are to go: leave to write, claims, remains.

A trial object is written and removed again. Its date is the store's own, by which it is told
whether the claim of another run still holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from datosnap.store import names
from datosnap.store.claims import claims_in, holder
from datosnap.store.destination import read_mark
from datosnap.store.objects import ObjectPlace
from datosnap.store.place import put
from datosnap.store.workshop import workshop

_TRIAL_NAME = ".datosnap-trial"
_TRIAL = b"datosnap tries whether it may write here"


@dataclass(frozen=True, slots=True)
class Remains:
    """What a run left at an address, or is at work on.

    `held_by` says whose claim holds; `has_lapsed` that there is one which does not hold any more;
    `is_known_here` that this machine has the journal with which the run goes on.
    """

    address: str
    is_unfinished: bool
    held_by: str | None
    has_lapsed: bool
    is_known_here: bool


def holds_snapshot_at(place: ObjectPlace) -> bool:
    """Tell whether a finished snapshot lies at a place; whether it is whole is not looked at.

    Raises: AccessRefusedError, DiskError.
    """
    return place.holds(names.MANIFEST)


def remains_at(place: ObjectPlace) -> tuple[Remains, ...]:
    """Try to write to a place, and find what runs left there and in the prefixes right below.

    Raises: AccessRefusedError, DiskError.
    """
    put(place, _TRIAL_NAME, _TRIAL)
    try:
        return tuple(_remains(place))
    finally:
        place.remove(_TRIAL_NAME)


def _remains(place: ObjectPlace) -> Iterator[Remains]:
    written = place.written_at()
    now = written.get(_TRIAL_NAME)
    below = [name.rstrip("/") for name in sorted(written) if name.endswith("/")]
    for one in (place, *map(place.below, below)):
        found = _found(one, now)
        if found.is_unfinished or found.held_by or found.has_lapsed:
            yield found


def _found(place: ObjectPlace, now: datetime | None) -> Remains:
    written = place.written_at()
    is_unfinished = names.MARKER in written and names.MANIFEST not in written
    claims = claims_in(written, now)
    living = [path for path, is_alive in claims.items() if is_alive]
    return Remains(
        str(place),
        is_unfinished,
        holder(place, living[0]) if living else None,
        len(living) < len(claims),
        is_unfinished and workshop(place, read_mark(place)).has_journal,
    )
