"""An upload's default metadata goes from either shape to the other without loss."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.core.metadata import convert

_POINT, _OTHER = {"x": 0.5, "y": 0.5}, {"x": 0.1, "y": 0.9}
_SHARED: JsonObject = {
    "alt": {"en": "a", "it": None},
    "title": {"en": None, "it": "t"},
    "custom_data": {"en": {"k": "v"}, "it": {}},
    "focal_point": _POINT,
}
_BY_LOCALE: JsonObject = {
    "en": {"alt": "a", "title": None, "custom_data": {"k": "v"}, "focal_point": _POINT},
    "it": {"alt": None, "title": "t", "custom_data": {}, "focal_point": _POINT},
}
_LOCALES = ("en", "it")


@pytest.mark.parametrize("to_shared", [True, False])
def test_the_wanted_shape_stays_as_it_is(*, to_shared: bool) -> None:
    """Metadata that has the target's shape already is given back untouched."""
    metadata = _SHARED if to_shared else _BY_LOCALE
    assert convert(metadata, to_shared=to_shared, locales=_LOCALES) is metadata
    assert convert({}, to_shared=to_shared, locales=_LOCALES) == {}


def test_each_shape_becomes_the_other() -> None:
    """Texts, custom data and the focal point stand where the other shape has them."""
    assert convert(_BY_LOCALE, to_shared=True, locales=_LOCALES) == _SHARED
    assert convert(_SHARED, to_shared=False, locales=_LOCALES) == _BY_LOCALE


def test_the_main_locales_focal_point_is_kept() -> None:
    """Where focal points differ by locale the main locale's becomes the only one."""
    metadata = {"en": {"focal_point": _OTHER}, "it": {"focal_point": _POINT}}
    shared = convert(metadata, to_shared=True, locales=("it", "en"))
    assert shared["focal_point"] == _POINT


@pytest.mark.parametrize("locales", [("en", "it"), ("fr",), ()])
def test_the_first_focal_point_stands_in_for_a_missing_one(locales: tuple[str, ...]) -> None:
    """Without one in the main locale the first that is found is kept."""
    metadata = {"en": {"focal_point": None}, "it": {"focal_point": _POINT}}
    assert convert(metadata, to_shared=True, locales=locales)["focal_point"] == _POINT


def test_absent_members_and_null_locales_are_empty() -> None:
    """What is left out or null counts as no text and no data."""
    assert convert({"en": None, "it": {"alt": "a"}}, to_shared=True, locales=_LOCALES) == {
        "alt": {"en": None, "it": "a"},
        "title": {"en": None, "it": None},
        "custom_data": {"en": {}, "it": {}},
        "focal_point": None,
    }


def test_a_shared_focal_point_goes_to_every_locale() -> None:
    """A point that belongs to no locale is given to each of the target and of the metadata."""
    metadata = {"alt": {"it": "a", "fr": None}, "title": None, "focal_point": _POINT}
    localized = convert(metadata, to_shared=False, locales=_LOCALES)

    assert list(localized) == ["en", "it", "fr"]
    assert all(one["focal_point"] == _POINT for one in localized.values())
    assert localized["it"] == {"alt": "a", "title": None, "custom_data": {}, "focal_point": _POINT}


@pytest.mark.parametrize("metadata", [{"focal_point": _POINT}, {"poster_time": 3.5}])
def test_one_shared_member_tells_the_shape(metadata: JsonObject) -> None:
    """Metadata that holds nothing but a point or a poster time is of the shared shape."""
    assert convert(metadata, to_shared=True, locales=_LOCALES) is metadata
    localized = convert(metadata, to_shared=False, locales=_LOCALES)
    assert localized["en"]["focal_point"] == metadata.get("focal_point")
