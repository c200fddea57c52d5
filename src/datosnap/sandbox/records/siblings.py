"""Keep the order among siblings of sortable models and trees: positions 1, 2, 3 … per parent.

Places are live at once and belong to the record, not to its versions. Setting a position shifts
the siblings behind it; taking a record away closes the gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records.index import RecordIndex
from datosnap.sandbox.records.schema_view import ModelView
from datosnap.sandbox.state import Item

PLACE_KEYS = frozenset({"position", "parent_id"})


class Children:
    """The ids of the records below each parent, per model."""

    def __init__(self) -> None:
        self._below: dict[tuple[str, str | None], dict[str, None]] = {}

    def learn(self, item: Item) -> None:
        """Take in a record's place."""
        self._below.setdefault((item.item_type_id, item.parent_id), {})[item.id] = None

    def forget(self, item: Item) -> None:
        """Take out a record's place."""
        del self._below[item.item_type_id, item.parent_id][item.id]

    def of(self, model_id: str, parent_id: str | None) -> dict[str, None]:
        """Give the ids below a parent, in no order."""
        return self._below.get((model_id, parent_id), {})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is to stand: below which parent, at which position, None for the end."""

    parent_id: str | None
    position: int | None


def children_of(index: RecordIndex, model_id: str, parent_id: str | None) -> list[Item]:
    """List the records below a parent in their order."""
    ids = _children(index).of(model_id, parent_id)
    return sorted((index.environment.items[one] for one in ids), key=_position)


def has_children(index: RecordIndex, item: Item) -> bool:
    """Tell whether a record of a tree has others below it."""
    return bool(_children(index).of(item.item_type_id, item.id))


def ancestors(index: RecordIndex, item: Item) -> Iterator[Item]:
    """Walk from a record's parent up to the root."""
    above = index.get(item.parent_id) if item.parent_id else None
    while above is not None:
        yield above
        above = index.get(above.parent_id) if above.parent_id else None


def asked_place(
    index: RecordIndex, model: ModelView, item: Item | None, given: JsonObject
) -> Place | None:
    """Read where a request wants a record to stand; None when it stands there already.

    Raises: ApiFailure when the parent cannot be one or the position is no number from 1.
    """
    if not model.is_sorted or (item is not None and not PLACE_KEYS & given.keys()):
        return None
    parent_id = item.parent_id if item else None
    if "parent_id" in given:
        parent_id = _checked_parent(index, model, item, given["parent_id"])
    position = _checked_position(given.get("position"))
    if item is None or parent_id != item.parent_id:
        return Place(parent_id, position)
    return None if position in {None, item.position} else Place(parent_id, position)


def put_at(index: RecordIndex, item: Item, place: Place) -> Item:
    """Store a record at a place, shifting its new siblings and closing the gap it leaves."""
    siblings = _children(index).of(item.item_type_id, place.parent_id)
    others = len(siblings) - (item.id in siblings)
    wanted = others + 1 if place.position is None else min(place.position, others + 1)
    known = index.get(item.id)
    if known is not None and known.parent_id != place.parent_id:
        close_gap(index, known)
    is_appended = wanted == others + 1 and item.id not in siblings
    placed = replace(item, parent_id=place.parent_id, position=wanted)
    index.put(placed)
    if not is_appended:
        _renumber(index, placed)
    return placed


def close_gap(index: RecordIndex, leaving: Item) -> None:
    """Move the siblings behind a record one place up."""
    for sibling in children_of(index, leaving.item_type_id, leaving.parent_id):
        if sibling.id != leaving.id and _position(sibling) > _position(leaving):
            index.put(replace(sibling, position=_position(sibling) - 1))


def number_all(index: RecordIndex, model: ModelView) -> None:
    """Give every record a place that fits its model's flags, in order of creation."""
    items = list(index.of_model(model.id))
    is_flattened = not model.flag("tree") and any(item.parent_id for item in items)
    for number, item in enumerate(items, start=1):
        if not model.is_sorted:
            index.put(replace(item, position=None, parent_id=None))
        elif item.position is None or is_flattened:
            index.put(replace(item, position=number, parent_id=None))


def _renumber(index: RecordIndex, placed: Item) -> None:
    siblings = children_of(index, placed.item_type_id, placed.parent_id)
    order = [one for one in siblings if one.id != placed.id]
    order.insert(_position(placed) - 1, placed)
    for number, sibling in enumerate(order, start=1):
        if sibling.position != number:
            index.put(replace(sibling, position=number))


def _checked_parent(
    index: RecordIndex, model: ModelView, item: Item | None, parent_id: Json
) -> str | None:
    if parent_id is None:
        return None
    if not model.flag("tree") or not isinstance(parent_id, str):
        raise ApiFailure("INVALID_PARENT_ID", {"parent_id": parent_id})
    parent = index.get(parent_id)
    if parent is None or parent.item_type_id != model.id:
        raise ApiFailure("INVALID_PARENT_ID", {"parent_id": parent_id})
    if item is not None and item.id in {parent.id, *(one.id for one in ancestors(index, parent))}:
        raise ApiFailure("INVALID_PARENT", {"parent_id": parent_id})
    return parent_id


def _checked_position(position: Json) -> int | None:
    if position is None:
        return None
    if not isinstance(position, int) or isinstance(position, bool) or position < 1:
        raise ApiFailure("INVALID_POSITION", {"position": position})
    return position


def _children(index: RecordIndex) -> Children:
    return index.follower("children", Children)


def _position(item: Item) -> int:
    return item.position or 0
