"""Listing: pages, versions, blocks beside records, choice by type, id and words, order."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from tests.unit.sandbox.records.building import (
    F,
    Lab,
    block,
    blocks_of,
    document,
    lab,
    paragraph,
    refusal,
)


def page_lab() -> tuple[Lab, list[str]]:
    """Make two pages with two and one blocks, and one record of another model."""
    at = lab()
    at.model("card", F("text"), modular_block=True)
    at.model("note", F("text"), modular_block=True)
    at.model(
        "page",
        F("title"),
        F("cards", "rich_text", validators={"rich_text_blocks": blocks_of("card", "note")}),
    )
    at.model("author", F("name"))
    first = at.create("page", {"title": "1", "cards": [block("card"), block("note")]})["id"]
    second = at.create("page", {"title": "2", "cards": [block("card", {"text": "x"})]})["id"]
    return at, [first, second, at.create("author", {"name": "Mark"})["id"]]


def refused_list(at: Lab, **query: Json) -> str:
    """List in vain; give the code of the refusal."""
    with pytest.raises(ApiFailure) as refused:
        at.data("GET", "/items", **query)
    assert refused.value.status == 422
    return refusal(refused.value)[0]


def test_everything_is_listed_newest_first_with_blocks() -> None:
    """Without a filter blocks stand beside records, each after the record it lives in."""
    at, (first, second, author) = page_lab()
    answer = at.answer("GET", "/items")
    listed = [one["id"] for one in answer["data"]]
    one, two = at.get(first)["attributes"]["cards"]
    (three,) = at.get(second)["attributes"]["cards"]
    assert listed == [author, second, three, first, two, one]
    assert answer["meta"] == {"total_count": 6}
    card = answer["data"][2]
    assert card["attributes"] == {"text": "x"}
    assert card["meta"]["status"] == "draft"
    assert "creator" not in card["relationships"]


def test_pages_are_cut_from_the_list() -> None:
    """Offset and limit cut, a limit of 0 counts, 30 is the default."""
    at = lab()
    at.model("post", F("title"))
    made = [at.create("post", {})["id"] for _ in range(32)][::-1]
    assert at.list_ids() == made[:30]
    assert at.list_ids(page={"offset": "30"}) == made[30:]
    assert at.list_ids(page={"offset": "31", "limit": "500"}) == made[31:]
    assert at.list_ids(page={"offset": "99"}) == []
    assert at.answer("GET", "/items", page={"limit": "0"}) == {
        "data": [],
        "meta": {"total_count": 32},
    }


@pytest.mark.parametrize(
    "query",
    [
        {"page": {"limit": "501"}},
        {"page": {"limit": "31"}, "nested": "true"},
        {"page": {"limit": "-1"}},
        {"page": {"offset": "x"}},
        {"page": "3"},
        {"version": "old"},
        {"locale": "fr", "filter": {"type": "page"}},
        {"filter": "x"},
        {"filter": {"status": "draft"}},
        {"filter": {"type": "card,page"}},
        {"filter": {"type": "page", "ids": "x"}},
    ],
)
def test_impossible_listings_are_refused(query: JsonObject) -> None:
    """Limits and parameters beyond what there is are refused, not bent."""
    at, _ = page_lab()
    assert refused_list(at, **query) == "INVALID_PARAMS"


def test_records_are_chosen_by_model() -> None:
    """A model is named by id or api_key, several with commas; blocks stay inside."""
    at, (first, second, author) = page_lab()
    assert at.list_ids(filter={"type": "page"}) == [second, first]
    assert at.list_ids(filter={"type": "model-page"}) == [second, first]
    assert at.list_ids(filter={"type": "page,author"}) == [author, second, first]
    assert refused_list(at, filter={"type": "ghost"}) == "ITEM_TYPE_NOT_FOUND"


def test_blocks_are_chosen_by_their_model() -> None:
    """A block model alone lists its blocks."""
    at, (first, second, _) = page_lab()
    expected = [at.get(one)["attributes"]["cards"][0] for one in (second, first)]
    assert at.list_ids(filter={"type": "card"}) == expected
    code = refused_list(at, filter={"type": "card", "fields": {"text": {"eq": "x"}}})
    assert code == "INVALID_FILTER_FIELDS_PARAM"


def test_records_and_blocks_are_chosen_by_id() -> None:
    """Ids may be of records or blocks; what is not there is left out."""
    at, (first, second, author) = page_lab()
    (card,) = at.get(second)["attributes"]["cards"]
    ids = f"{first},{card},{author},ghost"
    assert at.list_ids(filter={"ids": ids}) == [author, first, card]
    drafts = {"_status": {"eq": "draft"}}
    assert at.list_ids(filter={"ids": ids, "fields": drafts}) == [author, first, card]
    assert at.list_ids(filter={"ids": ids}, version="published") == []
    at.publish(second)
    assert at.list_ids(filter={"ids": ids}, version="published") == [card]


def test_nested_list_has_blocks_as_objects() -> None:
    """With `nested` a page holds its blocks whole."""
    at, (_, second, _) = page_lab()
    page = at.data("GET", "/items", filter={"type": "page"}, nested="true")[0]
    assert page == at.get(second, nested="true")
    assert page["attributes"]["cards"][0]["attributes"] == {"text": "x"}


def test_published_list_shows_published_content_only() -> None:
    """Drafts are missing, updated records show what is public, blocks those that are."""
    at, (first, second, _) = page_lab()
    at.publish(first)
    at.publish(second)
    at.update(first, {"title": "newer", "cards": []})
    public = at.data("GET", "/items", filter={"type": "page"}, version="published")
    assert [one["attributes"]["title"] for one in public] == ["2", "1"]
    assert public[1]["meta"]["status"] == "updated"
    assert len(at.list_ids(version="published")) == 5
    assert len(at.list_ids(version="current")) == 4
    updated = {"type": "page", "fields": {"_status": {"eq": "updated"}}}
    assert at.list_ids(filter=updated, version="published") == [first]


def test_older_projects_list_what_is_published() -> None:
    """Without the opt-in flag the default version is the published one."""
    at = lab(improved_items_listing=False)
    at.model("post", F("title"))
    at.create("post", {})
    assert at.list_ids() == []
    assert len(at.list_ids(version="current")) == 1


def test_words_are_found_anywhere() -> None:
    """A query finds records that contain all its words, in blocks, texts and SEO too."""
    at = lab(locales=("en", "it"))
    at.model("card", F("text"), modular_block=True)
    at.model(
        "post",
        F("title", localized=True),
        F("body", "structured_text"),
        F("seo", "seo"),
        F("to", "link", validators={"item_item_type": blocks_of("post")}),
        F("cards", "rich_text", validators={"rich_text_blocks": blocks_of("card")}),
    )
    wanted = at.create(
        "post",
        {
            "title": {"en": "One", "it": "Uno"},
            "body": document(paragraph("two")),
            "seo": {"title": "Three"},
            "cards": [block("card", {"text": "Four"})],
        },
    )["id"]
    at.create("post", {"title": {"en": "one"}, "to": wanted})
    assert at.list_ids(filter={"query": "uno TWO three four"}, order_by="_rank_DESC") == [wanted]
    assert at.list_ids(filter={"query": wanted}) == []


def test_valid_records_are_chosen() -> None:
    """`only_valid` leaves invalid drafts out."""
    at = lab()
    at.model("post", F("title", validators={"required": {}}), draft_saving_active=True)
    at.create("post", {})
    good = at.create("post", {"title": "x"})["id"]
    assert at.list_ids(filter={"type": "post", "only_valid": "true"}) == [good]
    assert at.list_ids(filter={"only_valid": "true"}) == [good]
    assert len(at.list_ids(filter={"type": "post", "only_valid": "false"})) == 2


def test_lists_follow_every_write() -> None:
    """A list that was asked for before shows what was written since."""
    at, (first, second, author) = page_lab()
    pages: JsonObject = {"type": "page"}
    assert at.list_ids(filter=pages) == [second, first]
    third = at.create("page", {"title": "3"})["id"]
    assert at.list_ids(filter=pages) == [third, second, first]
    at.update(first, {"title": "changed"})
    assert at.data("GET", "/items", filter=pages)[2]["attributes"]["title"] == "changed"
    at.data("DELETE", f"/items/{second}")
    assert at.list_ids(filter=pages) == [third, first]
    assert at.list_ids(filter={"type": "author"}) == [author]


ORDERS: list[tuple[str, str]] = [
    ("title_ASC", "1324"),
    ("title_DESC", "4231"),
    ("rank_ASC,id_ASC", "2314"),
    ("rank_DESC,title_DESC", "4123"),
    ("_created_at_ASC", "1234"),
    ("_created_at_DESC", "4321"),
    ("id_ASC", "1234"),
    ("_updated_at_DESC", "3421"),
    ("_published_at_ASC", "3421"),
    ("_status_ASC,_created_at_ASC", "1243"),
    ("_is_valid_DESC,id_DESC", "4321"),
    ("flag_ASC,id_ASC", "1234"),
    ("position_DESC", "4321"),
    ("_rank_DESC", "4321"),
]


@pytest.mark.parametrize(("order_by", "expected"), ORDERS)
def test_lists_are_ordered(order_by: str, expected: str) -> None:
    """Keys apply in turn, nulls come last going up and first going down, ties newest first."""
    at = lab()
    at.model("post", F("title"), F("rank", "integer"), F("flag", "boolean"))
    for title, rank in (("a", 7), ("c", 1), ("b", 1), (None, None)):
        at.create("post", {"title": title, "rank": rank})
    ids = at.list_ids()[::-1]
    at.update(ids[2], {"rank": 1})
    at.publish(ids[2])
    found = at.list_ids(filter={"type": "post"}, order_by=order_by)
    assert "".join(str(ids.index(one) + 1) for one in found) == expected


def test_localized_fields_are_ordered_in_one_locale() -> None:
    """The locale of the listing decides, the main one without it."""
    at = lab(locales=("en", "it"))
    at.model("post", F("title", localized=True))
    a = at.create("post", {"title": {"en": "a", "it": "z"}})["id"]
    b = at.create("post", {"title": {"en": "b", "it": "y"}})["id"]
    pages = {"type": "post"}
    assert at.list_ids(filter=pages, order_by="title_ASC") == [a, b]
    assert at.list_ids(filter=pages, order_by="title_ASC", locale="it") == [b, a]
    assert at.list_ids(order_by=["_created_at_ASC"]) == [a, b]


@pytest.mark.parametrize("order_by", ["title", "title_UP", "ghost_ASC", "cards_ASC", "parent_ASC"])
def test_impossible_orders_are_refused(order_by: str) -> None:
    """Only meta and simple fields of a single model can be ordered by."""
    at, _ = page_lab()
    assert refused_list(at, filter={"type": "page"}, order_by=order_by) == "INVALID_ORDERING"
    assert refused_list(at, order_by="title_ASC") == "INVALID_ORDERING"


def test_blocks_are_listed_nested_too() -> None:
    """A nested list shows the blocks of blocks as objects wherever they stand."""
    at = lab()
    rule = {"single_block_blocks": blocks_of("card")}
    at.model("card", F("one", "single_block", validators=rule), modular_block=True)
    at.model("page", F("one", "single_block", validators=rule))
    at.create("page", {"one": block("card", {"one": block("card")})})
    _, outer, inner = at.data("GET", "/items", nested="true")
    assert outer["attributes"]["one"]["id"] == inner["id"]
    _, flat, _ = at.data("GET", "/items")
    assert flat["attributes"]["one"] == inner["id"]
