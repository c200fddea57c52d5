"""The sample's short schema rows become the requests that the API documents."""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from datosnap.flows.sample.catalogue import Field, Model, load_catalogue
from datosnap.flows.sample.identities import identity
from datosnap.flows.sample.schema import (
    appearance,
    field_request,
    finish_request,
    model_request,
    rows_of,
    validators,
)

MODELS = load_catalogue().models


def wanted(model: str, field: str) -> JsonObject:
    """Give the validators that a field is created with."""
    return validators(MODELS[model], MODELS[model].fields[field], MODELS)


def test_a_link_names_its_models_and_its_strategies() -> None:
    """The models a link leads to become ids in the validator that its type demands."""
    found = wanted("article", "topic")["item_item_type"]
    assert found["item_types"] == [MODELS["topic"].id]
    assert found["on_publish_with_unpublished_references_strategy"] == "fail"
    assert found["on_reference_unpublish_strategy"] == "fail"


def test_a_text_names_models_blocks_and_inline_blocks() -> None:
    """A structured text carries all three lists beside its own validators."""
    found = wanted("article", "body")
    assert set(found) == {
        "length",
        "structured_text_links",
        "structured_text_blocks",
        "structured_text_inline_blocks",
    }
    inline = found["structured_text_inline_blocks"]["item_types"]
    assert inline == [MODELS["footnote"].id, MODELS["map_pin"].id]


def test_a_slug_names_the_field_it_is_made_of() -> None:
    """The title of a slug is a field's id."""
    title = MODELS["author"].fields["name"].id
    assert wanted("author", "slug")["slug_title_field"] == {"title_field_id": title}


def test_an_editor_may_be_a_plugin() -> None:
    """Words that begin with `plugin:` become the plugin's id, in the editor and in addons."""
    written = appearance({"editor": "plugin:a", "addons": [{"id": "plugin:b", "parameters": {}}]})
    assert written["editor"] == identity("plugin", "a")
    assert written["addons"] == [{"id": identity("plugin", "b"), "parameters": {}}]
    assert written["parameters"] == {}


def test_a_field_in_a_fieldset_names_it() -> None:
    """The fieldset of a field is the one that stands among the model's rows."""
    model = MODELS["author"]
    sets = [row for row in rows_of(model) if not isinstance(row, Field)]
    inside = field_request(model, model.fields["email"], MODELS)["data"]
    outside = field_request(model, model.fields["name"], MODELS)["data"]
    assert [row["fieldset"] for row in sets] == ["Private"]
    held = identity("fieldset", "author.Private")
    assert inside["relationships"]["fieldset"]["data"] == {"type": "fieldset", "id": held}
    assert "relationships" not in outside


def test_a_model_may_have_a_workflow_and_a_block_model_has_none_of_it() -> None:
    """Only what the table says of a model is sent."""
    article = model_request(MODELS["article"])["data"]
    section = model_request(MODELS["section"])["data"]
    assert article["relationships"]["workflow"]["data"]["type"] == "workflow"
    assert section["attributes"] == {
        "name": "Section",
        "api_key": "section",
        "modular_block": True,
    }


def test_fields_that_present_a_model_are_named_when_they_exist() -> None:
    """The finishing update names fields by id, null where there shall be none, or is not sent."""
    finish = finish_request(MODELS["topic"])
    assert finish is not None
    held = finish["data"]["relationships"]
    assert held["title_field"]["data"]["id"] == MODELS["topic"].fields["name"].id
    assert held["image_preview_field"] == {"data": None}
    assert finish_request(Model("bare", {"fields": []}, {})) is None
