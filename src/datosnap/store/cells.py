"""Make plain values of JSON of the columns that a database gives, as their types say.

Moments and days are read as numbers and told by ourselves: Python's own dates end with the year
9999 and its moments with microseconds, and a database knows more of either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TypeAlias

import pyarrow as pa

from datosnap.core.jsontext import Json, encode
from datosnap.store.columns.values import AnyArray

# Says a value that is there.
Say: TypeAlias = Callable[[Json], Json]

# JSON's readers take whole numbers up to here; larger ones are given as text.
_LARGEST = 2**63
_PER_SECOND: Mapping[str, int] = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY_S = 86_400
# The calendar repeats itself after 400 years.
_CYCLE_DAYS = 146_097
_FIRST_DAY = date(1970, 1, 1).toordinal()
# As DuckDB marks what is before or after all others.
_ENDLESS_DAY = 2**31 - 1
_ENDLESS_MOMENT = 2**63 - 1
# Types whose values are values of JSON as they are.
_PLAIN = frozenset(
    {
        *(pa.null(), pa.string(), pa.bool_(), pa.float32(), pa.float64()),
        *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32()),
    }
)


@dataclass(frozen=True, slots=True)
class _Way:
    """How values of a type are told: read as which other type, and said how, if at all."""

    read_as: pa.DataType
    say: Say | None = None

    def __call__(self, value: Json) -> Json:
        return value if value is None or self.say is None else self.say(value)


def told(column: AnyArray) -> Iterable[Json]:
    """Give the values of a column as those of JSON.

    Shape: moments and days as ISO 8601; decimals as numbers, and as text where a number would lose
    digits; whole numbers beyond 64 bits and bytes as text; maps as objects.
    """
    way = _way(column.type)
    read = column if way.read_as == column.type else column.cast(way.read_as)
    values: list[Json] = read.to_pylist()  # type: ignore[misc] # stubs know it of plain types alone
    return values if way.say is None else map(way, values)


def _way(kind: pa.DataType) -> _Way:
    if kind in _PLAIN:
        return _Way(kind)
    if pa.types.is_nested(kind):
        return _nested(kind)
    if isinstance(kind, pa.TimestampType):
        zone = "+00:00" if kind.tz else ""
        return _Way(pa.int64(), partial(_moment, per_second=_PER_SECOND[kind.unit], zone=zone))
    if isinstance(kind, pa.Time64Type):
        return _Way(pa.int64(), partial(_clock, per_second=_PER_SECOND[kind.unit]))
    return _Way(pa.int32(), _day) if pa.types.is_date32(kind) else _Way(kind, _said)


def _nested(kind: pa.DataType) -> _Way:
    if isinstance(kind, pa.StructType):
        fields = [kind.field(number) for number in range(kind.num_fields)]
        members = {one.name: _way(one.type) for one in fields}
        read_as: pa.DataType = pa.struct([(name, one.read_as) for name, one in members.items()])
        return _Way(read_as, partial(_object, members=members))
    if isinstance(kind, pa.MapType):
        keys, items = _way(kind.key_type), _way(kind.item_type)
        return _Way(pa.map_(keys.read_as, items.read_as), partial(_map, keys=keys, items=items))
    if isinstance(kind, pa.FixedSizeListType):
        inner = _way(kind.value_type)
        return _Way(pa.list_(inner.read_as, kind.list_size), partial(_list, inner=inner))
    assert isinstance(kind, pa.ListType)
    inner = _way(kind.value_type)
    return _Way(pa.list_(inner.read_as), partial(_list, inner=inner))


def _object(value: Json, *, members: Mapping[str, _Way]) -> Json:
    return {name: members[name](one) for name, one in value.items()}


def _map(value: Json, *, keys: _Way, items: _Way) -> Json:
    return {_key(keys(key)): items(one) for key, one in value}


def _key(value: Json) -> str:
    return value if isinstance(value, str) else encode(value).decode()


def _list(value: Json, *, inner: _Way) -> Json:
    return [inner(one) for one in value]


def _moment(value: int, *, per_second: int, zone: str) -> str:
    if abs(value) == _ENDLESS_MOMENT:
        return "infinity" if value > 0 else "-infinity"
    days, since = divmod(value, _DAY_S * per_second)
    return f"{_calendar(days)}T{_clock(since, per_second=per_second)}{zone}"


def _day(value: int) -> str:
    if abs(value) == _ENDLESS_DAY:
        return "infinity" if value > 0 else "-infinity"
    return _calendar(value)


def _calendar(days: int) -> str:
    cycles, within = divmod(_FIRST_DAY + days - 1, _CYCLE_DAYS)
    day = date.fromordinal(within + 1)
    year = day.year + 400 * cycles
    return f"{year:0{4 + (year < 0)}d}-{day.month:02d}-{day.day:02d}"


def _clock(value: int, *, per_second: int) -> str:
    """Tell a time of day, with no more digits than it has, in threes."""
    seconds, rest = divmod(value, per_second)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    nanoseconds = f"{rest * (10**9 // per_second):09d}"
    fraction = "".join(("." + nanoseconds).removesuffix("000").removesuffix("000")) if rest else ""
    return f"{hour:02d}:{minute:02d}:{second:02d}{fraction}"


def _said(value: Json) -> Json:
    match value:
        case int():
            return value if -_LARGEST <= value < _LARGEST else str(value)
        case Decimal():
            return _decimal(value)
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case _:
            return str(value)


def _decimal(value: Decimal) -> Json:
    if value == value.to_integral_value():
        return _said(int(value))
    number = float(value)
    return number if Decimal(repr(number)) == value else f"{value:f}"
