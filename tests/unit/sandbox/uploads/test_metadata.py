"""Tests of default metadata in both of its shapes."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.uploads.metadata import Shape, Subject, check, merged, shaped
from tests.unit.sandbox.uploads.studio import Studio, refused

_NEW = Shape(("en", "it"), by_property=True)
_OLD = Shape(("en", "it"), by_property=False)
_PICTURE = Subject(is_image=True, is_video=False)
_FILE = Subject(is_image=False, is_video=False)
_VIDEO = Subject(is_image=False, is_video=True)
_LEFT, _RIGHT = {"x": 0.1, "y": 0.1}, {"x": 0.9, "y": 0.9}
_BLANK: JsonObject = {"alt": None, "title": None, "custom_data": {}, "focal_point": None}


def test_shape_follows_the_site() -> None:
    """Locales and opt-in of the environment decide the shape; no flag means the old one."""
    main = Studio().main
    assert Shape.of(main) == _NEW

    main.site["meta"] = {}
    assert Shape.of(main) == _OLD


def test_nothing_stored_is_shown_complete() -> None:
    """Every locale is shown with empty members, in the shape of the site."""
    assert shaped({}, _OLD) == {"en": _BLANK, "it": _BLANK}
    assert shaped({}, _NEW) == {
        "alt": {"en": None, "it": None},
        "title": {"en": None, "it": None},
        "custom_data": {"en": {}, "it": {}},
        "focal_point": None,
        "poster_time": None,
    }


def test_new_shape_reads_as_written() -> None:
    """Texts, even empty ones, and both single values come back."""
    stored = {"alt": {"en": ""}, "focal_point": _LEFT, "poster_time": 2.5}

    found = shaped(stored, _NEW)

    assert found["alt"] == {"en": "", "it": None}
    assert (found["focal_point"], found["poster_time"]) == (_LEFT, 2.5)


def test_old_shape_becomes_new() -> None:
    """Members are collected by property; the main locale's focal point wins."""
    stored = {
        "en": {**_BLANK, "alt": "A", "focal_point": _LEFT},
        "it": {**_BLANK, "custom_data": {"k": "v"}, "focal_point": _RIGHT},
    }

    found = shaped(stored, _NEW)

    assert found["alt"] == {"en": "A", "it": None}
    assert found["custom_data"] == {"en": {}, "it": {"k": "v"}}
    assert found["focal_point"] == _LEFT


def test_new_shape_becomes_old() -> None:
    """The one focal point is every locale's."""
    stored = {"title": {"it": "T"}, "focal_point": _LEFT}

    assert shaped(stored, _OLD) == {
        "en": {**_BLANK, "focal_point": _LEFT},
        "it": {**_BLANK, "title": "T", "focal_point": _LEFT},
    }


def test_locale_that_is_gone_is_not_shown() -> None:
    """Only the site's locales are shown."""
    assert shaped({"fr": {**_BLANK, "alt": "A"}}, _OLD) == {"en": _BLANK, "it": _BLANK}


def test_write_is_a_patch() -> None:
    """What a write leaves out stays, down to the locale; a focal point is replaced whole."""
    stored = {"alt": {"en": "A", "it": "B"}, "title": {"en": "T"}, "focal_point": _LEFT}

    found = merged(stored, {"alt": {"en": "C"}, "focal_point": _RIGHT, "poster_time": 1})

    assert found == {
        "alt": {"en": "C", "it": "B"},
        "title": {"en": "T"},
        "focal_point": _RIGHT,
        "poster_time": 1,
    }


@pytest.mark.parametrize(
    ("sent", "shape", "subject"),
    [
        ({}, _NEW, _FILE),
        ({}, _OLD, _FILE),
        ({"alt": {"en": "A"}, "title": {}, "custom_data": {"it": {"a": 1}}}, _NEW, _FILE),
        ({"focal_point": _LEFT, "poster_time": None}, _NEW, _PICTURE),
        ({"focal_point": None, "poster_time": 3}, _NEW, _VIDEO),
        ({"en": {"alt": None, "focal_point": _LEFT}, "it": {}}, _OLD, _PICTURE),
    ],
)
def test_right_metadata_is_taken(sent: JsonObject, shape: Shape, subject: Subject) -> None:
    """Metadata of the environment's shape that fits the file passes."""
    check(sent, shape, subject)
    assert set(shaped(merged(shaped({}, shape), sent), shape)) == set(shaped({}, shape))


@pytest.mark.parametrize(
    ("sent", "shape"),
    [
        pytest.param({"en": {"alt": "A"}}, _NEW, id="old shape"),
        pytest.param({"alt": {"en": "A"}}, _OLD, id="new shape"),
        pytest.param({"en": {"poster_time": 1}}, _OLD, id="poster time in old shape"),
        pytest.param({"en": "A"}, _OLD, id="no object"),
        pytest.param({"alt": "A"}, _NEW, id="not by locale"),
        pytest.param({"alt": {"en": 1}}, _NEW, id="alt of a number"),
        pytest.param({"custom_data": {"en": None}}, _NEW, id="no custom data"),
        pytest.param({"focal_point": {"x": 1}}, _NEW, id="half a point"),
        pytest.param({"focal_point": {"x": 2, "y": 0}}, _NEW, id="point outside"),
        pytest.param({"focal_point": {"x": None, "y": 0}}, _NEW, id="point of null"),
        pytest.param({"poster_time": True}, _NEW, id="poster time of a flag"),
        pytest.param([], _NEW, id="list"),
    ],
)
def test_wrong_shape_is_refused(sent: Json, shape: Shape) -> None:
    """The other environment's shape and wrong members are format errors."""
    with pytest.raises(ApiFailure) as failure:
        check(sent, shape, _PICTURE)
    code, details = refused(failure)
    assert code == "INVALID_FORMAT"
    assert "default_field_metadata" in details["messages"][0]


@pytest.mark.parametrize(
    ("sent", "shape", "subject"),
    [
        pytest.param({"focal_point": _LEFT}, _NEW, _FILE, id="focal point of a text"),
        pytest.param({"en": {"focal_point": _LEFT}}, _OLD, _FILE, id="the same, old shape"),
        pytest.param({"poster_time": 1}, _NEW, _PICTURE, id="poster time of a picture"),
        pytest.param({"alt": {"fr": None}}, _NEW, _FILE, id="unknown locale"),
        pytest.param({"fr": {}}, _OLD, _FILE, id="unknown locale, old shape"),
    ],
)
def test_unfit_metadata_is_refused(sent: JsonObject, shape: Shape, subject: Subject) -> None:
    """Points belong to pictures, poster times to videos, texts to the site's locales."""
    with pytest.raises(ApiFailure) as failure:
        check(sent, shape, subject)
    code, details = refused(failure)
    assert (code, details["field"]) == ("INVALID_FIELD", "default_field_metadata")
