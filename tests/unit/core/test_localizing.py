"""The locales of a content are told by any localized value, and completed with nulls."""

from __future__ import annotations

import pytest

from datosnap.core.entities import ItemType, read_schema
from datosnap.core.jsontext import JsonObject
from datosnap.core.localizing import locales_of, with_locales
from tests.support.schemas import field, item_type


def _model() -> ItemType:
    fields = [field("1", "code", "string"), field("1", "title", "string", localized=True)]
    return read_schema([item_type("1", "post")], fields).item_types["1"]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"code": "x", "title": {"it": "a", "en": None}}, ["it", "en"]),
        ({"code": "x", "title": None}, None),
        ({"code": {"en": 1}}, None),
    ],
)
def test_any_localized_value_tells_the_locales(
    attributes: JsonObject, expected: list[str] | None
) -> None:
    """A content without a localized value stands in no locale, whatever its other values are."""
    assert locales_of(attributes, _model()) == expected


def test_missing_locales_become_null() -> None:
    """Values that are there stay, in the order of the project's locales; all else is left alone."""
    content: JsonObject = {"title": {"it": "a"}, "code": {"it": 1}, "unknown": {"it": 2}}

    completed = with_locales(content, _model(), ["en", "it"])

    assert completed == {**content, "title": {"en": None, "it": "a"}}
    assert list(completed["title"]) == ["en", "it"]
    assert with_locales({"title": None}, _model(), ["en"]) == {"title": None}
