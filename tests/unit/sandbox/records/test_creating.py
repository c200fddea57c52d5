"""Creating records: ids, defaults, meta, creator, singletons, refusals."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from tests.unit.sandbox.records.building import (
    ACTOR,
    F,
    Lab,
    block,
    blocks_of,
    document,
    lab,
    new_id,
    refusal,
)


def test_record_reads_as_the_api_shows_it() -> None:
    """A new record has every field, its relationships and the whole of its meta."""
    at = lab()
    at.model("post", F("title"), F("tags", "links", validators={"items_item_type": {}}))
    created = at.create("post", {"title": "Hello"})

    version = created["meta"].pop("current_version")
    assert len(version) == 22
    assert created == {
        "type": "item",
        "id": created["id"],
        "attributes": {"title": "Hello", "tags": []},
        "relationships": {
            "item_type": {"data": {"type": "item_type", "id": "model-post"}},
            "creator": {"data": ACTOR},
        },
        "meta": {
            "created_at": "2026-03-01T10:00:01.000+00:00",
            "updated_at": "2026-03-01T10:00:01.000+00:00",
            "published_at": None,
            "first_published_at": None,
            "publication_scheduled_at": None,
            "unpublishing_scheduled_at": None,
            "status": "draft",
            "is_valid": True,
            "is_current_version_valid": True,
            "is_published_version_valid": None,
            "stage": None,
            "has_children": None,
        },
    }


def test_creation_answers_201_with_model_and_blocks() -> None:
    """The answer includes the model and the blocks, the newest first."""
    at = lab()
    at.model("quote", F("text"), modular_block=True)
    at.model("post", F("body", "rich_text", validators={"rich_text_blocks": blocks_of("quote")}))
    body = {
        "data": {
            "type": "item",
            "attributes": {"body": [block("quote", {"text": one}) for one in ("a", "b")]},
            "relationships": {"item_type": {"data": {"type": "item_type", "id": "model-post"}}},
        }
    }
    reply = at.send("POST", "/items", body)

    assert reply.status == 201
    model, second, first = at_json(reply.body)["included"]
    assert model["id"] == "model-post"
    assert [second["attributes"]["text"], first["attributes"]["text"]] == ["b", "a"]
    assert second["meta"]["status"] == "draft"
    assert "creator" not in second["relationships"]


def at_json(body: Json) -> JsonObject:
    """Give a reply's body as the object that it is."""
    assert isinstance(body, dict)
    return body


def test_record_takes_a_free_portable_id() -> None:
    """The caller may choose the id, once."""
    at = lab()
    at.model("post", F("title"))

    assert at.create("post", {}, id=new_id(5))["id"] == new_id(5)
    with pytest.raises(ApiFailure) as taken:
        at.create("post", {}, id=new_id(5))
    assert refusal(taken.value)[1]["code"] == "VALIDATION_UNIQUENESS"


@pytest.mark.parametrize("wanted", ["12345", "AAAAAAAAAAAAAAAAAAAAAA", "x"])
def test_ids_of_other_forms_are_refused(wanted: str) -> None:
    """Legacy integers and anything that is no v4 UUID cannot be chosen."""
    at = lab()
    at.model("post", F("title"))
    with pytest.raises(ApiFailure) as refused:
        at.create("post", {}, id=wanted)
    assert refusal(refused.value)[1]["field"] == "id"


def test_omitted_fields_take_their_default() -> None:
    """A default fills in what was not sent; an explicit null stays null."""
    at = lab(locales=("en", "it"))
    at.model(
        "post",
        F("kind", default="news"),
        F("rank", "integer", default=3),
        F("motto", localized=True, default={"en": "Hi", "it": None}),
        F("title", localized=True),
    )
    filled = at.create("post", {"title": {"it": "Ciao", "en": "Hello"}, "rank": None})

    assert filled["attributes"]["kind"] == "news"
    assert filled["attributes"]["rank"] is None
    assert filled["attributes"]["motto"] == {"it": None, "en": "Hi"}


def test_dates_of_creation_and_first_publication_are_kept() -> None:
    """`created_at` and `first_published_at` have an effect, `updated_at` and the rest none."""
    at = lab()
    at.model("post", F("title"), draft_mode_active=False)
    past = "2018-11-24T10:00"
    created = at.create(
        "post",
        {},
        meta={
            "created_at": past,
            "first_published_at": "2018-07-25T10:00:00+02:00",
            "updated_at": past,
            "published_at": past,
            "status": "draft",
        },
    )

    assert created["meta"]["created_at"] == "2018-11-24T10:00:00.000+00:00"
    assert created["meta"]["first_published_at"] == "2018-07-25T08:00:00.000+00:00"
    assert created["meta"]["updated_at"].startswith("2026-03-01")
    assert created["meta"]["published_at"].startswith("2026-03-01")
    assert created["meta"]["status"] == "published"


def test_time_without_offset_is_in_the_project_zone() -> None:
    """In summer London is an hour ahead of UTC."""
    at = lab()
    at.model("post", F("title"))
    created = at.create("post", {}, meta={"created_at": "2018-07-24T10:00"})
    assert created["meta"]["created_at"] == "2018-07-24T09:00:00.000+00:00"


def test_unreadable_time_is_refused() -> None:
    """A date that is none is an INVALID_DATE."""
    at = lab()
    at.model("post", F("title"))
    with pytest.raises(ApiFailure) as refused:
        at.create("post", {}, meta={"created_at": "yesterday"})
    assert refusal(refused.value)[0] == "INVALID_DATE"


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("links", {}, "#/data: failed schema"),
        ("meta", {"stage": "s"}, '"stage" is not a permitted key.'),
        ("meta", {"has_children": None}, '"has_children" is not a permitted key.'),
        ("meta", {"unpublishing_scheduled_at": None}, "is not a permitted key."),
        ("type", "post", "is not a member of"),
        ("attributes", [], "is not of type object"),
    ],
)
def test_unexpected_keys_are_refused(part: str, value: Json, message: str) -> None:
    """Everything around the attributes is a closed schema."""
    at = lab()
    at.model("post", F("title"))
    with pytest.raises(ApiFailure) as refused:
        at.create("post", {}, **{part: value})
    code, details = refusal(refused.value)
    assert code == "INVALID_FORMAT"
    assert message in details["messages"][0]


def test_model_must_be_named() -> None:
    """A record without a model is refused."""
    at = lab()
    with pytest.raises(ApiFailure) as refused:
        at.send("POST", "/items", {"data": {"type": "item", "attributes": {}}})
    assert refusal(refused.value)[0] == "INVALID_FORMAT"


def test_unknown_model_is_refused() -> None:
    """A record of a model that is not there is refused."""
    with pytest.raises(ApiFailure) as refused:
        lab().create("ghost", {})
    assert refusal(refused.value)[0] == "ITEM_TYPE_NOT_FOUND"


def test_unknown_attribute_is_refused() -> None:
    """An attribute without a field is named in the refusal."""
    at = lab()
    at.model("post", F("title"))
    with pytest.raises(ApiFailure) as refused:
        at.create("post", {"titel": "x", "position": 1})
    assert refusal(refused.value) == (
        "INVALID_ATTRIBUTES",
        {"extraneous_attributes": ["titel", "position"]},
    )


def test_blocks_cannot_be_created_alone() -> None:
    """A block lives in a record or not at all."""
    at = lab()
    at.model("quote", F("text"), modular_block=True)
    with pytest.raises(ApiFailure) as refused:
        at.create("quote", {"text": "x"})
    assert refusal(refused.value)[0] == "INVALID_REQUEST"


def test_singleton_is_single_and_known_to_its_model() -> None:
    """The model names its only record, a second is refused, and deleting it frees the place."""
    at = lab()
    model_id = at.model("home", F("title"), singleton=True)
    created = at.create("home", {"title": "Home"})
    model = at.environment.of_type("item_type")[model_id]
    assert model["relationships"]["singleton_item"]["data"]["id"] == created["id"]
    assert model["attributes"]["has_singleton_item"] is True
    assert model["meta"]["has_singleton_item"] is True

    with pytest.raises(ApiFailure) as refused:
        at.create("home", {"title": "Again"})
    assert refusal(refused.value)[0] == "DUPLICATE_SINGLETON"

    at.data("DELETE", f"/items/{created['id']}")
    model = at.environment.of_type("item_type")[model_id]
    assert model["relationships"]["singleton_item"]["data"] is None
    assert at.create("home", {"title": "New"})["attributes"]["title"] == "New"


def test_creator_must_exist() -> None:
    """A creator of the project is kept, another is refused."""
    at = lab()
    at.model("post", F("title"))
    at.project.of_type("user")["12"] = {"type": "user", "id": "12"}
    kept = at.create("post", {}, creator={"type": "user", "id": "12"})
    assert kept["relationships"]["creator"]["data"] == {"type": "user", "id": "12"}

    with pytest.raises(ApiFailure) as refused:
        at.create("post", {}, creator={"type": "user", "id": "13"})
    assert refusal(refused.value)[1]["field"] == "creator"


def test_the_owner_can_be_a_creator() -> None:
    """The account that pays for the project may have created records."""
    at = lab()
    at.model("post", F("title"))
    at.project.owner = {"type": "account", "id": "1", "attributes": {}}
    created = at.create("post", {}, creator={"type": "account", "id": "1"})
    assert created["relationships"]["creator"]["data"] == {"type": "account", "id": "1"}


def test_new_record_begins_in_the_initial_stage() -> None:
    """A model with a workflow puts its records into the first stage."""
    at = staged_lab()
    assert at.create("post", {})["meta"]["stage"] == "idea"


def staged_lab() -> Lab:
    """Make a lab with a model under a workflow of two stages."""
    at = lab()
    at.environment.of_type("workflow")["flow"] = {
        "type": "workflow",
        "id": "flow",
        "attributes": {"stages": [{"id": "done"}, {"id": "idea", "initial": True}]},
    }
    at.model("post", F("title"), workflow="flow")
    return at


def test_validation_alone_stores_nothing() -> None:
    """The dry run says what creating would say and leaves no trace."""
    at = lab()
    at.model("post", F("title", validators={"required": {}}))
    item_type = {"item_type": {"data": {"type": "item_type", "id": "model-post"}}}
    good = {"type": "item", "attributes": {"title": "x"}, "relationships": item_type}
    bad = {"type": "item", "attributes": {}, "relationships": item_type}

    assert at.send("POST", "/items/validate", {"data": good}).status == 204
    with pytest.raises(ApiFailure) as refused:
        at.send("POST", "/items/validate", {"data": bad})
    assert refusal(refused.value)[1]["code"] == "VALIDATION_REQUIRED"
    assert at.environment.items == {}


def test_full_project_refuses_another_record() -> None:
    """A plan's quota of records is held."""
    at = lab()
    at.model("post", F("title"))
    at.project.limits["items"] = 1
    at.create("post", {})
    with pytest.raises(ApiFailure) as refused:
        at.create("post", {})
    assert refusal(refused.value) == ("PLAN_UPGRADE_REQUIRED", {"limit": "items"})


def test_record_beyond_300_kb_is_refused() -> None:
    """Its blocks count with it."""
    at = lab()
    at.model("card", F("text", "text"), modular_block=True)
    validators = {"rich_text_blocks": {"item_types": ["model-card"]}}
    at.model("post", F("title", "text"), F("cards", "rich_text", validators=validators))
    half = "x" * 160_000
    at.create("post", {"title": half})

    with pytest.raises(ApiFailure) as refused:
        at.create("post", {"title": half, "cards": [block("card", {"text": half})]})

    details = {"limit": "item_size_bytes", "max": 307_200}
    assert refusal(refused.value) == ("TECHNICAL_LIMIT_REACHED", details)


@pytest.mark.parametrize("kind", ["rich_text", "single_block", "structured_text"])
def test_blocks_alone_may_say_the_locales(kind: str) -> None:
    """A record without localized fields is in the locales that its new blocks are sent in."""
    at = lab(locales=["en", "it", "de"])
    at.model(
        "card", F("text", localized=True), F("note", localized=True), F("plain"), modular_block=True
    )
    key = "structured_text_blocks" if kind == "structured_text" else f"{kind}_blocks"
    at.model("post", F("body", kind, validators={key: {"item_types": ["model-card"]}}))
    new = block("card", {"plain": "p", "text": {"it": "a", "de": "b"}})
    values: JsonObject = {
        "rich_text": [block("card", {"text": {"it": "", "de": ""}}), new],
        "single_block": new,
        "structured_text": document({"type": "block", "item": new}),
    }

    item = at.create("post", {"body": values[kind]})["id"]

    found = at.data("GET", "/items", filter={"type": "card"}, nested="true")
    assert all(one["attributes"]["note"] == {"it": None, "de": None} for one in found)
    assert at.get(item)["attributes"]["body"]


@pytest.mark.parametrize(
    "form",
    [
        {"type": "item"},
        {"type": "item", "attributes": {"text": {"it": "a"}}, "relationships": 5},
        {"type": "item", "attributes": {"text": {"it": "a"}}},
        5,
    ],
)
def test_broken_blocks_say_no_locales(form: Json) -> None:
    """What cannot be read decides nothing, and is refused in its turn."""
    at = lab(locales=["en", "it"])
    at.model("card", F("text", localized=True), modular_block=True)
    validators = {"rich_text_blocks": {"item_types": ["model-card"]}}
    at.model("post", F("body", "rich_text", validators=validators))

    with pytest.raises(ApiFailure) as refused:
        at.create("post", {"body": [form]})

    assert refusal(refused.value)[0] == "INVALID_FIELD"
