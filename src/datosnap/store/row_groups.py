"""Collect typed rows into the row groups of one Parquet file.

Pages carry checksums and columns statistics, so that readers notice damage and pass over what
they need not read. A row group is written in a second thread while the rows of the next are made:
encoding and compressing leave the interpreter alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from datosnap.store.chunks import ByteSink
from datosnap.store.columns.kinds import RECORD
from datosnap.store.columns.values import AnyField
from datosnap.store.names import Compression
from datosnap.store.second_thread import SecondThread

# Measured: pages of 8 MB make files 1.7 % smaller and take 30 to 50 MB more to write; dictionaries
# pay only where few values repeat.
_PAGE_BYTES: Final = 1024 * 1024
# A page has many small parts, and the second thread needs the interpreter for each that leaves it.
_BUFFER_BYTES: Final = 256 * 1024
_REPEATING = frozenset(
    {
        *("_model", "_status", "_stage", "_creator", "_record_model", "_field", "_locale"),
        *("_editor", "_collection_id", "_depth", "mime_type", "format"),
        *("model", "status", "stage", "creator", "record_model", "block_model", "field"),
        *("locale", "kind"),
    }
)
_REPEATING_MEMBERS = (".twitter_card", ".provider", ".custom_data")
_LEVELS: Mapping[Compression, int | None] = {"none": None, "gzip": 6, "zstd": 3}


class RowGroups:
    """One Parquet file in the making; several may share the thread that writes them.

    Memory: the rows of two row groups, and of one what Arrow takes apart to write it.
    """

    def __init__(
        self,
        sink: ByteSink,
        schema: pa.Schema,
        compression: Compression,
        thread: SecondThread | None = None,
    ) -> None:
        self._sink = _Sink(sink)
        self._thread = thread or SecondThread()
        self._schema = schema
        self._waiting: list[pa.RecordBatch] = []
        self.waiting_bytes = 0
        self.rows = 0
        leaves = [path for column in schema for path in _leaves(column, column.name)]
        file = pa.PythonFile(self._sink, "w")  # type: ignore[arg-type] # asks for less than an IO
        self._buffer = pa.BufferedOutputStream(file, _BUFFER_BYTES)
        self._writer = pq.ParquetWriter(
            self._buffer,
            schema,
            compression=compression,
            compression_level=_LEVELS[compression],
            use_dictionary=[one for one in leaves if _repeats(one)],  # type: ignore[arg-type] # a list is documented
            write_statistics=[one for one in leaves if one != RECORD],
            data_page_size=_PAGE_BYTES,
            write_page_checksum=True,
        )

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows; they are written by `flush`."""
        self._waiting.append(batch)
        self.waiting_bytes += batch.nbytes
        self.rows += batch.num_rows

    def flush(self) -> None:
        """Have what is waiting written as one row group.

        Raises: DiskError, that of an earlier row group too.
        """
        if self._waiting:
            self._thread.do(partial(self._write, self._take()))
            # What one group took would lie beside what the next one takes: 20 to 30 MB.
            pa.default_memory_pool().release_unused()

    def finish(self) -> None:
        """Hand the last row group and the footer to the sink.

        Raises: DiskError.
        """
        self._thread.settle()
        if self._waiting:
            self._write(self._take())
        self._writer.close()
        self._buffer.flush()

    def abandon(self) -> None:
        """Let go of everything, without a byte more for the sink."""
        self._waiting.clear()
        self._sink.mute()
        self._thread.end()
        # What a failed write left inside is of no interest, and must not speak up when collected.
        self._writer.is_open = False

    def _take(self) -> pa.Table:
        table = pa.Table.from_batches(self._waiting, self._schema)
        self._waiting, self.waiting_bytes = [], 0
        return table

    def _write(self, table: pa.Table) -> None:
        self._writer.write_table(table, row_group_size=table.num_rows)
        self._buffer.flush()


class _Sink:
    """What pyarrow asks of a file, over a sink."""

    closed = False

    def __init__(self, sink: ByteSink) -> None:
        self._sink: ByteSink | None = sink

    def write(self, data: bytes) -> None:
        if self._sink is not None:
            self._sink.write(bytes(data))

    def mute(self) -> None:
        self._sink = None

    def flush(self) -> None:
        """Do nothing: making it durable is the draft's business."""

    def close(self) -> None:
        """Do nothing, as above."""


def _leaves(column: AnyField, path: str) -> Iterator[str]:
    """Give the paths of a column's leaves, as Parquet names them."""
    if isinstance(column.type, pa.StructType):
        for number in range(column.type.num_fields):
            member = column.type.field(number)
            yield from _leaves(member, f"{path}.{member.name}")
    elif isinstance(column.type, pa.ListType):
        yield from _leaves(column.type.value_field, f"{path}.list.element")
    else:
        yield path


def _repeats(path: str) -> bool:
    return path in _REPEATING or path.endswith(_REPEATING_MEMBERS)
