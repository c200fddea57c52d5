"""Encode and decode records in memory, through any format."""

from __future__ import annotations

import io
from collections.abc import Sequence

from datosnap.store.chunks import RecordFormat, Written
from datosnap.store.names import ChunkKind, Table


class MemorySink:
    """A sink that keeps the bytes in memory."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self.data += data


def encoded(
    chunk_format: RecordFormat,
    batches: Sequence[Sequence[bytes]],
    kind: ChunkKind = "current",
    model: str | None = "post",
) -> bytes:
    """Encode batches as one file."""
    sink = MemorySink()
    encoder = chunk_format.encoder(sink, kind, model, lambda _: MemorySink())
    for batch in batches:
        encoder.write(batch)
    encoder.finish()
    return sink.data


def decoded(chunk_format: RecordFormat, data: bytes) -> list[bytes]:
    """Read a file back."""
    return list(chunk_format.rows(io.BytesIO(data)))


def encoded_tables(
    chunk_format: RecordFormat, batches: Sequence[Sequence[bytes]], model: str
) -> tuple[dict[Table | None, bytes], Written]:
    """Encode records as one file, under None, and the parts of tables beside it."""
    sinks: dict[Table | None, MemorySink] = {None: MemorySink()}
    encoder = chunk_format.encoder(
        sinks[None], "current", model, lambda table: sinks.setdefault(table, MemorySink())
    )
    for batch in batches:
        encoder.write(batch)
    written = encoder.finish()
    return {table: sink.data for table, sink in sinks.items()}, written
