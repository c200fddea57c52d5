"""Find the row of the tables that a method and a path mean.

The tables become one tree of path segments when the server starts, so that a request costs one
dictionary look-up a segment however many endpoints there are. A fixed segment goes before a
variable one: `/items/bulk/publish` before `/items/{id}/publish`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar


class Row(Protocol):
    """What routing needs to know about a row of a table."""

    @property
    def method(self) -> str:
        """Give the HTTP method."""
        ...

    @property
    def path(self) -> str:
        """Give the path with its `{variables}`."""
        ...


R = TypeVar("R", bound=Row)


@dataclass(slots=True)
class _Node(Generic[R]):
    fixed: dict[str, _Node[R]] = field(default_factory=dict)
    variable: _Node[R] | None = None
    rows: dict[str, R] = field(default_factory=dict)


class Routes(Generic[R]):
    """The tree made of the tables' rows."""

    def __init__(self, rows: Iterable[R]) -> None:
        self._root: _Node[R] = _Node()
        for row in rows:
            self._add(row)

    def _add(self, row: R) -> None:
        node = self._root
        for segment in _segments(row.path):
            node = _step(node, segment)
        if row.method in node.rows:
            raise ValueError(f"two rows answer {row.method} {row.path}")
        node.rows[row.method] = row

    def find(self, method: str, path: str) -> tuple[R, dict[str, str]] | None:
        """Give the row and the values of its path's variables."""
        segments = _segments(path)
        row = _descend(self._root, segments, 0, method)
        if row is None:
            return None
        pairs = zip(_segments(row.path), segments, strict=True)
        return row, {name[1:-1]: value for name, value in pairs if name[0] == "{"}


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")


def _step(node: _Node[R], segment: str) -> _Node[R]:
    if segment[:1] != "{":
        return node.fixed.setdefault(segment, _Node())
    if node.variable is None:
        node.variable = _Node()
    return node.variable


def _descend(node: _Node[R], segments: Sequence[str], at: int, method: str) -> R | None:
    if at == len(segments):
        return node.rows.get(method)
    fixed = node.fixed.get(segments[at])
    row = _descend(fixed, segments, at + 1, method) if fixed is not None else None
    if row is None and node.variable is not None and segments[at]:
        row = _descend(node.variable, segments, at + 1, method)
    return row
