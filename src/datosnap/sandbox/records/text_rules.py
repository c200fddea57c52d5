"""Hold texts, numbers and dates to the validators of their field.

A rule gives a complaint or None. It is never asked about a null, and never about an empty text:
emptiness is the business of `required` alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.records.clockwork import day, moment, zone_of
from datosnap.sandbox.records.facts import Facts, Rule, Subject
from datosnap.sandbox.records.structured_text import plain_text

SLUG = r"\A[a-z0-9_]+(?:-[a-z0-9]+)*\Z"

_PREDEFINED = {
    "email": r"\A[^@\s]+@[^@\s]+\.[^@\s]+\Z",
    "url": r"\A[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#]+[^\s]*\Z",
    "webpage_slug": SLUG,
}

# What Ruby's regular expressions spell differently from Python's.
_RUBY = ((r"\z", r"\Z"), (r"\h", "[0-9a-fA-F]"))

_UNSAFE = re.compile(
    r"<\s*(script|style|iframe|object|embed)\b.*?(<\s*/\s*\1\s*>|\Z)"
    r"|\son\w+\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)"
    r"|javascript:",
    re.IGNORECASE | re.DOTALL,
)


def within(params: JsonObject, size: float, unit: str = "") -> str | None:
    """Hold a size to `min`, `eq`, `max` and `multiple_of`."""
    for name, is_met, words in _BOUNDS:
        if name in params and params[name] is not None and not is_met(size, params[name]):
            return f"must be {words} {params[name]}{unit}"
    return None


def sanitised(text: str) -> str:
    """Take out of a text what a browser would run."""
    return _UNSAFE.sub("", text)


def pattern_of(params: JsonObject) -> re.Pattern[str] | None:
    """Read a `custom_pattern` or `predefined_pattern`; None when Python cannot read it.

    Source: the API's patterns are Ruby's, where `^` and `$` stand for line ends.
    """
    text = params.get("custom_pattern") or _PREDEFINED.get(params.get("predefined_pattern") or "")
    if not text:
        return None
    for ruby, python in _RUBY:
        text = text.replace(ruby, python)
    text = re.sub(r"\(\?<([A-Za-z_]\w*)>", r"(?P<\1>", text)
    try:
        return re.compile(text, re.MULTILINE)
    except re.error:
        return None


def _length(params: JsonObject, subject: Subject, _facts: Facts) -> str | None:
    is_document = subject.field.field_type == "structured_text"
    text = plain_text(subject.value) if is_document else subject.value
    return within(params, len(text), " characters")


def _format(params: JsonObject, subject: Subject, _facts: Facts) -> str | None:
    pattern = pattern_of(params)
    if pattern is None or pattern.search(subject.value):
        return None
    return params.get("description") or "does not have the required format"


def _enum(params: JsonObject, subject: Subject, _facts: Facts) -> str | None:
    values = params.get("values", [])
    return None if subject.value in values else f"must be one of {', '.join(map(str, values))}"


def _number_range(params: JsonObject, subject: Subject, _facts: Facts) -> str | None:
    return within(params, subject.value)


def _date_range(params: JsonObject, subject: Subject, _facts: Facts) -> str | None:
    return _between(params, subject.value, lambda text: day(str(text)[:10]))


def _date_time_range(params: JsonObject, subject: Subject, facts: Facts) -> str | None:
    zone = zone_of(facts.environment)
    return _between(params, subject.value, lambda text: moment(text, zone))


def _size(params: JsonObject, subject: Subject, _facts: Facts) -> str | None:
    return within(params, len(subject.value), " elements")


def _sanitized_html(_params: JsonObject, subject: Subject, _facts: Facts) -> str | None:
    is_safe = sanitised(subject.value) == subject.value
    return None if is_safe else "contains HTML that is not safe"


def _seo_text(member: str) -> Rule:
    def rule(params: JsonObject, subject: Subject, _facts: Facts) -> str | None:
        text = subject.value.get(member)
        complaint = within(params, len(text), " characters") if text else None
        return complaint and f"{member} {complaint}"

    return rule


def _required_seo_fields(params: JsonObject, subject: Subject, _facts: Facts) -> str | None:
    value = subject.value or {}
    missing = [name for name, needed in params.items() if needed and not value.get(name)]
    return f"{', '.join(missing)} must be given" if missing else None


def _between(params: JsonObject, text: str, read: Callable[[Json], Json]) -> str | None:
    value, low, high = read(text), read(params.get("min")), read(params.get("max"))
    if low is not None and value < low:
        return f"must not be before {params['min']}"
    if high is not None and value > high:
        return f"must not be after {params['max']}"
    return None


_BOUNDS: tuple[tuple[str, Callable[[float, float], bool], str], ...] = (
    ("min", lambda size, bound: size >= bound, "at least"),
    ("eq", lambda size, bound: size == bound, "exactly"),
    ("max", lambda size, bound: size <= bound, "at most"),
    ("multiple_of", lambda size, bound: size % bound == 0, "a multiple of"),
)

TEXT_RULES: dict[str, Rule] = {
    "length": _length,
    "format": _format,
    "slug_format": _format,
    "enum": _enum,
    "number_range": _number_range,
    "date_range": _date_range,
    "date_time_range": _date_time_range,
    "size": _size,
    "sanitized_html": _sanitized_html,
    "title_length": _seo_text("title"),
    "description_length": _seo_text("description"),
    "required_seo_fields": _required_seo_fields,
}
