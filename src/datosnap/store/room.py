"""Look at a place where exports are to go: is there room, may we write, what was left unfinished.

Nothing stays behind: a trial file is removed again, and a lock is let go at once.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datosnap.errors import DiskError, SnapshotLockedError, UsageError, quote
from datosnap.store import names
from datosnap.store.diskerrors import translating
from datosnap.store.lock import hold

_TRIAL = b"datosnap tries whether it may write here"


@dataclass(frozen=True, slots=True)
class Room:
    """How much the disk under a place takes."""

    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An export that has not finished; `held_by` tells that it is running, and who it is."""

    path: Path
    held_by: str | None


def existing_folder(root: Path) -> Path:
    """Give the folder that exists, at `root` or nearest above it.

    Raises: UsageError when something else is in the way; DiskError.
    """
    path = root.absolute()
    with translating("look at", root):
        while not path.is_dir():
            if path.exists() or path.is_symlink():
                raise UsageError(f"expected a folder at {quote(str(path))}, found something else")
            path = path.parent
    return path


def room_at(root: Path) -> Room:
    """Measure the disk on which `root` is, or would be.

    Raises: UsageError when something else is in the way; DiskError.
    """
    folder = existing_folder(root)
    with translating("measure", folder):
        usage = shutil.disk_usage(folder)
    return Room(usage.free, usage.total)


def try_writing(root: Path) -> None:
    """Write a small file where `root` is, or would be, make it durable and remove it.

    Raises: UsageError when something else is in the way; DiskError.
    """
    folder = existing_folder(root)
    with translating("write", folder), tempfile.NamedTemporaryFile(dir=folder, prefix=".") as file:
        file.write(_TRIAL)
        file.flush()
        os.fsync(file.fileno())


def holds_snapshot(root: Path) -> bool:
    """Tell whether a finished snapshot lies at `root`; whether it is whole is not looked at."""
    with translating("look at", root):
        return (root / names.MANIFEST).is_file()


def unfinished_exports(root: Path) -> tuple[Unfinished, ...]:
    """Find exports that have not finished, at `root` and in the folders right below it.

    Raises: DiskError.
    """
    return tuple(_unfinished(root)) if root.is_dir() else ()


def _unfinished(root: Path) -> Iterator[Unfinished]:
    with translating("list", root):
        below = sorted(path for path in root.iterdir() if path.is_dir() and not path.is_symlink())
    for folder in (root, *below):
        if (folder / names.MARKER).is_file() and not (folder / names.MANIFEST).exists():
            yield Unfinished(folder, _holder(folder))


def _holder(folder: Path) -> str | None:
    try:
        with hold(folder):
            return None
    except SnapshotLockedError as error:
        return str(error)
    except DiskError:  # it cannot be locked by us, so that nothing can be told
        return None
