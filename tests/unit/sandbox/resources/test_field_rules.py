"""What a field may look like."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.field_types import FIELD_TYPES
from datosnap.sandbox.validator_shapes import VALIDATORS
from tests.unit.sandbox.client import Answer, Client
from tests.unit.sandbox.resources.shelf import ID, field, model


@pytest.fixture
def post(api: Client) -> JsonObject:
    """Give a model to add fields to."""
    return model(api, "post")


def _try(api: Client, kind: str = "string", **more: Json) -> Answer:
    named: JsonObject = {"label": "A", "api_key": "a", "field_type": kind, **more}
    return api.make("/item-types/post/fields", "field", **named)


def _required(kind: str) -> JsonObject:
    return {name: {"item_types": []} for name in FIELD_TYPES[kind].required}


@pytest.mark.usefixtures("post")
@pytest.mark.parametrize("kind", sorted(FIELD_TYPES))
def test_every_type_can_be_made_bare_and_localized(api: Client, kind: str) -> None:
    """With its required validators and nothing else, each of the twenty types is accepted."""
    assert len(FIELD_TYPES) == 20

    made = _try(api, kind, validators=_required(kind), localized=True)

    editor = made.attributes["appearance"]["editor"]
    assert editor == FIELD_TYPES[kind].default_editor
    assert made.attributes["default_value"] == {"en": None}


@pytest.mark.usefixtures("post")
@pytest.mark.parametrize(
    "kind", sorted(kind for kind, each in FIELD_TYPES.items() if each.required)
)
def test_required_validators_are_required(api: Client, kind: str) -> None:
    """Links and blocks must say to what."""
    refused = _try(api, kind)

    assert refused.details["field"] == f"validators.{FIELD_TYPES[kind].required[0]}"
    assert refused.details["code"] == "VALIDATION_REQUIRED"


@pytest.mark.usefixtures("post")
def test_validator_of_another_type_is_refused(api: Client) -> None:
    """The refusal is the API's own."""
    refused = _try(api, "text", validators={"enum": {"values": ["a"]}})

    assert refused.details == {
        "field": "validators.enum",
        "code": "VALIDATION_INVALID",
        "record_type": "Field",
        "message": "validator not applicable on this field type",
    }


_GOOD: list[tuple[str, JsonObject]] = [
    ("string", {"required": {}, "unique": {}, "length": {"min": 1, "max": 2}}),
    ("string", {"format": {"custom_pattern": "^a$", "description": "an a"}}),
    ("string", {"format": {"predefined_pattern": "email"}, "enum": {"values": ["a"]}}),
    ("text", {"sanitized_html": {"sanitize_before_validation": True}}),
    ("integer", {"number_range": {"min": 1.5}}),
    ("date", {"date_range": {"min": "2026-01-01"}}),
    ("date_time", {"date_time_range": {"max": "2026-01-01T00:00:00+00:00"}}),
    ("slug", {"slug_format": {"predefined_pattern": "webpage_slug"}}),
    ("file", {"extension": {"extensions": ["pdf"]}, "required_alt_title": {"alt": True}}),
    ("file", {"file_size": {"max_value": 1, "max_unit": "MB"}}),
    ("gallery", {"size": {"multiple_of": 2}, "image_dimensions": {"width_min_value": 3}}),
    ("gallery", {"image_aspect_ratio": {"eq_ar_numerator": 16, "eq_ar_denominator": 9}}),
    ("seo", {"required_seo_fields": {"title": True}, "title_length": {"max": 60}}),
    ("seo", {"description_length": {"min": 3}}),
]


@pytest.mark.usefixtures("post")
@pytest.mark.parametrize(("kind", "validators"), _GOOD)
def test_validators_with_good_parameters(api: Client, kind: str, validators: JsonObject) -> None:
    """What the documentation allows is stored as sent."""
    assert _try(api, kind, validators=validators).attributes["validators"] == validators


@pytest.mark.usefixtures("post")
@pytest.mark.parametrize(
    ("kind", "validators"),
    [
        ("string", {"required": {"x": 1}}),
        ("string", {"length": {}}),
        ("string", {"length": {"min": "1"}}),
        ("string", {"enum": {}}),
        ("string", {"format": {"custom_pattern": "a", "predefined_pattern": "url"}}),
        ("string", {"format": {"description": "?"}}),
        ("file", {"extension": {"extensions": ["png"], "predefined_list": "image"}}),
        ("file", {"file_size": {"min_unit": "KB"}}),
        ("link", {"item_item_type": {"item_types": [], "on_reference_delete_strategy": "x"}}),
        ("slug", {"slug_title_field": {"title_field_id": ID}}),
    ],
)
def test_validators_with_bad_parameters(api: Client, kind: str, validators: JsonObject) -> None:
    """The refusal names the validator."""
    refused = _try(api, kind, validators=validators)

    assert refused.details["field"] == f"validators.{next(iter(validators))}"


def test_models_and_blocks_are_not_mistaken(api: Client, post: JsonObject) -> None:
    """Links name models, block fields name block models, and both exist."""
    block = model(api, "block", modular_block=True)

    def link_to(identifier: str) -> JsonObject:
        return {"validators": {"item_item_type": {"item_types": [identifier]}}}

    good: JsonObject = {"label": "B", "api_key": "b", **link_to(post["id"])}
    assert _try(api, "link", **good).status == 201
    assert _try(api, "link", **link_to(block["id"])).details["field"] == "validators.item_item_type"
    assert _try(api, "link", **link_to(ID)).code == "INVALID_FIELD"
    blocks = {"rich_text_blocks": {"item_types": [post["id"]]}}
    assert _try(api, "rich_text", validators=blocks).code == "INVALID_FIELD"


@pytest.mark.usefixtures("post")
@pytest.mark.parametrize(
    ("kind", "name", "unpublish"),
    [
        ("link", "item_item_type", "fail"),
        ("links", "items_item_type", "fail"),
        ("structured_text", "structured_text_links", "delete_references"),
    ],
)
def test_strategies_are_filled_in(api: Client, kind: str, name: str, unpublish: str) -> None:
    """What happens to links is always told; text lets go of what is unpublished."""
    made = _try(api, kind, validators=_required(kind)).attributes["validators"][name]

    assert made == {
        "item_types": [],
        "on_publish_with_unpublished_references_strategy": "fail",
        "on_reference_unpublish_strategy": unpublish,
        "on_reference_delete_strategy": "delete_references",
    }


@pytest.mark.usefixtures("post")
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", "x"),
        ("text", ""),
        ("boolean", False),
        ("integer", 3),
        ("float", 3),
        ("float", 2.5),
        ("date", "2026-02-01"),
        ("date_time", "2026-02-01T10:00:00+01:00"),
        ("color", {"red": 0, "green": 1, "blue": 2, "alpha": 255}),
        ("json", '{"a":1}'),
        ("lat_lon", {"latitude": 45.07, "longitude": 7.68}),
    ],
)
def test_defaults_that_fit(api: Client, kind: str, value: Json) -> None:
    """Each type with a default takes one of its form."""
    assert _try(api, kind, default_value=value).attributes["default_value"] == value


@pytest.mark.usefixtures("post")
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", 1),
        ("boolean", "true"),
        ("integer", 1.5),
        ("integer", True),
        ("float", "1"),
        ("date", "2026-02-30"),
        ("date", "2026-02-01T10:00:00Z"),
        ("date_time", "soon"),
        ("date_time", 5),
        ("color", {"red": 0, "green": 1, "blue": 2}),
        ("color", {"red": 0, "green": 1, "blue": 2, "alpha": 256}),
        ("json", {"a": 1}),
        ("json", "{"),
        ("lat_lon", {"latitude": 1}),
        ("slug", "a"),
        ("file", {"upload_id": "1"}),
    ],
)
def test_defaults_that_do_not_fit(api: Client, kind: str, value: Json) -> None:
    """A default of another form, or of a type without one, is refused."""
    assert _try(api, kind, default_value=value).details["field"] == "default_value"


@pytest.mark.usefixtures("post")
@pytest.mark.parametrize("value", ["x", {"de": "x"}, {"en": 1}])
def test_localized_default_is_an_object_over_the_locales(api: Client, value: Json) -> None:
    """Other locales, or none, are refused."""
    assert _try(api, localized=True, default_value=value).details["field"] == "default_value"


@pytest.mark.usefixtures("post")
@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"api_key": "meta"}, "api_key"),
        ({"api_key": "A"}, "api_key"),
        ({"label": " "}, "label"),
        ({"field_type": "integer", "content_link_enabled": False}, "content_link_enabled"),
    ],
)
def test_names_and_switches(api: Client, attributes: JsonObject, name: str) -> None:
    """Reserved and malformed keys, blank labels and idle switches are refused."""
    assert _try(api, **attributes).details["field"] == name


@pytest.mark.usefixtures("post")
def test_content_link_can_be_off_for_text(api: Client) -> None:
    """Texts may be left out of content links."""
    assert _try(api, content_link_enabled=False).attributes["content_link_enabled"] is False


@pytest.mark.usefixtures("post")
def test_api_key_is_taken_once_a_model(api: Client) -> None:
    """Two fields of a model cannot share a key, those of two models can."""
    model(api, "page")
    field(api, "post", "a", "string")
    field(api, "page", "a", "string")

    assert _try(api).details["code"] == "VALIDATION_UNIQUENESS"


@pytest.mark.usefixtures("post")
def test_fieldset_is_one_of_the_model(api: Client) -> None:
    """A field cannot stand in another model's fieldset."""
    model(api, "page")
    foreign = api.make("/item-types/page/fieldsets", "fieldset", title="F").data
    links: JsonObject = {"fieldset": {"type": "fieldset", "id": foreign["id"]}}
    named: JsonObject = {"label": "A", "api_key": "a", "field_type": "string"}

    refused = api.make("/item-types/post/fields", "field", links, **named)

    assert refused.details["field"] == "fieldset"


@pytest.mark.usefixtures("post")
def test_editor_is_built_in_or_a_plugin(api: Client) -> None:
    """Editors and addons that are neither are refused."""
    plugin = api.make("/plugins", "plugin", name="P", url="https://example.com").data["id"]
    addon: JsonObject = {"id": plugin, "parameters": {"a": 1}}

    def tried(editor: str, *addons: JsonObject) -> Answer:
        shown: JsonObject = {"editor": editor, "parameters": {}, "addons": list(addons)}
        return _try(api, appearance=shown)

    assert tried("markdown").details["field"] == "appearance"
    assert tried("single_line", {**addon, "id": "single_line"}).code == "INVALID_FIELD"
    assert tried(plugin, addon).attributes["appearance"]["addons"] == [addon]
    assert [
        each["attributes"]["api_key"] for each in api.get(f"/plugins/{plugin}/fields").data
    ] == ["a"]


@pytest.mark.usefixtures("post")
def test_appearance_with_an_unknown_key_is_refused(api: Client) -> None:
    """The extra `type` that older answers carry cannot be sent back."""
    shown = {"editor": "single_line", "parameters": {}, "addons": [], "type": "single_line"}

    refused = _try(api, appearance=shown)

    assert refused.code == "INVALID_FORMAT"
    assert '"type" is not a permitted key' in refused.details["messages"][0]


@pytest.mark.usefixtures("post")
def test_parameters_have_a_limit(api: Client) -> None:
    """Ten kilobytes of parameters are the most."""
    shown: JsonObject = {"editor": "single_line", "parameters": {"a": "x" * 10_300}, "addons": []}

    assert _try(api, appearance=shown).details["field"] == "appearance"


def test_every_validator_of_a_type_is_described() -> None:
    """No type names a validator whose parameters nobody knows, and none is left over."""
    named = {name for each in FIELD_TYPES.values() for name in each.validators}

    assert named == VALIDATORS.keys()
