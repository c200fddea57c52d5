"""Compare values with filter arguments: which operators a kind of value knows, and what they mean.

Arguments come as text; each kind reads them into something that can be compared. Times are
compared with the argument's seconds cut off, as the API documents.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from datosnap.core.jsontext import Json
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.queries import listed
from datosnap.sandbox.records.clockwork import day, moment

_EARTH_RADIUS_M = 6_371_000

Operator = Callable[[Json, Json], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: how its values and arguments are read, and its operators."""

    operators: Mapping[str, Operator]
    read: Callable[[Json, tzinfo], Json]


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator with its argument, read."""

    kind: Kind
    operator: Operator
    argument: Json
    zone: tzinfo

    def holds(self, value: Json) -> bool:
        """Tell whether a value meets the condition."""
        read = None if value is None else self.kind.read(value, self.zone)
        return self.operator(read, self.argument)


def condition(name: str, kind: Kind, operator: str, argument: Json, zone: tzinfo) -> Condition:
    """Read one condition of a filter.

    Raises: ApiFailure when the kind does not know the operator or the argument is unreadable.
    """
    known = kind.operators.get(operator)
    if known is None:
        raise filter_refused(name, f'operator "{operator}" is not supported')
    read = _read_argument(kind, operator, argument, zone)
    if read is None:
        raise filter_refused(name, f"cannot read {argument!r}")
    return Condition(kind, known, read, zone)


def filter_refused(name: str, complaint: str) -> ApiFailure:
    """Refuse a field filter."""
    return ApiFailure("INVALID_FILTER_FIELDS_PARAM", {"field": name, "message": complaint})


def _read_argument(kind: Kind, operator: str, argument: Json, zone: tzinfo) -> Json:
    if operator in _FLAGS:
        return _truth(argument, zone)
    if operator in _LISTS:
        members = [kind.read(one, zone) for one in listed(argument)]
        return None if None in members else members
    if operator in _OWN_READERS:
        return _OWN_READERS[operator](argument)
    read = kind.read(argument, zone)
    return read.replace(second=0, microsecond=0) if isinstance(read, datetime) else read


def _truth(value: Json, _zone: tzinfo) -> Json:
    return {"true": True, "false": False, True: True, False: False}.get(value)


def _text(value: Json, _zone: tzinfo) -> Json:
    return value if isinstance(value, str) else None


def _number(value: Json, _zone: tzinfo) -> Json:
    try:
        return value if isinstance(value, int) else float(value)
    except (TypeError, ValueError):
        return None


def _day(value: Json, _zone: tzinfo) -> Json:
    return day(value)


def _whatever(value: Json, _zone: tzinfo) -> Json:
    return value


def _pattern(argument: Json) -> Json:
    """Read `{pattern, case_sensitive, regexp}`, or a text to be found in any case."""
    given = argument if isinstance(argument, dict) else {"pattern": argument}
    text = given.get("pattern")
    if not isinstance(text, str):
        return None
    is_regexp, is_exact = given.get("regexp") == "true", given.get("case_sensitive") == "true"
    try:
        return re.compile(text if is_regexp else re.escape(text), 0 if is_exact else re.IGNORECASE)
    except re.error:
        return None


def _circle(argument: Json) -> Json:
    names = ("latitude", "longitude", "radius")
    try:
        return {name: float(argument[name]) for name in names}
    except (KeyError, TypeError, ValueError):
        return None


def _is_near(point: Json, circle: Json) -> bool:
    return point is not None and _distance_m(point, circle) <= circle["radius"]


def _distance_m(one: Json, other: Json) -> float:
    latitude_a, latitude_b = math.radians(one["latitude"]), math.radians(other["latitude"])
    across = math.radians(other["longitude"] - one["longitude"])
    up = latitude_b - latitude_a
    chord = math.sin(up / 2) ** 2
    chord += math.cos(latitude_a) * math.cos(latitude_b) * math.sin(across / 2) ** 2
    return 2 * _EARTH_RADIUS_M * math.asin(math.sqrt(chord))


def _minute(value: Json) -> Json:
    return value.replace(second=0, microsecond=0) if isinstance(value, datetime) else value


_EQUALS: dict[str, Operator] = {
    "eq": lambda value, other: _minute(value) == other,
    "neq": lambda value, other: _minute(value) != other,
}
_MEMBERS: dict[str, Operator] = {
    "in": lambda value, others: value in others,
    "notIn": lambda value, others: value not in others,
    "not_in": lambda value, others: value not in others,
}
_EXISTS: dict[str, Operator] = {
    "exists": lambda value, wanted: (value not in (None, [])) is wanted,
}
_COMPARES: dict[str, Operator] = {
    "gt": lambda value, other: value is not None and value > other,
    "lt": lambda value, other: value is not None and value < other,
    "gte": lambda value, other: value is not None and value >= other,
    "lte": lambda value, other: value is not None and value <= other,
}
_MATCHES: dict[str, Operator] = {
    "matches": lambda value, pattern: pattern.search(value or "") is not None,
    "not_matches": lambda value, pattern: pattern.search(value or "") is None,
    "is_blank": lambda value, wanted: (not (value or "").strip()) is wanted,
    "is_present": lambda value, wanted: bool((value or "").strip()) is wanted,
}
_SETS: dict[str, Operator] = {
    "eq": lambda values, others: set(values or ()) == set(listed(others)),
    "all_in": lambda values, others: set(others) <= set(values or ()),
    "any_in": lambda values, others: not set(others).isdisjoint(values or ()),
    "not_in": lambda values, others: set(others).isdisjoint(values or ()),
}
_FLAGS = frozenset({"exists", "is_blank", "is_present"})
_LISTS = frozenset({"in", "notIn", "not_in", "all_in", "any_in"})
_OWN_READERS: dict[str, Callable[[Json], Json]] = {
    "matches": _pattern,
    "not_matches": _pattern,
    "near": _circle,
}

TEXT = Kind({**_EQUALS, **_MEMBERS, **_MATCHES, **_EXISTS}, _text)
LONG_TEXT = Kind({**_MATCHES, **_EXISTS}, _text)
IDENTIFIER = Kind({**_EQUALS, **_MEMBERS, **_EXISTS}, _text)
IDENTIFIERS = Kind({**_SETS, **_EXISTS}, _whatever)
TRUTH = Kind({"eq": _EQUALS["eq"]}, _truth)
NUMBER = Kind({**_EQUALS, **_COMPARES, **_EXISTS}, _number)
DAY = Kind({**_EQUALS, **_COMPARES, **_EXISTS}, _day)
MOMENT = Kind({**_EQUALS, **_COMPARES, **_EXISTS}, moment)
POINT = Kind({"near": _is_near, **_EXISTS}, _whatever)
ANYTHING = Kind(_EXISTS, _whatever)
