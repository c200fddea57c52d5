"""Put a file in place whole, or not at all, on a local disk.

A draft is written beside its final name, made durable, renamed, and the folder is made durable
too: a crash at any point leaves the old file or the new one. A draft that failed is gone, and a
failed fsync is never tried again on the same file, since the system may have dropped the bytes.
"""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from datosnap.errors import BackupError, DiskError, quote
from datosnap.store.diskerrors import translating
from datosnap.store.names import draft_name

# Absent on Windows: there a link is no special case, bytes need asking for, folders cannot sync.
_CREATE = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What became of a draft: its path, its size and the SHA-256 of its bytes."""

    path: str
    bytes: int
    sha256: str


class LocalDraft:
    """A file in the making, hashed as it is written."""

    def __init__(self, root: Path, near: str) -> None:
        final = root / near
        self._root = root
        self._path = final.with_name(draft_name(final.name))
        self._hash = hashlib.sha256()
        self._bytes = 0
        self._fd = -1
        with translating("write", self._path):
            make_folders(root, final.parent)
            self._path.unlink(missing_ok=True)  # what a killed run left
            self._fd = os.open(self._path, _CREATE, 0o666)

    @property
    def sha256(self) -> str:
        """Give the SHA-256 of what was written so far."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        """Add bytes; all of them are written, or the draft is gone.

        Raises: DiskError.
        """
        self._ensure_open()
        try:
            with translating("write", self._path):
                _write_all(self._fd, data)
        except BaseException:
            self.discard()
            raise
        self._hash.update(data)
        self._bytes += len(data)

    def publish(self, path: str) -> Sealed:
        """Make the file durable under its final name.

        Raises: DiskError; the draft is gone then.
        """
        self._ensure_open()
        final = self._root / path
        try:
            with translating("write", final):
                os.fsync(self._fd)
                self._close()
                make_folders(self._root, final.parent)
                self._path.replace(final)
                sync_folder(final.parent)
        except BaseException:
            self.discard()
            raise
        return Sealed(path, self._bytes, self.sha256)

    def discard(self) -> None:
        """Leave nothing behind; harmless when there is nothing."""
        with suppress(OSError):
            self._close()
        with suppress(OSError):
            self._path.unlink()

    def _ensure_open(self) -> None:
        if self._fd < 0:
            raise BackupError(f"expected a draft of {quote(self._path.name)}, found it gone")

    def _close(self) -> None:
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            os.close(fd)


def make_folders(root: Path, folder: Path) -> None:
    """Create what is missing between `root` and `folder`, each made durable in its parent.

    Raises: OSError, unchanged; DiskError when a file or a symbolic link is in the way.
    """
    current = root
    for part in folder.relative_to(root).parts:
        parent, current = current, current / part
        try:
            current.mkdir()
        except FileExistsError:
            if current.is_symlink() or not current.is_dir():
                raise DiskError(
                    f"expected a folder at {quote(str(current))}, found something else in its "
                    "way; remove it or choose another place"
                ) from None
        else:
            sync_folder(parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can.

    Raises: OSError, unchanged.
    """
    flag = getattr(os, "O_DIRECTORY", None)
    if flag is None:  # Windows: renaming is journalled, and a folder cannot be opened
        return
    fd = os.open(folder, os.O_RDONLY | flag)
    try:
        os.fsync(fd)
    except OSError as error:
        # Some network and user-space file systems know no fsync of folders.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(fd)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
