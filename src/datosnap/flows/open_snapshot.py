"""Open a snapshot for a program of somebody else's."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from datosnap.flows.progress import Silent
from datosnap.flows.reading import ReadOptions, open_library
from datosnap.store.opened import OpenSnapshot
from datosnap.store.snapshot import Snapshot


def open_snapshot(where: Path | str, *, verify: bool = True) -> OpenSnapshot:
    """Open the snapshot in a folder or at an address such as `s3://bucket/prefix`.

    The tables of one in NDJSON, or on an object store, are made or fetched when they are first
    asked for, and kept in the user's cache folder. Without `verify` tables on this disk are read
    without a look at their hashes.
    Raises: SnapshotNotFoundError, CorruptSnapshotError, UsageError for a newer format or an
    address that cannot be right, AccessRefusedError, DiskError.
    """
    library = partial(open_library, where, ReadOptions(verify=verify), Silent())
    return OpenSnapshot(Snapshot.open(where), library)
