"""Records follow their schema: new, changed and dropped fields, flags, models and locales."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records import schema_changes
from tests.unit.sandbox.records.building import (
    F,
    Lab,
    block,
    blocks_of,
    document,
    lab,
    paragraph,
)


def add_field(at: Lab, model_id: str, one: F) -> None:
    """Create a field the way the schema side does."""
    schema_changes.field_created(at.call(), at.field(model_id, one))


def change_field(at: Lab, field_id: str, **attributes: Json) -> None:
    """Update a field the way the schema side does."""
    before = at.environment.of_type("field")[field_id]
    after = {**before, "attributes": {**before["attributes"], **attributes}}
    at.environment.of_type("field")[field_id] = after
    schema_changes.field_updated(at.call(), before, after)


def drop_field(at: Lab, field_id: str) -> None:
    """Destroy a field the way the schema side does."""
    field = at.environment.of_type("field").pop(field_id)
    model_id = field["relationships"]["item_type"]["data"]["id"]
    model = at.environment.of_type("item_type")[model_id]
    links = [one for one in model["relationships"]["fields"]["data"] if one["id"] != field_id]
    at.put_model({**model, "relationships": {**model["relationships"], "fields": {"data": links}}})
    schema_changes.field_destroyed(at.call(), field)


def change_model(at: Lab, model_id: str, **attributes: Json) -> None:
    """Update a model the way the schema side does."""
    before = at.environment.of_type("item_type")[model_id]
    workflow = attributes.pop("workflow", None)
    after = {**before, "attributes": {**before["attributes"], **attributes}}
    if workflow is not None:
        linkage = {"data": {"type": "workflow", "id": workflow}}
        after["relationships"] = {**before["relationships"], "workflow": linkage}
    at.put_model(after)
    schema_changes.item_type_updated(at.call(), before, after)


def change_locales(at: Lab, *locales: str) -> None:
    """Set the site's locales the way the site side does."""
    before = at.environment.site["attributes"]["locales"]
    attributes = {**at.environment.site["attributes"], "locales": list(locales)}
    at.environment.site = {**at.environment.site, "attributes": attributes}
    schema_changes.locales_changed(at.call(), before, list(locales))


def test_new_field_is_empty_everywhere() -> None:
    """All versions read the new field, in every locale they have; nothing counts as written."""
    at = lab(locales=("en", "it"))
    model = at.model("post", F("title", localized=True))
    post = at.create("post", {"title": {"it": "a"}})
    at.publish(post["id"])
    newer = at.update(post["id"], {"title": {"it": "b"}})
    add_field(at, model, F("text", "text", localized=True, default={"it": "default"}))
    add_field(at, model, F("tags", "links"))

    after = at.get(post["id"])
    assert after["attributes"] == {"title": {"it": "b"}, "text": {"it": None}, "tags": []}
    assert after["meta"] == {**newer["meta"], "is_valid": True}
    assert at.get(post["id"], version="published")["attributes"]["text"] == {"it": None}
    old = at.data("GET", f"/items/{post['id']}/versions")[1]
    assert old["attributes"] == {"title": {"it": "a"}, "text": {"it": None}, "tags": []}


def test_new_required_field_flags_records() -> None:
    """Records that lack what is now required are flagged, published ones too."""
    at = lab()
    model = at.model("post", F("title"))
    draft, public = at.create("post", {})["id"], at.create("post", {})["id"]
    at.publish(public)
    add_field(at, model, F("text", validators={"required": {}}))
    assert at.get(draft)["meta"]["is_valid"] is False
    meta = at.get(public)["meta"]
    assert (meta["is_published_version_valid"], meta["status"]) == (False, "published")


def block_lab(*, localized: bool = False) -> tuple[Lab, str]:
    """Make a page with one block in each place, one inside another."""
    at = lab(locales=("en", "it"))
    rule = blocks_of("card")
    at.model(
        "card",
        F("text"),
        F("cards", "rich_text", validators={"rich_text_blocks": rule}),
        modular_block=True,
    )
    at.model(
        "page",
        F("cards", "rich_text", localized=localized, validators={"rich_text_blocks": rule}),
        F("one", "single_block", validators={"single_block_blocks": rule}),
        F("body", "structured_text", validators={"structured_text_blocks": rule}),
    )
    cards = [block("card", {"text": "outer", "cards": [block("card", {"text": "inner"})]})]
    page = at.create(
        "page",
        {
            "cards": {"en": cards} if localized else cards,
            "one": block("card", {"text": "one"}),
            "body": document(
                paragraph("a"), {"type": "block", "item": block("card", {"text": "b"})}
            ),
        },
    )
    return at, page["id"]


def block_texts(at: Lab, page: str, key: str) -> list[Json]:
    """Read one attribute of all blocks of a page."""
    content = at.get(page, nested="true")["attributes"]
    cards = content["cards"]["en"] if isinstance(content["cards"], dict) else content["cards"]
    body = content["body"]["document"]["children"][1]["item"]
    found = [*cards, *cards[0]["attributes"]["cards"], content["one"], body]
    return [one["attributes"][key] for one in found]


@pytest.mark.parametrize("localized", [False, True])
def test_blocks_follow_their_model_too(localized: bool) -> None:  # noqa: FBT001 - a case of pytest's
    """Fields of block models come, change and go in every block, at any depth."""
    at, page = block_lab(localized=localized)
    add_field(at, "model-card", F("note"))
    assert block_texts(at, page, "note") == [None] * 4
    change_field(at, "card.text", api_key="words")
    assert block_texts(at, page, "words") == ["outer", "inner", "one", "b"]
    change_field(at, "card.text", localized=True)
    plain = ["outer", "inner", "one", "b"]
    per_locale = [{"en": text} for text in plain]
    expected = plain[:2] + per_locale[2:] if localized else per_locale
    assert block_texts(at, page, "words") == expected
    drop_field(at, "card.note")
    add_field(at, "model-card", F("last", localized=True))
    assert "note" not in at.get(page, nested="true")["attributes"]["one"]["attributes"]


def test_dropped_field_is_gone_with_its_blocks() -> None:
    """A field takes its values with it; what is read is as if it had never been."""
    at, page = block_lab()
    assert len(at.list_ids()) == 5
    drop_field(at, "page.cards")
    assert list(at.get(page)["attributes"]) == ["one", "body"]
    assert len(at.list_ids()) == 3


def test_renamed_field_keeps_its_values_and_place() -> None:
    """A new api_key carries the values over."""
    at = lab()
    at.model("post", F("title"), F("text"))
    post = at.create("post", {"title": "a", "text": "b"})
    change_field(at, "post.title", api_key="name")
    after = at.get(post["id"])
    assert list(after["attributes"].items()) == [("name", "a"), ("text", "b")]
    assert after["meta"] == post["meta"]


def test_field_becomes_localized_and_plain_again() -> None:
    """A plain value goes to the main locale; of several locales the main one survives."""
    at = lab(locales=("en", "it"))
    at.model("post", F("title"), F("other", localized=True))
    post = at.create("post", {"title": "a", "other": {"it": "x", "en": "y"}})["id"]
    change_field(at, "post.title", localized=True)
    assert at.get(post)["attributes"]["title"] == {"en": "a", "it": None}
    change_field(at, "post.other", localized=False)
    assert at.get(post)["attributes"]["other"] == "y"


def test_blocks_stay_in_one_locale_when_their_field_is_localized() -> None:
    """A block id belongs to one locale, before and after."""
    at, page = block_lab()
    before = at.get(page, nested="true")["attributes"]["cards"]
    change_field(at, "page.cards", localized=True)
    assert at.get(page, nested="true")["attributes"]["cards"] == {"en": before}
    change_field(at, "page.cards", localized=False)
    assert at.get(page, nested="true")["attributes"]["cards"] == before


def test_changed_type_keeps_what_fits() -> None:
    """A value that the new type takes stays, any other is dropped."""
    at = lab()
    at.model("post", F("a", "integer"), F("b"), F("c", "rich_text"), F("d", localized=True))
    post = at.create("post", {"a": 5, "b": "text", "d": {"en": "x"}})["id"]
    change_field(at, "post.a", field_type="float")
    change_field(at, "post.b", field_type="integer")
    change_field(at, "post.c", field_type="text")
    change_field(at, "post.d", field_type="text")
    assert at.get(post)["attributes"] == {"a": 5, "b": None, "c": None, "d": {"en": "x"}}


def test_changed_validators_judge_again() -> None:
    """Tighter validators flag records, looser ones clear them; other changes leave them alone."""
    at = lab()
    at.model("post", F("title"))
    post = at.create("post", {"title": "long"})["id"]
    change_field(at, "post.title", validators={"length": {"max": 2}})
    assert at.get(post)["meta"]["is_valid"] is False
    change_field(at, "post.title", label="Other")
    assert at.get(post)["meta"]["is_valid"] is False
    change_field(at, "post.title", validators={})
    assert at.get(post)["meta"]["is_valid"] is True


def test_updated_record_is_judged_in_both_contents() -> None:
    """What is public and what is current are flagged each for itself."""
    at = lab()
    at.model("post", F("title"))
    post = at.create("post", {"title": "long"})["id"]
    at.publish(post)
    at.update(post, {"title": "ok"})
    change_field(at, "post.title", validators={"length": {"max": 2}})
    meta = at.get(post)["meta"]
    assert (meta["is_valid"], meta["is_published_version_valid"]) == (True, False)


def test_model_becomes_sortable_and_plain_again() -> None:
    """Records of a model that becomes sortable get positions in order of creation."""
    at = lab()
    model = at.model("post", F("title"))
    ids = [at.create("post", {})["id"] for _ in range(3)]
    change_model(at, model, sortable=True)
    assert [at.get(one)["attributes"]["position"] for one in ids] == [1, 2, 3]
    change_model(at, model, sortable=False)
    assert "position" not in at.get(ids[0])["attributes"]
    assert at.environment.items[ids[0]].position is None


def test_required_locales_are_filled_in() -> None:
    """A model that comes to require all locales gets them in all records."""
    at = lab(locales=("en", "it"))
    model = at.model("post", F("title", localized=True), F("code"))
    post = at.create("post", {"title": {"en": "a"}})["id"]
    change_model(at, model, all_locales_required=True)
    assert at.get(post)["attributes"]["title"] == {"en": "a", "it": None}


def test_end_of_drafts_publishes_them() -> None:
    """A model that knows no drafts any more has none."""
    at = lab()
    model = at.model("post", F("title"))
    public, draft = (at.create("post", {})["id"] for _ in range(2))
    since = at.publish(public)["meta"]["published_at"]
    change_model(at, model, draft_mode_active=False)
    assert at.get(draft)["meta"]["status"] == "published"
    assert at.get(public)["meta"]["published_at"] == since


def test_workflow_starts_anew() -> None:
    """Records of a model that gets a workflow are in its initial stage."""
    at = lab()
    stages = [{"id": "idea", "initial": True}]
    at.environment.of_type("workflow")["flow"] = {"id": "flow", "attributes": {"stages": stages}}
    model = at.model("post", F("title"))
    post = at.create("post", {})["id"]
    change_model(at, model, workflow="flow")
    assert at.get(post)["meta"]["stage"] == "idea"


def test_model_becomes_a_singleton() -> None:
    """A model that becomes a singleton names the record it has."""
    at = lab()
    model = at.model("post", F("title"))
    post = at.create("post", {})["id"]
    change_model(at, model, singleton=True)
    linkage = at.environment.of_type("item_type")[model]["relationships"]["singleton_item"]
    assert linkage["data"]["id"] == post


def test_destroyed_model_takes_its_records_along() -> None:
    """Its records go, and the links to them."""
    at = lab()
    at.model("author", F("name"), tree=True)
    at.model("post", F("to", "link", validators={"item_item_type": blocks_of("author")}))
    author = at.create("author", {})["id"]
    at.create("author", {"parent_id": author})
    post = at.create("post", {"to": author})["id"]
    schema_changes.item_type_destroyed(at.call(), "model-author")
    assert at.list_ids() == [post]
    assert at.get(post)["attributes"]["to"] is None


def test_destroyed_block_model_takes_its_blocks_along() -> None:
    """Its blocks go from every place and every version."""
    at, page = block_lab()
    schema_changes.item_type_destroyed(at.call(), "model-card")
    after = at.get(page)["attributes"]
    assert after == {"cards": [], "one": None, "body": document(paragraph("a"))}
    assert at.list_ids() == [page]
    (version,) = at.data("GET", f"/items/{page}/versions")
    assert version["attributes"] == after


def test_empty_model_goes_quietly() -> None:
    """A model without records leaves everything else as it is."""
    at, page = block_lab()
    at.model("empty", F("title"))
    before = at.get(page, nested="true")
    schema_changes.item_type_destroyed(at.call(), "model-empty")
    assert at.get(page, nested="true") == before


def test_locales_come_and_go() -> None:
    """A gone locale takes its content along; a new one is added where it is required."""
    at = lab(locales=("en", "it"))
    at.model("card", F("text", localized=True), modular_block=True)
    at.model("free", F("title", localized=True))
    at.model(
        "strict",
        F("title", localized=True),
        F("one", "single_block", validators={"single_block_blocks": blocks_of("card")}),
        F("cards", "rich_text", localized=True, validators={"rich_text_blocks": blocks_of("card")}),
        all_locales_required=True,
    )
    free = at.create("free", {"title": {"it": "x"}})["id"]
    content: JsonObject = {
        "title": {"en": "a", "it": "b"},
        "one": block("card", {"text": {"en": "c", "it": "d"}}),
        "cards": {"en": [block("card", {"text": "plain"})], "it": []},
    }
    strict = at.create("strict", content)["id"]
    change_locales(at, "en", "de")

    assert at.get(free)["attributes"]["title"] == {"en": None}
    after = at.get(strict, nested="true")["attributes"]
    assert after["title"] == {"en": "a", "de": None}
    assert after["one"]["attributes"]["text"] == {"en": "c", "de": None}
    assert after["cards"]["de"] == []
    assert after["cards"]["en"][0]["attributes"]["text"] == "plain"


def test_schema_changes_reach_what_was_listed_before() -> None:
    """No listing shows a record the way it was before its schema changed."""
    at = lab()
    model = at.model("post", F("title"))
    at.create("post", {"title": "a"})
    assert at.data("GET", "/items")[0]["attributes"] == {"title": "a"}
    add_field(at, model, F("text"))
    assert at.data("GET", "/items")[0]["attributes"] == {"title": "a", "text": None}
    drop_field(at, "post.title")
    assert at.data("GET", "/items")[0]["attributes"] == {"text": None}
    with pytest.raises(ApiFailure):
        at.data("GET", "/items", filter={"type": "post"}, order_by="title_ASC")


def test_tree_becomes_a_list() -> None:
    """A tree that is only sortable any more has one row of positions."""
    at = lab()
    model = at.model("post", F("title"), tree=True)
    top = at.create("post", {})["id"]
    below = at.create("post", {"parent_id": top})["id"]
    change_model(at, model, tree=False, sortable=True)
    assert [at.get(one)["attributes"]["position"] for one in (top, below)] == [1, 2]
    change_model(at, model, tree=True)
    assert at.get(below)["attributes"]["parent_id"] is None
