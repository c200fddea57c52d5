"""Turn the rows of a list that is whole into chunks.

Rows lie in work files in the very form of an NDJSON.zst chunk, so that such chunks are copied;
every other format is written anew from the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from datosnap.errors import CorruptSnapshotError
from datosnap.store.chunks import RecordFormat
from datosnap.store.formats import format_of
from datosnap.store.intake import WorkFile
from datosnap.store.manifest import FileEntry
from datosnap.store.names import ChunkKind, ColumnOf, chunk_path
from datosnap.store.ndjson import Ndjson
from datosnap.store.place import Place
from datosnap.store.rotation import RotatingWriter

# Work files of the very form of an NDJSON.zst chunk.
_COPIED = Ndjson("zstd")
# Work files that are read once more and then removed: twice as fast, a tenth larger.
_PASSING = Ndjson("zstd", level=1)
_BLOCK_BYTES = 1024 * 1024
# Rows may be large: a batch ends at whichever comes first.
_BATCH_ROWS = 1_000
_BATCH_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Published:
    """The files of a list that is whole, and how many of its values had no place in columns."""

    entries: tuple[FileEntry, ...]
    misfits: Mapping[ColumnOf, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Publisher:
    """Where chunks go, how they are written, and how large they get.

    Memory: one batch of rows, and what the format holds back.
    """

    place: Place
    record_format: RecordFormat
    max_bytes: int

    @property
    def work_format(self) -> Ndjson:
        """Give the form that work files are to have."""
        return _COPIED if self.is_copying else _PASSING

    @property
    def is_copying(self) -> bool:
        """Tell whether chunks are copies of the work files."""
        return self.record_format == _COPIED

    def write(
        self, kind: ChunkKind, model: str | None, rows: Iterable[bytes], *, first_number: int
    ) -> Published:
        """Write a list's chunks from its rows, numbered from `first_number`.

        Raises: as `rows` does; DiskError.
        """
        writer = RotatingWriter(
            self.place,
            self.record_format,
            kind,
            model,
            max_bytes=self.max_bytes,
            first_number=first_number,
        )
        try:
            for batch in _batches(rows, min(_BATCH_BYTES, self.max_bytes)):
                writer.write(batch)
            return Published(writer.close(), dict(writer.misfits))
        finally:
            writer.abandon()

    def copy(self, kind: ChunkKind, model: str | None, files: Iterable[WorkFile]) -> Published:
        """Make a list's chunks by copying its work files.

        Raises: DiskError.
        """
        return Published(tuple(self._copies(kind, model, files)))

    def _copies(
        self, kind: ChunkKind, model: str | None, files: Iterable[WorkFile]
    ) -> Iterator[FileEntry]:
        for number, kept in enumerate(files):
            if not kept.rows:
                continue
            path = chunk_path(kind, model, number, self.record_format.extension)
            draft = self.place.draft(path)
            try:
                with kept.opened() as file:
                    for block in iter(partial(file.read, _BLOCK_BYTES), b""):
                        draft.write(block)
                sealed = draft.publish(path)
            finally:
                draft.discard()
            yield FileEntry(path, kind, model, kept.rows, sealed.bytes, sealed.sha256)


def rows_of(place: Place, entries: Iterable[FileEntry]) -> Iterator[bytes]:
    """Give back the rows of chunks that were written here.

    Raises: CorruptSnapshotError when one was changed; DiskError.
    """
    for entry in entries:
        file = place.open(entry.path)
        if file is None:
            raise CorruptSnapshotError(f"expected {entry.path}, written before, found none")
        with file:
            yield from format_of(entry.path).rows(file)


def _batches(rows: Iterable[bytes], max_bytes: int) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row)
        if len(batch) == _BATCH_ROWS or size >= max_bytes:
            yield batch
            batch, size = [], 0
    yield batch
