"""Keep records as rows: typed columns for analysts, and each record's very bytes.

`_record` is what imports are made from; the typed columns only repeat what stands in it. Beside a
model's current records stand what they add to the tables of blocks, links and all records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedIOBase

import pyarrow as pa
import pyarrow.parquet as pq

from datosnap.errors import CorruptSnapshotError, quote
from datosnap.store.chunks import ByteSink, OpenTable, Written
from datosnap.store.columns.kinds import RECORD
from datosnap.store.columns.tables import Tables
from datosnap.store.names import ChunkKind, ColumnOf, Compression, Table
from datosnap.store.row_groups import RowGroups
from datosnap.store.second_thread import SecondThread

# A reader holds one row group, and a writer several times as much of it as Arrow takes it apart.
# With half as large groups encoding takes a tenth longer; twice as large ones take 50 MB more.
GROUP_MAX_BYTES = 16 * 1024 * 1024
# Typed columns alone are a third of the records.
_GROUP_OF_COLUMNS = 3
# Columns are made of this much at a time: enough for whole-column calls to pay, and little as
# Python values.
_STEP_BYTES = 1024 * 1024
# A group ends with the record that fills it, and a record is bounded; more is not ours.
_READABLE_GROUP_BYTES = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Parquet:
    """Parquet under one compression of its pages, with the typed columns of a project.

    Without `keeps_raw` there are the typed columns alone, of which no record can be restored.
    """

    compression: Compression
    group_max_bytes: int = GROUP_MAX_BYTES
    tables: Tables = field(default_factory=lambda: Tables(None), repr=False)
    keeps_raw: bool = True

    @property
    def extension(self) -> str:
        """Give how the names of its files end, without the first dot."""
        return "parquet"

    def encoder(
        self, sink: ByteSink, kind: ChunkKind, model: str | None, open_table: OpenTable
    ) -> ParquetEncoder:
        """Begin a file.

        Shape: the columns of `Tables.of`, and `_record`, the record itself.
        """
        return ParquetEncoder(self, kind, model, sink, open_table)

    def rows(self, file: BufferedIOBase) -> Iterator[bytes]:
        """Give back the records of a file, in order and as they were written.

        Memory: one row group.
        Raises: CorruptSnapshotError when the file is not such a one; DiskError.
        """
        with _opened(file) as source:
            _check_schema(source.schema_arrow)
            for number in range(source.num_row_groups):
                yield from _group(source, number)

    def count(self, file: BufferedIOBase) -> int:
        """Count the rows of a file; of one that holds records, by reading them.

        Memory: one row group.
        Raises: CorruptSnapshotError when the file is not Parquet; DiskError.
        """
        with _opened(file) as source:
            if RECORD not in source.schema_arrow.names:
                return source.metadata.num_rows
            _check_schema(source.schema_arrow)
            return sum(len(_group(source, number)) for number in range(source.num_row_groups))


class ParquetEncoder:
    """Encode one file of rows, and the parts of tables that they add to.

    Memory: two row groups, one step as Python values, and as much as one row group of all tables.
    """

    def __init__(
        self,
        settings: Parquet,
        kind: ChunkKind,
        model: str | None,
        sink: ByteSink,
        open_table: OpenTable,
    ) -> None:
        self._settings = settings
        self._table = settings.tables.of(kind, model)
        self._open_table = open_table
        self._step_bytes = min(_STEP_BYTES, settings.group_max_bytes)
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._group_bytes = 0
        self._misfits: Counter[ColumnOf] = Counter()
        columns = self._table.fields
        if settings.keeps_raw:
            columns = [*columns, pa.field(RECORD, pa.binary(), nullable=False)]
        self._schema = pa.schema(columns)
        self._thread = SecondThread()
        self._main = self._file(sink, self._schema)
        self._parts: dict[Table, RowGroups] = {}

    def write(self, batch: Sequence[bytes]) -> None:
        """Add records; they are encoded when a row group is full.

        Raises: DiskError.
        """
        for record in batch:
            self._waiting.append(record)
            self._waiting_bytes += len(record)
            if self._waiting_bytes >= self._step_bytes:
                self._take_step()

    def finish(self) -> Written:
        """Hand the last row groups and the footers to the sinks.

        Raises: DiskError.
        """
        if self._waiting:
            self._take_step()
        self._thread.settle()
        self._main.flush()
        for one in self._parts.values():
            one.seal()
        self._main.finish()
        rows = {table: one.rows for table, one in self._parts.items()}
        return Written(rows, dict(self._misfits))

    def abandon(self) -> None:
        """Let go of everything, without a byte more for the sinks."""
        self._waiting.clear()
        for one in (self._main, *self._parts.values()):
            one.abandon()

    def _take_step(self) -> None:
        """Make columns of the records that are waiting."""
        rows = self._table.rows(self._waiting)
        self._misfits.update(rows.misfits)
        arrays = rows.arrays
        if self._settings.keeps_raw:
            arrays[RECORD] = pa.array(self._waiting, pa.binary())
        self._main.add(
            pa.RecordBatch.from_arrays(
                [arrays[name] for name in self._schema.names], schema=self._schema
            )
        )
        self._group_bytes += self._waiting_bytes
        self._waiting, self._waiting_bytes = [], 0
        largest = 1 if self._settings.keeps_raw else _GROUP_OF_COLUMNS
        if self._group_bytes >= largest * self._settings.group_max_bytes:
            self._main.flush()
            self._group_bytes = 0
        for table, batches in rows.tables.items():
            self._add(table, batches)

    def _file(self, sink: ByteSink, schema: pa.Schema) -> RowGroups:
        hard, compression = not self._settings.keeps_raw, self._settings.compression
        return RowGroups(sink, schema, compression, self._thread, presses_hard=hard)

    def _add(self, table: Table, batches: Sequence[pa.RecordBatch]) -> None:
        if table not in self._parts:
            schema = self._settings.tables.schema(table)
            self._parts[table] = self._file(self._open_table(table), schema)
        for batch in batches:
            self._parts[table].add(batch)
        waiting = sum(one.waiting_bytes for one in self._parts.values())
        if waiting >= self._settings.group_max_bytes:
            max(self._parts.values(), key=lambda one: one.waiting_bytes).flush()


@contextmanager
def _opened(file: BufferedIOBase) -> Iterator[pq.ParquetFile]:
    try:
        with pq.ParquetFile(pa.PythonFile(file, "r"), page_checksum_verification=True) as source:
            yield source
    except (OSError, pa.ArrowException) as error:  # the disk's own are DiskErrors by now
        raise CorruptSnapshotError(f"cannot read Parquet: {error}") from error


def _check_schema(schema: pa.Schema) -> None:
    place = schema.get_field_index(RECORD)
    if place < 0 or not pa.types.is_binary(schema.field(place).type):
        raise CorruptSnapshotError(
            f"expected one binary column {RECORD}, found {quote(schema.names)}"
        )


def _group(source: pq.ParquetFile, number: int) -> list[bytes]:
    size = source.metadata.row_group(number).total_byte_size
    if size > _READABLE_GROUP_BYTES:
        raise CorruptSnapshotError(f"expected a row group of bounded size, found {size} bytes")
    table = source.read_row_group(number, columns=[RECORD], use_threads=False)
    found = table.column(0).to_pylist()
    records = [record for record in found if isinstance(record, bytes)]
    if len(records) < len(found):
        raise CorruptSnapshotError(f"expected a record in every row, found none in one of {number}")
    return records
