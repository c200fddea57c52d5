"""Say what a format of records must do, what a writer offers, and which records they take.

A format encodes one file at a time and knows nothing of disks; `rotation.py` makes files of it.
What could not be read back as it is given is refused before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BufferedIOBase
from typing import Protocol

from datosnap.errors import NonsenseError, quote
from datosnap.store.names import ChunkFormat, ChunkKind, ColumnOf, Compression, Table

Kind = ChunkKind

# What a caller names to get a writer is to be had here, with the writer.
__all__ = [
    "RECORD_MAX_BYTES",
    "ByteSink",
    "ChunkFormat",
    "Compression",
    "Encoder",
    "Kind",
    "OpenTable",
    "RecordFormat",
    "Written",
    "check_record",
]

# Beyond any page of the API; a reader refuses what is longer instead of holding it.
RECORD_MAX_BYTES = 256 * 1024 * 1024


class ByteSink(Protocol):
    """Take bytes in order."""

    def write(self, data: bytes) -> None:
        """Add bytes."""
        ...


# Gives the sink for a table's part that is made of the same records.
OpenTable = Callable[[Table], ByteSink]


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a file's records: rows of tables, and values that had no place in columns."""

    tables: Mapping[Table, int] = field(default_factory=dict)
    misfits: Mapping[ColumnOf, int] = field(default_factory=dict)


class Encoder(Protocol):
    """Encode one file."""

    def write(self, batch: Sequence[bytes]) -> None:
        """Add records."""
        ...

    def finish(self) -> Written:
        """Hand the last bytes to the sinks."""
        ...

    def abandon(self) -> None:
        """Let go of everything, without a byte more for the sinks."""
        ...


class RecordFormat(Protocol):
    """A way of keeping records in a file."""

    @property
    def extension(self) -> str:
        """Give how the names of its files end, without the first dot."""
        ...

    def encoder(
        self, sink: ByteSink, kind: ChunkKind, model: str | None, open_table: OpenTable
    ) -> Encoder:
        """Begin a file; parts of tables are opened when they have rows."""
        ...

    def rows(self, file: BufferedIOBase) -> Iterator[bytes]:
        """Give back the records of a file, in order and as they were written."""
        ...

    def count(self, file: BufferedIOBase) -> int:
        """Count the rows of a file, whether or not it holds the records themselves."""
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
