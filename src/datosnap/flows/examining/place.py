"""Look at the place where exports go: room, leave to write, exports that did not finish.

It may lie on a disk or on an object store.
"""

from __future__ import annotations

from pathlib import Path

from datosnap.errors import AccessRefusedError, CorruptSnapshotError, DiskError, UsageError
from datosnap.flows.diagnosis import Check, failed, fine, problem, warn
from datosnap.store.claims import LAPSE_S
from datosnap.store.locations import Where, locate
from datosnap.store.objects import ObjectPlace
from datosnap.store.place import LocalPlace
from datosnap.store.remote_remains import Remains, holds_snapshot_at, remains_at
from datosnap.store.room import Unfinished, holds_snapshot, room_at, try_writing, unfinished_exports

_MB = 1_000_000
# Records, history and what grows meanwhile come on top of the assets' bytes.
_SPARE_BYTES = 1_000 * _MB


def examine_place(destination: Where, asset_bytes: int | None) -> list[Check]:
    """Check the place named `destination`; `asset_bytes` is what the project's assets measure.

    Touches the disk or the store, and must be called from a worker thread.
    """
    try:
        place = locate(destination)
        if isinstance(place, LocalPlace):
            return _local(place.root, asset_bytes)
        return _remote(place)
    except (AccessRefusedError, CorruptSnapshotError, DiskError, UsageError) as error:
        return [failed("destination", error)]


def _local(root: Path, asset_bytes: int | None) -> list[Check]:
    try_writing(root)
    checks = [_place(str(root), is_taken=holds_snapshot(root)), _room(root, asset_bytes)]
    return [*checks, *map(_left, unfinished_exports(root))]


def _remote(place: ObjectPlace) -> list[Check]:
    absence = place.absence()
    if absence is not None:
        found = f"{place} {absence}"
        return [problem("destination", found, "make the bucket, or name another one", UsageError)]
    remains = remains_at(place)
    is_taken = holds_snapshot_at(place)
    return [_place(str(place), is_taken=is_taken), *map(_remains, remains)]


def _place(shown: str, *, is_taken: bool) -> Check:
    if is_taken:
        found = f"{shown} already holds a snapshot"
        return warn("destination", found, "an export needs a place of its own")
    return fine("destination", f"{shown} can be written to")


def _remains(one: Remains) -> Check:
    """Tell of an export at an address that is running or was cut off."""
    if one.held_by is not None:
        found = f"{one.address} is claimed: {one.held_by}"
        advice = f"it runs, or was killed within {LAPSE_S:.0f} s: wait, or use --restart"
        return warn("unfinished", found, advice)
    if one.is_known_here:
        advice = "run the same export again: it goes on"
    elif one.is_unfinished:
        advice = "this machine has no journal of it: the same export, run here, starts over"
    else:
        advice = "its claim holds no more: the next export there removes it"
    return warn("unfinished", f"{one.address} holds an export that did not finish", advice)


def _room(root: Path, asset_bytes: int | None) -> Check:
    free = room_at(root).free_bytes
    found = f"{free // _MB:,} MB are free"
    if asset_bytes is not None:
        found += f", the project's assets measure {asset_bytes // _MB:,} MB"
    if free < (asset_bytes or 0):
        advice = "free some space, choose another disk, or export with --assets metadata"
        return problem("disk space", found, advice, DiskError)
    if free < (asset_bytes or 0) + _SPARE_BYTES:
        return warn("disk space", found, "records and history come on top; make more room")
    return fine("disk space", found)


def _left(export: Unfinished) -> Check:
    if export.held_by is not None:
        return fine("unfinished", f"an export is running: {export.held_by}")
    advice = "run the same export again: it goes on, or starts over and clears its remains"
    return warn("unfinished", f"{export.path} holds an export that did not finish", advice)
