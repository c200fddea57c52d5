"""Say what the store needs of a place that holds files, and offer the local disk as one.

Files appear whole or not at all: they are written as drafts, hashed on the way, and get their
name when they are durable. The protocol is small so that an object store can be a place too.
Nothing is read or written through a symbolic link: what a path names stays inside the root.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from datosnap.errors import CorruptSnapshotError, quote
from datosnap.store.atomic import LocalDraft, Sealed
from datosnap.store.diskerrors import translating

if TYPE_CHECKING:
    from typing_extensions import Buffer

# NONBLOCK: a pipe under one of our names must not make a reader wait for ever.
_READ = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class Draft(Protocol):
    """A file in the making, that nobody can see yet."""

    @property
    def sha256(self) -> str:
        """Give the SHA-256 of what was written so far."""
        ...

    def write(self, data: bytes) -> None:
        """Add bytes."""
        ...

    def publish(self, path: str) -> Sealed:
        """Make the file durable under its final name."""
        ...

    def discard(self) -> None:
        """Leave nothing behind; harmless after `publish`."""
        ...


class Place(Protocol):
    """Where the files of a snapshot live; paths are relative and use `/`."""

    def draft(self, near: str) -> Draft:
        """Begin a file that will be published at or near a path."""
        ...

    def open(self, path: str) -> io.BufferedReader | None:
        """Open a file for reading; None when there is none."""
        ...

    def walk(self) -> Iterator[str]:
        """List all files, and the folders that hold nothing, those with a final `/`."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file or an empty folder, and the folders it leaves empty."""
        ...


def put(place: Place, path: str, data: bytes) -> Sealed:
    """Publish `data` at `path`, in place of what was there.

    Raises: DiskError.
    """
    draft = place.draft(path)
    draft.write(data)
    return draft.publish(path)


class LocalPlace:
    """A folder of the local disk."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __str__(self) -> str:
        return str(self._root)

    @property
    def root(self) -> Path:
        """Give the folder."""
        return self._root

    def absence(self) -> str | None:
        """Say why there can be nothing here; None when there may be.

        Raises: DiskError.
        """
        with translating("read", self._root):
            if self._root.is_dir():
                return None
            return "is no folder" if self._root.exists() else "does not exist"

    def top(self) -> list[str]:
        """List what stands right below the root, without what is further down.

        Raises: DiskError.
        """
        return [name for name, _ in self._entries("")]

    def holds(self, path: str) -> bool:
        """Tell whether there is a file at a path.

        Raises: DiskError.
        """
        full = self._root / path
        with translating("look at", full):
            return full.is_file()

    def draft(self, near: str) -> LocalDraft:
        """Begin a file that will be published at or near a path.

        Raises: DiskError.
        """
        return LocalDraft(self._root, near)

    def open(self, path: str) -> io.BufferedReader | None:
        """Open a file for reading; None when there is none.

        Raises: DiskError; CorruptSnapshotError when there is something, but no plain file.
        """
        full = self._root / path
        self._refuse_links(path)
        with translating("read", full):
            try:
                fd = os.open(full, _READ)
            except (FileNotFoundError, NotADirectoryError):
                return None
            if stat.S_ISREG(os.fstat(fd).st_mode):
                return io.BufferedReader(WatchedFile(fd, full))
            os.close(fd)
        raise CorruptSnapshotError(f"expected a plain file at {quote(str(full))}, found none")

    def walk(self) -> Iterator[str]:
        """List all files, and the folders that hold nothing, those with a final `/`.

        Memory: the names of one branch of the tree. Links are listed and never followed.
        Raises: DiskError.
        """
        waiting = [""]
        while waiting:
            prefix = waiting.pop()
            entries = self._entries(prefix)
            if prefix and not entries:
                yield prefix
            for name, is_folder in entries:
                if is_folder:
                    waiting.append(f"{prefix}{name}/")
                else:
                    yield prefix + name

    def remove(self, path: str) -> None:
        """Remove a file or an empty folder, and the folders it leaves empty.

        Raises: DiskError.
        """
        full = self._root / path
        with translating("remove", full):
            if path.endswith("/"):
                full.rmdir()
            else:
                full.unlink(missing_ok=True)
        with suppress(OSError):  # the first parent that still holds something ends it
            for parent in full.relative_to(self._root).parents:
                if parent.parts:
                    (self._root / parent).rmdir()

    def _entries(self, prefix: str) -> list[tuple[str, bool]]:
        folder = self._root / prefix
        with translating("list", folder), os.scandir(folder) as entries:
            return sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)

    def _refuse_links(self, path: str) -> None:
        current = self._root
        for part in path.split("/"):
            current /= part
            if current.is_symlink():
                raise CorruptSnapshotError(
                    f"expected a plain file at {quote(path)}, found a symbolic link at "
                    f"{quote(str(current))}"
                )


class WatchedFile(io.FileIO):
    """A file being read, whose failures are told as those of the disk; `path` is for the words."""

    def __init__(self, fd: int, path: Path) -> None:
        super().__init__(fd, "rb")
        self._path = path

    def readinto(self, buffer: Buffer, /) -> int:
        """Read into a buffer.

        Raises: DiskError.
        """
        with translating("read", self._path):
            return super().readinto(buffer)

    def readall(self) -> bytes:
        """Read to the end.

        Raises: DiskError.
        """
        with translating("read", self._path):
            return super().readall()
