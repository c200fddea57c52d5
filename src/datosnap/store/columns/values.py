"""Fit JSON values to Arrow types: what msgspec reads each kind as, and how a column is made of it.

A value is read as exactly what its column holds, so that almost all that does not fit is refused
while it is read. Columns are made of whole lists of values at once; a null stays null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, chain
from operator import or_
from typing import Annotated, TypeAlias

import msgspec
import pyarrow as pa
from msgspec.structs import astuple

from datosnap.store.columns.kernels import kernels

AnyArray: TypeAlias = "pa.Array[pa.Scalar[pa.DataType]]"
AnyField: TypeAlias = "pa.Field[pa.DataType]"
Values: TypeAlias = Sequence[object]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = _EPOCH.date()
_MILLISECOND = timedelta(milliseconds=1)
_MOMENT = pa.timestamp("ms", tz="UTC")
# Arrow knows more years than Python and its data frames, which refuse the whole column for one
# value: texts between these are within the years 1 to 9999, in UTC too.
_EARLIEST, _LATEST = "0001-01-02", "9999-12-31T"
_LEAST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND
_MOST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND
_NULL = b"null"

Int64: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


@dataclass(frozen=True, slots=True)
class ValueType:
    """A kind of value: what msgspec reads it as, its Arrow type, and how a column is built.

    `build` may find values that do not fit after all, unless `is_exact`: null in its array.
    """

    json: object
    arrow: pa.DataType
    build: Callable[[Values], AnyArray]
    # What stands for a missing value where null cannot.
    default: object = None
    is_exact: bool = False

    @property
    def member(self) -> object:
        """Give what msgspec reads a member of this kind as, null or not."""
        return or_(self.json, None) if self.default is None else self.json

    def is_null(self, value: object) -> bool:
        """Tell whether a value that was read is a null."""
        return value is None or (isinstance(value, msgspec.Raw) and bytes(value) == _NULL)


def _plain(json: object, arrow: pa.DataType) -> ValueType:
    def build(values: Values) -> AnyArray:
        return pa.array(values, arrow)

    return ValueType(json, arrow, build, is_exact=True)


def moment_of(text: object) -> int | None:
    """Read a point in time; None for what is none, finer than a millisecond, or of no year.

    Units: milliseconds since 1970, UTC.
    """
    if not isinstance(text, str):
        return None
    try:
        since, rest = divmod(datetime.fromisoformat(text) - _EPOCH, _MILLISECOND)
    except (ValueError, TypeError):  # no date, or one without an offset
        return None
    return since if not rest and _LEAST <= since <= _MOST else None


def day_of(text: object) -> int | None:
    """Read a day; None for what is none.

    Units: days since 1970.
    """
    if not isinstance(text, str):
        return None
    try:
        return (date.fromisoformat(text) - _FIRST_DAY).days
    except ValueError:
        return None


def _told(
    arrow: pa.DataType, number: pa.DataType, read: Callable[[object], int | None]
) -> ValueType:
    """Describe times told as text: Arrow reads them ten times as fast, and knows fewer ways."""

    def build(values: Values) -> AnyArray:
        with suppress(pa.ArrowException):
            texts = pa.array(values, pa.string())
            array = texts.cast(arrow)
            ends = kernels().min_max(texts).as_py()
            if ends["min"] is None or (ends["min"] >= _EARLIEST and ends["max"] < _LATEST):
                return array
        return pa.array(list(map(read, values)), number).cast(arrow)

    return ValueType(str, arrow, build)


def _json_text(values: Values) -> AnyArray:
    raws = [bytes(one) if isinstance(one, msgspec.Raw) else _NULL for one in values]
    texts = [None if text == _NULL else text for text in raws] if _NULL in raws else raws
    return texts_of(texts)


def texts_of(texts: Sequence[bytes | None]) -> AnyArray:
    """Build a column of texts; one that is not UTF-8 is null."""
    try:
        return pa.array(texts, pa.string())
    except pa.ArrowInvalid:
        return pa.array([_decoded(text) for text in texts], pa.string())


def _decoded(text: bytes | None) -> str | None:
    try:
        return None if text is None else text.decode()
    except UnicodeDecodeError:
        return None


TEXT = _plain(str, pa.string())
TEXTS = _plain(list[str], pa.list_(pa.string()))
FLAG = _plain(bool, pa.bool_())
WHOLE = _plain(Int64, pa.int64())
NUMBER = _plain(float, pa.float64())
MOMENT = _told(_MOMENT, pa.int64(), moment_of)
DAY = _told(pa.date32(), pa.int32(), day_of)
# Any JSON, as its text.
JSON = ValueType(msgspec.Raw, pa.string(), _json_text, msgspec.Raw(_NULL))


def struct_of(json: type[msgspec.Struct], members: Mapping[str, ValueType]) -> ValueType:
    """Describe objects that have these members, by the names that `json` has for them too."""
    arrow = pa.struct([pa.field(name, one.arrow) for name, one in members.items()])
    empty = json()
    order = [json.__struct_fields__.index(name) for name in members]

    def build(values: Values) -> AnyArray:
        columns = members_of(values, empty)
        made = [one.build(columns[at]) for at, one in zip(order, members.values(), strict=True)]
        return struct_array(arrow, made, missing_in(values))

    return ValueType(json, arrow, build, is_exact=True)


def list_of(json: object, element: ValueType) -> ValueType:
    """Describe lists of values of one kind; msgspec reads them as `json`."""
    arrow = pa.list_(element.arrow)

    def build(values: Values) -> AnyArray:
        lists = [one if isinstance(one, list) else () for one in values]
        offsets = pa.array([0, *accumulate(map(len, lists))], pa.int32())
        inner = element.build(list(chain.from_iterable(lists)))
        return pa.ListArray.from_arrays(offsets, inner, type=arrow, mask=_mask(missing_in(values)))

    return ValueType(json, arrow, build, is_exact=True)


def missing_in(values: Values) -> list[bool] | None:
    """Tell which values are missing; None when none is."""
    return [value is None for value in values] if None in values else None


def members_of(rows: Values, empty: msgspec.Struct) -> Sequence[Values]:
    """Lay out the members of structs of one kind, those of `empty` where one is missing."""
    if not rows:
        return [()] * len(empty.__struct_fields__)
    present = [empty if row is None else row for row in rows] if None in rows else rows
    return list(zip(*map(astuple, present), strict=True))  # type: ignore[arg-type] # all are structs


def struct_array(
    kind: pa.StructType, children: Sequence[AnyArray], missing: list[bool] | None
) -> AnyArray:
    """Join the arrays of all members into one of structs, null where one is missing."""
    fields = [kind.field(number) for number in range(kind.num_fields)]
    return pa.StructArray.from_arrays(list(children), fields=fields, mask=_mask(missing))


def _mask(missing: list[bool] | None) -> pa.BooleanArray | None:
    return None if missing is None else pa.array(missing, pa.bool_())
