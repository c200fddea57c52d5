"""Look at what runs left in this user's state folder: work of object-store exports, and clones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from datosnap.core.jsontext import JsonObject
from datosnap.errors import DiskError, NonsenseError
from datosnap.flows.diagnosis import Check, failed, warn
from datosnap.store.clone_state import unfinished_clones
from datosnap.store.workshop import Left, left_workshops


def examine_state() -> list[Check]:
    """Tell of each run that left its work on this machine; nothing when none did.

    Touches the disk, and must be called from a worker thread.
    """
    try:
        return [*map(_workshop, left_workshops()), *map(_clone, unfinished_clones())]
    except (DiskError, NonsenseError) as error:
        return [failed("left-overs", error)]


def _workshop(left: Left) -> Check:
    since = datetime.fromtimestamp(left.changed_at, UTC).isoformat(timespec="seconds")
    found = (
        f"{left.folder} holds the journal of an export of project {left.project_id} to an object"
        f" store, untouched since {since}"
    )
    advice = "unless it is running, run the same export again: it goes on; or remove the folder"
    return warn("left-overs", found, advice)


def _clone(found: tuple[Path, JsonObject]) -> Check:
    folder, note = found
    words = (
        f"{folder} holds a clone of {note.get('source')} into {note.get('destination')}, begun"
        f" {note.get('begun')}, that did not finish"
    )
    advice = "unless it is running, run it again: it goes on; --restart throws it away"
    return warn("left-overs", words, advice)
