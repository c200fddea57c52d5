"""Write a snapshot so that it is whole or absent: everything else first, the manifest last.

A hidden mark says, from before the first file until after the manifest, that a run of ours is
under way or was cut off; it is what allows a later run to clear the remains and start over.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from datosnap.core.jsontext import encode_pretty
from datosnap.errors import BackupError
from datosnap.store import names
from datosnap.store.blobs import BlobShelf, BlobSink
from datosnap.store.chunks import check_record
from datosnap.store.destination import clear_remains, ensure_free, make_root
from datosnap.store.formats import format_named
from datosnap.store.lock import hold
from datosnap.store.manifest import FileEntry, Manifest, SnapshotFacts, encode
from datosnap.store.names import ChunkFormat, ChunkKind, Compression, Kind
from datosnap.store.ndjson import Ndjson
from datosnap.store.place import LocalPlace, Place, put
from datosnap.store.rotation import CHUNK_MAX_BYTES, RotatingWriter

__all__ = ["SnapshotWriter", "ensure_free"]

# Lines of settings are small; this many make one write.
_LINES = 500


class SnapshotWriter:
    """A snapshot in the making; as a context it lets go of the folder at its end.

    Left without `commit`, it leaves an unfinished run, which the next `begin` starts over.
    """

    def __init__(
        self,
        place: Place,
        chunk_format: ChunkFormat,
        compression: Compression,
        *,
        chunk_max_bytes: int,
        held: ExitStack,
    ) -> None:
        self._place = place
        self._chunk_format: ChunkFormat = chunk_format
        self._compression: Compression = compression
        self._chunk_max_bytes = chunk_max_bytes
        self._held = held
        self._format = format_named(chunk_format, compression)
        self._files: dict[str, FileEntry] = {}
        self._chunks: dict[tuple[ChunkKind, str | None], RotatingWriter] = {}
        self._shelf = BlobShelf(place)
        self._is_committed = False

    @classmethod
    def begin(
        cls,
        root: Path,
        *,
        chunk_format: ChunkFormat,
        compression: Compression = "zstd",
        chunk_max_bytes: int = CHUNK_MAX_BYTES,
    ) -> Self:
        """Take a folder for a new snapshot: an absent one, an empty one, or our own remains.

        Raises: UsageError, with nothing touched, when something else is there or the format is
        unknown; SnapshotLockedError; DiskError.
        """
        format_named(chunk_format, compression)
        ensure_free(root)
        make_root(root)
        with ExitStack() as held:
            held.enter_context(hold(root))
            clear_remains(root)  # looks again, now that nobody else can change it
            place = LocalPlace(root)
            put(place, names.MARKER, _marker())
            return cls(
                place,
                chunk_format,
                compression,
                chunk_max_bytes=chunk_max_bytes,
                held=held.pop_all(),
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_committed = True  # in either case nothing can be added any more
        with self._held:
            for writer in self._chunks.values():
                writer.abandon()
            self._shelf.abandon()

    def resources(self, name: str, lines: Iterable[bytes]) -> FileEntry:
        """Keep all project resources of one kind, one JSON object a line.

        Raises: NonsenseError when a line could not be read back; DiskError.
        """
        return self._whole(names.resource_path(name), "resource", lines)

    def schedules(self, lines: Iterable[bytes]) -> FileEntry:
        """Keep all pending publications and unpublishings, one JSON object a line.

        Raises: NonsenseError when a line could not be read back; DiskError.
        """
        return self._whole(names.SCHEDULES, "schedules", lines)

    def chunks(self, kind: ChunkKind, model: str | None) -> RotatingWriter:
        """Begin the records of one kind and model; it must be closed before `commit`."""
        self._ensure_open()
        if (kind, model) in self._chunks:
            raise BackupError(f"expected {kind} of {model} once, found them begun before")
        writer = RotatingWriter(
            self._place, self._format, kind, model, max_bytes=self._chunk_max_bytes
        )
        self._chunks[kind, model] = writer
        return writer

    def blob(self) -> BlobSink:
        """Begin an asset; it must be finished or abandoned before `commit`.

        Raises: DiskError.
        """
        self._ensure_open()
        return self._shelf.sink()

    def commit(self, facts: SnapshotFacts) -> Manifest:
        """Make it a snapshot: name everything that is durable, and take the mark away.

        Raises: DiskError, and there is no snapshot then, unless only the mark stayed.
        """
        self._ensure_open()
        self._ensure_settled()
        manifest = Manifest(self._chunk_format, self._compression, facts, self._entries())
        put(self._place, names.MANIFEST, encode(manifest))
        self._is_committed = True
        self._place.remove(names.MARKER)
        return manifest

    def _entries(self) -> tuple[FileEntry, ...]:
        chunks = (entry for writer in self._chunks.values() for entry in writer.entries)
        # By path, so that equal content gives an equal list, whichever model was read first.
        return tuple(
            sorted((*self._files.values(), *chunks, *self._shelf.entries), key=lambda one: one.path)
        )

    def _whole(self, path: str, kind: Kind, lines: Iterable[bytes]) -> FileEntry:
        self._ensure_open()
        if path in self._files:
            raise BackupError(f"expected {path} once, found it written before")
        rows = 0
        draft = self._place.draft(path)
        try:
            encoder = Ndjson("none").lines(draft)
            for batch in _batches(lines):
                encoder.write(batch)
                rows += len(batch)
            sealed = draft.publish(path)
        except BaseException:
            draft.discard()
            raise
        entry = FileEntry(path, kind, None, rows, sealed.bytes, sealed.sha256)
        self._files[path] = entry
        return entry

    def _ensure_open(self) -> None:
        if self._is_committed:
            raise BackupError("expected a snapshot in the making, found one that has ended")

    def _ensure_settled(self) -> None:
        waiting = [
            f"{kind} of {model}" if model else kind
            for (kind, model), writer in self._chunks.items()
            if not writer.is_closed
        ]
        if self._shelf.open_count:
            waiting.append(f"{self._shelf.open_count} assets")
        if waiting:
            raise BackupError(f"expected all files to be closed, found open: {', '.join(waiting)}")


def _marker() -> bytes:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return encode_pretty({"started_at": since, "pid": os.getpid(), "host": socket.gethostname()})


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    source = iter(lines)
    while batch := list(islice(source, _LINES)):
        for line in batch:
            check_record(line)
        yield batch
