"""A folder for tests that write many snapshots, in memory where the machine has a place for that.

Snapshots are made durable; a thousand small ones would wait for the disk and prove nothing more.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - only a folder with a name of its own is made there


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a new folder, which is gone afterwards."""
    parent = _IN_MEMORY if _IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="datosnap-test-", dir=parent) as folder:
        yield Path(folder)
