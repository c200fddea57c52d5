"""Deleting, duplicating and bulk operations, and who points to whom."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.state import Item
from tests.unit.sandbox.records.building import (
    F,
    Lab,
    block,
    blocks_of,
    document,
    lab,
    new_id,
    paragraph,
    refusal,
)
from tests.unit.sandbox.records.test_creating import staged_lab
from tests.unit.sandbox.records.test_publishing import linked_lab, linking, status


def test_deleted_record_is_answered_as_it_was() -> None:
    """The answer is the record; after it nothing is left, blocks neither."""
    at = lab()
    at.model("card", F("text"), modular_block=True)
    at.model("page", F("cards", "rich_text", validators={"rich_text_blocks": blocks_of("card")}))
    page = at.create("page", {"cards": [block("card")]})
    assert len(at.list_ids()) == 2
    assert at.data("DELETE", f"/items/{page['id']}") == page
    assert at.answer("GET", "/items") == {"data": [], "meta": {"total_count": 0}}
    with pytest.raises(ApiFailure):
        at.get(page["id"])


@pytest.mark.parametrize("kind", ["link", "links", "body"])
def test_references_to_a_deleted_record_go(kind: str) -> None:
    """By default those who pointed to it get a new version without the pointer."""
    at = linked_lab()
    target = at.create("post", {})["id"]
    source = at.create("post", linking(kind, target))
    at.data("DELETE", f"/items/{target}")
    after = at.get(source["id"])
    empty: JsonObject = {"link": None, "links": [], "body": document(paragraph("a ", "x"))}
    assert after["attributes"][kind] == empty[kind]
    assert after["meta"]["current_version"] != source["meta"]["current_version"]


def test_inline_record_goes_without_words() -> None:
    """An inline record leaves nothing behind in the text."""
    at = linked_lab()
    target = at.create("post", {})["id"]
    body = document(paragraph("a", {"type": "inlineItem", "item": target}))
    source = at.create("post", {"body": body})["id"]
    at.data("DELETE", f"/items/{target}")
    assert at.get(source)["attributes"]["body"] == document(paragraph("a"))


def test_record_that_is_needed_cannot_be_deleted() -> None:
    """With `fail` the deletion is refused, whoever asks, and bulk counts it."""
    at = linked_lab(on_reference_delete_strategy="fail")
    target = at.create("post", {})["id"]
    source = at.create("post", linking("link", target))["id"]
    with pytest.raises(ApiFailure) as refused:
        at.data("DELETE", f"/items/{target}")
    assert refusal(refused.value) == (
        "REQUIRED_BY_ASSOCIATION",
        {"field": "link", "item_id": source},
    )
    assert bulk(at, "destroy", target, source) == {"successful": 1, "failed": 1}


def test_losing_a_required_link_makes_a_record_invalid() -> None:
    """A record is flagged when a deletion took what its validators require."""
    at = lab()
    at.model("author", F("name"))
    rules = {"required": {}, "item_item_type": blocks_of("author")}
    at.model("post", F("author", "link", validators=rules))
    author = at.create("author", {})["id"]
    at.publish(author)
    post = at.create("post", {"author": author})["id"]
    at.publish(post)
    at.data("DELETE", f"/items/{author}")
    meta = at.get(post)["meta"]
    assert meta["status"] == "published"
    assert (meta["is_valid"], meta["is_published_version_valid"]) == (False, False)


def test_references_are_listed() -> None:
    """Records that point to one are found by version, also through blocks."""
    at = lab()
    to_post = {"item_item_type": blocks_of("post")}
    at.model("card", F("to", "link", validators=to_post), modular_block=True)
    at.model(
        "post",
        F("to", "link", validators=to_post),
        F("cards", "rich_text", validators={"rich_text_blocks": blocks_of("card")}),
    )
    target = at.create("post", {})["id"]
    linking_card = at.create("post", {"cards": [block("card", {"to": target})]})["id"]
    once = at.create("post", {"to": target})["id"]
    at.publish(target)
    at.publish(once)
    at.update(once, {"to": None})

    def sources(**query: Json) -> list[str]:
        return [one["id"] for one in at.data("GET", f"/items/{target}/references", **query)]

    assert sources() == [linking_card]
    assert sources(version="published") == [once]
    assert sources(version="published-or-current") == [once, linking_card]
    (nested,) = at.data("GET", f"/items/{target}/references", nested="true")
    assert nested["attributes"]["cards"][0]["attributes"]["to"] == target
    with pytest.raises(ApiFailure) as refused:
        sources(version="old")
    assert refusal(refused.value)[0] == "INVALID_PARAMS"


def bulk(at: Lab, operation: str, *item_ids: str, stage: str | None = None) -> JsonObject:
    """Carry out a bulk operation; give what it counted."""
    kind = operation.replace("-", "_")
    data: JsonObject = {
        "type": f"item_bulk_{kind}_operation",
        "relationships": {"items": {"data": [{"type": "item", "id": one} for one in item_ids]}},
    }
    if stage is not None:
        data["attributes"] = {"stage": stage}
    answer = at.answer("POST", f"/items/bulk/{operation}", {"data": data})
    assert answer["data"] == []
    meta: JsonObject = answer["meta"]
    return meta


def test_bulk_operations_count_what_went_well() -> None:
    """The job succeeds with failures among the records, and only counts them."""
    at = linked_lab()
    a, b = (at.create("post", {})["id"] for _ in range(2))
    stuck = at.create("post", linking("link", at.create("post", {})["id"]))["id"]
    assert bulk(at, "publish", a, b, stuck, "ghost") == {"successful": 2, "failed": 2}
    assert [status(at, one) for one in (a, b, stuck)] == ["published", "published", "draft"]
    assert bulk(at, "unpublish", a, b) == {"successful": 2, "failed": 0}
    assert bulk(at, "destroy", a, b, stuck) == {"successful": 3, "failed": 0}
    assert len(at.environment.items) == 1


def test_bulk_publication_follows_the_given_order() -> None:
    """A record is published after the one it links to, if the request names them so."""
    at = linked_lab()
    target = at.create("post", {})["id"]
    source = at.create("post", linking("link", target))["id"]
    assert bulk(at, "publish", source, target) == {"successful": 1, "failed": 1}
    assert bulk(at, "publish", target, source) == {"successful": 2, "failed": 0}


def test_records_are_moved_to_a_stage() -> None:
    """A stage that the workflow does not have fails for every record."""
    at = staged_lab()
    posts = [at.create("post", {})["id"] for _ in range(2)]
    assert bulk(at, "move-to-stage", *posts, stage="done") == {"successful": 2, "failed": 0}
    assert [at.get(one)["meta"]["stage"] for one in posts] == ["done", "done"]
    assert bulk(at, "move-to-stage", *posts, stage="ghost") == {"successful": 0, "failed": 2}


def test_bulk_takes_200_records_at_most() -> None:
    """More than 200 ids and malformed bodies are refused as a whole."""
    at = linked_lab()
    with pytest.raises(ApiFailure) as refused:
        bulk(at, "publish", *(new_id(one) for one in range(201)))
    assert "no more than 200" in refusal(refused.value)[1]["messages"][0]
    assert bulk(at, "publish", *(new_id(one) for one in range(200)))["failed"] == 200
    with pytest.raises(ApiFailure):
        bulk(at, "publish", stage="x")
    with pytest.raises(ApiFailure):
        bulk(at, "move-to-stage")


def duplicate_lab(**flags: bool) -> Lab:
    """Make a lab with a model that has a title, a unique slug and blocks."""
    at = lab(locales=("en", "it"))
    unique: JsonObject = {"unique": {}}
    at.model("card", F("text"), modular_block=True)
    at.model(
        "post",
        F("title", localized=True),
        F("name", validators=unique),
        F("slug", "slug", validators=unique),
        F("cards", "rich_text", validators={"rich_text_blocks": blocks_of("card")}),
        title="title",
        **flags,
    )
    return at


def test_duplicate_is_told_apart_by_its_title() -> None:
    """Title and unique texts change, blocks get new ids, nothing is published."""
    at = duplicate_lab()
    source = at.create(
        "post",
        {
            "title": {"en": "Hi", "it": None},
            "name": "N",
            "slug": "hi",
            "cards": [block("card", {"text": "x"})],
        },
    )
    at.publish(source["id"])
    reply = at.send("POST", f"/items/{source['id']}/duplicate")
    assert reply.status == 201
    copy = at.data("GET", "/items", filter={"type": "post"}, nested="true")[0]
    assert copy["id"] != source["id"], "the newest record comes first"
    assert copy["attributes"]["title"] == {"en": "Hi (duplicate)", "it": None}
    assert copy["attributes"]["name"] == "N (duplicate)"
    assert copy["attributes"]["slug"] == "hi-duplicate"
    (card,) = copy["attributes"]["cards"]
    assert card["id"] != source["attributes"]["cards"][0]
    assert card["attributes"] == {"text": "x"}
    assert copy["meta"]["status"] == "draft"


def test_duplicate_is_published_where_there_are_no_drafts() -> None:
    """A copy in a model without drafts, at the end of its siblings."""
    at = duplicate_lab(draft_mode_active=False, sortable=True)
    source = at.create("post", {"title": {"en": "a"}})
    copy = at.data("POST", f"/items/{source['id']}/duplicate")
    assert (copy["meta"]["status"], copy["attributes"]["position"]) == ("published", 2)


def test_state_of_a_record_is_never_changed_in_place() -> None:
    """What was stored before a write is still what it was."""
    at = duplicate_lab()
    source = at.create("post", {"title": {"en": "a"}, "cards": [block("card", {"text": "x"})]})
    before: Item = at.environment.items[source["id"]]
    kept = (before.current.attributes, repr(before))
    at.update(source["id"], {"title": {"en": "b"}, "cards": []})
    at.publish(source["id"])
    at.data("POST", f"/items/{source['id']}/duplicate")
    at.data("DELETE", f"/items/{source['id']}")
    assert (before.current.attributes, repr(before)) == kept
