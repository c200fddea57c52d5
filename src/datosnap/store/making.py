"""Make rows of records here, or in a process beside once there is enough to make.

Making columns is Python's work for each block and link, and whoever else in the process wants the
interpreter meanwhile waits for it. A process beside has one of its own; what goes there are the
bytes of records, and what comes back are Arrow's bytes of columns.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import TypeAlias

import pyarrow as pa

from datosnap.store.columns.tables import ObjectTable, Rows, Tables
from datosnap.store.names import ChunkKind, ColumnOf, Table

# Starting a process takes about as long as making columns of this much.
_WORTH_A_PROCESS_BYTES = 32 * 1024 * 1024
_STEPS_AHEAD = 2

# Waits for rows that were begun.
Wait: TypeAlias = Callable[[], Rows]
# The kind and model of a table's records.
Key: TypeAlias = tuple[ChunkKind, str | None]


@dataclass(frozen=True, slots=True)
class _Packed:
    """Rows as they travel: record batches in Arrow's stream format."""

    arrays: bytes
    tables: dict[Table, list[bytes]]
    misfits: dict[ColumnOf, int]


class RowMaker:
    """Makes rows of tables, what comes after the first 32 MB of records by the executor `beside`.

    Where the process beside is lost, its work is done here: nothing depends on it but speed.
    """

    def __init__(self, beside: Executor | None = None) -> None:
        self._beside = beside
        self._made_bytes = 0

    @property
    def ahead(self) -> int:
        """Give how many steps may be under way beside while an earlier one is written."""
        is_worth_it = self._made_bytes >= _WORTH_A_PROCESS_BYTES
        return _STEPS_AHEAD if self._beside is not None and is_worth_it else 0

    def begin(self, table: NamedTable, records: Sequence[bytes]) -> Wait:
        """Begin to make rows of records."""
        if self._beside is not None and self.ahead:
            try:
                under_way = self._beside.submit(_make, table.packed, table.key, records)
            except BrokenExecutor:
                self._beside = None
            else:
                return partial(self._wait, under_way, table, records)
        self._made_bytes += sum(map(len, records))
        rows = table.rows(records)
        return lambda: rows

    def _wait(
        self, under_way: Future[_Packed], table: NamedTable, records: Sequence[bytes]
    ) -> Rows:
        try:
            return _unpacked(under_way.result())
        except BrokenExecutor:
            self._beside = None
            return table.rows(records)


class NamedTable:
    """A table of records, and what another process must be told to have it too."""

    def __init__(self, tables: Tables, kind: ChunkKind, model: str | None) -> None:
        self._tables = tables
        self.key = (kind, model)
        self._table = tables.of(kind, model)
        self.fields = self._table.fields
        self.rows = self._table.rows

    @cached_property
    def packed(self) -> bytes:
        """Give the tables of its project in bytes."""
        return pickle.dumps(self._tables)


@lru_cache(maxsize=64)
def _table(packed: bytes, key: Key) -> ObjectTable:
    tables: Tables = pickle.loads(packed)  # noqa: S301 - it comes from the parent alone
    return tables.of(*key)


def _make(packed_tables: bytes, key: Key, records: Sequence[bytes]) -> _Packed:
    rows = _table(packed_tables, key).rows(records)
    arrays = pa.RecordBatch.from_arrays(list(rows.arrays.values()), names=list(rows.arrays))
    packed = {table: [_pack(one) for one in some] for table, some in rows.tables.items()}
    return _Packed(_pack(arrays), packed, dict(rows.misfits))


def _pack(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return sink.getvalue().to_pybytes()


def _unpack(data: bytes) -> pa.RecordBatch:
    with pa.ipc.open_stream(data) as stream:
        return stream.read_next_batch()


def _unpacked(packed: _Packed) -> Rows:
    arrays = _unpack(packed.arrays)
    rows = Rows(dict(zip(arrays.schema.names, arrays.columns, strict=True)))
    rows.tables = {table: [_unpack(one) for one in some] for table, some in packed.tables.items()}
    rows.misfits.update(packed.misfits)
    return rows
