"""Read a snapshot, starting from its manifest and never from a listing of its place.

Nothing read is used before the SHA-256 of its file was seen to be the manifest's. What was seen
is remembered as long as the file stays the same, so that reading twice hashes once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BufferedReader
from typing import Self

from datosnap.errors import (
    BackupError,
    CorruptSnapshotError,
    SnapshotNotFoundError,
    UsageError,
    quote,
)
from datosnap.store import names
from datosnap.store.fingerprint import fingerprint
from datosnap.store.formats import format_of
from datosnap.store.locations import Root, Where, locate
from datosnap.store.manifest import FileEntry, Manifest, decode
from datosnap.store.names import ChunkKind
from datosnap.store.place import Place

_BLOCK_BYTES = 1024 * 1024


def load_manifest(place: Root) -> Manifest:
    """Read the manifest of the snapshot in a place.

    Raises: SnapshotNotFoundError, CorruptSnapshotError, UsageError for a newer format,
    AccessRefusedError, DiskError.
    """
    file = place.open(names.MANIFEST)
    if file is None:
        raise SnapshotNotFoundError(_not_whole(place))
    with file:
        return decode(file.read())


class Snapshot:
    """A whole snapshot, open for reading."""

    def __init__(self, place: Place, manifest: Manifest) -> None:
        self._place = place
        self.manifest = manifest
        self._entries = {entry.path: entry for entry in manifest.files}
        self._seen: dict[str, tuple[int, int, int]] = {}

    @classmethod
    def open(cls, where: Where) -> Self:
        """Open the snapshot in a place.

        Raises: SnapshotNotFoundError, CorruptSnapshotError, UsageError for a newer format or an
        address that cannot be right, AccessRefusedError, DiskError.
        """
        place = locate(where)
        return cls(place, load_manifest(place))

    def ensure_raw(self) -> None:
        """See that the snapshot holds the records themselves.

        Raises: UsageError when it does not.
        """
        if not self.manifest.keeps_raw:
            raise UsageError(
                f"{quote(str(self._place))} was made with --no-raw: it holds typed columns, not the"
                " records, so that nothing can be restored from it or compared with it; use a"
                " snapshot that was made without --no-raw"
            )

    def models(self) -> tuple[str, ...]:
        """Give the api_keys of the models whose records it holds, those without any too."""
        counted = (one.model for one in self.manifest.facts.totals)
        kept = (entry.model for entry in self.manifest.files if entry.model is not None)
        return tuple(dict.fromkeys((*counted, *kept)))

    def resources(self, name: str) -> list[bytes]:
        """Give all project resources of one kind; none when the snapshot does not have them.

        Raises: CorruptSnapshotError, DiskError.
        """
        return self._lines(names.resource_path(name))

    def schedules(self) -> list[bytes]:
        """Give all pending publications and unpublishings.

        Raises: CorruptSnapshotError, DiskError.
        """
        return self._lines(names.SCHEDULES)

    def rows(self, kind: ChunkKind, model: str | None = None) -> Iterator[bytes]:
        """Give the records of one kind, of one model or of all of them, as they were written.

        Memory: one block of lines, or one row group.
        Raises: UsageError when the snapshot holds typed columns alone; CorruptSnapshotError before
        the first record of a damaged file; DiskError.
        """
        self.ensure_raw()
        for entry in self.manifest.files:
            if entry.kind == kind and model in {None, entry.model}:
                yield from self._rows(entry)

    def asset_entry(self, md5: str) -> FileEntry | None:
        """Give what the manifest says of an asset; None when the snapshot does not have it."""
        return self._entries.get(f"assets/{md5[:2]}/{md5}")

    def asset(self, md5: str) -> Iterator[bytes]:
        """Give the bytes of an asset that `asset_entry` knows.

        Memory: one block of 1 MiB.
        Raises: CorruptSnapshotError before the first byte of a damaged file; DiskError.
        """
        entry = self.asset_entry(md5)
        if entry is None:
            raise BackupError(f"expected an asset that the manifest names, found {quote(md5)}")
        with self.open_file(entry) as file:
            while block := file.read(_BLOCK_BYTES):
                yield block

    def open_file(self, entry: FileEntry) -> BufferedReader:
        """Open a file that the manifest names, after its hash was seen.

        Raises: CorruptSnapshotError when it is not as it was written; DiskError.
        """
        file = self._place.open(entry.path)
        if file is None:
            raise CorruptSnapshotError(
                f"expected {entry.path}, which the manifest names, found none"
            )
        try:
            self._verify(entry, file)
        except BaseException:
            file.close()
            raise
        return file

    def _lines(self, path: str) -> list[bytes]:
        entry = self._entries.get(path)
        return [] if entry is None else list(self._rows(entry))

    def _rows(self, entry: FileEntry) -> Iterator[bytes]:
        with self.open_file(entry) as file:
            try:
                yield from format_of(entry.path).rows(file)
            except CorruptSnapshotError as error:
                raise CorruptSnapshotError(f"{entry.path} is damaged: {error}") from error

    def _verify(self, entry: FileEntry, file: BufferedReader) -> None:
        stamp = _stamp(file)
        if self._seen.get(entry.path) == stamp:
            return
        found = fingerprint(file, lambda _: None)
        if (found.bytes, found.sha256) != (entry.bytes, entry.sha256):
            raise CorruptSnapshotError(
                f"{entry.path} is damaged: expected {entry.bytes} bytes with SHA-256 "
                f"{entry.sha256}, found {found.bytes} with {found.sha256}"
            )
        file.seek(0)
        self._seen[entry.path] = stamp


def _stamp(file: BufferedReader) -> tuple[int, int, int]:
    status = os.fstat(file.fileno())
    return status.st_ino, status.st_size, status.st_mtime_ns


def _not_whole(place: Root) -> str:
    why = place.absence()
    if why is not None:
        return f"expected a snapshot at {quote(str(place))}, which {why}"
    message = f"{quote(str(place))} has no {names.MANIFEST}, so it is not a whole snapshot"
    if place.holds(names.MARKER):
        message += "; an export into it did not finish: run the export again"
    return message
