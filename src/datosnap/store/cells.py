"""Make plain values of JSON of what a database gives: moments and numbers as text people read."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

from datosnap.core.jsontext import Json

# JSON's readers take whole numbers up to here; larger ones are given as text.
_LARGEST = 2**63


def plain(value: Json) -> Json:
    """Give a value as one of JSON.

    Shape: moments as ISO 8601; decimals as numbers; whole numbers beyond 64 bits, intervals and
    bytes as text.
    """
    match value:
        case None | bool() | str() | float():
            return value
        case int():
            return value if -_LARGEST <= value < _LARGEST else str(value)
        case Decimal():
            return plain(int(value)) if value == value.to_integral_value() else float(value)
        case list():
            return [plain(one) for one in value]
        case dict():
            return {str(key): plain(one) for key, one in value.items()}
        case _:
            return _told(value)


def _told(value: Json) -> Json:
    match value:
        case datetime():
            return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
        case date() | time():
            return value.isoformat()
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case _:
            return str(value)
