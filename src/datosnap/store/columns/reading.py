"""Read of JSON objects the members that columns are made of, and pass over all others.

A whole object is read at once, as exactly what its columns hold. Only one that does not fit is
read again member by member: what does not fit is null there, and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from datosnap.store.columns.values import Values, ValueType, members_of, missing_in

# Where a member stands, by the keys that lead to it.
Path = tuple[str, ...]

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw] | None)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A member that becomes a column, or one locale of a column; misfits count for `column`."""

    column: str
    type: ValueType


@dataclass(frozen=True, slots=True)
class Branch:
    """An object with members of interest; a member that a closed one does not know is a misfit.

    Misfits count for `column`, those inside for the leaves' own.
    """

    column: str
    members: dict[str, Leaf | Branch] = field(default_factory=dict)
    is_closed: bool = False

    def add(self, path: Path, leaf: Leaf | Branch) -> bool:
        """Put something at a path; tell whether nothing else was in the way."""
        first, *rest = path
        if not rest:
            return self.members.setdefault(first, leaf) is leaf
        inner = self.members.setdefault(first, Branch(first))
        return isinstance(inner, Branch) and not inner.is_closed and inner.add(tuple(rest), leaf)


@dataclass(slots=True)
class Cells:
    """What was read of some objects: the values of each leaf.

    Of branches where some are missing, `missing` tells which.
    """

    count: int
    values: dict[Path, Values]
    missing: dict[Path, list[bool]]
    misfits: Counter[str]
    # Of blocks that stand within a locale: which one.
    locales: Sequence[str | None] = ()


class Reader:
    """Reads objects by a tree of members."""

    def __init__(self, root: Branch) -> None:
        self._top = _Compiled(root)
        self._decode = msgspec.json.Decoder(self._top.json).decode

    def read(self, texts: Sequence[bytes | msgspec.Raw]) -> Cells:
        """Read objects.

        Memory: what stands in their columns, as Python values.
        """
        misfits: Counter[str] = Counter()
        try:
            found = list(map(self._decode, texts))
        except _UNREADABLE:
            found = [self._one(text, misfits) for text in texts]
        cells = Cells(len(found), {}, {}, misfits)
        self._top.spread((), found, cells)
        return cells

    def _one(self, text: bytes | msgspec.Raw, misfits: Counter[str]) -> msgspec.Struct:
        try:
            return self._decode(text)
        except _UNREADABLE:
            found = self._top.read_apart(text, misfits)
            return self._top.empty if found is None else found


class _Compiled:
    """A branch as a class that msgspec fills; its members are numbered, whatever their names."""

    def __init__(self, branch: Branch) -> None:
        self._branch = branch
        self._branches: dict[str, _Compiled] = {}
        self._leaves: dict[str, tuple[Leaf, msgspec.json.Decoder[object]]] = {}
        fields: list[tuple[str, object, object]] = []
        for number, (key, member) in enumerate(branch.members.items()):
            if isinstance(member, Branch):
                inner = self._branches[key] = _Compiled(member)
                fields.append((f"m{number}", inner.json | None, None))
            else:
                kind = member.type
                self._leaves[key] = (member, msgspec.json.Decoder(kind.member))
                fields.append((f"m{number}", kind.member, kind.default))
        self._names = {key: f"m{number}" for number, key in enumerate(branch.members)}
        self.json: type[msgspec.Struct] = msgspec.defstruct(
            "Members",
            fields,
            rename={name: key for key, name in self._names.items()},
            forbid_unknown_fields=branch.is_closed,
            gc=False,
        )
        self.empty = self.json()

    def spread(self, path: Path, rows: Values, cells: Cells) -> None:
        """Lay the members of all rows out by their paths."""
        missing = missing_in(rows)
        if missing is not None:
            cells.missing[path] = missing
        for key, values in zip(self._names, members_of(rows, self.empty), strict=True):
            if key in self._branches:
                self._branches[key].spread((*path, key), values, cells)
            else:
                cells.values[*path, key] = values

    def read_apart(self, text: bytes | msgspec.Raw, misfits: Counter[str]) -> msgspec.Struct | None:
        """Read an object that does not fit, member by member; None when it is null or none."""
        try:
            members = _MEMBERS.decode(text)
        except _UNREADABLE:
            misfits[self._branch.column] += 1
            return None
        if members is None:
            return None
        if self._branch.is_closed:
            misfits[self._branch.column] += len(members.keys() - self._names.keys())
        read = (
            (key, self._member(key, members[key], misfits)) for key in self._names if key in members
        )
        return self.json(**{self._names[key]: value for key, value in read})

    def _member(self, key: str, text: msgspec.Raw, misfits: Counter[str]) -> object:
        if key in self._branches:
            return self._branches[key].read_apart(text, misfits)
        leaf, decoder = self._leaves[key]
        try:
            return decoder.decode(text)
        except _UNREADABLE:
            misfits[leaf.column] += 1
            return leaf.type.default
