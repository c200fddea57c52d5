"""Collect typed rows into the row groups of one Parquet file.

Pages carry checksums and columns statistics, so that readers notice damage and pass over what
they need not read. A row group is written in a second thread while the rows of the next are made:
encoding and compressing leave the interpreter alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from datosnap.store.chunks import ByteSink
from datosnap.store.encodings import Encodings
from datosnap.store.names import Compression
from datosnap.store.second_thread import SecondThread

# The second of each is for files without the records, of which typed columns are all there is.
# Measured there: level 7 is 5 % smaller at two to three times the cost, pages of 4 MB are 0.8 %
# smaller than those of 1 MB, and 8 MB would save 0.2 % more. With records, pages are most of what
# writing takes in memory.
_LEVELS: Mapping[Compression, tuple[int | None, int | None]] = {
    "none": (None, None),
    "gzip": (6, 6),
    "zstd": (3, 7),
}
_PAGE_BYTES: Final = (2 * 1024 * 1024, 4 * 1024 * 1024)
# A page has many small parts, and the second thread needs the interpreter for each that leaves it.
_BUFFER_BYTES: Final = 256 * 1024


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
        *,
        presses_hard: bool = False,
    ) -> None:
        self._sink = _Sink(sink)
        self._thread = thread or SecondThread()
        self._schema = schema
        self._waiting: list[pa.RecordBatch] = []
        self.waiting_bytes = 0
        self.rows = 0
        encodings = Encodings.of(schema)
        file = pa.PythonFile(self._sink, "w")  # type: ignore[arg-type] # asks for less than an IO
        self._buffer = pa.BufferedOutputStream(file, _BUFFER_BYTES)
        self._writer = pq.ParquetWriter(
            self._buffer,
            schema,
            compression=compression,
            compression_level=_LEVELS[compression][presses_hard],
            use_dictionary=encodings.dictionaries,  # type: ignore[arg-type] # a list is documented
            write_statistics=encodings.statistics,
            column_encoding={**encodings.texts},
            data_page_size=_PAGE_BYTES[presses_hard],
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
        self.seal()

    def seal(self) -> None:
        """Finish a file of which nothing is under way, whatever else the thread may be writing.

        Raises: DiskError.
        """
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
