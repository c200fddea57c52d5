"""Order listings: by meta fields, by fields of a single model; nulls last, or first going down."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter

from datosnap.core.jsontext import Json
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.queries import listed
from datosnap.sandbox.records.filters import META, Lens
from datosnap.sandbox.state import Item

_DIRECTIONS = {"ASC": False, "DESC": True}
_FIELD_TYPES = frozenset({"boolean", "date", "date_time", "float", "integer", "string"})
_META_KEYS = META.keys() - {"parent"}


def ordered(items: list[Item], lens: Lens, order_by: Json) -> list[Item]:
    """Sort records by a comma list of `<key>_ASC` and `<key>_DESC`, ties as they were.

    Raises: ApiFailure with `INVALID_ORDERING` when a key cannot be sorted by.
    """
    for rule in reversed(listed(order_by)):
        key, _, direction = rule.rpartition("_")
        if direction not in _DIRECTIONS:
            raise _refused(rule)
        if key == "_rank":
            # The rank of a search is ours to choose: the order stays.
            continue
        value_of = _value_of(lens, key, rule)
        pairs = [(_sort_key(value_of(item)), item) for item in items]
        pairs.sort(key=itemgetter(0), reverse=_DIRECTIONS[direction])
        items = [item for _, item in pairs]
    return items


def _value_of(lens: Lens, key: str, rule: str) -> Callable[[Item], Json]:
    if key in _META_KEYS:
        kind, value_of = META[key]
        return lambda item: _read(kind.read, value_of(item), lens)
    field = lens.model.fields.get(key) if lens.model else None
    if field is None or field.field_type not in _FIELD_TYPES:
        raise _refused(rule)
    return lambda item: lens.field_value(field, item)


def _read(read: Callable[..., Json], value: Json, lens: Lens) -> Json:
    return None if value is None else read(value, lens.zone)


def _sort_key(value: Json) -> tuple[bool, Json]:
    return (value is None, 0 if value is None else value)


def _refused(rule: str) -> ApiFailure:
    return ApiFailure("INVALID_ORDERING", {"order_by": rule})
