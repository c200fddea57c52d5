"""Make rows of tables of records: their own table's, and those of their blocks and links.

One reading of a record serves all of them. The columns of a table follow from the project's shape
alone, so that the tables of several chunks, and of several snapshots, fit together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import pyarrow as pa

from datosnap.core.entities import Field, ItemType
from datosnap.store.columns.column import Built, ColumnSet
from datosnap.store.columns.fieldtypes import type_of
from datosnap.store.columns.kernels import kernels
from datosnap.store.columns.kinds import (
    BLOCK_HEADS,
    LINK_COLUMNS,
    MODEL,
    RECORD,
    SLIM,
    block_columns,
    hidden_upload_columns,
    record_columns,
    take_older_form,
    upload_columns,
    version_columns,
)
from datosnap.store.columns.links import Below, Level, Links, note_blocks, note_links, same
from datosnap.store.columns.reading import Cells
from datosnap.store.columns.shape import Shape
from datosnap.store.columns.values import TEXT, AnyArray, AnyField
from datosnap.store.names import LINKS, RECORDS, ChunkKind, ColumnOf, Table

_SLIM_TITLE = "title"


@dataclass(slots=True)
class Rows:
    """Typed rows: those of the objects themselves, and those of the tables that they add to."""

    arrays: dict[str, AnyArray]
    tables: dict[Table, list[pa.RecordBatch]] = field(default_factory=dict)
    misfits: Counter[ColumnOf] = field(default_factory=Counter)

    def count(self, model: str | None, cells: Cells) -> None:
        """Count what did not fit."""
        self.misfits.update({(model, name): n for name, n in cells.misfits.items() if n})


class ObjectTable:
    """A table with a row for each object of one kind.

    `adjust` puts right what was read before columns are made of it, `derive` adds rows to other
    tables.
    """

    def __init__(
        self,
        columns: ColumnSet,
        model: str | None,
        *,
        adjust: Callable[[Cells], None] = lambda _: None,
        derive: Callable[[Cells, Built, Rows], None] = lambda _, __, ___: None,
    ) -> None:
        self._columns = columns
        self._model = model
        self._adjust = adjust
        self._derive = derive

    @property
    def fields(self) -> list[AnyField]:
        """Describe the columns."""
        fields = [column.arrow for column in self._columns.columns]
        if self._model is not None:
            fields.insert(1, pa.field(MODEL, pa.string()))
        return fields

    def rows(self, objects: Sequence[bytes]) -> Rows:
        """Make rows of objects.

        Memory: what stands in the columns, as Python values and as arrays.
        """
        cells = self._columns.read(objects)
        self._adjust(cells)
        built = self._columns.build(cells)
        rows = Rows(built.arrays)
        if self._model is not None:
            rows.arrays[MODEL] = same(self._model, len(objects))
        rows.count(self._model, cells)
        self._derive(cells, built, rows)
        return rows


@dataclass(frozen=True, slots=True)
class _BlockTable:
    """The table of one block model."""

    model: str
    columns: ColumnSet
    schema: pa.Schema

    @classmethod
    def of(cls, item_type: ItemType, locales: Sequence[str], *, within_locale: bool) -> Self:
        found = block_columns(item_type, locales)
        columns = ColumnSet(found, RECORD, within_locale=within_locale)
        heads = [pa.field(name, kind) for name, kind in BLOCK_HEADS]
        schema = pa.schema([*heads, *(one.arrow for one in columns.columns)])
        return cls(item_type.api_key, columns, schema)

    @property
    def table(self) -> Table:
        return Table("blocks", self.model)

    def batch(self, level: Level, built: Built, record_model: str) -> pa.RecordBatch:
        count = len(level.ids)
        own = {MODEL: same(self.model, count), "_record_model": same(record_model, count)}
        return _batch(self.schema, {**built.arrays, **level.heads, **own})


class Tables:
    """All tables of a project; what it learns of block models it keeps.

    Without a shape there are the columns that all projects have.
    """

    def __init__(self, shape: Shape | None) -> None:
        self.shape = shape
        self._blocks: dict[tuple[str | None, bool], _BlockTable | None] = {}

    def __reduce__(self) -> tuple[type[Tables], tuple[Shape | None]]:
        return Tables, (self.shape,)

    @property
    def locales(self) -> tuple[str, ...]:
        """Give the project's locales."""
        return self.shape.locales if self.shape else ()

    def of(self, kind: ChunkKind, model: str | None) -> ObjectTable:
        """Give the table of one kind of objects."""
        if kind == "uploads":
            return self._uploads()
        if kind == "history":
            return ObjectTable(ColumnSet(version_columns(), RECORD), model)
        columns = ColumnSet(record_columns(self._model(model), self.locales), RECORD)
        if kind == "published" or self.shape is None or model is None:
            return ObjectTable(columns, model)
        return ObjectTable(columns, model, derive=_Derived(self, model, columns))

    def schema(self, table: Table) -> pa.Schema:
        """Describe the columns of a table that records add to."""
        if table == RECORDS:
            kinds = {one.name: one.arrow.type for one in record_columns(None, ())}
            kinds[MODEL] = pa.string()
            slim = [(name, kinds[source]) for name, source in SLIM.items()]
            return pa.schema([*slim, (_SLIM_TITLE, pa.string())])
        if table == LINKS:
            return pa.schema([(name, pa.string()) for name in LINK_COLUMNS])
        types = self.shape.schema.block_models if self.shape else []
        found = next(one.id for one in types if one.api_key == table.block_model)
        blocks = self.blocks(found, within_locale=False)
        assert blocks is not None
        return blocks.schema

    def blocks(self, model_id: str | None, *, within_locale: bool) -> _BlockTable | None:
        """Give the table of a block model; None when the project has none of this id."""
        key = (model_id, within_locale)
        if key not in self._blocks:
            types = self.shape.schema.item_types if self.shape else {}
            one = types.get(model_id or "")
            made = _BlockTable.of(one, self.locales, within_locale=within_locale) if one else None
            self._blocks[key] = made
        return self._blocks[key]

    def title(self, model: str) -> Field | None:
        """Give the field that names a model's records, when it holds text."""
        one = self._model(model)
        found = one.title_field if one else None
        return found if found and type_of(found.field_type) is TEXT else None

    def _model(self, api_key: str | None) -> ItemType | None:
        models = self.shape.schema.models if self.shape else []
        return next((one for one in models if one.api_key == api_key), None)

    def _uploads(self) -> ObjectTable:
        hidden = hidden_upload_columns(self.locales)
        return ObjectTable(
            ColumnSet(upload_columns(self.locales), RECORD, hidden),
            None,
            adjust=lambda cells: take_older_form(cells, self.locales),
        )


@dataclass(frozen=True, slots=True)
class _Derived:
    """What the records of one model add to the tables of links, blocks and all records."""

    tables: Tables
    model: str
    columns: ColumnSet

    def __call__(self, cells: Cells, built: Built, rows: Rows) -> None:
        links = Links(self.model)
        ids = [one if isinstance(one, str) else None for one in cells.values["id",]]
        below: Below = {}
        _look(Level.of_records(self.model, ids, rows.arrays["id"]), built, links, below)
        while below:
            above, below = below, {}
            for (model_id, within_locale), level in above.items():
                table = self.tables.blocks(model_id, within_locale=within_locale)
                if table is None:
                    rows.misfits[self.model, RECORD] += len(level.ids)
                else:
                    self._add_blocks(table, level, rows, links, below)
        if links.count:
            rows.tables[LINKS] = [_batch(self.tables.schema(LINKS), links.arrays())]
        rows.tables[RECORDS] = [self._slim(built, rows)]

    def _add_blocks(
        self,
        table: _BlockTable,
        level: Level,
        rows: Rows,
        links: Links,
        below: Below,
    ) -> None:
        level.model = table.model
        level.close()
        cells = table.columns.read(level.attributes, level.locales)
        built = table.columns.build(cells)
        rows.tables.setdefault(table.table, []).append(table.batch(level, built, self.model))
        rows.count(table.model, cells)
        _look(level, built, links, below)

    def _slim(self, built: Built, rows: Rows) -> pa.RecordBatch:
        arrays = {name: rows.arrays[source] for name, source in SLIM.items()}
        source = self.tables.title(self.model)
        titles = [one.array for one in built.parts if source and one.column.source is source]
        no_title = pa.scalar(None, pa.string())
        arrays[_SLIM_TITLE] = (
            kernels().coalesce(*titles) if titles else pa.repeat(no_title, len(arrays["id"]))
        )
        return _batch(self.tables.schema(RECORDS), arrays)


def _look(level: Level, built: Built, links: Links, below: Below) -> None:
    """Find the links in a level, and the blocks in it."""
    for part in built.parts:
        note_links(level, part, links)
        note_blocks(level, part, below)


def _batch(schema: pa.Schema, arrays: Mapping[str, AnyArray]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([arrays[name] for name in schema.names], schema=schema)
