"""Decide which uploads a listing keeps, and in which order.

Fields are a table of kinds, and kinds a table of comparisons; a field or comparison that is not
in them is refused, since a filter that silently does nothing shows a client too much.
Source: `uploads.md`, listing; comparisons as for records in `records.md`, where times are
compared by the minute.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.queries import is_true, listed

# `2026-01-05T10:00`, to the minute
_MINUTE_CHARACTERS = 16
_SEARCHED = ("filename", "basename", "author", "copyright", "notes", "mime_type")

Comparison = Callable[[Json, Json], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """How the values of some fields are read from a query and compared."""

    read: Callable[[str], Json]
    comparisons: Mapping[str, Comparison]


def matching(
    uploads: Iterable[JsonObject], asked: Json, used: Callable[[], set[str]]
) -> list[JsonObject]:
    """Keep the uploads that the `filter` parameter describes; `used` tells ids that records use.

    Raises: ApiFailure, for a filter that is not known here.
    """
    if not isinstance(asked, dict) or asked.keys() - _FILTERS.keys():
        raise ApiFailure("INVALID_PARAMS", {"parameter": "filter"})
    kept = list(uploads)
    for name, value in asked.items():
        kept = _FILTERS[name](kept, value, used)
    return kept


def ordered(uploads: Iterable[JsonObject], asked: Json) -> list[JsonObject]:
    """Sort by the `order_by` parameter; newest first without one.

    Raises: ApiFailure, INVALID_ORDERING.
    """
    result = list(uploads)
    result.reverse()
    result.sort(key=lambda upload: str(upload["attributes"]["created_at"]), reverse=True)
    for rule in reversed(listed(asked)):
        name, _, direction = rule.rpartition("_")
        if name not in _ORDERS or direction not in {"ASC", "DESC"}:
            raise ApiFailure("INVALID_ORDERING", {"order_by": rule})
        result.sort(key=_sort_key(_ORDERS[name]), reverse=direction == "DESC")
    return result


def _sort_key(attribute: str) -> Callable[[JsonObject], tuple[bool, Json]]:
    def key(upload: JsonObject) -> tuple[bool, Json]:
        value = _value(upload, attribute)
        return value is None, 0 if value is None else value

    return key


def _by_ids(uploads: list[JsonObject], value: Json, _used: object) -> list[JsonObject]:
    wanted = set(listed(value))
    return [upload for upload in uploads if upload["id"] in wanted]


def _by_text(uploads: list[JsonObject], value: Json, _used: object) -> list[JsonObject]:
    needle = str(value).casefold()
    return [upload for upload in uploads if needle in _haystack(upload["attributes"])]


def _haystack(attributes: JsonObject) -> str:
    texts = [attributes[name] for name in _SEARCHED if attributes[name]]
    texts += [*attributes["tags"], *attributes["smart_tags"]]
    return "\n".join([*texts, *_texts(attributes["default_field_metadata"])]).casefold()


def _texts(value: Json) -> list[str]:
    if isinstance(value, dict):
        return [text for entry in value.values() for text in _texts(entry)]
    return [value] if isinstance(value, str) else []


def _by_fields(
    uploads: list[JsonObject], value: Json, used: Callable[[], set[str]]
) -> list[JsonObject]:
    if not isinstance(value, dict):
        raise _refused(value)
    for name, conditions in value.items():
        kind = _KINDS.get(name)
        if kind is None or not isinstance(conditions, dict):
            raise _refused(name)
        for word, wanted in conditions.items():
            uploads = _kept(uploads, name, _test(name, kind, word, wanted), used)
    return uploads


def _kept(
    uploads: list[JsonObject],
    name: str,
    test: Callable[[Json], bool],
    used: Callable[[], set[str]],
) -> list[JsonObject]:
    if name == "in_use":
        ids = used()
        return [upload for upload in uploads if test(upload["id"] in ids)]
    attribute = _ORDERS.get(name, name)
    return [upload for upload in uploads if test(_value(upload, attribute))]


def _test(name: str, kind: Kind, word: str, wanted: Json) -> Callable[[Json], bool]:
    compare = kind.comparisons.get(word)
    if compare is None:
        raise _refused(f"{name}[{word}]")
    try:
        if word in _LIST_WORDS:
            argument: Json = [kind.read(text) for text in listed(wanted)]
        else:
            argument = is_true(wanted) if word == "exists" else kind.read(str(wanted))
    except ValueError:
        raise _refused(f"{name}[{word}]") from None
    return lambda value: compare(value, argument)


def _value(upload: JsonObject, attribute: str) -> Json:
    if attribute == "id":
        return upload["id"]
    if attribute == "upload_collection":
        linked = upload["relationships"]["upload_collection"]["data"]
        return linked["id"] if linked else None
    return upload["attributes"][attribute]


def _refused(what: Json) -> ApiFailure:
    return ApiFailure("INVALID_FILTER_FIELDS_PARAM", {"filter": what})


def _where(compare: Callable[[Json, Json], bool]) -> Comparison:
    return lambda value, wanted: value is not None and compare(value, wanted)


def _by_minute(compare: Callable[[Json, Json], bool]) -> Comparison:
    return _where(lambda value, wanted: compare(_minute(value), wanted))


def _exists(value: Json, wanted: Json) -> bool:
    return (value is not None) is wanted


def _minute(text: str) -> str:
    return text[:_MINUTE_CHARACTERS]


_LIST_WORDS = frozenset({"in", "not_in", "notIn", "all_in", "any_in"})
_ORDERINGS: dict[str, Callable[[Json, Json], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
_EQUALITY: dict[str, Comparison] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "in": lambda value, wanted: value in wanted,
    "not_in": lambda value, wanted: value not in wanted,
    "notIn": lambda value, wanted: value not in wanted,
    "exists": _exists,
}
_TEXT = Kind(
    str,
    {
        **_EQUALITY,
        "matches": _where(lambda value, wanted: wanted.casefold() in value.casefold()),
    },
)
_NUMBER = Kind(float, {**_EQUALITY, **{word: _where(test) for word, test in _ORDERINGS.items()}})
_TIME = Kind(
    _minute,
    {
        "eq": _by_minute(operator.eq),
        "neq": _by_minute(operator.ne),
        "exists": _exists,
        **{word: _by_minute(test) for word, test in _ORDERINGS.items()},
    },
)
_FLAG = Kind(is_true, {"eq": operator.eq})
_LABELS = Kind(
    str,
    {
        "eq": lambda value, wanted: value == [wanted],
        "contains": lambda value, wanted: wanted in value,
        "all_in": lambda value, wanted: set(wanted) <= set(value),
        "any_in": lambda value, wanted: bool(set(wanted) & set(value)),
        "not_in": lambda value, wanted: not set(wanted) & set(value),
    },
)
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("id", "md5", "format", "mime_type", "filename", "basename"), _TEXT),
    **dict.fromkeys(("path", "author", "copyright", "notes", "upload_collection"), _TEXT),
    **dict.fromkeys(("size", "width", "height"), _NUMBER),
    **dict.fromkeys(("_created_at", "_updated_at"), _TIME),
    **dict.fromkeys(("is_image", "in_use"), _FLAG),
    **dict.fromkeys(("tags", "smart_tags"), _LABELS),
}
# what may be ordered by -> the attribute it stands for
_ORDERS: dict[str, str] = {
    **{name: name for name in ("id", "md5", "size", "width", "height", "format", "mime_type")},
    **{name: name for name in ("filename", "basename", "author", "copyright", "is_image")},
    "_created_at": "created_at",
    "_updated_at": "updated_at",
}
_FILTERS: dict[
    str, Callable[[list[JsonObject], Json, Callable[[], set[str]]], list[JsonObject]]
] = {
    "ids": _by_ids,
    "query": _by_text,
    "fields": _by_fields,
}
