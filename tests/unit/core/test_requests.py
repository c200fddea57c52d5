"""Requests hold what the API accepts and nothing else, whatever it answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.requests import (
    ACCEPTED,
    FIELD_POINTERS,
    STRUCTURAL_VALIDATORS,
    change_body,
    clean_appearance,
    clean_validator,
    create_body,
    definition,
    permitted_models,
    split_validators,
    update_body,
)

_ANSWERED_ATTRIBUTES = sorted(
    {name for one in ACCEPTED.values() for name in one.attributes}
    | {"appeareance", "collection_appeareance", "has_singleton_item", "ordering_meta", "url"}
)
_ANSWERED_RELATIONSHIPS = sorted(
    {name for one in ACCEPTED.values() for name in one.relationships}
    | {"children", "fields", "fieldsets", "singleton_item", "creator", *FIELD_POINTERS}
)


def _resource(
    kind: str, relationships: JsonObject | None = None, /, **attributes: Json
) -> JsonObject:
    return {
        "type": kind,
        "id": "1",
        "attributes": attributes,
        "relationships": relationships,
        "meta": {"has_singleton_item": False},
    }


def _attributes(kind: str, /, **attributes: Json) -> JsonObject:
    created: JsonObject = create_body(_resource(kind, None, **attributes))["data"]["attributes"]
    return created


@given(
    st.sampled_from(sorted(ACCEPTED)),
    st.dictionaries(st.sampled_from(_ANSWERED_ATTRIBUTES), st.none() | st.booleans()),
    st.lists(st.sampled_from(_ANSWERED_RELATIONSHIPS)),
    st.sampled_from(["string", "seo", "link", "boolean"]),
)
def test_nothing_but_the_accepted_is_sent(
    kind: str, given_attributes: JsonObject, linked: list[str], field_type: str
) -> None:
    """Whatever keys an answer has, a request has only those on the list of its kind."""
    links = {name: {"data": {"type": "x", "id": "2", "meta": {}}, "links": {}} for name in linked}
    resource = _resource(kind, links, **{**given_attributes, "field_type": field_type})

    data = create_body(resource)["data"]

    assert data.keys() <= {"type", "id", "attributes", "relationships"}
    assert (data["type"], data["id"]) == (kind, "1")
    assert data["attributes"].keys() <= set(ACCEPTED[kind].attributes)
    relationships = data.get("relationships", {})
    assert relationships.keys() == set(linked) & set(ACCEPTED[kind].relationships)
    assert all(one == {"data": {"type": "x", "id": "2"}} for one in relationships.values())


@pytest.mark.parametrize("kind", sorted(ACCEPTED.keys() - {"field"}))
def test_all_that_is_accepted_is_sent(kind: str) -> None:
    """No accepted attribute is lost, null, false and empty ones included."""
    given_attributes = dict.fromkeys(ACCEPTED[kind].attributes, None)
    assert _attributes(kind, **given_attributes) == given_attributes


def test_empty_members_make_no_relationships() -> None:
    """Relationships that are absent, null or empty are not sent, and attributes may be absent."""
    bare = {"type": "upload_collection", "id": "1"}
    assert create_body(bare) == {"data": {**bare, "attributes": {}}}
    for linkage in (None, {}, {"data": None}):
        resource = _resource("upload_collection", {"parent": linkage}, label="a")
        assert create_body(resource) == {"data": {**bare, "attributes": {"label": "a"}}}


def test_block_models_have_no_settings_of_records() -> None:
    """What only makes sense for records of their own is refused for block models."""
    settings = dict.fromkeys(ACCEPTED["item_type"].attributes, False)
    block = _attributes("item_type", **{**settings, "modular_block": True})
    model = _attributes("item_type", **settings)

    assert block.keys() == {"name", "api_key", "modular_block", "hint"}
    assert model.keys() == settings.keys()


@pytest.mark.parametrize(
    ("field_type", "default", "content_link"),
    [
        ("string", True, True),
        ("text", True, True),
        ("structured_text", False, True),
        ("boolean", True, False),
        ("json", True, False),
        ("seo", False, False),
        ("slug", False, False),
        ("video", False, False),
        ("file", False, False),
        ("gallery", False, False),
        ("link", False, False),
        ("links", False, False),
        ("rich_text", False, False),
        ("single_block", False, False),
    ],
)
def test_fields_get_what_their_type_has(
    field_type: str, *, default: bool, content_link: bool
) -> None:
    """Default values and marks for visual editing are sent only where the type has them."""
    sent = _attributes(
        "field", field_type=field_type, default_value=None, content_link_enabled=False
    )
    assert ("default_value" in sent) is default
    assert ("content_link_enabled" in sent) is content_link


def test_what_the_server_adds_to_a_field_is_taken_off() -> None:
    """Keys that answers have and requests may not are removed from validators and appearance."""
    sent = _attributes(
        "field",
        field_type="file",
        validators={"extension": {"extensions": [], "predefined_list": "image"}, "required": {}},
        appearance={"editor": "file", "parameters": {}, "addons": None, "type": "file"},
        appeareance={"editor": "file"},
    )
    assert sent == {
        "field_type": "file",
        "validators": {"extension": {"predefined_list": "image"}, "required": {}},
        "appearance": {"editor": "file", "parameters": {}, "addons": []},
    }


@pytest.mark.parametrize(
    ("name", "rules", "expected"),
    [
        (
            "extension",
            {"extensions": ["png"], "predefined_list": None},
            {"extensions": ["png"]},
        ),
        ("extension", {"extensions": None}, {"extensions": []}),
        ("extension", None, None),
        ("length", {"max": 80, "min": None}, {"max": 80, "min": None}),
        ("required", {}, {}),
    ],
)
def test_other_validators_stay(name: str, rules: Json, expected: Json) -> None:
    """Only the list that the server adds and then refuses is dropped."""
    assert clean_validator(name, rules) == expected


def test_appearances_keep_their_known_keys() -> None:
    """Editor, parameters and addons with their extensions stay, null and unknown keys go."""
    appearance = {
        "editor": "p1",
        "field_extension": "stars",
        "parameters": None,
        "type": "x",
        "addons": [
            {"id": "p2", "parameters": {"a": None}, "field_extension": None, "type": "x"},
            {"id": "p3", "field_extension": "map"},
        ],
    }
    assert clean_appearance(appearance) == {
        "editor": "p1",
        "field_extension": "stars",
        "addons": [
            {"id": "p2", "parameters": {"a": None}},
            {"id": "p3", "field_extension": "map"},
        ],
    }


def test_an_answer_is_not_changed() -> None:
    """Building a request leaves the answer it is built from as it was."""
    validators = {"extension": {"extensions": [], "predefined_list": "image"}}
    resource = _resource(
        "field", None, field_type="file", validators=validators, appearance={"x": 1}
    )
    create_body(resource)
    assert resource["attributes"]["validators"] is validators
    assert validators == {"extension": {"extensions": [], "predefined_list": "image"}}
    assert resource["attributes"]["appearance"] == {"x": 1}


@pytest.mark.parametrize("name", sorted(STRUCTURAL_VALIDATORS))
def test_structural_validators_come_first(name: str) -> None:
    """What a field cannot exist without is kept apart from what judges content."""
    structural = {name: {"item_types": ["1"]}}
    assert split_validators({"required": {}, **structural}) == (structural, True)
    assert split_validators(structural) == (structural, False)


def test_fields_may_have_no_structural_validator() -> None:
    """Without validators nothing waits; those of content all wait."""
    assert split_validators({}) == ({}, False)
    anything = {"slug_format": {"custom_pattern": ".*"}}
    assert split_validators({"slug_format": {"custom_pattern": "^A"}}) == (anything, True)
    assert split_validators({"unique": {}}) == ({}, True)


def test_updates_hold_what_they_are_given() -> None:
    """Relationships are sent when there are any to set, an empty set of them too."""
    assert update_body("site", "1", {"name": "a"}) == {
        "data": {"type": "site", "id": "1", "attributes": {"name": "a"}}
    }
    pointing = update_body("item_type", "1", relationships={"title_field": {"data": None}})
    assert pointing["data"]["relationships"] == {"title_field": {"data": None}}
    assert pointing["data"]["attributes"] == {}
    assert update_body("item_type", "1", {}, {})["data"]["relationships"] == {}


def test_what_an_update_can_set_is_told_by_name() -> None:
    """Of a model also what only a finished one has; links are told as ids, absent ones not."""
    links: JsonObject = {
        "title_field": {"data": {"type": "field", "id": "t"}},
        "workflow": {"data": None},
        "fields": {"data": []},
    }
    given = {"name": "Post", "ordering_meta": None, "has_singleton_item": False}
    assert definition(_resource("item_type", links, **given)) == {
        "name": "Post",
        "ordering_meta": None,
        "workflow": None,
        "title_field": "t",
    }
    assert definition(_resource("plugin", None, name="P", parameters={})) == {"parameters": {}}
    assert definition(_resource("role", None, name="R")) == {}


def test_a_change_is_sent_as_attributes_and_links() -> None:
    """Each link says what kind of thing it points to; one to nothing is a null."""
    values = {"hint": "H", "title_field": "t", "workflow": None}
    data = change_body("item_type", "1", values)["data"]
    assert data["attributes"] == {"hint": "H"}
    assert data["relationships"] == {
        "title_field": {"data": {"type": "field", "id": "t"}},
        "workflow": {"data": None},
    }
    moved = change_body("menu_item", "1", {"parent": "2"})["data"]["relationships"]
    assert moved == {"parent": {"data": {"type": "menu_item", "id": "2"}}}
    assert "relationships" not in change_body("field", "1", {"label": "L"})["data"]


def test_models_that_are_gone_are_not_permitted() -> None:
    """What a validator names and the source no longer has is left out, and told once."""
    rules = {"item_types": ["a", "gone"]}
    validators: JsonObject = {"item_item_type": rules, "rich_text_blocks": rules, "required": {}}
    kept, gone = permitted_models(validators, {"a"})
    assert gone == ("gone",)
    assert kept["required"] == {}
    assert kept["item_item_type"] == kept["rich_text_blocks"] == {"item_types": ["a"]}
