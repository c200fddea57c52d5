"""Blocks: created, kept, updated, dropped; flat and nested reads; where they may live."""

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
    included_of,
    lab,
    new_id,
    paragraph,
    refusal,
)


def page_lab() -> Lab:
    """Make a lab with one model that holds blocks in every way, and a block model that nests."""
    at = lab(locales=("en", "it"))
    nested = blocks_of("card")
    at.model(
        "card",
        F("text"),
        F("cards", "rich_text", validators={"rich_text_blocks": nested}),
        F("one", "single_block", validators={"single_block_blocks": nested}),
        F("body", "structured_text", validators={"structured_text_blocks": nested}),
        modular_block=True,
    )
    at.model("other", F("text"), modular_block=True)
    in_text = {"structured_text_blocks": nested, "structured_text_inline_blocks": nested}
    at.model(
        "page",
        F("cards", "rich_text", validators={"rich_text_blocks": nested}),
        F("one", "single_block", validators={"single_block_blocks": nested}),
        F("body", "structured_text", validators=in_text),
        F("sections", "rich_text", localized=True, validators={"rich_text_blocks": nested}),
    )
    return at


def cards(at: Lab, item_id: str, **query: Json) -> Json:
    """Read the modular content of a page."""
    return at.get(item_id, **query)["attributes"]["cards"]


def test_nested_read_shows_all_fields_and_no_meta() -> None:
    """A nested block has every field of its model, its model, and nothing else."""
    at = page_lab()
    page = at.create("page", {"cards": [block("card", {"text": "a"})]})
    (card_id,) = page["attributes"]["cards"]

    assert cards(at, page["id"], nested="true") == [
        {
            "type": "item",
            "id": card_id,
            "attributes": {"text": "a", "cards": [], "one": None, "body": None},
            "relationships": {"item_type": {"data": {"type": "item_type", "id": "model-card"}}},
        }
    ]


def test_blocks_nest_in_every_place() -> None:
    """Blocks inside blocks are ids in a flat read and objects in a nested one, at every depth."""
    at = page_lab()
    inner = block("card", {"text": "deep"})
    body = document(
        paragraph("see ", {"type": "inlineBlock", "item": inner}), {"type": "block", "item": inner}
    )
    page = at.create(
        "page",
        {
            "one": block(
                "card",
                {
                    "body": document({"type": "block", "item": inner}),
                    "cards": [inner],
                    "one": inner,
                },
            ),
            "body": body,
        },
    )

    flat = page["attributes"]
    nested = at.get(page["id"], nested="true")["attributes"]
    assert flat["one"] == nested["one"]["id"]
    assert nested["one"]["attributes"]["cards"][0]["attributes"]["text"] == "deep"
    assert nested["one"]["attributes"]["one"]["attributes"]["text"] == "deep"
    top = nested["body"]["document"]["children"]
    assert top[0]["children"][1]["item"]["attributes"]["text"] == "deep"
    assert flat["body"]["document"]["children"][1]["item"] == top[1]["item"]["id"]
    ids = {one["id"] for one in included_of_page(at, page)}
    assert len(ids) == 6


def included_of_page(at: Lab, page: JsonObject) -> list[JsonObject]:
    """Give the blocks of a page as an update answers them."""
    answer = at.answer("PUT", f"/items/{page['id']}", {"data": {"type": "item"}})
    return included_of(answer)[1:]


def test_blocks_are_kept_updated_created_and_dropped() -> None:
    """An id keeps a block, an object with an id updates it, one without creates, absence drops."""
    at = page_lab()
    forms = [block("card", {"text": one, "cards": [block("card")]}) for one in "abc"]
    page = at.create("page", {"cards": forms})
    a, b, c = page["attributes"]["cards"]

    update = {"type": "item", "id": b, "attributes": {"text": "B"}}
    after = at.update(page["id"], {"cards": [update, block("card", {"text": "d"}), a]})

    first, new, last = after["attributes"]["cards"]
    assert (first, last) == (b, a)
    assert new not in {a, b, c}
    read = {one["id"]: one["attributes"] for one in cards(at, page["id"], nested="true")}
    assert [read[one]["text"] for one in (b, new, a)] == ["B", "d", "a"]
    assert len(read[b]["cards"]) == 1, "attributes that were not sent stay"


def test_nested_read_can_be_sent_back() -> None:
    """A page read nested and written as it is keeps all its blocks."""
    at = page_lab()
    inner = block("card", {"text": "in"})
    page = at.create(
        "page",
        {
            "cards": [block("card", {"cards": [inner]})],
            "one": block("card"),
            "body": document({"type": "block", "item": inner}),
            "sections": {"en": [inner], "it": []},
        },
    )
    before = at.get(page["id"], nested="true")
    at.update(page["id"], before["attributes"])
    assert at.get(page["id"], nested="true")["attributes"] == before["attributes"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"cards": ["BLOCK"], "sections": {"en": ["BLOCK"]}},
        {"sections": {"en": ["BLOCK"]}},
        {"one": "BLOCK"},
        {"cards": ["BLOCK", "BLOCK"]},
        {"cards": [{"type": "item", "id": "BLOCK", "attributes": {}}, "BLOCK"]},
        {"cards": [block("card", {"cards": ["BLOCK"]})]},
    ],
)
def test_block_belongs_to_one_place(attributes: JsonObject) -> None:
    """A block's id is known only to the field and locale it lives in, and only once."""
    at = page_lab()
    page = at.create("page", {"cards": [block("card")]})
    (card_id,) = page["attributes"]["cards"]
    with pytest.raises(ApiFailure) as refused:
        at.update(page["id"], replaced(attributes, card_id))
    code, details = refusal(refused.value)
    assert (code, details["code"]) == ("INVALID_FIELD", "INVALID_FORMAT")
    assert card_id in details["errors"][0]


def replaced(value: Json, card_id: str) -> Json:
    """Put a real id in the place of BLOCK."""
    if isinstance(value, dict):
        return {key: replaced(one, card_id) for key, one in value.items()}
    if isinstance(value, list):
        return [replaced(one, card_id) for one in value]
    return card_id if value == "BLOCK" else value


def test_locales_have_their_own_blocks() -> None:
    """The same form in two locales makes two blocks; one locale cannot use the other's."""
    at = page_lab()
    form = [block("card", {"text": "x"})]
    page = at.create("page", {"sections": {"en": form, "it": form}})
    sections = page["attributes"]["sections"]
    assert sections["en"] != sections["it"]
    with pytest.raises(ApiFailure):
        at.update(page["id"], {"sections": {"en": sections["it"], "it": sections["it"]}})


@pytest.mark.parametrize(
    "form",
    [
        5,
        {"attributes": {}},
        {"type": "item"},
        {"type": "item", "attributes": {}, "relationships": {"item_type": {"data": None}}},
        {"type": "item", "attributes": {}, "relationships": {"item_type": {"data": {"type": "x"}}}},
        block("card", meta={}),
        block("card", attributes_of="x"),
        {**block("card"), "attributes": []},
        block("page"),
        block("ghost"),
        block("card", id=new_id(9)),
        {"type": "item", "id": 5},
        "ghost",
    ],
)
def test_malformed_blocks_are_refused(form: Json) -> None:
    """A block is an id that is known here, or an object of a block model without an id."""
    at = page_lab()
    with pytest.raises(ApiFailure) as refused:
        at.create("page", {"cards": [form]})
    code, details = refusal(refused.value)
    assert (code, details["field"]) == ("INVALID_FIELD", "cards")


def test_modular_content_is_a_list() -> None:
    """Modular content that is no list is refused."""
    at = page_lab()
    with pytest.raises(ApiFailure) as refused:
        at.create("page", {"cards": block("card")})
    assert refusal(refused.value)[1]["errors"] == ["#: not an array."]


def test_block_model_must_be_permitted() -> None:
    """The validators of a field say which block models it takes, drafts or not."""
    at = page_lab()
    foreign = block("other", {"text": "x"})
    places: list[tuple[JsonObject, str]] = [
        ({"cards": [foreign]}, "VALIDATION_RICH_TEXT_BLOCKS"),
        ({"one": foreign}, "VALIDATION_SINGLE_BLOCK_BLOCKS"),
        (
            {"body": document({"type": "block", "item": foreign})},
            "VALIDATION_STRUCTURED_TEXT_BLOCKS",
        ),
        (
            {"body": document(paragraph({"type": "inlineBlock", "item": foreign}))},
            "VALIDATION_STRUCTURED_TEXT_INLINE_BLOCKS",
        ),
    ]
    for attributes, code in places:
        with pytest.raises(ApiFailure) as refused:
            at.create("page", attributes)
        assert refusal(refused.value)[1]["code"] == code


def test_text_without_inline_validator_takes_no_inline_blocks() -> None:
    """Inline blocks need their own validator; the one for blocks is not enough."""
    at = page_lab()
    text = document(paragraph({"type": "inlineBlock", "item": block("card")}))
    with pytest.raises(ApiFailure) as refused:
        at.create("page", {"one": block("card", {"body": text})})
    details = refusal(refused.value)[1]
    assert details["code"] == "VALIDATION_STRUCTURED_TEXT_INLINE_BLOCKS"
    assert details["field"] == "one.0.body"


def test_blocks_model_cannot_change() -> None:
    """An update that names another model than the block's is refused."""
    at = page_lab()
    page = at.create("page", {"cards": [block("card")]})
    (card_id,) = page["attributes"]["cards"]
    with pytest.raises(ApiFailure):
        at.update(page["id"], {"cards": [block("other", id=card_id)]})
    assert at.update(page["id"], {"cards": [block("card", id=card_id)]})["attributes"]["cards"] == [
        card_id
    ]


def test_unknown_attribute_in_a_block_is_refused() -> None:
    """Attributes of blocks are as closed as those of records."""
    at = page_lab()
    with pytest.raises(ApiFailure) as refused:
        at.create("page", {"cards": [block("card", {"txt": "x"})]})
    assert refusal(refused.value)[0] == "INVALID_ATTRIBUTES"


def test_wrong_value_in_a_block_is_named_by_its_path() -> None:
    """The refusal names field, locale, place and field of the block."""
    at = page_lab()
    with pytest.raises(ApiFailure) as refused:
        at.create("page", {"sections": {"it": [block("card"), block("card", {"text": 5})]}})
    details = refusal(refused.value)[1]
    assert details["field"] == "sections.it.1.text"
    assert details["field_id"] == "card.text"


def test_too_many_blocks_are_refused() -> None:
    """500 blocks a record are the limit, all places together."""
    at = page_lab()
    with pytest.raises(ApiFailure) as refused:
        at.create(
            "page", {"cards": [block("card")] * 250, "sections": {"en": [block("card")] * 251}}
        )
    assert refusal(refused.value)[0] == "TECHNICAL_LIMIT_REACHED"
    assert at.create("page", {"cards": [block("card")] * 500})["id"]


def test_blocks_nest_five_deep() -> None:
    """Five levels are allowed, six are not."""
    at = page_lab()
    form = block("card")
    for _ in range(4):
        form = block("card", {"cards": [form]})
    assert at.create("page", {"sections": {"en": [form]}})["id"]
    with pytest.raises(ApiFailure) as refused:
        at.create("page", {"cards": [block("card", {"cards": [form]})]})
    assert refusal(refused.value)[1]["limit"] == "blocks_depth"


def test_unchanged_block_keeps_its_version() -> None:
    """A block has a version of its own, which moves only when the block changes."""
    at = page_lab()
    page = at.create("page", {"cards": [block("card", {"text": one}) for one in "ab"]})
    a, b = page["attributes"]["cards"]
    before = {one["id"]: one["meta"] for one in included_of_page(at, page)}
    at.update(page["id"], {"cards": [{"type": "item", "id": a, "attributes": {"text": "A"}}, b]})
    after = {one["id"]: one["meta"] for one in included_of_page(at, page)}

    assert after[b] == before[b]
    assert after[a]["current_version"] != before[a]["current_version"]
    assert after[a]["created_at"] == before[a]["created_at"]
    assert after[a]["updated_at"] > before[a]["updated_at"]


@pytest.mark.parametrize(("method", "path"), [("PUT", ""), ("DELETE", ""), ("PUT", "/publish")])
def test_block_is_not_written_as_a_record(method: str, path: str) -> None:
    """A block can be read by its id, and changed only within its record."""
    at = page_lab()
    page = at.create("page", {"cards": [block("card", {"text": "x"})]})
    (card_id,) = page["attributes"]["cards"]
    assert at.get(card_id)["attributes"]["text"] == "x"
    with pytest.raises(ApiFailure) as refused:
        at.data(method, f"/items/{card_id}{path}", {"data": {"type": "item"}} if not path else None)
    assert refusal(refused.value)[0] == "INVALID_REQUEST"


def test_block_of_a_draft_is_not_published() -> None:
    """A block is read in the published version only where its record has one with it."""
    at = page_lab()
    page = at.create("page", {"cards": [block("card", {"text": "x"})]})
    (card_id,) = page["attributes"]["cards"]
    with pytest.raises(ApiFailure):
        at.get(card_id, version="published")
    at.publish(page["id"])
    assert at.get(card_id, version="published")["meta"]["status"] == "published"
    (new_card,) = at.update(page["id"], {"cards": [block("card")]})["attributes"]["cards"]
    assert at.get(new_card)["meta"]["status"] == "draft"
    with pytest.raises(ApiFailure):
        at.get(new_card, version="published")
    with pytest.raises(ApiFailure):
        at.get(card_id)
    assert at.get(card_id, version="published")["attributes"]["text"] == "x"
