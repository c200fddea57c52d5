"""Say which types of a database Arrow hands on as they are, and what becomes of the others.

Of intervals, bits, whole numbers beyond 128 bits and times with an offset Arrow, or Parquet after
it, has either no place or a wrong one. The database itself tells them, as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb.sqltypes import DuckDBPyType

_TEXT = "VARCHAR"
_HANDED_ON = frozenset(
    {
        *("boolean", "tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint"),
        *("usmallint", "uinteger", "ubigint", "float", "double", "decimal", "varchar", "enum"),
        *("blob", "uuid", "date", "time", "timestamp", "timestamp_s", "timestamp_ms"),
        *("timestamp_ns", "timestamp with time zone", "null"),
    }
)


def handed_on_as(kind: DuckDBPyType) -> str:
    """Name the type, in SQL, as which values of a type are handed on; mostly it is their own."""
    match kind.id:
        case "list":
            return f"{_below(kind)['child']}[]"
        case "array":
            return f"{_below(kind)['child']}[{dict(kind.children)['size']}]"
        case "map":
            below = _below(kind)
            return f"MAP({below['key']}, {below['value']})"
        case "struct":
            members = (f"{quoted(name)} {one}" for name, one in _below(kind).items())
            return f"STRUCT({', '.join(members)})"
        case plain:
            return str(kind) if plain in _HANDED_ON else _TEXT


def quoted(name: str) -> str:
    """Write a name so that SQL takes it for nothing else."""
    return '"' + name.replace('"', '""') + '"'


def _below(kind: DuckDBPyType) -> Mapping[str, str]:
    return {
        name: handed_on_as(one) for name, one in kind.children if not isinstance(one, int | list)
    }
