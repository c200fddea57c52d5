"""Decide how the columns of a Parquet file are encoded, from its schema alone.

What follows from the schema alone is the same for every chunk of a table. Only encodings that
DuckDB, pandas, Polars and Spark (from 3.3) read are used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self

import pyarrow as pa

from datosnap.store.columns.kinds import RECORD
from datosnap.store.columns.values import AnyField

# Dictionaries pay only where few values repeat.
_REPEATING = frozenset(
    {
        *("_model", "_status", "_stage", "_creator", "_record_model", "_field", "_locale"),
        *("_editor", "_collection_id", "_depth", "mime_type", "format"),
        *("model", "status", "stage", "creator", "record_model", "block_model", "field"),
        *("locale", "kind"),
    }
)
_REPEATING_MEMBERS = (".twitter_card", ".provider", ".custom_data")
# Rows come in the order of these, so that each shares its beginning with the one before it.
_ORDERED = frozenset({"id", "_record_id", "record_id"})
# Nobody seeks a range of these, and their least and greatest values are as long as they are.
_LONG = frozenset({b"text", b"json", b"structured_text"})
_SHARING: Final = "DELTA_BYTE_ARRAY"
# Lengths apart from the texts: 2 to 4 % smaller in all, at the same cost.
_APART: Final = "DELTA_LENGTH_BYTE_ARRAY"


@dataclass(frozen=True, slots=True)
class Encodings:
    """How the leaves of a file's columns are encoded, by their paths in Parquet."""

    dictionaries: list[str]
    statistics: list[str]
    texts: Mapping[str, str]

    @classmethod
    def of(cls, schema: pa.Schema) -> Self:
        """Choose them for a schema."""
        leaves = [leaf for column in schema for leaf in _leaves(column)]
        repeating = [leaf.path for leaf in leaves if leaf.repeats]
        # A column may be called as a member of another is: Parquet cannot tell them apart.
        no_texts = {leaf.path for leaf in leaves if not leaf.is_text}
        return cls(
            dictionaries=repeating,
            statistics=[leaf.path for leaf in leaves if not leaf.is_long],
            texts={
                leaf.path: _SHARING if leaf.path in _ORDERED else _APART
                for leaf in leaves
                if not leaf.repeats and leaf.path not in no_texts
            },
        )


@dataclass(frozen=True, slots=True)
class _Leaf:
    path: str
    is_text: bool
    is_long: bool

    @property
    def repeats(self) -> bool:
        return self.path in _REPEATING or self.path.endswith(_REPEATING_MEMBERS)


def _leaves(column: AnyField) -> Iterator[_Leaf]:
    about = column.metadata or {}
    is_long = column.name == RECORD or about.get(b"field_type") in _LONG
    for path, kind in _paths(column, column.name):
        yield _Leaf(path, kind == pa.string(), is_long)


def _paths(column: AnyField, path: str) -> Iterator[tuple[str, pa.DataType]]:
    """Give the paths of a column's leaves, as Parquet names them, and their types."""
    if isinstance(column.type, pa.StructType):
        for number in range(column.type.num_fields):
            member = column.type.field(number)
            yield from _paths(member, f"{path}.{member.name}")
    elif isinstance(column.type, pa.ListType):
        yield from _paths(column.type.value_field, f"{path}.list.element")
    else:
        yield path, column.type
