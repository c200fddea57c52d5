"""Read a query string with bracketed keys into nested objects and lists of strings.

Source: the official client writes nested objects as `filter[fields][slug][in][]=a` and encodes
the brackets or not; `include=a,b` and `include[]=a&include[]=b` mean the same to who reads it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure

_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_BRACKET = re.compile(r"\[([^\[\]]*)\]")


def parse(query_string: str) -> JsonObject:
    """Read the part of an address after the question mark.

    Shape: `{"filter": {"type": "post", "fields": {"slug": {"in": ["a"]}}}, "nested": "true"}`.
    Raises: ApiFailure when a key has odd brackets or contradicts another one.
    """
    found: JsonObject = {}
    for key, value in parse_qsl(query_string, keep_blank_values=True):
        _put(found, key, value)
    return found


def listed(value: Json) -> list[str]:
    """Give the entries of a parameter that may come as a list or as one text with commas."""
    entries = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    return [part for entry in entries for part in str(entry).split(",") if part]


def is_true(value: Json) -> bool:
    """Tell whether a parameter says yes."""
    return isinstance(value, str) and value in {"true", "1"}


@lru_cache(maxsize=1024)
def _parts(key: str) -> tuple[str, ...]:
    match = _KEY.fullmatch(key)
    if match is None:
        raise ApiFailure("INVALID_PARAMS", {"message": f"cannot read parameter {key!r}"})
    return (match[1], *_BRACKET.findall(match[2]))


def _put(found: JsonObject, key: str, value: str) -> None:
    *way, last = _parts(key)
    is_list = last == "" and bool(way)
    if is_list:
        last = way.pop()
    place: Json = found
    for name in way:
        place = place.setdefault(name, {}) if isinstance(place, dict) else None
    if not isinstance(place, dict) or isinstance(place.get(last), dict):
        raise ApiFailure("INVALID_PARAMS", {"message": f"parameter {key!r} contradicts another"})
    if not is_list:
        place[last] = value
    elif isinstance(place.setdefault(last, []), list):
        place[last].append(value)
    else:
        raise ApiFailure("INVALID_PARAMS", {"message": f"parameter {key!r} contradicts another"})
