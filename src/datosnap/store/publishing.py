"""Turn the rows of a list that is whole into chunks.

Rows lie in work files in the very form of an NDJSON.zst chunk, so that such chunks are copied;
every other format is written anew from the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from datosnap.store.chunks import RecordFormat
from datosnap.store.intake import Intake
from datosnap.store.manifest import FileEntry
from datosnap.store.names import ChunkKind, chunk_path
from datosnap.store.ndjson import Ndjson
from datosnap.store.place import Place
from datosnap.store.rotation import RotatingWriter

_BLOCK_BYTES = 1024 * 1024
# Rows may be large: a batch ends at whichever comes first.
_BATCH_ROWS = 1_000
_BATCH_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Publisher:
    """Where chunks go, how they are written, and how large they get.

    Memory: one batch of rows, and what the format holds back.
    """

    place: Place
    record_format: RecordFormat
    max_bytes: int

    def publish(self, kind: ChunkKind, model: str | None, intake: Intake) -> tuple[FileEntry, ...]:
        """Write a list's chunks from its work files.

        Raises: CorruptSnapshotError when a work file was changed; DiskError.
        """
        if self.record_format == Ndjson("zstd"):
            return tuple(self._copies(kind, model, intake))
        return self.write(kind, model, intake.read(), first_number=0)

    def write(
        self, kind: ChunkKind, model: str | None, rows: Iterable[bytes], *, first_number: int
    ) -> tuple[FileEntry, ...]:
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
            return writer.close()
        finally:
            writer.abandon()

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
