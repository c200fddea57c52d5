"""Say what a format of records must do, what a writer offers, and which records they take.

A format encodes one file at a time and knows nothing of disks; `rotation.py` makes files of it.
What could not be read back as it is given is refused before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BufferedIOBase
from typing import Protocol

from datosnap.errors import NonsenseError, quote
from datosnap.store.manifest import FileEntry
from datosnap.store.names import ChunkFormat, ChunkKind, Compression

Kind = ChunkKind

# What a caller names to get a writer is to be had here, with the writer.
__all__ = [
    "RECORD_MAX_BYTES",
    "ByteSink",
    "ChunkFormat",
    "ChunkWriter",
    "Compression",
    "Encoder",
    "Kind",
    "RecordFormat",
    "check_record",
]

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
