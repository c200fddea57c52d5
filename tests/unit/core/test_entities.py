"""A schema read from the API's resources has typed models with their fields in order."""

from __future__ import annotations

import pytest

from datosnap.core.entities import Schema, read_schema, related_id
from datosnap.core.jsontext import JsonObject
from tests.support.schemas import field, item_type


def _one(*fields: JsonObject, **attributes: object) -> Schema:
    return read_schema([item_type("1", "post", **attributes)], fields)


def test_fields_stand_in_order_of_position() -> None:
    """Fields are keyed by api_key and come in the order that editors see."""
    schema = _one(
        field("1", "body", "text", position=3),
        field("1", "b", "string", position=1),
        field("1", "a", "string", position=1, localized=True, validators={"required": {}}),
    )
    model = schema.item_types["1"]

    assert list(model.fields) == ["a", "b", "body"]
    assert model.fields["a"].localized
    assert model.fields["a"].validators == {"required": {}}
    assert not model.fields["b"].localized
    assert model.fields["body"].id == "1-body"


def test_absent_and_null_members_mean_no() -> None:
    """What older answers lack, or hold as null, reads as switched off."""
    schema = read_schema(
        [{"type": "item_type", "id": "1", "attributes": {"api_key": "post", "name": None}}],
        [field("1", "a", "string", validators=None, position=None, localized=None)],
    )
    model = schema.item_types["1"]

    assert model.name == "post"
    assert not any([model.modular_block, model.singleton, model.draft_mode_active])
    assert not any([model.sortable, model.tree, model.is_ordered, model.may_hold_blocks])
    assert model.workflow_id is None
    assert model.fields["a"].validators == {}
    assert model.fields["a"].position == 0


def test_settings_of_a_model_are_read() -> None:
    """Every setting that decides how records are read or written is taken over."""
    resource = item_type("1", "page", tree=True, singleton=True, draft_mode_active=True)
    resource["relationships"] = {"workflow": {"data": {"type": "workflow", "id": "w"}}}
    model = read_schema([resource], []).item_types["1"]

    assert model.tree
    assert model.is_ordered
    assert model.singleton
    assert model.draft_mode_active
    assert model.workflow_id == "w"
    assert model.fields == {}


def test_sortable_models_are_ordered() -> None:
    """Records of a sortable model have a place, as those of a tree."""
    assert _one(sortable=True).item_types["1"].is_ordered


def test_models_and_block_models_are_kept_apart() -> None:
    """Models whose records stand on their own, and block models, each come by api_key."""
    schema = read_schema(
        [
            item_type("1", "z"),
            item_type("2", "quote", modular_block=True),
            item_type("3", "a"),
            item_type("4", "hero", modular_block=True),
        ],
        [],
    )
    assert [one.api_key for one in schema.models] == ["a", "z"]
    assert [one.api_key for one in schema.block_models] == ["hero", "quote"]


def test_fields_without_an_owner_are_left_out() -> None:
    """A field that belongs to no model, or to one that is not there, is nobody's."""
    homeless = field("1", "a", "string")
    homeless["relationships"] = {}
    schema = _one(homeless, field("2", "b", "string"))
    assert schema.item_types["1"].fields == {}


@pytest.mark.parametrize(
    ("field_type", "validators", "holds"),
    [
        ("rich_text", {}, True),
        ("single_block", {}, True),
        ("structured_text", {"structured_text_blocks": {"item_types": ["2"]}}, True),
        ("structured_text", {"structured_text_inline_blocks": {"item_types": ["2"]}}, True),
        ("structured_text", {"structured_text_blocks": {"item_types": []}}, False),
        ("structured_text", {"structured_text_links": {"item_types": ["2"]}}, False),
        ("structured_text", {"structured_text_blocks": None}, False),
        ("link", {"item_item_type": {"item_types": ["2"]}}, False),
    ],
)
def test_fields_that_may_hold_blocks(
    field_type: str, validators: JsonObject, *, holds: bool
) -> None:
    """Records are read nested only where a field can hold blocks at all."""
    schema = _one(field("1", "a", "string"), field("1", "b", field_type, validators=validators))
    assert schema.item_types["1"].fields["b"].may_hold_blocks is holds
    assert schema.item_types["1"].may_hold_blocks is holds


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        ({"relationships": {"a": {"data": {"type": "x", "id": "1"}}}}, "1"),
        ({"relationships": {"a": {"data": None}}}, None),
        ({"relationships": {"a": {"data": [{"type": "x", "id": "1"}]}}}, None),
        ({"relationships": {"a": {}}}, None),
        ({"relationships": {"a": None}}, None),
        ({"relationships": {}}, None),
        ({"relationships": None}, None),
        ({}, None),
    ],
)
def test_a_relationship_to_one_has_an_id_or_none(resource: JsonObject, found: str | None) -> None:
    """Whatever is absent, null or a list points to nothing."""
    assert related_id(resource, "a") == found
