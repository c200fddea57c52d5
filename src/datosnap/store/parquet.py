"""Keep records as rows: a few typed columns for analysts, and each record's very bytes.

`_record` is what imports are made from; the typed columns only repeat what stands in it. Pages
carry checksums, row groups are small enough to be read one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from datosnap.errors import CorruptSnapshotError, quote
from datosnap.store.chunks import ByteSink
from datosnap.store.heads import HEADS, HeadTable, read_columns
from datosnap.store.names import ChunkKind, Compression

RECORD: Final = "_record"
MODEL: Final = "_model"

# A reader holds one row group, and a writer several times as much of it as Arrow takes it apart.
# Twice as large groups are 0.4 % smaller and cost 30 MB more.
GROUP_MAX_BYTES = 8 * 1024 * 1024
# A group ends with the record that fills it, and a record is bounded; more is not ours.
_READABLE_GROUP_BYTES = 1024 * 1024 * 1024
# Measured: 8 MB pages, and a dictionary only where few values repeat, give the smallest files.
_PAGE_BYTES = 8 * 1024 * 1024
_REPEATING = ["_model", "_status", "_stage", "mime_type"]

_LEVELS: Mapping[Compression, int | None] = {"none": None, "gzip": 6, "zstd": 3}


@dataclass(frozen=True, slots=True)
class Parquet:
    """Parquet under one compression of its pages."""

    compression: Compression
    group_max_bytes: int = GROUP_MAX_BYTES

    @property
    def extension(self) -> str:
        """Give how the names of its files end, without the first dot."""
        return "parquet"

    def encoder(self, sink: ByteSink, kind: ChunkKind, model: str | None) -> ParquetEncoder:
        """Begin a file.

        Shape: the columns of `heads.HEADS[kind]`, `_model` for records, and `_record`.
        """
        return ParquetEncoder(sink, HEADS[kind], model, self)

    def rows(self, file: BufferedIOBase) -> Iterator[bytes]:
        """Give back the records of a file, in order and as they were written.

        Memory: one row group.
        Raises: CorruptSnapshotError when the file is not such a one; DiskError.
        """
        try:
            with pq.ParquetFile(
                pa.PythonFile(file, "r"), page_checksum_verification=True
            ) as source:
                _check_schema(source.schema_arrow)
                for number in range(source.num_row_groups):
                    yield from _group(source, number)
        except (OSError, pa.ArrowException) as error:  # the disk's own are DiskErrors by now
            raise CorruptSnapshotError(f"cannot read Parquet: {error}") from error


class ParquetEncoder:
    """Encode one file of rows.

    Memory: one row group.
    """

    def __init__(
        self, sink: ByteSink, table: HeadTable, model: str | None, settings: Parquet
    ) -> None:
        self._table = table
        self._model = model
        self._group_max_bytes = settings.group_max_bytes
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._sink = _Sink(sink)
        self.misfits = 0
        self._schema = _schema(table)
        columns = self._schema.names
        self._writer = pq.ParquetWriter(
            self._sink,  # type: ignore[arg-type] # pyarrow asks for less than an IO
            self._schema,
            compression=settings.compression,
            compression_level=_LEVELS[settings.compression],
            use_dictionary=[one for one in _REPEATING if one in columns],  # type: ignore[arg-type] # a list is documented
            write_statistics=[one for one in columns if one != RECORD],
            data_page_size=_PAGE_BYTES,
            write_page_checksum=True,
        )

    def write(self, batch: Sequence[bytes]) -> None:
        """Add records; they are encoded when a row group is full.

        Raises: DiskError.
        """
        for record in batch:
            self._waiting.append(record)
            self._waiting_bytes += len(record)
            if self._waiting_bytes >= self._group_max_bytes:
                self._write_group()

    def finish(self) -> None:
        """Hand the last row group and the footer to the sink.

        Raises: DiskError.
        """
        if self._waiting:
            self._write_group()
        self._writer.close()

    def abandon(self) -> None:
        """Let go of everything, without a byte more for the sink."""
        self._waiting.clear()
        self._sink.mute()
        # What a failed write left inside is of no interest, and must not speak up when collected.
        self._writer.is_open = False

    def _write_group(self) -> None:
        typed = read_columns(self._table, self._waiting)
        self.misfits += typed.misfits
        arrays = dict(typed.arrays)
        if self._table.with_model:
            arrays[MODEL] = pa.repeat(pa.scalar(self._model, pa.string()), len(self._waiting))
        arrays[RECORD] = pa.array(self._waiting, pa.binary())
        self._writer.write_table(
            pa.Table.from_arrays(
                [arrays[name] for name in self._schema.names], schema=self._schema
            ),
            row_group_size=len(self._waiting),
        )
        self._waiting, self._waiting_bytes = [], 0


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


def _schema(table: HeadTable) -> pa.Schema:
    columns = [pa.field(column.name, column.type.arrow) for column in table.columns]
    if table.with_model:
        columns.insert(1, pa.field(MODEL, pa.string()))
    return pa.schema([*columns, pa.field(RECORD, pa.binary(), nullable=False)])


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
