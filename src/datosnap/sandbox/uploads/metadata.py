"""Check, join and shape the default metadata of uploads, in both forms the API has.

Projects with non-localized focal points say it by property, with one focal point and poster
time; older ones by locale. A write must have the form of the environment; a read has it too,
with every locale of the site and none else, whatever the form was when it was written.
Source: `uploads.md`, default_field_metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import invalid_field, invalid_format
from datosnap.sandbox.state import Environment

_FIELD = "default_field_metadata"
_LOCALIZED: JsonObject = {"alt": None, "title": None, "custom_data": {}}
_BY_PROPERTY = frozenset({*_LOCALIZED, "focal_point", "poster_time"})
_BY_LOCALE = frozenset({*_LOCALIZED, "focal_point"})


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape that metadata has in an environment: its locales and its opt-in."""

    locales: tuple[str, ...]
    by_property: bool

    @classmethod
    def of(cls, environment: Environment) -> Shape:
        """Read the shape off the environment's settings."""
        flag = environment.site.get("meta", {}).get("non_localized_focal_points")
        return cls(tuple(environment.site["attributes"]["locales"]), bool(flag))


@dataclass(frozen=True, slots=True)
class Subject:
    """What the metadata belongs to; focal points are for pictures, poster times for videos."""

    is_image: bool
    is_video: bool


def shaped(stored: JsonObject, shape: Shape) -> JsonObject:
    """Give stored metadata of either form as a read shows it."""
    by_locale = stored if not _is_by_property(stored) else _per_locale(stored, shape.locales)
    filled = {locale: _filled(by_locale.get(locale)) for locale in shape.locales}
    if not shape.by_property:
        return filled
    metadata: JsonObject = {
        name: {locale: values[name] for locale, values in filled.items()} for name in _LOCALIZED
    }
    points = [values["focal_point"] for values in filled.values() if values["focal_point"]]
    poster_time = stored.get("poster_time") if _is_by_property(stored) else None
    return {**metadata, "focal_point": next(iter(points), None), "poster_time": poster_time}


def merged(stored: JsonObject, sent: JsonObject) -> JsonObject:
    """Lay a write over what is stored: what it leaves out stays."""
    return {**stored, **{key: _laid_over(key, stored.get(key), sent[key]) for key in sent}}


def check(sent: Json, shape: Shape, subject: Subject) -> None:
    """Refuse metadata of the wrong form, of unknown locales or unfit for the file.

    Raises: ApiFailure, INVALID_FORMAT or INVALID_FIELD.
    """
    at = f"#/data/attributes/{_FIELD}"
    if not isinstance(sent, dict):
        raise invalid_format(f"{at}: {sent!r} is not an object.")
    _check_format(sent, shape, at)
    for point, locales in _focal_points(sent, shape):
        if point is not None and not subject.is_image:
            raise invalid_field(field=_FIELD, code="VALIDATION_INVALID", only_for="images")
        _check_locales(locales, shape)
    if sent.get("poster_time") is not None and not subject.is_video:
        raise invalid_field(field=_FIELD, code="VALIDATION_INVALID", only_for="videos")


def _is_by_property(metadata: JsonObject) -> bool:
    return set(metadata) <= _BY_PROPERTY


def _per_locale(stored: JsonObject, locales: Iterable[str]) -> JsonObject:
    localized = {name: stored.get(name) or {} for name in _LOCALIZED}
    point = stored.get("focal_point")
    return {
        locale: {name: values.get(locale) for name, values in localized.items()}
        | {"focal_point": point}
        for locale in locales
    }


def _filled(values: JsonObject | None) -> JsonObject:
    given = values or {}
    filled = {
        # an empty text is not the same as none, and stays
        name: empty if given.get(name) is None else given[name]
        for name, empty in _LOCALIZED.items()
    }
    return {**filled, "focal_point": given.get("focal_point")}


def _laid_over(key: str, old: Json, new: Json) -> Json:
    if key == "focal_point" or not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **new}


def _check_format(sent: JsonObject, shape: Shape, at: str) -> None:
    groups = {at: sent} if shape.by_property else {f"{at}/{key}": sent[key] for key in sent}
    permitted = _BY_PROPERTY if shape.by_property else _BY_LOCALE
    messages: list[str] = []
    for place, group in groups.items():
        if not isinstance(group, dict):
            messages.append(f"{place}: {group!r} is not an object.")
            continue
        messages += [
            f'{place}: "{key}" is not a permitted key.' for key in group.keys() - permitted
        ]
        messages += _value_messages(group, shape, place)
    if messages:
        raise invalid_format(*sorted(messages))


def _value_messages(group: JsonObject, shape: Shape, at: str) -> list[str]:
    return [
        f"{at}/{key}: {value!r} is not acceptable."
        for key, value in group.items()
        if key in _BY_PROPERTY and not _fits(key, value, per_locale=shape.by_property)
    ]


def _fits(key: str, value: Json, *, per_locale: bool) -> bool:
    is_fit = _CHECKS[key]
    if not per_locale or key not in _LOCALIZED:
        return is_fit(value)
    return isinstance(value, dict) and all(map(is_fit, value.values()))


def _focal_points(sent: JsonObject, shape: Shape) -> list[tuple[Json, set[str]]]:
    if shape.by_property:
        return [(sent.get("focal_point"), {k for n in _LOCALIZED for k in sent.get(n, {})})]
    return [(values.get("focal_point"), {locale}) for locale, values in sent.items()]


def _check_locales(locales: set[str], shape: Shape) -> None:
    unknown = sorted(locales - set(shape.locales))
    if unknown:
        raise invalid_field(field=_FIELD, code="VALIDATION_INVALID", unknown_locales=unknown)


def _is_text(value: Json) -> bool:
    return value is None or isinstance(value, str)


def _is_object(value: Json) -> bool:
    return isinstance(value, dict)


def _is_number(value: Json) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _is_point(value: Json) -> bool:
    if value is None:
        return True
    if not isinstance(value, dict) or set(value) != {"x", "y"}:
        return False
    return all(_is_number(part) and part is not None and 0 <= part <= 1 for part in value.values())


_CHECKS: Mapping[str, Callable[[Json], bool]] = {
    "alt": _is_text,
    "title": _is_text,
    "custom_data": _is_object,
    "focal_point": _is_point,
    "poster_time": _is_number,
}
