"""Look at the place where exports go: room, leave to write, exports that did not finish."""

from __future__ import annotations

from pathlib import Path

from datosnap.errors import DiskError, UsageError
from datosnap.flows.diagnosis import Check, failed, fine, problem, warn
from datosnap.store.room import Unfinished, holds_snapshot, room_at, try_writing, unfinished_exports

_MB = 1_000_000
# Records, history and what grows meanwhile come on top of the assets' bytes.
_SPARE_BYTES = 1_000 * _MB
_OBJECT_STORE = "://"


def examine_place(destination: str, asset_bytes: int | None) -> list[Check]:
    """Check the place named `destination`; `asset_bytes` is what the project's assets measure.

    Touches the disk, and must be called from a worker thread.
    """
    if _OBJECT_STORE in destination:
        found = f"{destination.partition('?')[0]} is an object store, which is not looked at"
        return [warn("destination", found, "an export tells whether it may write there")]
    root = Path(destination)
    try:
        try_writing(root)
        checks = [_place(root), _room(root, asset_bytes)]
        return [*checks, *map(_left, unfinished_exports(root))]
    except (DiskError, UsageError) as error:
        return [failed("destination", error)]


def _place(root: Path) -> Check:
    if holds_snapshot(root):
        found = f"{root} already holds a snapshot"
        return warn("destination", found, "an export needs a place of its own")
    return fine("destination", f"{root} can be written to")


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
