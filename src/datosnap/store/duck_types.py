"""Say which types of a database Arrow hands on as they are, and what becomes of the others.

Of intervals, bits, whole numbers beyond 128 bits and times with an offset Arrow, or Parquet after
it, has either no place or a wrong one. The database itself tells them, as text.
"""

from __future__ import annotations

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
_NESTED = frozenset({"list", "array", "map", "struct"})


def handed_on_as(kind: DuckDBPyType) -> str | None:
    """Name the type, in SQL, as which values of a type are handed on; None when it is their own."""
    if kind.id not in _NESTED:
        return None if kind.id in _HANDED_ON else _TEXT
    below = {name: one for name, one in kind.children if not isinstance(one, int | list)}
    changed = {name: handed_on_as(one) for name, one in below.items()}
    if not any(changed.values()):
        # Parquet has no place for objects without members.
        return None if below else _TEXT
    names = {name: changed[name] or str(one) for name, one in below.items()}
    match kind.id:
        case "list":
            return f"{names['child']}[]"
        case "array":
            return f"{names['child']}[{dict(kind.children)['size']}]"
        case "map":
            return f"MAP({names['key']}, {names['value']})"
        case _:
            return f"STRUCT({', '.join(f'{quoted(name)} {one}' for name, one in names.items())})"


def quoted(name: str) -> str:
    """Write a name so that SQL takes it for nothing else."""
    return '"' + name.replace('"', '""') + '"'
