"""Tell whether a value can be the default of a field, by the JSON form its type takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType

from datosnap.core.jsontext import Json, decode
from datosnap.errors import NonsenseError

_COLOR = frozenset({"red", "green", "blue", "alpha"})
_COLOR_MAX = 255
_LAT_LON = frozenset({"latitude", "longitude"})
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def fits(form: str, value: Json) -> bool:
    """Tell whether `value`, which is not null, has a form."""
    return _FORMS[form](value)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_color(value: Json) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == _COLOR
        and all(isinstance(part, int) and 0 <= part <= _COLOR_MAX for part in value.values())
    )


def _is_lat_lon(value: Json) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == _LAT_LON
        and all(_is_number(part) for part in value.values())
    )


def _is_date(value: Json) -> bool:
    return isinstance(value, str) and bool(_DATE.fullmatch(value)) and _parses(date, value)


def _is_date_time(value: Json) -> bool:
    return isinstance(value, str) and _parses(datetime, value)


def _parses(kind: type[date], value: str) -> bool:
    try:
        kind.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_json_text(value: Json) -> bool:
    if not isinstance(value, str):
        return False
    try:
        decode(value)
    except NonsenseError:
        return False
    return True


_FORMS: Mapping[str, Callable[[Json], bool]] = MappingProxyType(
    {
        "string": lambda value: isinstance(value, str),
        "boolean": lambda value: isinstance(value, bool),
        "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
        "number": _is_number,
        "color": _is_color,
        "lat_lon": _is_lat_lon,
        "date": _is_date,
        "date_time": _is_date_time,
        "json": _is_json_text,
    }
)
