"""Read every byte of a snapshot and tell whether it is what was written."""

from __future__ import annotations

from datosnap.flows.progress import Progress
from datosnap.store.locations import Where
from datosnap.store.snapshot import Snapshot
from datosnap.store.verification import Verified, check


def verify_snapshot(where: Where, progress: Progress) -> Verified:
    """Check a snapshot against its manifest.

    Raises: SnapshotNotFoundError when there is none; damage is not raised but reported.
    """
    snapshot = Snapshot.open(where)
    total = sum(one.bytes for one in snapshot.manifest.files)
    progress.start("verify", total=total, unit="B")
    return check(where, progress.advance)
