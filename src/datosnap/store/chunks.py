"""Write records into files of bounded size, whichever the format, and name each when durable.

A format encodes one file at a time; turning to the next file, hashing and publishing are done
here, once for all of them. What cannot be read back as it is given is refused before anything
is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Protocol

from datosnap.errors import BackupError, NonsenseError, quote
from datosnap.store.manifest import FileEntry
from datosnap.store.names import ChunkFormat, ChunkKind, Compression, chunk_path
from datosnap.store.place import Draft, Place

Kind = ChunkKind

# What a caller names to get a writer is to be had here, with the writer.
__all__ = [
    "CHUNK_MAX_BYTES",
    "RECORD_MAX_BYTES",
    "ByteSink",
    "ChunkFormat",
    "ChunkWriter",
    "Compression",
    "Encoder",
    "Kind",
    "RecordFormat",
    "RotatingWriter",
    "check_record",
]

# A damaged file costs this much at most, and a reader may work on as many files at a time.
CHUNK_MAX_BYTES = 64 * 1024 * 1024
# Beyond any page of the API; a reader refuses what is longer instead of holding it.
RECORD_MAX_BYTES = 256 * 1024 * 1024


class ChunkWriter(Protocol):
    """Take the records of one kind and model, in order."""

    @property
    def misfits(self) -> int:
        """Give how many values had no place in typed columns; the records hold them as sent."""
        ...

    def write(self, batch: Sequence[bytes]) -> None:
        """Add records, each the bytes of one JSON object."""
        ...

    def close(self) -> tuple[FileEntry, ...]:
        """Make everything durable and name the files."""
        ...


class ByteSink(Protocol):
    """Take bytes in order."""

    def write(self, data: bytes) -> None:
        """Add bytes."""
        ...


class Encoder(Protocol):
    """Encode one file."""

    @property
    def misfits(self) -> int:
        """Give how many values had no place in typed columns."""
        ...

    def write(self, batch: Sequence[bytes]) -> None:
        """Add records."""
        ...

    def finish(self) -> None:
        """Hand the last bytes to the sink."""
        ...

    def abandon(self) -> None:
        """Let go of everything, without a byte more for the sink."""
        ...


class RecordFormat(Protocol):
    """A way of keeping records in a file."""

    @property
    def extension(self) -> str:
        """Give how the names of its files end, without the first dot."""
        ...

    def encoder(self, sink: ByteSink, kind: ChunkKind, model: str | None) -> Encoder:
        """Begin a file."""
        ...

    def rows(self, file: BufferedIOBase) -> Iterator[bytes]:
        """Give back the records of a file, in order and as they were written."""
        ...


@dataclass(slots=True)
class _OpenFile:
    draft: Draft
    encoder: Encoder
    rows: int = 0
    raw_bytes: int = 0


class RotatingWriter:
    """Write the chunks of one kind and model.

    Memory: one batch, and what the format holds back.
    """

    def __init__(
        self,
        place: Place,
        chunk_format: RecordFormat,
        kind: ChunkKind,
        model: str | None,
        *,
        max_bytes: int = CHUNK_MAX_BYTES,
    ) -> None:
        self._place = place
        self._format = chunk_format
        self._kind = kind
        self._model = model
        self._max_bytes = max_bytes
        self._open: _OpenFile | None = None
        self._entries: list[FileEntry] = []
        self._misfits = 0
        self.is_closed = False

    @property
    def misfits(self) -> int:
        """Give how many values had no place in typed columns; the records hold them as sent."""
        return self._misfits + (self._open.encoder.misfits if self._open else 0)

    @property
    def entries(self) -> tuple[FileEntry, ...]:
        """Give the files that are durable so far."""
        return tuple(self._entries)

    def write(self, batch: Sequence[bytes]) -> None:
        """Add records, each the bytes of one JSON object without line breaks.

        Raises: NonsenseError, with nothing written, when a record could not be read back;
        DiskError.
        """
        if self.is_closed:
            raise BackupError(f"expected an open writer of {self._kind}, found a closed one")
        for record in batch:
            check_record(record)
        if not batch:
            return
        self._open = self._open or self._begin()
        self._open.encoder.write(batch)
        self._open.rows += len(batch)
        self._open.raw_bytes += sum(map(len, batch))
        if self._open.raw_bytes >= self._max_bytes:
            self._finish(self._open)

    def close(self) -> tuple[FileEntry, ...]:
        """Make everything durable and name the files; none when there was no record.

        Raises: DiskError.
        """
        if self._open:
            self._finish(self._open)
        self.is_closed = True
        return self.entries

    def abandon(self) -> None:
        """Drop the file in the making; harmless when there is none."""
        self.is_closed = True
        if self._open:
            self._open.encoder.abandon()
            self._open.draft.discard()
            self._open = None

    def _begin(self) -> _OpenFile:
        draft = self._place.draft(self._path())
        return _OpenFile(draft, self._format.encoder(draft, self._kind, self._model))

    def _finish(self, file: _OpenFile) -> None:
        file.encoder.finish()
        sealed = file.draft.publish(self._path())
        self._entries.append(
            FileEntry(sealed.path, self._kind, self._model, file.rows, sealed.bytes, sealed.sha256)
        )
        self._misfits += file.encoder.misfits
        self._open = None

    def _path(self) -> str:
        return chunk_path(self._kind, self._model, len(self._entries), self._format.extension)


def check_record(record: bytes) -> None:
    """See that a record can be read back as it is.

    Raises: NonsenseError when it holds a line break or is longer than a reader takes.
    """
    if b"\n" in record:
        raise NonsenseError(f"expected a record in one line, found {quote(record[:80])}")
    if len(record) > RECORD_MAX_BYTES:
        raise NonsenseError(
            f"expected a record of at most {RECORD_MAX_BYTES} bytes, found {len(record)}"
        )
