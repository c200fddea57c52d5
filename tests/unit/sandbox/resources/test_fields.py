"""Fields of models, and what they do to them."""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from tests.unit.sandbox.client import Client, document
from tests.unit.sandbox.resources.shelf import ID, field, model


def _positions(api: Client, key: str = "post") -> dict[str, int]:
    fields = api.get(f"/item-types/{key}/fields").data
    fieldsets = api.get(f"/item-types/{key}/fieldsets").data
    return {
        each["attributes"].get("api_key", "set"): each["attributes"]["position"]
        for each in (*fields, *fieldsets)
    }


def test_created_field_is_completed(api: Client) -> None:
    """What is left out gets its default, and the model comes along."""
    model(api, "post")
    body = document("field", None, {"label": "T", "field_type": "string", "api_key": "title"})
    body["data"]["id"] = ID

    answer = api.post("/item-types/post/fields", body)

    appearance = {"editor": "single_line", "parameters": {"heading": False}, "addons": []}
    assert answer.data["id"] == ID
    assert answer.attributes == {
        "label": "T",
        "field_type": "string",
        "api_key": "title",
        "localized": False,
        "validators": {},
        "position": 1,
        "hint": None,
        "default_value": None,
        "appearance": appearance,
        "appeareance": appearance,
        "deep_filtering_enabled": False,
        "content_link_enabled": True,
    }
    included = answer.json["included"]
    assert [each["id"] for each in included] == [api.get("/item-types/post").data["id"]]
    assert included[0]["relationships"]["title_field"]["data"]["id"] == ID


def test_first_string_becomes_the_title_and_first_file_the_picture(api: Client) -> None:
    """Later ones change nothing."""
    model(api, "post")
    title, picture = field(api, "post", "title", "string"), field(api, "post", "hero", "file")
    field(api, "post", "subtitle", "string")
    field(api, "post", "attachment", "file")

    links = api.get("/item-types/post").data["relationships"]

    assert links["title_field"]["data"]["id"] == title["id"]
    assert links["image_preview_field"]["data"]["id"] == picture["id"]


def test_title_taken_away_by_hand_stays_away(api: Client) -> None:
    """A second string field is no first one."""
    made = model(api, "post")
    field(api, "post", "title", "string")
    api.change(f"/item-types/{made['id']}", "item_type", {"title_field": None})

    field(api, "post", "subtitle", "string")

    assert api.get("/item-types/post").data["relationships"]["title_field"] == {"data": None}


def test_destroyed_field_leaves_the_model(api: Client) -> None:
    """The title is reset, the others close up, the model comes along."""
    model(api, "post")
    title = field(api, "post", "title", "string")
    field(api, "post", "text", "text")

    answer = api.delete(f"/fields/{title['id']}")

    links = answer.json["included"][0]["relationships"]
    assert links["title_field"] == {"data": None}
    assert len(links["fields"]["data"]) == 1
    assert _positions(api) == {"text": 1}


def test_source_of_a_slug_is_not_destroyed(api: Client) -> None:
    """While a slug is made from it, a title stays."""
    model(api, "post")
    title = field(api, "post", "title", "string")
    slug = field(
        api,
        "post",
        "slug",
        "slug",
        validators={"slug_title_field": {"title_field_id": title["id"]}},
    )

    assert api.delete(f"/fields/{title['id']}").code == "USED_AS_SLUG_SOURCE"
    assert api.delete(f"/fields/{slug['id']}").status == 200
    assert api.delete(f"/fields/{title['id']}").status == 200


def test_fields_and_fieldsets_share_one_order(api: Client) -> None:
    """A new part comes last or where it is wanted, and may be moved."""
    model(api, "post")
    field(api, "post", "a", "string")
    api.make("/item-types/post/fieldsets", "fieldset", title="S")
    last = field(api, "post", "b", "string")
    field(api, "post", "c", "string", position=2)
    assert _positions(api) == {"a": 1, "c": 2, "set": 3, "b": 4}

    api.change(f"/fields/{last['id']}", "field", position=1)

    assert _positions(api) == {"b": 1, "a": 2, "c": 3, "set": 4}


def test_place_before_the_first_is_refused(api: Client) -> None:
    """Places are counted from one."""
    model(api, "post")
    body = document(
        "field", None, {"label": "A", "api_key": "a", "field_type": "string", "position": 0}
    )

    assert api.post("/item-types/post/fields", body).details["field"] == "position"


def test_parts_are_reordered_in_one_go(api: Client) -> None:
    """A list of places moves fields and fieldsets, also into another fieldset."""
    model(api, "post")
    a, b = field(api, "post", "a", "string"), field(api, "post", "b", "string")
    fieldset = api.make("/item-types/post/fieldsets", "fieldset", title="S").data
    into: JsonObject = {"fieldset": {"data": {"type": "fieldset", "id": fieldset["id"]}}}
    places = [
        {"type": "fieldset", "id": fieldset["id"], "attributes": {"position": 1}},
        {"type": "field", "id": b["id"], "attributes": {"position": 2}, "relationships": into},
        {"type": "field", "id": a["id"], "attributes": {"position": 3}},
    ]

    answer = api.post("/item-types/post/reorder-fields-and-fieldsets", {"data": places})

    assert [each["id"] for each in answer.data] == [fieldset["id"], b["id"], a["id"]]
    moved = api.get(f"/fields/{b['id']}").data
    assert moved["relationships"]["fieldset"] == into["fieldset"]


def test_parts_of_other_models_are_not_reordered(api: Client) -> None:
    """A list of places names parts of the model only."""
    model(api, "post")
    places = [{"type": "field", "id": ID, "attributes": {"position": 1}}]

    refused = api.post("/item-types/post/reorder-fields-and-fieldsets", {"data": places})

    assert refused.details["field"] == "id"


def test_update_changes_only_what_is_sent(api: Client) -> None:
    """The rest stays as it was stored."""
    model(api, "post")
    extension = {"extension": {"predefined_list": "image"}}
    made = field(api, "post", "hero", "file", validators=extension, hint="")
    stored = made["attributes"]["validators"]
    assert stored == {"extension": {"extensions": [], "predefined_list": "image"}}

    changed = api.change(f"/fields/{made['id']}", "field", label="Hero!", validators=stored).data

    assert changed["attributes"] == {**made["attributes"], "label": "Hero!"}


def test_validators_are_taken_as_they_read(api: Client) -> None:
    """The empty list beside a predefined one may be sent again, as official migrations do."""
    model(api, "post")
    stored = {"extension": {"extensions": [], "predefined_list": "image"}}

    made = field(api, "post", "hero", "file", validators=stored)

    assert made["attributes"]["validators"] == stored


def test_misspelt_appearance_is_read(api: Client) -> None:
    """Old clients spell it otherwise."""
    model(api, "post")
    textarea: JsonObject = {"editor": "textarea", "parameters": {}, "addons": []}

    made = field(api, "post", "text", "text", appeareance=textarea)

    assert made["attributes"]["appearance"] == textarea


def test_changed_type_gets_its_own_editor(api: Client) -> None:
    """An editor that no longer fits gives way to the default one."""
    model(api, "post")
    made = field(api, "post", "text", "string")

    changed = api.change(f"/fields/{made['id']}", "field", field_type="text").data

    assert changed["attributes"]["appearance"]["editor"] == "markdown"


def test_default_moves_with_localization(api: Client) -> None:
    """A default becomes that of the main locale, and back."""
    api.change("/site", "site", locales=["en", "it"])
    model(api, "post")
    made = field(api, "post", "text", "string", default_value="x")
    path = f"/fields/{made['id']}"

    localized = api.change(path, "field", localized=True).attributes
    again = api.change(path, "field", localized=False).attributes

    assert localized["default_value"] == {"en": "x", "it": None}
    assert again["default_value"] == "x"


def test_default_sent_with_localization_is_taken(api: Client) -> None:
    """Who changes both knows what he wants."""
    model(api, "post")
    made = field(api, "post", "text", "string", default_value="x")

    changed = api.change(
        f"/fields/{made['id']}", "field", localized=True, default_value={"en": "y"}
    ).attributes

    assert changed["default_value"] == {"en": "y"}


def test_duplicate_comes_right_behind(api: Client) -> None:
    """The copy is named after its source and stands next to it."""
    model(api, "post")
    made = field(api, "post", "title", "string")
    field(api, "post", "text", "text")

    copy = api.post(f"/fields/{made['id']}/duplicate").data

    attributes = copy["attributes"]
    assert (attributes["label"], attributes["api_key"]) == ("Title (copy #1)", "title_copy1")
    assert _positions(api) == {"title": 1, "title_copy1": 2, "text": 3}
    assert api.post(f"/fields/{made['id']}/duplicate").attributes["api_key"] == "title_copy2"
