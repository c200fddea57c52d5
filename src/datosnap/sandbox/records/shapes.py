"""Decide which JSON each field type takes, and how the server keeps it.

One small reader per type: it gives the value to keep, or says what is wrong with it in the manner
of a JSON schema. Nulls never come here, and values with blocks or nodes are read elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from datosnap.core.jsontext import Json
from datosnap.sandbox.records.clockwork import day, stored_date_time
from datosnap.sandbox.state import Environment

SEO_TEXT_MAX = 320
_CHANNEL_MAX = 255
_LATITUDE_MAX = 90
_LONGITUDE_MAX = 180
_PROVIDERS = ("youtube", "vimeo", "facebook")
_CARDS = ("summary", "summary_large_image", None)


class ShapeError(Exception):
    """A value that its field type does not take; the messages say where and why."""

    def __init__(self, *messages: str) -> None:
        super().__init__(*messages)
        self.messages = list(messages)


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading a value may need to know about the environment, and about links to nothing."""

    environment: Environment
    links_must_exist: bool = True


Shape = Callable[[Reader, Json], Json]


def holds_nul(value: Json) -> bool:
    """Tell whether a NUL stands in any text of a value, which the API's database cannot keep.

    Source: inferred. Content is kept as jsonb, in which PostgreSQL takes no NUL.
    """
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, list):
        return any(map(holds_nul, value))
    if isinstance(value, dict):
        return any(holds_nul(one) for pair in value.items() for one in pair)
    return False


def text(_reader: Reader, value: Json) -> Json:
    """Take a string."""
    return value if isinstance(value, str) else _refuse(f"{_kind(value)} is not a string.")


def truth(_reader: Reader, value: Json) -> Json:
    """Take true or false."""
    return value if isinstance(value, bool) else _refuse(f"{_kind(value)} is not a boolean.")


def integer(_reader: Reader, value: Json) -> Json:
    """Take a whole number."""
    return value if _is_integer(value) else _refuse(f"{_kind(value)} is not an integer.")


def number(_reader: Reader, value: Json) -> Json:
    """Take any number."""
    return value if _is_number(value) else _refuse(f"{_kind(value)} is not a number.")


def calendar_day(_reader: Reader, value: Json) -> Json:
    """Take a date as `2026-02-01`."""
    return value if day(value) else _refuse("not a valid date.")


def date_time(reader: Reader, value: Json) -> Json:
    """Take an ISO 8601 time."""
    stored = stored_date_time(value, reader.environment) if isinstance(value, str) else None
    return stored or _refuse("not a valid date-time.")


def json_text(_reader: Reader, value: Json) -> Json:
    """Take a string that holds JSON, kept as it was written."""
    if not isinstance(value, str):
        _refuse(f"{_kind(value)} is not a string.")
    try:
        # numbers are not read: JSON has them of any size, and the text is kept
        json.loads(value, parse_float=str, parse_int=str, parse_constant=_no_json)
    except (ValueError, RecursionError):
        _refuse("not a string of valid JSON.")
    return value


def color(_reader: Reader, value: Json) -> Json:
    """Take four channels, 0 to 255 each."""
    members = _exact_object(value, ("red", "green", "blue", "alpha"))
    for name, channel in members.items():
        if not _is_integer(channel) or not 0 <= channel <= _CHANNEL_MAX:
            _refuse(f"#/{name}: must be an integer from 0 to 255.")
    return members


def lat_lon(_reader: Reader, value: Json) -> Json:
    """Take a latitude and a longitude."""
    members = _exact_object(value, ("latitude", "longitude"))
    bounds = (("latitude", _LATITUDE_MAX), ("longitude", _LONGITUDE_MAX))
    for name, most in bounds:
        if not _is_number(members[name]) or abs(members[name]) > most:
            _refuse(f"#/{name}: must be a number from -{most} to {most}.")
    return members


def seo(reader: Reader, value: Json) -> Json:
    """Take any subset of the five SEO members; an image must be an upload that exists."""
    members = _object_within(value, frozenset(_SEO_CHECKS))
    for name, one in members.items():
        complaint = _SEO_CHECKS[name](one)
        if complaint:
            _refuse(f"#/{name}: {complaint}")
    if members.get("image"):
        _existing_upload(reader, members["image"], "#/image")
    return members


def video(_reader: Reader, value: Json) -> Json:
    """Take all seven members of an external video."""
    members = _exact_object(value, tuple(_VIDEO_CHECKS))
    for name, is_fine in _VIDEO_CHECKS.items():
        if not is_fine(members[name]):
            _refuse(f"#/{name}: not acceptable.")
    return members


def file(reader: Reader, value: Json) -> Json:
    """Take an upload with any of its metadata, and complete the rest with null and {}."""
    members = _object_within(value, frozenset({"upload_id", *_FILE_DEFAULTS}))
    if "upload_id" not in members:
        _refuse('#: "upload_id" wasn\'t supplied.')
    for name, one in members.items():
        if not _FILE_CHECKS[name](one):
            _refuse(f"#/{name}: not acceptable.")
    _existing_upload(reader, members["upload_id"], "#/upload_id")
    completed = {name: members.get(name) for name in _FILE_DEFAULTS}
    completed["custom_data"] = members.get("custom_data") or {}
    return {"upload_id": members["upload_id"], **completed}


def gallery(reader: Reader, value: Json) -> Json:
    """Take a list of files."""
    return [file(reader, one) for one in _list(value)]


def link(reader: Reader, value: Json) -> Json:
    """Take the id of a record that exists."""
    return existing_item(reader, value, "#")


def links(reader: Reader, value: Json) -> Json:
    """Take a list of ids of records that exist."""
    return [existing_item(reader, one, f"#/{at}") for at, one in enumerate(_list(value))]


def existing_item(reader: Reader, item_id: Json, path: str) -> str:
    """Take the id of a record that exists, or of any where nothing else is asked for.

    Raises: ShapeError when there is no such record.
    """
    if not isinstance(item_id, str):
        _refuse(f"{path}: {_kind(item_id)} is not a string.")
    if reader.links_must_exist and item_id not in reader.environment.items:
        _refuse(f'{path}: record "{item_id}" does not exist.')
    return str(item_id)


SHAPES: dict[str, Shape] = {
    "boolean": truth,
    "color": color,
    "date": calendar_day,
    "date_time": date_time,
    "file": file,
    "float": number,
    "gallery": gallery,
    "integer": integer,
    "json": json_text,
    "lat_lon": lat_lon,
    "link": link,
    "links": links,
    "seo": seo,
    "slug": text,
    "string": text,
    "text": text,
    "video": video,
}


def _existing_upload(reader: Reader, upload_id: Json, path: str) -> None:
    if upload_id not in reader.environment.of_type("upload"):
        _refuse(f'{path}: upload "{upload_id}" does not exist.')


def _exact_object(value: Json, names: tuple[str, ...]) -> dict[str, Json]:
    members = _object_within(value, frozenset(names))
    missing = [name for name in names if name not in members]
    if missing:
        _refuse(*(f'#: "{name}" wasn\'t supplied.' for name in missing))
    return members


def _object_within(value: Json, names: frozenset[str]) -> dict[str, Json]:
    if not isinstance(value, dict):
        _refuse(f"{_kind(value)} is not an object.")
    extra = [name for name in value if name not in names]
    if extra:
        _refuse(*(f'#: "{name}" is not a permitted key.' for name in extra))
    return dict(value)


def _list(value: Json) -> list[Json]:
    return list(value) if isinstance(value, list) else _refuse(f"{_kind(value)} is not an array.")


def _seo_text(value: Json) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        return "must be a string or null."
    return "longer than 320 characters." if len(value) > SEO_TEXT_MAX else None


def _is_integer(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_text_or_null(value: Json) -> bool:
    return value is None or isinstance(value, str)


def _is_truth_or_null(value: Json) -> bool:
    return value is None or isinstance(value, bool)


def _is_point(value: Json) -> bool:
    if value is None:
        return True
    is_pair = isinstance(value, dict) and value.keys() == {"x", "y"}
    return is_pair and all(_is_number(one) and 0 <= one <= 1 for one in value.values())


def _kind(value: Json) -> str:
    return f"a value of type {type(value).__name__}"


def _no_json(word: str) -> Json:
    raise ValueError(word)


def _refuse(*messages: str) -> Json:
    raise ShapeError(*messages)


_SEO_CHECKS: dict[str, Callable[[Json], str | None]] = {
    "title": _seo_text,
    "description": _seo_text,
    "image": lambda value: None if _is_text_or_null(value) else "must be an upload id or null.",
    "twitter_card": lambda value: None if value in _CARDS else "not a known card.",
    "no_index": lambda value: None if _is_truth_or_null(value) else "must be a boolean.",
}

_VIDEO_CHECKS: dict[str, Callable[[Json], bool]] = {
    "provider": lambda value: value in _PROVIDERS,
    "provider_uid": _is_text,
    "url": _is_text,
    "width": _is_integer,
    "height": _is_integer,
    "thumbnail_url": _is_text,
    "title": _is_text,
}

_FILE_DEFAULTS = ("alt", "title", "custom_data", "focal_point", "poster_time")
_FILE_CHECKS: dict[str, Callable[[Json], bool]] = {
    "upload_id": _is_text,
    "alt": _is_text_or_null,
    "title": _is_text_or_null,
    "custom_data": lambda value: value is None or isinstance(value, dict),
    "focal_point": _is_point,
    "poster_time": lambda value: value is None or _is_number(value),
}


def read_value(field_type: str, reader: Reader, value: Json) -> Json:
    """Take a value of a type without blocks, as it is kept.

    Raises: ShapeError for a value that the type does not take.
    """
    kept = SHAPES[field_type](reader, value)
    return _refuse("#: holds a NUL character, which cannot be kept.") if holds_nul(kept) else kept
