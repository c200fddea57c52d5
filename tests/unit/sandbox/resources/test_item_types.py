"""Models and block models."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from tests.unit.sandbox.client import Client, document
from tests.unit.sandbox.resources.shelf import ID, OTHER_ID, field, model


def test_defaults(api: Client) -> None:
    """A model that says only its name is plain."""
    made = api.make("/item-types", "item_type", name="Post", api_key="post").data

    flags = {name for name, value in made["attributes"].items() if value is True}
    assert flags == set()
    assert made["attributes"]["collection_appearance"] == "compact"
    assert made["attributes"]["collection_appeareance"] == "compact"
    assert made["relationships"]["fields"] == {"data": []}
    assert made["relationships"]["title_field"] == {"data": None}
    assert made["meta"] == {"has_singleton_item": False}


def test_draft_mode_follows_the_projects_default(api: Client) -> None:
    """New models take the project's choice, blocks never do."""
    api.put("/site", {"data": {"type": "site", "meta": {"draft_mode_default": True}}})

    assert model(api, "post")["attributes"]["draft_mode_active"]
    assert not model(api, "block", modular_block=True)["attributes"]["draft_mode_active"]


def test_model_is_found_by_id_or_api_key(api: Client) -> None:
    """Both ways name the same model; another key names none."""
    made = model(api, "post")

    assert api.get(f"/item-types/{made['id']}").data == made
    assert api.get("/item-types/post").data == made
    assert api.get("/item-types/nothing").status == 404


def test_own_id_is_kept_once(api: Client) -> None:
    """The caller's id is used; a second time it is taken."""
    body = document("item_type", None, {"name": "A", "api_key": "a"})
    body["data"]["id"] = ID
    assert api.post("/item-types", body).data["id"] == ID

    body["data"]["attributes"]["api_key"] = "b"
    refused = api.post("/item-types", body)
    assert (refused.details["field"], refused.details["code"]) == ("id", "VALIDATION_UNIQUENESS")


def test_decimal_id_is_refused(api: Client) -> None:
    """Ids of older projects cannot be sent."""
    body = document("item_type", None, {"name": "A", "api_key": "a"})
    body["data"]["id"] = "123456"

    refused = api.post("/item-types", body)

    assert (refused.details["field"], refused.details["code"]) == ("id", "INVALID_FORMAT")


@pytest.mark.parametrize("api_key", ["Post", "1a", "a__b", "a_", "a_1", "_a", "", "a-b"])
def test_api_key_of_the_wrong_form_is_refused(api: Client, api_key: str) -> None:
    """Lower-case words with single underscores, no digit after one."""
    refused = api.make("/item-types", "item_type", name="A", api_key=api_key)

    assert (refused.details["field"], refused.details["record_type"]) == ("api_key", "ItemType")


def test_api_key_is_taken_once(api: Client) -> None:
    """Two models cannot share a key."""
    model(api, "post")

    refused = api.make("/item-types", "item_type", name="B", api_key="post")

    assert refused.details["code"] == "VALIDATION_UNIQUENESS"


def test_blank_name_is_refused(api: Client) -> None:
    """A model has a name."""
    assert api.make("/item-types", "item_type", name=" ", api_key="a").details["field"] == "name"


@pytest.mark.parametrize("flag", ["sortable", "tree", "draft_mode_active", "singleton"])
def test_blocks_have_no_record_settings(api: Client, flag: str) -> None:
    """What makes no sense inside a record is refused for a block."""
    attributes = {"name": "B", "api_key": "b", "modular_block": True, flag: True}

    assert api.make("/item-types", "item_type", **attributes).details["field"] == flag


def test_model_does_not_become_a_block(api: Client) -> None:
    """What a model is stays so."""
    path = f"/item-types/{model(api, 'post')['id']}"

    assert api.change(path, "item_type", modular_block=True).details["field"] == "modular_block"


def test_invalid_drafts_need_draft_mode(api: Client) -> None:
    """Without drafts there are no invalid ones."""
    attributes = {"name": "A", "api_key": "a", "draft_saving_active": True}

    refused = api.make("/item-types", "item_type", **attributes)

    assert refused.details["field"] == "draft_saving_active"


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"singleton": True}, "INVALID_ORDERING_FOR_SINGLETON_ITEM_TYPE"),
        ({"sortable": True}, "INVALID_ORDERING_FOR_SORTABLE_ITEM_TYPE"),
        ({"tree": True}, "INVALID_ORDERING_FOR_SORTABLE_ITEM_TYPE"),
    ],
)
def test_ordering_excludes_other_orders(api: Client, attributes: JsonObject, code: str) -> None:
    """One record, or records placed by hand, are not ordered by a date."""
    named: JsonObject = {"name": "A", "api_key": "a", "ordering_meta": "created_at", **attributes}

    assert api.make("/item-types", "item_type", **named).code == code


def test_two_orderings_exclude_each_other(api: Client) -> None:
    """A model is ordered by a field or by a date."""
    made = model(api, "post")
    size = field(api, "post", "size", "integer")
    links = {"ordering_field": {"type": "field", "id": size["id"]}}
    path = f"/item-types/{made['id']}"

    refused = api.change(path, "item_type", links, ordering_meta="created_at")

    assert refused.details["field"] == "ordering_meta"
    assert api.change(path, "item_type", links, ordering_direction="asc").status == 200


@pytest.mark.parametrize(
    ("name", "kind", "validators"),
    [
        ("title_field", "link", {"item_item_type": {"item_types": []}}),
        ("image_preview_field", "string", {}),
        ("ordering_field", "file", {}),
    ],
)
def test_fields_must_suit_their_role(
    api: Client, name: str, kind: str, validators: JsonObject
) -> None:
    """A link is no title, a text no picture."""
    made = model(api, "post")
    other = field(api, "post", "other", kind, validators=validators)

    refused = api.change(
        f"/item-types/{made['id']}", "item_type", {name: {"type": "field", "id": other["id"]}}
    )

    assert refused.details["field"] == name


def test_fields_of_other_models_play_no_role(api: Client) -> None:
    """A title is a field of the same model."""
    made = model(api, "post")
    model(api, "page")
    foreign = field(api, "page", "title", "string")

    refused = api.change(
        f"/item-types/{made['id']}",
        "item_type",
        {"title_field": {"type": "field", "id": foreign["id"]}},
    )

    assert refused.details["message"] == "is not a field of this model"


def test_unknown_workflow_is_refused(api: Client) -> None:
    """A model cannot follow a workflow that is not there."""
    links: JsonObject = {"workflow": {"type": "workflow", "id": ID}}

    refused = api.make("/item-types", "item_type", links, name="A", api_key="a")

    assert refused.details["field"] == "workflow"


def test_update_changes_only_what_is_sent(api: Client) -> None:
    """The rest stays, and the misspelt double follows."""
    made = model(api, "post", hint="")
    path = f"/item-types/{made['id']}"

    changed = api.change(path, "item_type", name="Article", collection_appeareance="table").data

    expected = {
        **made["attributes"],
        "name": "Article",
        "collection_appearance": "table",
        "collection_appeareance": "table",
    }
    assert changed["attributes"] == expected
    assert changed["attributes"]["hint"] is None


def test_menus_follow_models(api: Client) -> None:
    """A model comes with two entries, a block with one, and they go with it."""
    post, block = model(api, "post"), model(api, "block", modular_block=True)

    entries = api.get("/menu-items").data
    schema_entries = api.get("/schema-menu-items").data
    assert [entry["attributes"]["label"] for entry in entries] == ["Post"]
    kinds = [entry["attributes"]["kind"] for entry in schema_entries]
    assert kinds == ["item_type", "modular_block"]
    assert [entry["attributes"]["position"] for entry in schema_entries] == [1, 2]

    api.delete(f"/item-types/{post['id']}")
    api.delete(f"/item-types/{block['id']}")
    assert api.get("/menu-items").data == api.get("/schema-menu-items").data == []


def test_menu_entries_can_be_named_and_skipped(api: Client) -> None:
    """The caller chooses the ids of the entries, or that there be none in the content menu."""
    body = document("item_type", None, {"name": "A", "api_key": "a"})
    api.post(f"/item-types?menu_item_id={ID}&schema_menu_item_id={OTHER_ID}", body)
    body["data"]["attributes"]["api_key"] = "b"
    api.post("/item-types?skip_menu_item_creation=true", body)

    assert [entry["id"] for entry in api.get("/menu-items").data] == [ID]
    assert api.get("/schema-menu-items").data[0]["id"] == OTHER_ID


def test_content_menu_may_stay_when_a_model_goes(api: Client) -> None:
    """With `skip_menu_items_deletion` the entry is kept."""
    made = model(api, "post")

    api.delete(f"/item-types/{made['id']}?skip_menu_items_deletion=true")

    assert len(api.get("/menu-items").data) == 1


def test_destroyed_model_takes_its_parts_along(api: Client) -> None:
    """Its fields and fieldsets go, and it is answered without them."""
    made = model(api, "post")
    title = field(api, "post", "title", "string")
    fieldset = api.make("/item-types/post/fieldsets", "fieldset", title="F").data

    gone = api.delete(f"/item-types/{made['id']}").data

    assert gone["relationships"]["fields"] == gone["relationships"]["fieldsets"] == {"data": []}
    assert gone["relationships"]["title_field"] == {"data": None}
    assert api.get("/item-types").data == []
    assert api.get(f"/fields/{title['id']}").status == 404
    assert api.get(f"/fieldsets/{fieldset['id']}").status == 404


def test_destroyed_model_is_named_nowhere(api: Client) -> None:
    """Validators and filters that name it lose it."""
    post, page = model(api, "post"), model(api, "page")
    named: Json = {"item_types": [post["id"], page["id"]]}
    links = field(
        api, "page", "links", "links", validators={"items_item_type": named, "size": {"max": 3}}
    )
    for made in (post, page):
        of_model: JsonObject = {"item_type": {"type": "item_type", "id": made["id"]}}
        shared: JsonObject = {"name": "F", "filter": {}, "shared": True}
        api.make("/item-type-filters", "item_type_filter", of_model, **shared)

    api.delete(f"/item-types/{post['id']}")

    validators = api.get(f"/fields/{links['id']}").attributes["validators"]
    assert validators["items_item_type"]["item_types"] == [page["id"]]
    assert validators["size"] == {"max": 3}
    assert len(api.get("/item-type-filters").data) == 1


def test_referencing_models_are_told(api: Client) -> None:
    """Models and fields that name a model can be asked for."""
    post, page = model(api, "post"), model(api, "page")
    own = field(
        api, "post", "next", "link", validators={"item_item_type": {"item_types": [post["id"]]}}
    )
    link = field(
        api, "page", "post", "link", validators={"item_item_type": {"item_types": [post["id"]]}}
    )

    found = api.get(f"/item-types/{post['id']}/referencing").data
    fields = api.get(f"/item-types/{post['id']}/fields/referencing").data

    assert {each["id"] for each in found} == {post["id"], page["id"]}
    assert [each["id"] for each in fields] == [link["id"]]
    assert own["id"] not in [each["id"] for each in fields]


def test_duplicate_has_parts_of_its_own(api: Client) -> None:
    """Fields, fieldsets, title and slug source are copied, not shared."""
    made = model(api, "post")
    fieldset = api.make("/item-types/post/fieldsets", "fieldset", title="F").data
    title = field(api, "post", "title", "string", fieldset=fieldset["id"])
    source = {"slug_title_field": {"title_field_id": title["id"]}}
    field(api, "post", "slug", "slug", validators=source)

    copy = api.post(f"/item-types/{made['id']}/duplicate").data

    attributes = copy["attributes"]
    assert (attributes["name"], attributes["api_key"]) == ("Post (copy #1)", "post_copy1")
    copied = {
        each["attributes"]["api_key"]: each
        for each in api.get("/item-types/post_copy1/fields").data
    }
    assert copied.keys() == {"title", "slug"}
    new_title = copied["title"]["id"]
    assert new_title != title["id"]
    assert copy["relationships"]["title_field"]["data"]["id"] == new_title
    validators = copied["slug"]["attributes"]["validators"]
    assert validators["slug_title_field"]["title_field_id"] == new_title
    new_set = copied["title"]["relationships"]["fieldset"]["data"]["id"]
    assert new_set not in (None, fieldset["id"])
    assert api.post(f"/item-types/{made['id']}/duplicate").attributes["api_key"] == "post_copy2"


def test_newest_model_is_listed_first(api: Client) -> None:
    """As records are, models are listed newest first."""
    ids = [model(api, key)["id"] for key in ("a", "b")]

    assert [each["id"] for each in api.get("/item-types").data] == ids[::-1]


def test_plan_limits_models(api: Client) -> None:
    """Beyond the plan's limit the code and the limit are named."""
    api.project.limits["item_types"] = 1
    made = model(api, "post")

    refused = api.make("/item-types", "item_type", name="B", api_key="b")

    assert (refused.code, refused.details) == ("PLAN_UPGRADE_REQUIRED", {"limit": "item_types"})
    assert api.post(f"/item-types/{made['id']}/duplicate").code == "PLAN_UPGRADE_REQUIRED"
