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
from datosnap.store.columns.column import ColumnSet
from datosnap.store.columns.fieldtypes import type_of
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
from datosnap.store.columns.values import TEXT, AnyArray, AnyField, Values
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
        derive: Callable[[Cells, Rows], None] = lambda _, __: None,
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
        rows = Rows(self._columns.arrays(cells))
        if self._model is not None:
            rows.arrays[MODEL] = same(self._model, len(objects))
        rows.count(self._model, cells)
        self._derive(cells, rows)
        return rows


@dataclass(frozen=True, slots=True)
class _BlockTable:
    """The table of one block model."""

    model: str
    columns: ColumnSet

    @classmethod
    def of(cls, item_type: ItemType, locales: Sequence[str], *, within_locale: bool) -> Self:
        found = block_columns(item_type, locales)
        return cls(item_type.api_key, ColumnSet(found, RECORD, within_locale=within_locale))

    @property
    def table(self) -> Table:
        return Table("blocks", self.model)

    @property
    def schema(self) -> pa.Schema:
        heads = [pa.field(name, kind) for name, kind in BLOCK_HEADS]
        return pa.schema([*heads, *(one.arrow for one in self.columns.columns)])

    def batch(self, level: Level, cells: Cells, record_model: str) -> pa.RecordBatch:
        count = len(level.ids)
        heads = {
            "id": pa.array(level.ids, pa.string()),
            MODEL: same(self.model, count),
            "_record_id": pa.array(level.record_ids, pa.string()),
            "_record_model": same(record_model, count),
            "_field": pa.array(level.fields, pa.string()),
            "_locale": pa.array(level.locales, pa.string()),
            "_path": pa.array(level.paths, pa.string()),
            "_parent_block_id": pa.array(level.parents, pa.string()),
            "_position": pa.array(level.positions, pa.int64()),
            "_depth": pa.repeat(pa.scalar(level.depth, pa.int64()), count),
        }
        return _batch(self.schema, {**self.columns.arrays(cells), **heads})


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

    def __call__(self, cells: Cells, rows: Rows) -> None:
        links = Links(self.model)
        ids = [one if isinstance(one, str) else None for one in cells.values["id",]]
        top = Level(self.model, 0, ids=ids, record_ids=ids)
        below: Below = {}
        _look(top, self.columns, cells, links, below)
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
        rows.tables[RECORDS] = [self._slim(cells, rows)]

    def _add_blocks(
        self,
        table: _BlockTable,
        level: Level,
        rows: Rows,
        links: Links,
        below: Below,
    ) -> None:
        level.model = table.model
        cells = table.columns.read(level.attributes, level.locales)
        batch = table.batch(level, cells, self.model)
        rows.tables.setdefault(table.table, []).append(batch)
        rows.count(table.model, cells)
        _look(level, table.columns, cells, links, below)

    def _slim(self, cells: Cells, rows: Rows) -> pa.RecordBatch:
        arrays = {name: rows.arrays[source] for name, source in SLIM.items()}
        titles: Values = [None] * len(arrays["id"])
        source = self.tables.title(self.model)
        for column in self.columns.columns:
            if source is not None and column.source is source:
                for _, values in self.columns.values(column, cells):
                    titles = [
                        own if old is None else old for old, own in zip(titles, values, strict=True)
                    ]
        arrays[_SLIM_TITLE] = pa.array(titles, pa.string())
        return _batch(self.tables.schema(RECORDS), arrays)


def _look(
    level: Level,
    columns: ColumnSet,
    cells: Cells,
    links: Links,
    below: Below,
) -> None:
    """Find the links in a level, and the blocks in it."""
    for column in columns.columns:
        for locale, values in columns.values(column, cells):
            note_links(level, column, locale, values, links)
            note_blocks(level, column, locale, values, below)


def _batch(schema: pa.Schema, arrays: Mapping[str, AnyArray]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([arrays[name] for name in schema.names], schema=schema)
