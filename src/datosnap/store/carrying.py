"""Bring files of a snapshot over into another one, unchanged.

An asset becomes a second name of the same file where the disk can do that: it costs no room, and
neither name is ever written to again. All else is copied.
"""

from __future__ import annotations

import os
from contextlib import suppress

from datosnap.errors import CorruptSnapshotError
from datosnap.store.atomic import make_folders, sync_folder
from datosnap.store.diskerrors import translating
from datosnap.store.locations import Where, locate
from datosnap.store.manifest import FileEntry
from datosnap.store.place import LocalPlace, Place
from datosnap.store.snapshot import Snapshot

_BLOCK_BYTES = 1024 * 1024


def carry(snapshot: Snapshot, entry: FileEntry, source: Where, destination: Where) -> FileEntry:
    """Bring one file over, after its hash was seen; give what a manifest has to say of it.

    Memory: one block of 1 MiB.
    Raises: CorruptSnapshotError when it is not as it was written; AccessRefusedError, DiskError.
    """
    origin, target = locate(source), locate(destination)
    with snapshot.open_file(entry) as file:
        is_local = isinstance(origin, LocalPlace) and isinstance(target, LocalPlace)
        if entry.kind == "asset" and is_local and _link(origin, target, entry.path):
            return entry
        draft = target.draft(entry.path)
        try:
            while block := file.read(_BLOCK_BYTES):
                draft.write(block)
            if draft.sha256 != entry.sha256:
                raise CorruptSnapshotError(f"{entry.path} was changed while it was copied")
            draft.publish(entry.path)
        finally:
            draft.discard()
    return entry


def _link(origin: Place, target: Place, path: str) -> bool:
    """Give a file a second name; tell whether the disk could."""
    assert isinstance(origin, LocalPlace)
    assert isinstance(target, LocalPlace)
    final = target.root / path
    with translating("write", final):
        make_folders(target.root, final.parent)
        final.unlink(missing_ok=True)  # what a run that was cut off left
        with suppress(OSError):  # another disk, or one that knows no second names
            os.link(origin.root / path, final, follow_symlinks=False)
            sync_folder(final.parent)
            return True
    return False
