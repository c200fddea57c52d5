"""What is compared of two projects, and how differences are put into words."""

from __future__ import annotations

import pytest

from datosnap.core.difference import ABSENT, View, between, digest, shown
from datosnap.core.entities import read_schema
from datosnap.core.jsontext import Json, JsonObject
from tests.support.schemas import field, item_type

_SCHEMA = read_schema(
    [item_type("1", "page"), item_type("2", "quote", modular_block=True)],
    [
        field("1", "title", "string", localized=True),
        field("1", "friend", "link"),
        field("1", "quotes", "rich_text"),
        field("2", "by", "link"),
    ],
)


def _new(kind: str, source_id: str) -> str:
    return f"{kind} {source_id}"


def _same(_: str, source_id: str) -> str:
    return source_id


def _record(own_type: str = "1", **attributes: Json) -> JsonObject:
    return {
        "type": "item",
        "id": "9",
        "attributes": attributes,
        "relationships": {
            "item_type": {"data": {"type": "item_type", "id": own_type}},
            "creator": {"data": {"type": "user", "id": "7"}},
        },
        "meta": {"status": "draft", "created_at": "2018", "updated_at": "2019"},
    }


def test_a_record_is_seen_with_the_other_sides_ids() -> None:
    """Links, parent and models are translated, blocks lose their ids, clocks are left out."""
    block = {
        "type": "item",
        "id": "b",
        "attributes": {"by": "5"},
        "relationships": {"item_type": {"data": {"type": "item_type", "id": "2"}}},
    }
    record = _record(title={"en": "5"}, friend="5", parent_id="6", quotes=[block], created_at="x")
    assert View(_SCHEMA, _new).record(record) == {
        "item_type": "item_type 1",
        "attributes": {
            "title": {"en": "5"},
            "friend": "item 5",
            "parent_id": "item 6",
            "quotes": [{"block": "item_type 2", "attributes": {"by": "item 5"}}],
        },
        "meta": {"status": "draft", "created_at": "2018"},
    }


def test_people_are_compared_when_asked() -> None:
    """Creators exist within one project only."""
    seen = View(_SCHEMA, _same, with_people=True).record(_record())
    assert seen["creator"] == {"data": {"type": "user", "id": "7"}}
    del (bare := _record())["relationships"]["creator"]
    assert View(_SCHEMA, _same, with_people=True).record(bare)["creator"] is None


def test_records_of_an_unknown_model_are_compared_as_they_are() -> None:
    """Without the model nothing is known of the fields, and nothing is left out."""
    seen = View(_SCHEMA, _new).record(_record("3", friend="5", parent_id=None))
    assert seen["item_type"] == "item_type 3"
    assert seen["attributes"] == {"friend": "5", "parent_id": None}


def test_records_may_lack_members() -> None:
    """A record without attributes or meta is compared as one that holds nothing."""
    record = _record()
    del record["attributes"], record["meta"]
    seen = View(_SCHEMA, _same).record(record)
    assert seen == {"item_type": "1", "attributes": {}, "meta": {}}


def test_uploads_are_compared_without_their_addresses() -> None:
    """Address and dates differ in every project; what editors wrote does not."""
    upload = {
        "type": "upload",
        "id": "3",
        "attributes": {"url": "https://x.y", "md5": "m", "tags": ["a"], "colors": [], "alt": None},
        "relationships": {
            "creator": {"data": {"type": "user", "id": "7"}},
            "upload_collection": {"data": {"type": "upload_collection", "id": "4"}},
        },
        "meta": {"antivirus": {"status": "clean"}},
    }
    expected = {
        "attributes": {"md5": "m", "tags": ["a"], "alt": None},
        "relationships": {
            "upload_collection": {
                "data": {"type": "upload_collection", "id": "upload_collection 4"}
            }
        },
        "meta": {},
    }
    assert View(_SCHEMA, _new).resource(upload) == expected
    with_people = View(_SCHEMA, _new, with_people=True).resource(upload)
    assert with_people["relationships"]["creator"] == {"data": {"type": "user", "id": "user 7"}}


def test_fields_are_compared_with_their_validators() -> None:
    """Models in validators are translated; the misspelt copy of the appearance is left out."""
    resource = {
        "type": "field",
        "id": "3",
        "attributes": {
            "validators": {"item_item_type": {"item_types": ["1"]}},
            "appearance": {"editor": "e"},
            "appeareance": {"editor": "e"},
        },
    }
    assert View(_SCHEMA, _new).resource(resource) == {
        "attributes": {
            "validators": {"item_item_type": {"item_types": ["item_type 1"]}},
            "appearance": {"editor": "plugin e"},
        },
        "relationships": {},
        "meta": {},
    }


@pytest.mark.parametrize(
    ("kind", "hidden"),
    [
        ("item_type", ["fields", "fieldsets"]),
        ("menu_item", ["children"]),
        ("schema_menu_item", ["children"]),
        ("upload_collection", ["children"]),
        ("site", ["account", "owner", "item_types"]),
    ],
)
def test_lists_that_members_repeat_are_left_out(kind: str, hidden: list[str]) -> None:
    """What each member says itself is not compared a second time in another order."""
    linkage = {"data": {"type": "x", "id": "1"}}
    relationships = dict.fromkeys([*hidden, "parent"], linkage)
    seen = View(_SCHEMA, _same).resource({"type": kind, "id": "1", "relationships": relationships})
    assert seen["relationships"] == {"parent": linkage}


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (1, 1, []),
        (1, 2, [("", "1", "2")]),
        (1, 1.0, [("", "1", "1.0")]),
        (0.0, -0.0, [("", "0.0", "-0.0")]),
        (1, True, [("", "1", "true")]),
        (0, False, [("", "0", "false")]),
        ("", None, [("", '""', "null")]),
        ({}, [], [("", "{}", "[]")]),
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {}, [("a", "1", ABSENT)]),
        ({}, {"a": None}, [("a", ABSENT, "null")]),
        (
            {"a": {"b": [1, {"c": "x"}]}},
            {"a": {"b": [1, {"c": "y"}]}},
            [("a.b[1].c", '"x"', '"y"')],
        ),
        ([1, 2], [1], [("[1]", "2", ABSENT)]),
        ([1], [1, 2], [("[1]", ABSENT, "2")]),
        (
            {"a": 1, "b": 2},
            {"c": 3, "a": 2},
            [("a", "1", "2"), ("b", "2", ABSENT), ("c", ABSENT, "3")],
        ),
        ({"a": {"x": 1}}, {"a": None}, [("a", '{"x":1}', "null")]),
    ],
)
def test_each_differing_place_is_told(
    left: Json, right: Json, expected: list[tuple[str, str, str]]
) -> None:
    """A place is told by its path, with what either side has there."""
    assert list(between(left, right)) == expected


def test_long_values_are_cut() -> None:
    """A difference fits a line, whatever the values."""
    assert shown("é" * 500) == '"' + "é" * 118 + "…"
    assert len(shown([1] * 500)) == 120
    assert shown("é" * 118) == '"' + "é" * 118 + '"'


def test_digests_are_short_and_ignore_key_order() -> None:
    """A digest is 16 bytes and depends on values, not on the order of keys."""
    assert len(digest({})) == 16
    assert digest({"a": 1, "b": {"c": 2, "d": 3}}) == digest({"b": {"d": 3, "c": 2}, "a": 1})
    assert digest({"a": [1, 2]}) != digest({"a": [2, 1]})
