"""Answer SQL with DuckDB, over data sets that it is handed and nothing else.

The database lies in memory and may neither open files nor reach a network: the data sets are read
by Arrow on its behalf. Views over files would not do: whoever may read a path may write there
too, and DuckDB writes from within a `WITH` if it is asked to.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from datosnap.core.jsontext import Json
from datosnap.errors import UsageError, quote
from datosnap.store.cells import told
from datosnap.store.columns.kinds import RECORD
from datosnap.store.diskerrors import translating
from datosnap.store.duck_types import handed_on_as, quoted
from datosnap.store.place import LocalPlace
from datosnap.store.row_groups import RowGroups
from datosnap.store.views import Space

SNAPSHOT = "_snapshot"
# What of a statement is handed over at a time.
_BATCH_ROWS = 8_192
# A row group of a Parquet file that is written, before it is compressed.
_GROUP_BYTES = 16 * 1024 * 1024
_CLOSED: Mapping[str, str] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
    "python_enable_replacements": "false",
}
_MORE_ROOM = "give it more with --memory, or room in another temporary folder with TMPDIR"
_BEGINNING = (
    "CREATE SCHEMA published",
    "CREATE SCHEMA datosnap",
    "SET timezone = 'UTC'",
    "SET lock_configuration = true",
)


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of a view; `label` says of which snapshot they are, where there are several."""

    data: ds.Dataset
    published_only: bool = False
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Columns and rows that a statement gives; the rows can be read once.

    Memory: one batch of rows.
    """

    columns: tuple[str, ...]
    _reader: pa.RecordBatchReader = field(repr=False)
    _is_given_up: threading.Event = field(repr=False)

    def rows(self) -> Iterator[tuple[Json, ...]]:
        """Give the rows as values of JSON.

        Raises: UsageError when the statement fails after all.
        """
        for batch in self._batches():
            yield from zip(*map(told, batch.columns), strict=True)

    def write_parquet(self, path: Path) -> int:
        """Put the rows into a new Parquet file, whole or not at all; give their number.

        Raises: UsageError when there is a file already, a column's type has no place in Parquet,
        or the statement fails after all; DiskError.
        """
        if path.exists():
            raise UsageError(f"{quote(str(path))} is there already; choose another file")
        schema = pa.schema(
            one.with_name(name) for one, name in zip(self._reader.schema, self.columns, strict=True)
        )
        draft = LocalPlace(path.absolute().parent).draft(path.name)
        groups = RowGroups(draft, schema, "zstd")
        try:
            for batch in self._batches():
                groups.add(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
                if groups.waiting_bytes >= _GROUP_BYTES:
                    groups.flush()
            groups.finish()
            draft.publish(path.name)
        except BaseException:
            groups.abandon()
            raise
        finally:
            draft.discard()
        return groups.rows

    def _batches(self) -> Iterator[pa.RecordBatch]:
        with _telling():
            try:
                for batch in self._reader:
                    if self._is_given_up.is_set():
                        raise UsageError("the question was given up")
                    yield batch
            except OSError as error:  # as Arrow hands on whatever DuckDB raises between rows
                raise UsageError(str(error).strip()) from error


class Session:
    """A database in memory; as a context it is gone at the end, with what it put on the disk.

    Memory: DuckDB's own up to `memory`, such as `1GB`; beyond, it uses the temporary folder.
    """

    def __init__(self, *, memory: str) -> None:
        with ExitStack() as held:
            with translating("create a temporary folder in", Path(tempfile.gettempdir())):
                folder = held.enter_context(tempfile.TemporaryDirectory(prefix="datosnap-"))
            self._database = _connect(memory, folder)
            held.callback(self._database.close)
            self._held = held.pop_all()
        self._sources = 0
        self._is_given_up = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.close()

    def interrupt(self) -> None:
        """End, from another thread, the statement that is being answered, and give no more rows."""
        self._is_given_up.set()
        # It may have ended by itself a moment ago, and be closed.
        with suppress(duckdb.ConnectionException):
            self._database.interrupt()

    def add(self, space: Space, name: str, sources: Sequence[Source]) -> None:
        """Add a view; sources that differ in columns are put together by the columns' names.

        Raises: UsageError when they cannot be.
        """
        apart = _at_odds([one.data.schema for one in sources])
        selects = [self._select(one, apart) for one in sources]
        query = " UNION ALL BY NAME ".join(selects)
        with _telling():
            self._database.execute(f"CREATE VIEW {space}.{quoted(name)} AS {query}")

    def ask(self, sql: str) -> Answer:
        """Carry a statement out.

        Raises: UsageError, in DuckDB's words, when it fails or gives no rows.
        """
        with _telling():
            relation = self._database.sql(sql)
            if relation is None:
                raise UsageError("expected a statement that gives rows, such as SELECT; found none")
            reader = _told_by_arrow(relation).to_arrow_reader(_BATCH_ROWS)
        return Answer(_distinct(reader.schema.names), reader, self._is_given_up)

    def _select(self, source: Source, apart: frozenset[str]) -> str:
        self._sources += 1
        handle = f"source {self._sources}"
        with _telling():
            self._database.register(handle, source.data)
        columns = [_column(name, apart) for name in source.data.schema.names if name != RECORD]
        if source.label is not None:
            columns.insert(0, f"{_text(source.label)} AS {SNAPSHOT}")
        query = f"SELECT {', '.join(columns)} FROM {quoted(handle)}"  # noqa: S608 - all quoted
        return f"{query} WHERE _status = 'published'" if source.published_only else query


def _connect(memory: str, folder: str) -> duckdb.DuckDBPyConnection:
    settings: dict[str, str | bool | int | float | list[str]] = {
        **_CLOSED,
        "memory_limit": memory,
        "temp_directory": folder,
    }
    with _telling():
        database = duckdb.connect(":memory:", config=settings)
        for statement in _BEGINNING:
            database.execute(statement)
    return database


def _told_by_arrow(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Have the columns told as text that Arrow would tell wrongly; columns go by their places."""
    told_as = [handed_on_as(kind) for kind in relation.types]
    if not any(told_as):
        return relation
    columns = (
        f"CAST(#{place} AS {kind}) AS {quoted(name)}" if kind else f"#{place}"
        for place, (name, kind) in enumerate(zip(relation.columns, told_as, strict=True), 1)
    )
    return relation.project(", ".join(columns))


@contextmanager
def _telling() -> Iterator[None]:
    """Tell what DuckDB, or Arrow on its behalf, has against a statement.

    Raises: UsageError.
    """
    try:
        yield
    except duckdb.CatalogException as error:
        hint = "without a statement, query lists the tables and their columns"
        raise UsageError(f"{str(error).strip()}\n{hint}") from error
    except duckdb.OutOfMemoryException as error:
        # What DuckDB says next is about settings, which are locked.
        raise UsageError(f"{str(error).partition(chr(10))[0]}\n{_MORE_ROOM}") from error
    except (duckdb.Error, pa.ArrowException) as error:
        raise UsageError(str(error).strip()) from error


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _column(name: str, apart: frozenset[str]) -> str:
    column = quoted(name)
    return f"CAST({column} AS VARCHAR) AS {column}" if name in apart else column


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Tell columns of the same name apart by numbers."""
    found: list[str] = []
    for name in names:
        number, own = 1, name
        while own in found:
            own, number = f"{name}_{number}", number + 1
        found.append(own)
    return tuple(found)


def _at_odds(schemas: Sequence[pa.Schema]) -> frozenset[str]:
    """Name the columns whose types have nothing in common; as text they still have."""
    known: dict[str, list[pa.DataType]] = {}
    apart: set[str] = set()
    for schema in schemas:
        for one in schema:
            others = known.setdefault(one.name, [])
            if not all(_go_together(other, one.type) for other in others):
                apart.add(one.name)
            if one.type not in others:
                others.append(one.type)
    return frozenset(apart)


def _go_together(left: pa.DataType, right: pa.DataType) -> bool:
    if isinstance(left, pa.StructType) and isinstance(right, pa.StructType):
        theirs = {one.name: one.type for one in right}
        return all(_go_together(one.type, theirs.get(one.name, one.type)) for one in left)
    if isinstance(left, pa.ListType) and isinstance(right, pa.ListType):
        return _go_together(left.value_type, right.value_type)
    if pa.types.is_nested(left) or pa.types.is_nested(right):
        return False
    # Numbers are no days; anything may stand beside text, as text.
    is_text = pa.string() in (left, right)
    return is_text or pa.types.is_temporal(left) == pa.types.is_temporal(right)
