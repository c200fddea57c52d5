"""A dictionary that remembers what was written to it and deleted from it since it was saved.

It stands in the place of a plain one, so that who changes the state need not know that it is kept
anywhere; saving then costs what a request changed, and not what there is. Every way of changing a
dictionary that dict has itself would pass by what remembers, and is led through it here.
"""

from __future__ import annotations

from typing import TypeVar

from datosnap.core.jsontext import Json

ValueT = TypeVar("ValueT")
_NOTHING = object()


class Tracked(dict[str, ValueT]):
    """A dictionary with `written` and `deleted` keys; a key is both when it was put back."""

    def __init__(self, held: dict[str, ValueT]) -> None:
        super().__init__(held)
        self.written: dict[str, None] = {}
        self.deleted: set[str] = set()

    def settle(self) -> None:
        """Forget what was written and deleted, which is saved now."""
        self.written = {}
        self.deleted = set()

    def __setitem__(self, key: str, value: ValueT) -> None:
        super().__setitem__(key, value)
        self.written[key] = None

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self.written.pop(key, None)
        self.deleted.add(key)

    def pop(self, key: str, default: Json = _NOTHING) -> Json:
        """Take a key out and give its value."""
        if key not in self and default is not _NOTHING:
            return default
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, ValueT]:
        """Take the last key out and give it with its value."""
        key = next(reversed(self))
        return key, self.pop(key)

    def clear(self) -> None:
        """Take everything out."""
        for key in list(self):
            del self[key]

    def setdefault(self, key: str, default: Json = None) -> Json:
        """Give the value of a key, put in first where there is none."""
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *others: Json, **named: Json) -> None:
        """Put everything in that others have."""
        for key, value in dict(*others, **named).items():
            self[key] = value

    def __ior__(self, other: Json) -> Tracked[ValueT]:  # type: ignore[override,misc] # as dict's
        self.update(other)
        return self
