"""Content's short ways of writing values become what the API takes."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.flows.sample.catalogue import Field, Model
from datosnap.flows.sample.identities import identity, record_identity
from datosnap.flows.sample.values import Writer, locales_of, strings_in


def model(key: str, **kinds: str) -> Model:
    """Make a model with non-localized fields, or localized ones where the type ends in `*`."""
    fields = {
        name: Field(key, name, kind.rstrip("*"), kind.endswith("*"), {})
        for name, kind in kinds.items()
    }
    return Model(key, {}, fields)


NOTE = model("note", text="string", inner="rich_text")
WRITER = Writer({"note": NOTE})
FILE = identity("upload", "sea")


@pytest.mark.parametrize(
    ("kind", "content", "written"),
    [
        ("string", "a", "a"),
        ("color", "#0102ff", {"red": 1, "green": 2, "blue": 255, "alpha": 255}),
        ("color", "#01020380", {"red": 1, "green": 2, "blue": 3, "alpha": 128}),
        ("lat_lon", [1.5, -2], {"latitude": 1.5, "longitude": -2}),
        ("json", {"a": [0, "海"]}, '{"a":[0,"海"]}'),
        ("link", "term:knot", record_identity("term:knot")),
        ("links", ["term:knot"], [record_identity("term:knot")]),
        ("file", "sea", {"upload_id": FILE}),
        ("file", {"upload": "sea", "alt": ""}, {"upload_id": FILE, "alt": ""}),
        ("gallery", ["sea"], [{"upload_id": FILE}]),
        ("seo", {"title": "T", "image": "sea"}, {"title": "T", "image": FILE}),
        ("seo", {"title": "T"}, {"title": "T"}),
        ("link", None, None),
    ],
)
def test_a_value_is_written_by_the_type_of_its_field(
    kind: str, content: Json, written: Json
) -> None:
    """Every short way of writing has one meaning, and null stays null."""
    assert WRITER.value(Field("m", "f", kind, localized=False, spec={}), content) == written


def test_blocks_hold_blocks() -> None:
    """A block is written with its model, only the values it was given, and blocks inside."""
    inner = {"block": "note", "text": "in"}
    written = WRITER.block({"block": "note", "inner": [inner]})
    assert written["relationships"]["item_type"]["data"]["id"] == NOTE.id
    assert set(written["attributes"]) == {"inner"}
    assert written["attributes"]["inner"][0]["attributes"] == {"text": "in"}


def test_single_blocks_and_texts_hold_blocks_too() -> None:
    """The same block is written alike alone and inside a structured text."""
    single, text = (
        WRITER.value(Field("m", "f", kind, localized=False, spec={}), value)
        for kind, value in (
            ("single_block", {"block": "note", "text": "x"}),
            ("structured_text", [{"block": "note", "text": "x"}]),
        )
    )
    assert text["document"]["children"] == [{"type": "block", "item": single}]


def test_a_localized_value_has_a_member_for_each_locale_of_the_record() -> None:
    """Locales in which a field says nothing are null, so that all fields have the same set."""
    page = model("page", title="string*", lead="string*", number="integer", left="integer")
    values: JsonObject = {"title": {"it": "a", "en": "b"}, "number": 0}
    assert locales_of(page, values, ["en", "it", "ja"]) == ["en", "it"]
    assert WRITER.attributes(page, values, ["en", "it"]) == {
        "title": {"en": "b", "it": "a"},
        "lead": {"en": None, "it": None},
        "number": 0,
    }


def test_a_record_without_locales_leaves_its_localized_fields_out() -> None:
    """Nothing is said about localized fields when the record speaks no language."""
    assert WRITER.attributes(model("page", title="string*"), {}, []) == {}


def test_ids_are_found_however_deep() -> None:
    """All strings inside lists and objects are seen, other values are not."""
    assert list(strings_in({"a": ["x", {"b": "y"}], "c": 1, "d": None})) == ["x", "y"]
