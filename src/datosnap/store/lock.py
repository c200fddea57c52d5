"""Let one run at a time write into a folder, and say who it is to the others.

The lock is the operating system's own, so that it ends with the process that holds it, however
that ends. Who holds it is told by a file beside it, since opening a lock file may empty it.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from datosnap.core.jsontext import decode_object, encode_pretty
from datosnap.errors import BackupError, SnapshotLockedError, quote
from datosnap.store.diskerrors import translating
from datosnap.store.names import HOLDER, LOCK
from datosnap.store.place import LocalPlace, put

# Ours has less than 200; what is longer was not written by us.
_HOLDER_MAX_BYTES = 4096


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which must exist; both of its files are gone afterwards.

    Raises: SnapshotLockedError, at once, when another run holds it; DiskError.
    """
    # The steps of one run may be made by several worker threads.
    lock = FileLock(folder / LOCK, timeout=0, thread_local=False)
    with translating("lock", folder):
        try:
            lock.acquire()
        except Timeout:
            raise SnapshotLockedError(
                f"{quote(str(folder))} is locked by {_holder(folder)}; wait for it to end"
            ) from None
    try:
        put(LocalPlace(folder), HOLDER, _ourselves())
        yield
    finally:
        _release(lock, folder)


def _ourselves() -> bytes:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return encode_pretty({"pid": os.getpid(), "host": socket.gethostname(), "since": since})


def _holder(folder: Path) -> str:
    try:
        file = LocalPlace(folder).open(HOLDER)
        if file is None:
            return "another run"
        with file:
            known = decode_object(file.read(_HOLDER_MAX_BYTES))
    except BackupError:  # being changed, or not ours
        return "another run"
    pid, host, since = (quote(known.get(key)) for key in ("pid", "host", "since"))
    return f"process {pid} on {host} since {since}"


def _release(lock: FileLock, folder: Path) -> None:
    # Removed while held: who comes next sees a new file, or an unlinked one and tries again.
    try:
        for name in (HOLDER, LOCK):
            with suppress(OSError):
                (folder / name).unlink()
    finally:
        lock.release()
