"""Find records quickly: by model, by parent, by what they point to, by unique value.

Everything here is worked out from `environment.items` and can be thrown away at any moment; it
exists so that no request has to look at all records. All writes of this package go through `put`
and `remove`, which keep it true; records put in by others are noticed by their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from datosnap.sandbox.state import Environment, Item

_DERIVED_KEY = "records.index"

# Listings remembered until the next write: an export asks for one or two lists at a time.
_LISTS_MAX = 32

_T = TypeVar("_T")
FollowerT = TypeVar("FollowerT", bound="Follower")


class Follower(Protocol):
    """Something that is worked out record by record and follows every write."""

    def learn(self, item: Item) -> None:
        """Take in a record that is now there."""

    def forget(self, item: Item) -> None:
        """Take out a record that is there no more, or not in this state."""


class RecordIndex:
    """The records of one environment, found quickly."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._followers: dict[str, Follower] = {}
        self._lists: dict[object, object] = {}
        self._size = len(environment.items)
        self._by_model: dict[str, dict[str, None]] = {}
        for item in environment.items.values():
            self._by_model.setdefault(item.item_type_id, {})[item.id] = None

    def get(self, item_id: str) -> Item | None:
        """Give a record, or None."""
        return self.environment.items.get(item_id)

    def of_model(self, model_id: str) -> Iterable[Item]:
        """Walk through the records of a model in order of creation."""
        items = self.environment.items
        return (items[item_id] for item_id in tuple(self._by_model.get(model_id, ())))

    def count(self, model_id: str) -> int:
        """Count the records of a model."""
        return len(self._by_model.get(model_id, ()))

    def put(self, item: Item) -> None:
        """Store a record in its new state."""
        before = self.environment.items.get(item.id)
        self._outdate(item, before or item)
        self.environment.items[item.id] = item
        self._by_model.setdefault(item.item_type_id, {})[item.id] = None
        self._size = len(self.environment.items)
        self._lists.clear()
        for follower in self._followers.values():
            if before is not None:
                follower.forget(before)
            follower.learn(item)

    def remove(self, item_id: str) -> Item:
        """Take a record out and give it back."""
        item = self.environment.items.pop(item_id)
        self._outdate(item)
        del self._by_model[item.item_type_id][item_id]
        self._size = len(self.environment.items)
        self._lists.clear()
        for follower in self._followers.values():
            follower.forget(item)
        return item

    def follower(self, name: str, make: Callable[[], FollowerT]) -> FollowerT:
        """Give what follows the records under `name`, taught all of them the first time."""
        known = self._followers.get(name)
        if known is None:
            known = make()
            for item in self.environment.items.values():
                known.learn(item)
            self._followers[name] = known
        return known  # type: ignore[return-value] # a name is always used with the same maker

    def remembered(self, key: object, build: Callable[[], _T]) -> _T:
        """Give what `build` makes, worked out once until the next write.

        Memory: at most 32 are kept.
        """
        if key not in self._lists:
            if len(self._lists) >= _LISTS_MAX:
                self._lists.clear()
            self._lists[key] = build()
        return self._lists[key]  # type: ignore[return-value] # a key is always used with one build

    def forget_everything(self) -> None:
        """Throw away all that was worked out, after the schema has changed underneath."""
        self.environment.derived.pop(_DERIVED_KEY, None)

    def _outdate(self, *states: Item) -> None:
        """Stop answering with the bytes that records, and their parents, came in."""
        originals = self.environment.originals
        for state in states if originals else ():
            originals.pop(state.id, None)
            originals.pop(state.parent_id or "", None)

    def is_of(self, environment: Environment) -> bool:
        """Tell whether this still describes `environment`."""
        return self.environment is environment and self._size == len(environment.items)


def index_of(environment: Environment) -> RecordIndex:
    """Give the environment's index, made anew where it is not of it."""
    known = environment.derived.get(_DERIVED_KEY)
    if isinstance(known, RecordIndex) and known.is_of(environment):
        return known
    index = RecordIndex(environment)
    environment.derived[_DERIVED_KEY] = index
    return index
