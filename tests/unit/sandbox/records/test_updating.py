"""Updating records: partial and whole, locks, stages, locales."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from tests.unit.sandbox.records.building import F, Lab, block, blocks_of, lab, new_id, refusal
from tests.unit.sandbox.records.test_creating import staged_lab


def post_lab(**flags: Json) -> tuple[Lab, JsonObject]:
    """Make a lab with one record of two fields."""
    at = lab()
    at.model("post", F("title"), F("text", "text"), **flags)
    return at, at.create("post", {"title": "a", "text": "b"})


def test_only_what_is_sent_changes() -> None:
    """Attributes that are not sent stay; null clears."""
    at, post = post_lab()
    at.update(post["id"], {"title": "A"})
    assert at.get(post["id"])["attributes"] == {"title": "A", "text": "b"}
    at.update(post["id"], {"text": None})
    assert at.get(post["id"])["attributes"] == {"title": "A", "text": None}


def test_whole_read_back_is_accepted() -> None:
    """A record sent back as it was read, meta and relationships included, is taken."""
    at, post = post_lab()
    read = at.get(post["id"])
    updated = at.update(
        post["id"], read["attributes"], meta=read["meta"], relationships=read["relationships"]
    )
    assert updated["attributes"] == read["attributes"]
    assert updated["meta"]["current_version"] != read["meta"]["current_version"]


def test_update_answers_with_model_and_blocks() -> None:
    """The answer of an update includes the model."""
    at, post = post_lab()
    answer = at.answer("PUT", f"/items/{post['id']}", {"data": {"type": "item", "attributes": {}}})
    assert [one["type"] for one in answer["included"]] == ["item_type"]


def test_stale_version_is_refused() -> None:
    """The lock refuses a writer who read an older version."""
    at, post = post_lab()
    version = post["meta"]["current_version"]
    at.update(post["id"], {"title": "A"}, meta={"current_version": version})
    with pytest.raises(ApiFailure) as refused:
        at.update(post["id"], {"title": "B"}, meta={"current_version": version})
    assert refused.value.status == 422
    assert refusal(refused.value) == ("STALE_ITEM_VERSION", {})
    assert at.get(post["id"])["attributes"]["title"] == "A"


def test_updated_at_moves_with_content_only() -> None:
    """A request that changes no content makes no version and moves no time."""
    at, post = post_lab()
    touched = at.update(post["id"], meta={"created_at": "2019-01-01T00:00:00Z"})
    assert touched["meta"]["created_at"] == "2019-01-01T00:00:00.000+00:00"
    assert touched["meta"]["updated_at"] == post["meta"]["updated_at"]
    assert touched["meta"]["current_version"] == post["meta"]["current_version"]
    assert at.update(post["id"], {"title": "x"})["meta"]["updated_at"] > post["meta"]["updated_at"]


def test_first_publication_can_be_dated_later() -> None:
    """`first_published_at` may be set on an update, and null leaves it."""
    at, post = post_lab()
    dated = at.update(post["id"], meta={"first_published_at": "2019-01-01T00:00:00+00:00"})
    assert dated["meta"]["first_published_at"] == "2019-01-01T00:00:00.000+00:00"
    same = at.update(post["id"], meta={"first_published_at": None})
    assert same["meta"]["first_published_at"] == dated["meta"]["first_published_at"]


def test_published_record_becomes_updated() -> None:
    """With drafts an update waits for publication; without them it is public at once."""
    at, post = post_lab()
    at.publish(post["id"])
    assert at.update(post["id"], {"title": "B"})["meta"]["status"] == "updated"
    assert at.get(post["id"], version="published")["attributes"]["title"] == "a"
    assert at.get(post["id"], version="latest")["attributes"]["title"] == "B"

    open_at, live = post_lab(draft_mode_active=False)
    after = open_at.update(live["id"], {"title": "B"})
    assert after["meta"]["status"] == "published"
    assert after["meta"]["published_at"] > live["meta"]["published_at"]
    assert after["meta"]["first_published_at"] == live["meta"]["first_published_at"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"id": new_id(3)}, "INVALID_ENTITY_ID"),
        (
            {"relationships": {"item_type": {"data": {"type": "item_type", "id": "model-x"}}}},
            "ITEM_TYPE_CANNOT_BE_CHANGED",
        ),
        ({"relationships": {"author": {"data": None}}}, "INVALID_FORMAT"),
        ({"meta": {"locked": True}}, "INVALID_FORMAT"),
    ],
)
def test_identity_cannot_change(more: JsonObject, code: str) -> None:
    """Neither id nor model of a record can be changed, nor unknown keys be sent."""
    at, post = post_lab()
    with pytest.raises(ApiFailure) as refused:
        at.data("PUT", f"/items/{post['id']}", {"data": {"type": "item", **more}})
    assert refusal(refused.value)[0] == code


def test_unknown_record_is_not_found() -> None:
    """Updating, deleting or reading what is not there is a 404."""
    at = lab()
    for method in ("PUT", "DELETE", "GET"):
        with pytest.raises(ApiFailure) as refused:
            at.data(method, "/items/ghost", {"data": {"type": "item"}})
        assert refused.value.status == 404


def test_creator_is_kept_unless_another_is_named() -> None:
    """An explicit null creator and a known one are accepted."""
    at, post = post_lab()
    at.project.of_type("user")["12"] = {"type": "user", "id": "12"}
    user = {"type": "user", "id": "12"}
    assert at.update(post["id"], relationships={"creator": {"data": user}})["relationships"][
        "creator"
    ] == {"data": user}
    assert at.update(post["id"], relationships={"creator": {"data": None}})["relationships"][
        "creator"
    ] == {"data": user}


def test_stage_moves_along_the_workflow() -> None:
    """`meta.stage` moves a record to a stage of its model's workflow and to no other."""
    at = staged_lab()
    post = at.create("post", {})
    assert at.update(post["id"], meta={"stage": "done"})["meta"]["stage"] == "done"
    for stage in ("ghost", None):
        with pytest.raises(ApiFailure) as refused:
            at.update(post["id"], meta={"stage": stage})
        assert refusal(refused.value)[1]["field"] == "stage"


def test_model_without_workflow_takes_a_null_stage() -> None:
    """A read-back has a null stage where there is no workflow."""
    at, post = post_lab()
    assert at.update(post["id"], meta={"stage": None})["meta"]["stage"] is None


def test_dry_run_of_an_update_changes_nothing() -> None:
    """Validation answers like the update and leaves the record as it is."""
    at, post = post_lab()
    body = {"data": {"type": "item", "attributes": {"title": "x"}}}
    assert at.send("POST", f"/items/{post['id']}/validate", body).status == 204
    assert at.get(post["id"]) == post
    with pytest.raises(ApiFailure):
        at.send(
            "POST",
            f"/items/{post['id']}/validate",
            {"data": {"type": "item", "attributes": {"title": 5}}},
        )


def locale_lab(**flags: Json) -> Lab:
    """Make a lab with two localized fields and one that is not."""
    at = lab(locales=("en", "it", "de"))
    at.model("post", F("title", localized=True), F("text", localized=True), F("code"), **flags)
    return at


def test_locales_of_a_record_may_differ_from_the_site() -> None:
    """A record exists in the locales that are sent; omitted fields follow."""
    at = locale_lab()
    post = at.create("post", {"title": {"en": "a", "it": None}})
    assert post["attributes"] == {
        "title": {"en": "a", "it": None},
        "text": {"en": None, "it": None},
        "code": None,
    }


def test_record_without_named_locales_is_in_the_main_one() -> None:
    """A record that sends no localized field exists in the main locale."""
    at = locale_lab()
    assert at.create("post", {"code": "x"})["attributes"]["title"] == {"en": None}


def test_required_locales_are_all_there() -> None:
    """A model that requires all locales fills defaults in all and refuses fewer."""
    at = locale_lab(all_locales_required=True)
    assert list(at.create("post", {"code": "x"})["attributes"]["title"]) == ["en", "it", "de"]
    with pytest.raises(ApiFailure) as refused:
        at.create("post", {"title": {"en": "a"}})
    assert refusal(refused.value) == (
        "MISSING_LOCALES",
        {"field": "title", "missing_locales": ["de", "it"]},
    )


def test_locales_are_added_to_all_fields_at_once() -> None:
    """A locale is added or removed by sending every localized field."""
    at = locale_lab()
    post = at.create("post", {"title": {"en": "a"}, "text": {"en": "b"}})
    with pytest.raises(ApiFailure) as refused:
        at.update(post["id"], {"title": {"en": "a", "it": "A"}})
    assert refusal(refused.value)[0] == "MISSING_LOCALES"

    both = {"title": {"en": "a", "it": "A"}, "text": {"en": "b", "it": "B"}}
    assert at.update(post["id"], both)["attributes"]["text"] == {"en": "b", "it": "B"}
    with pytest.raises(ApiFailure):
        at.update(post["id"], {"title": {"it": "A"}})
    gone = at.update(post["id"], {"title": {"it": "A"}, "text": {"it": "B"}})
    assert gone["attributes"]["title"] == {"it": "A"}


@pytest.mark.parametrize("value", ["plain", None, {}, [], {"fr": "x"}, {"en": "a", "fr": None}])
def test_localized_field_takes_known_locales_only(value: Json) -> None:
    """A localized value is an object of at least one of the site's locales."""
    at = locale_lab()
    with pytest.raises(ApiFailure) as refused:
        at.create("post", {"title": value})
    assert refusal(refused.value)[1]["field"] == "title"


def test_blocks_in_a_plain_field_have_the_records_locales() -> None:
    """Localized fields of blocks have the record's locales; within a localized value, none."""
    at = lab(locales=("en", "it"))
    at.model("card", F("text", localized=True, default={"en": "d"}), modular_block=True)
    rule = {"rich_text_blocks": blocks_of("card")}
    at.model(
        "page",
        F("title", localized=True),
        F("cards", "rich_text", validators=rule),
        F("sections", "rich_text", localized=True, validators=rule),
    )
    page = at.create(
        "page",
        {
            "title": {"en": "a", "it": "b"},
            "cards": [block("card")],
            "sections": {"en": [block("card", {"text": "plain"}), block("card")], "it": []},
        },
    )
    read = at.get(page["id"], nested="true")["attributes"]
    assert read["cards"][0]["attributes"]["text"] == {"en": "d", "it": None}
    texts = [one["attributes"]["text"] for one in read["sections"]["en"]]
    assert texts == ["plain", "d"]

    with pytest.raises(ApiFailure) as refused:
        at.update(page["id"], {"cards": [block("card", {"text": {"en": "x"}})]})
    assert refusal(refused.value)[1]["field"] == "cards.0.text"


def test_locales_of_blocks_alone_decide() -> None:
    """A record whose only localized values are in its blocks keeps their locales."""
    at = lab(locales=("en", "it"))
    at.model("card", F("text", localized=True), modular_block=True)
    at.model("page", F("cards", "rich_text", validators={"rich_text_blocks": blocks_of("card")}))
    page = at.create("page", {"cards": [block("card", {"text": {"it": "x"}})]})
    (card,) = page["attributes"]["cards"]
    after = at.update(page["id"], {"cards": [card, block("card")]})
    read = at.get(after["id"], nested="true")["attributes"]["cards"]
    assert [list(one["attributes"]["text"]) for one in read] == [["it"], ["it"]]
