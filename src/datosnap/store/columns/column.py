"""Describe the columns of a table, and build their arrays from what was read of the objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    def paths(self) -> dict[str | None, Path]:
        """Give where the values of each locale stand; None for one that has no locales."""
        by_locale: dict[str | None, Path] = {one: (*self.path, one) for one in self.locales}
        return by_locale or {None: self.path}

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

    A field named like one of ours, `taken`, has a prefix in the name of its column; in most
    databases large and small letters are the same there. One that is localized in a project
    without locales is any JSON.
    """
    reserved = frozenset(taken)
    columns: list[Column] = []
    for one in item_type.fields.values():
        name = f"{CLASHING}{one.api_key}" if one.api_key.lower() in reserved else one.api_key
        kind = type_of(one.field_type)
        if one.localized and not locales:
            kind = JSON
        by_locale = tuple(locales) if one.localized else ()
        columns.append(Column(name, kind, (*above, one.api_key), by_locale, one))
    return columns


@dataclass(frozen=True, slots=True)
class Part:
    """One locale of a column, or all of one that has none: the values, and the array of them."""

    column: Column
    locale: str | None
    values: Values
    array: AnyArray


@dataclass(frozen=True, slots=True)
class Built:
    """The columns of some objects, by name, and the parts that they are made of."""

    arrays: dict[str, AnyArray]
    parts: list[Part]


class ColumnSet:
    """The columns that are made of one kind of objects.

    Where two would be read from the same place a field has it, and the other one is null.
    `hidden` ones are read and are no columns. Objects `within_locale` are blocks inside a localized
    value: all of their fields have plain values, which are of that locale.
    """

    def __init__(
        self,
        columns: Iterable[Column],
        object_name: str,
        hidden: Iterable[Column] = (),
        *,
        within_locale: bool = False,
    ) -> None:
        self.columns = tuple(columns)
        self._within_locale = within_locale
        self._kinds = {one.name: one.arrow.type for one in self.columns}
        root = Branch(object_name)
        fields_first = sorted(self.columns, key=lambda one: one.source is None)
        self._unread = {one.name for one in fields_first if not self._plant(root, one)}
        for one in hidden:
            self._plant(root, one)
        self._reader = Reader(root)

    def read(
        self, objects: Sequence[bytes | msgspec.Raw], locales: Sequence[str | None] = ()
    ) -> Cells:
        """Read objects, structured text and all; `locales` has those that they stand within.

        Memory: what stands in the columns, as Python values.
        """
        cells = self._reader.read(objects)
        cells.locales = locales
        for column in self.columns:
            if column.type is STRUCTURED_TEXT:
                for path in self._paths(column).values():
                    cells.values[path] = _texts(cells.values[path], column.name, cells)
        return cells

    def build(self, cells: Cells) -> Built:
        """Build all columns, and count what turns out not to fit after all."""
        built = Built({}, [])
        for column in self.columns:
            parts = [
                Part(column, locale, cells.values[path], _built(column, cells.values[path], cells))
                for locale, path in self._paths(column).items()
            ]
            built.arrays[column.name] = self._joined(column, parts, cells)
            built.parts.extend(parts)
        return built

    def _paths(self, column: Column) -> dict[str | None, Path]:
        if column.name in self._unread:
            return {}
        return {None: column.path} if self._within_locale else column.paths

    def _joined(self, column: Column, parts: Sequence[Part], cells: Cells) -> AnyArray:
        kind = self._kinds[column.name]
        if not parts:
            return pa.array([None] * cells.count, kind)
        if not isinstance(kind, pa.StructType) or not column.locales:
            return parts[0].array
        if self._within_locale:
            return _by_locale(kind, parts[0], cells.locales)
        return struct_array(kind, [one.array for one in parts], cells.missing.get(column.path))

    def _plant(self, root: Branch, column: Column) -> bool:
        leaf = Leaf(column.name, column.type)
        if not column.locales or self._within_locale:
            return root.add(column.path, leaf)
        members: dict[str, Leaf | Branch] = dict.fromkeys(column.locales, leaf)
        return root.add(column.path, Branch(column.name, members, is_closed=True))


def _built(column: Column, values: Values, cells: Cells) -> AnyArray:
    array = column.type.build(values)
    if array.null_count and not column.type.is_exact:
        nulls = sum(map(column.type.is_null, values))
        cells.misfits[column.name] += array.null_count - nulls
    return array


def _by_locale(kind: pa.StructType, part: Part, own: Sequence[str | None]) -> AnyArray:
    """Put values of objects within a locale to that locale."""
    children: list[AnyArray] = []
    for locale in part.column.locales:
        rows = [row if one == locale else None for row, one in enumerate(own)]
        children.append(part.array.take(pa.array(rows, pa.int32())))
    missing = [part.column.type.is_null(value) for value in part.values]
    return struct_array(kind, children, missing)


def _texts(values: Values, name: str, cells: Cells) -> Values:
    texts = [read_text(value) if isinstance(value, Dast) else None for value in values]
    cells.misfits[name] += texts.count(None) - sum(value is None for value in values)
    return texts
