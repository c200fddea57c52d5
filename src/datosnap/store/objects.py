"""Offer a prefix of an object store as a place: S3, Google Cloud Storage, Azure, through pyarrow.

A draft is a temporary file on the local disk, hashed as it is written and sent in one piece when
it is published. Opening an object fetches it whole into a temporary file: each is fetched once,
Parquet may jump about in it, and what was hashed is what is read, whatever becomes of the object.

What is relied on: an object shows under its name with all of its bytes or not at all, and once
its writing is acknowledged, everybody reads and lists it. What is not: that a name can be taken
by one run alone, or several objects be changed at once. An upload that was cut off may leave
parts that nobody sees but that are paid for; a lifecycle rule of the bucket removes them. On
Azure a name may show without bytes while they are on their way, so that a manifest without any
is taken for none.
"""

from __future__ import annotations

import hashlib
import io
import mmap
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

import pyarrow as pa
from pyarrow.fs import FileInfo, FileSelector, FileSystem, FileType

from datosnap.errors import BackupError, quote
from datosnap.store.atomic import Sealed
from datosnap.store.diskerrors import translating
from datosnap.store.names import MANIFEST
from datosnap.store.place import WatchedFile
from datosnap.store.storeerrors import translating_store

# One request for each; a chunk of records takes a few.
_BLOCK_BYTES = 8 * 1024 * 1024


class ObjectPlace:
    """A prefix of an object store; `base` is bucket and prefix, `url` names it without secrets.

    Disk: the temporary folder holds each file that is being written or read.
    """

    def __init__(self, files: FileSystem, base: str, url: str) -> None:
        self._files = files
        self._base = base
        self._url = url

    def __str__(self) -> str:
        return self._url

    def absence(self) -> str | None:
        """Say why there can be nothing here; None when there may be.

        Raises: AccessRefusedError, DiskError.
        """
        bucket = self._base.partition("/")[0]
        with translating_store("look at", self._url):
            missing = self._files.get_file_info(bucket).type == FileType.NotFound
        return f"lies in a bucket that does not exist, {quote(bucket)}" if missing else None

    def below(self, name: str) -> ObjectPlace:
        """Give the place of the prefix `name` right below this one."""
        return ObjectPlace(self._files, f"{self._base}/{name}", self._shown(name))

    def top(self) -> list[str]:
        """List what stands right below the prefix, without what is further down.

        Raises: AccessRefusedError, DiskError.
        """
        return sorted(self.written_at())

    def written_at(self) -> Mapping[str, datetime | None]:
        """Tell when the objects right below the prefix were written, by the store's own clock.

        Raises: AccessRefusedError, DiskError.
        """
        listed = self._list(self._base, recursive=False)
        return {self._name(info): info.mtime for info in listed}

    def holds(self, path: str) -> bool:
        """Tell whether there is an object at a path.

        Raises: AccessRefusedError, DiskError.
        """
        with translating_store("look at", self._shown(path)):
            info = self._files.get_file_info(self._key(path))
        return info.type == FileType.File and not _is_unwritten(path, info)

    def draft(self, near: str) -> ObjectDraft:  # noqa: ARG002 - it lies apart from all objects
        """Begin a file that will be published at or near a path.

        Raises: DiskError.
        """
        return ObjectDraft(self)

    def open(self, path: str) -> io.BufferedReader | None:
        """Fetch an object, for reading; None when there is none.

        Memory: one block of 8 MiB.
        Raises: AccessRefusedError, DiskError.
        """
        if path == MANIFEST and not self.holds(path):
            return None
        copy = _temporary_file()
        try:
            if not self._fetch(path, copy):
                return None
            with _watching("read"):
                copy.seek(0)
                return io.BufferedReader(WatchedFile(os.dup(copy.fileno()), _folder()))
        finally:
            copy.close()

    def publish(self, path: str, data: bytes | mmap.mmap) -> None:
        """Put an object in place of what is there, whole or not at all.

        Raises: AccessRefusedError, DiskError.
        """
        with translating_store("write", self._shown(path)):
            # pyarrow would compress by the look of the name.
            stream = self._files.open_output_stream(self._key(path), compression=None)
            try:
                # One call: a stream that goes away between two of them publishes what it has.
                stream.write(data)
            except BaseException:
                with suppress(OSError, pa.ArrowException):  # the first failure is the one to tell
                    stream.close()
                raise
            stream.close()

    def walk(self) -> Iterator[str]:
        """List all objects, and the folders that hold nothing, those with a final `/`.

        Memory: the names, as many as there are.
        Raises: AccessRefusedError, DiskError.
        """
        folders: set[str] = set()
        holding: set[str] = set()
        for info in self._list(self._base, recursive=True):
            name = self._name(info).rstrip("/")
            holding.add(name.rpartition("/")[0])
            if info.type == FileType.Directory:
                folders.add(name)
            else:
                yield name
        yield from (f"{folder}/" for folder in sorted(folders - holding))

    def remove(self, path: str) -> None:
        """Remove an object or an empty folder, and the folders it leaves empty.

        Raises: AccessRefusedError, DiskError.
        """
        with translating_store("remove", self._shown(path)):
            if not path.endswith("/"):
                with suppress(FileNotFoundError):
                    self._files.delete_file(self._key(path))
                path = _parent(path)
            while path and self._remove_empty(path):
                path = _parent(path)

    def _remove_empty(self, folder: str) -> bool:
        # The call removes what is inside as well, so that it must be known to be empty.
        if self._list(self._key(folder), recursive=False):
            return False
        with suppress(FileNotFoundError):
            self._files.delete_dir(self._key(folder).rstrip("/"))
        return True

    def _fetch(self, path: str, copy: IO[bytes]) -> bool:
        with translating_store("read", self._shown(path)):
            try:
                source = self._files.open_input_file(self._key(path))
            except FileNotFoundError:
                return False
            with source:
                while block := source.read(_BLOCK_BYTES):
                    with _watching("write"):
                        copy.write(block)
        with _watching("write"):
            copy.flush()
        return True

    def _list(self, folder: str, *, recursive: bool) -> list[FileInfo]:
        selector = FileSelector(folder.rstrip("/"), allow_not_found=True, recursive=recursive)
        with translating_store("list", self._url):
            listed = self._files.get_file_info(selector)
        return [
            info
            for info in listed
            # An object that stands for the folder itself is listed with what is in it.
            if len(info.path.rstrip("/")) > len(selector.base_dir)
            and not _is_unwritten(self._name(info), info)
        ]

    def _key(self, path: str) -> str:
        return f"{self._base}/{path}"

    def _name(self, info: FileInfo) -> str:
        name = info.path[len(self._base) + 1 :]
        return f"{name}/" if info.type == FileType.Directory else name

    def _shown(self, path: str) -> str:
        address, question, options = self._url.partition("?")
        return f"{address}/{path}{question}{options}"


class ObjectDraft:
    """An object in the making: a temporary file, hashed as it is written."""

    def __init__(self, place: ObjectPlace) -> None:
        self._place = place
        self._hash = hashlib.sha256()
        self._bytes = 0
        self._file: IO[bytes] | None = _temporary_file()

    @property
    def sha256(self) -> str:
        """Give the SHA-256 of what was written so far."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        """Add bytes; all of them are written, or the draft is gone.

        Raises: DiskError.
        """
        file = self._current()
        try:
            with _watching("write"):
                file.write(data)
        except BaseException:
            self.discard()
            raise
        self._hash.update(data)
        self._bytes += len(data)

    def publish(self, path: str) -> Sealed:
        """Send the object; it is durable when the store has acknowledged it.

        Memory: none of its own; the system maps the temporary file.
        Raises: AccessRefusedError, DiskError; the draft is gone then.
        """
        file = self._current()
        try:
            with _watching("read"):
                file.flush()
                # Never closed by us: parts of a failed upload may still be reading.
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if self._bytes else b""
            self._place.publish(path, data)
        finally:
            self.discard()
        return Sealed(path, self._bytes, self.sha256)

    def discard(self) -> None:
        """Leave nothing behind; harmless when there is nothing."""
        if self._file is not None:
            file, self._file = self._file, None
            with suppress(OSError):
                file.close()

    def _current(self) -> IO[bytes]:
        if self._file is None:
            raise BackupError(f"expected a draft for {quote(str(self._place))}, found it gone")
        return self._file


def _is_unwritten(path: str, info: FileInfo) -> bool:
    return path == MANIFEST and not info.size


def _parent(path: str) -> str:
    folder = path.rstrip("/").rpartition("/")[0]
    return f"{folder}/" if folder else ""


def _folder() -> Path:
    return Path(tempfile.gettempdir())


def _temporary_file() -> IO[bytes]:
    with translating("create a temporary file in", _folder()):
        return tempfile.TemporaryFile(prefix="datosnap-")


def _watching(doing: str) -> AbstractContextManager[None]:
    return translating(f"{doing} a temporary file in", _folder())
