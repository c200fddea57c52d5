"""Turn the rows of a list that is whole into chunks.

Rows lie in work files in the very form of an NDJSON.zst chunk, so that such chunks are copied;
every other format is written anew from the rows, as they come where that is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from datosnap.errors import CorruptSnapshotError
from datosnap.store.chunks import RecordFormat
from datosnap.store.formats import format_of
from datosnap.store.intake import Intake
from datosnap.store.manifest import FileEntry
from datosnap.store.names import ChunkKind, ColumnOf, chunk_path
from datosnap.store.ndjson import Ndjson
from datosnap.store.place import Place
from datosnap.store.rotation import RotatingWriter
from datosnap.store.run_journal import ListKey

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

    def publish(self, kind: ChunkKind, model: str | None, intake: Intake) -> Published:
        """Write a list's chunks from its work files.

        Raises: CorruptSnapshotError when a work file was changed; DiskError.
        """
        if self.is_copying:
            return Published(tuple(self._copies(kind, model, intake)))
        return self.write(kind, model, intake.read(), first_number=0)

    def write(
        self, kind: ChunkKind, model: str | None, rows: Iterable[bytes], *, first_number: int
    ) -> Published:
        """Write a list's chunks from its rows, numbered from `first_number`.

        Raises: as `rows` does; DiskError.
        """
        writer = self.begin(kind, model, rows, first_number=first_number)
        return _closed(writer)

    def begin(
        self, kind: ChunkKind, model: str | None, rows: Iterable[bytes], *, first_number: int
    ) -> RotatingWriter:
        """Begin a list's chunks with the rows that there are.

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
        except BaseException:
            writer.abandon()
            raise
        return writer

    def _copies(self, kind: ChunkKind, model: str | None, intake: Intake) -> Iterator[FileEntry]:
        counts = (rows for rows in intake.rows_by_file)
        for number, (rows, file) in enumerate(zip(counts, intake.segments(), strict=True)):
            if not rows:
                continue
            path = chunk_path(kind, model, number, self.record_format.extension)
            draft = self.place.draft(path)
            try:
                for block in iter(_reader(file.read), b""):
                    draft.write(block)
                sealed = draft.publish(path)
            finally:
                draft.discard()
            yield FileEntry(path, kind, model, rows, sealed.bytes, sealed.sha256)


class Following:
    """Chunks of one list at a time, written while its rows still come, unless they are copied.

    What it wrote is only named when the list is whole: a run that was cut off writes it anew.
    Memory: what the format holds back, for that one list.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._key: ListKey | None = None
        self._writer: RotatingWriter | None = None

    def begin(self, key: ListKey, intake: Intake) -> None:
        """Follow a list, beginning with the rows that it has, unless another one is followed.

        Raises: CorruptSnapshotError when a work file was changed; DiskError.
        """
        if self._key is None and not self._publisher.is_copying:
            self._writer = self._publisher.begin(*key, intake.read(), first_number=0)
            self._key = key

    def add(self, key: ListKey, batch: Sequence[bytes]) -> None:
        """Write rows of the list that is followed.

        Raises: DiskError.
        """
        if self._writer is not None and key == self._key:
            self._writer.write(batch)

    def publish(self, key: ListKey, intake: Intake) -> Published:
        """Give the chunks of a list that is whole: the rest of it, or all from its work files.

        Raises: CorruptSnapshotError when a work file was changed; DiskError.
        """
        if self._writer is None or key != self._key:
            return self._publisher.publish(*key, intake)
        writer, self._writer, self._key = self._writer, None, None
        return _closed(writer)

    def abandon(self) -> None:
        """Drop what is in the making."""
        if self._writer is not None:
            self._writer.abandon()


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


def _closed(writer: RotatingWriter) -> Published:
    try:
        return Published(writer.close(), dict(writer.misfits))
    finally:
        writer.abandon()


def _reader(read: Callable[[int], bytes]) -> Callable[[], bytes]:
    return lambda: read(_BLOCK_BYTES)


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
