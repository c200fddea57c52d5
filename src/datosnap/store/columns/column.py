"""Describe the columns of a table, and build their arrays from what was read of the objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
import pyarrow as pa

from datosnap.core.entities import Field, ItemType
from datosnap.store.columns.fieldtypes import type_of
from datosnap.store.columns.reading import Branch, Cells, Leaf, Path, Reader
from datosnap.store.columns.texts import STRUCTURED_TEXT, Dast, read_text
from datosnap.store.columns.values import JSON, AnyArray, AnyField, Values, ValueType, struct_array

# Before the name of a field that would have the name of one of our columns; no api_key has a colon.
CLASHING = "field:"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its kind of values, and where they stand.

    Of a localized one `locales` has those of the project, and the column is a struct of them;
    `path` leads to the object that has a member for each. `source` is the field it is of.
    """

    name: str
    type: ValueType
    path: Path
    locales: tuple[str, ...] = ()
    source: Field | None = None

    @property
    def cells(self) -> list[tuple[str | None, Path]]:
        """Give where the values of each locale stand; None for one that has no locales."""
        return [(one, (*self.path, one)) for one in self.locales] or [(None, self.path)]

    @property
    def arrow(self) -> AnyField:
        """Describe the column to Arrow, with what people say about the field."""
        kind: pa.DataType = self.type.arrow
        if self.locales:
            kind = pa.struct([(locale, kind) for locale in self.locales])
        return pa.field(self.name, kind, metadata=_comments(self.source) if self.source else None)


def _comments(source: Field) -> dict[bytes | str, bytes | str]:
    return {
        "label": source.label,
        "field_type": source.field_type,
        "hint": source.hint or "",
        "localized": "true" if source.localized else "false",
    }


def field_columns(
    item_type: ItemType, locales: Sequence[str], above: Path, taken: Iterable[str]
) -> list[Column]:
    """Describe the columns of all fields of a model; `above` leads to its attributes.

    A field named like one of ours, `taken`, has a prefix in the name of its column. One that is
    localized in a project without locales is any JSON.
    """
    reserved = frozenset(taken)
    columns: list[Column] = []
    for one in item_type.fields.values():
        name = f"{CLASHING}{one.api_key}" if one.api_key in reserved else one.api_key
        kind = type_of(one.field_type)
        if one.localized and not locales:
            kind = JSON
        by_locale = tuple(locales) if one.localized else ()
        columns.append(Column(name, kind, (*above, one.api_key), by_locale, one))
    return columns


class ColumnSet:
    """The columns that are made of one kind of objects.

    Where two would be read from the same place a field has it, and the other one is null.
    `hidden` ones are read and are no columns.
    """

    def __init__(
        self, columns: Iterable[Column], object_name: str, hidden: Iterable[Column] = ()
    ) -> None:
        self.columns = tuple(columns)
        root = Branch(object_name)
        fields_first = sorted(self.columns, key=lambda one: one.source is None)
        self._unread = {one.name for one in fields_first if not _plant(root, one)}
        for one in hidden:
            _plant(root, one)
        self._reader = Reader(root)

    def read(self, objects: Iterable[bytes | msgspec.Raw]) -> Cells:
        """Read objects, structured text and all.

        Memory: what stands in the columns, as Python values.
        """
        cells = self._reader.read(objects)
        for column in self.columns:
            if column.type is STRUCTURED_TEXT and column.name not in self._unread:
                for _, path in column.cells:
                    cells.values[path] = _texts(cells.values[path], column.name, cells)
        return cells

    def values(self, column: Column, cells: Cells) -> Iterator[tuple[str | None, Values]]:
        """Give the values of one column, locale by locale."""
        if column.name not in self._unread:
            for locale, path in column.cells:
                yield locale, cells.values[path]

    def arrays(self, cells: Cells) -> dict[str, AnyArray]:
        """Build all columns, and count what turns out not to fit after all."""
        return {column.name: self._array(column, cells) for column in self.columns}

    def _array(self, column: Column, cells: Cells) -> AnyArray:
        if column.name in self._unread:
            return pa.array([None] * len(cells.missing[()]), column.arrow.type)
        arrays: list[AnyArray] = []
        for _, values in self.values(column, cells):
            array = column.type.build(values)
            if array.null_count:
                nulls = sum(map(column.type.is_null, values))
                cells.misfits[column.name] += array.null_count - nulls
            arrays.append(array)
        if not column.locales:
            return arrays[0]
        kind = pa.struct([(locale, column.type.arrow) for locale in column.locales])
        return struct_array(kind, arrays, cells.missing[column.path])


def _plant(root: Branch, column: Column) -> bool:
    leaf = Leaf(column.name, column.type)
    if not column.locales:
        return root.add(column.path, leaf)
    by_locale = Branch(column.name, dict.fromkeys(column.locales, leaf), is_closed=True)
    return root.add(column.path, by_locale)


def _texts(values: Values, name: str, cells: Cells) -> Values:
    texts = [read_text(value) if isinstance(value, Dast) else None for value in values]
    cells.misfits[name] += texts.count(None) - sum(value is None for value in values)
    return texts
