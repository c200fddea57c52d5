"""What a walk makes of each kind of value, legal but odd ones included."""

from __future__ import annotations

import pytest

from datosnap.core.entities import ItemType, Schema, read_schema
from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.references import Block, Kind, Missing, Reference, Walk, find
from tests.support.schemas import field, item_type

_SPAN = {"type": "span", "value": "word"}
_EMPTY = {"type": "span", "value": ""}


def _schema(field_type: str, *, localized: bool = False) -> Schema:
    return read_schema(
        [item_type("1", "post"), item_type("2", "quote", modular_block=True)],
        [
            field("1", "value", field_type, localized=localized),
            field("2", "by", "link"),
        ],
    )


def _model(schema: Schema) -> ItemType:
    return schema.item_types["1"]


def _block(identifier: str = "b", **attributes: Json) -> JsonObject:
    return {
        "type": "item",
        "id": identifier,
        "attributes": attributes,
        "relationships": {"item_type": {"data": {"type": "item_type", "id": "2"}}},
    }


def _document(*nodes: JsonObject) -> JsonObject:
    return {"schema": "dast", "document": {"type": "root", "children": list(nodes)}}


def _paragraph(*nodes: JsonObject) -> JsonObject:
    return {"type": "paragraph", "children": list(nodes)}


def _rewritten(field_type: str, value: Json, answer: str | Missing = "new") -> Json:
    """Rewrite a value so that every reference gets the same answer."""
    schema = _schema(field_type)
    walk = Walk(schema, lambda _: answer, lambda block, inner: {**block.resource, "inner": inner})
    return walk.content({"value": value}, _model(schema))["value"]


def _found(field_type: str, value: Json, *, localized: bool = False) -> list[Reference]:
    schema = _schema(field_type, localized=localized)
    return list(find({"value": value}, _model(schema), schema).references)


@pytest.mark.parametrize(
    ("field_type", "value", "expected"),
    [
        ("link", "5", [Reference(Kind.ITEM, "5", ("value",))]),
        (
            "links",
            ["5", "6"],
            [
                Reference(Kind.ITEM, "5", ("value", 0)),
                Reference(Kind.ITEM, "6", ("value", 1)),
            ],
        ),
        ("file", {"upload_id": "5"}, [Reference(Kind.UPLOAD, "5", ("value", "upload_id"))]),
        ("gallery", [{"upload_id": "5"}], [Reference(Kind.UPLOAD, "5", ("value", 0, "upload_id"))]),
        ("seo", {"image": "5"}, [Reference(Kind.UPLOAD, "5", ("value", "image"))]),
        ("single_block", _block(by="5"), [Reference(Kind.ITEM, "5", ("value", "by"))]),
        ("single_block", "b", [Reference(Kind.BLOCK, "b", ("value",))]),
        ("rich_text", [_block(by="5")], [Reference(Kind.ITEM, "5", ("value", 0, "by"))]),
        ("rich_text", ["b"], [Reference(Kind.BLOCK, "b", ("value", 0))]),
    ],
)
def test_each_kind_of_value_gives_its_references(
    field_type: str, value: Json, expected: list[Reference]
) -> None:
    """A reference is found with its kind and its path, in a value that is localized or not."""
    assert _found(field_type, value) == expected
    by_locale = _found(field_type, {"en": None, "it": value}, localized=True)
    assert by_locale == [
        Reference(one.kind, one.id, ("value", "it", *one.path[1:])) for one in expected
    ]


def test_every_node_of_a_text_gives_its_reference() -> None:
    """Links, records, inline blocks and blocks within a text are found in reading order."""
    text = _document(
        _paragraph(
            {"type": "itemLink", "item": "1", "children": [_SPAN]},
            {"type": "inlineItem", "item": "2"},
            {"type": "inlineBlock", "item": _block(by="3")},
        ),
        {"type": "block", "item": "4"},
    )
    place = ("value", "document", "children")
    assert _found("structured_text", text) == [
        Reference(Kind.ITEM, "1", (*place, 0, "children", 0, "item")),
        Reference(Kind.ITEM, "2", (*place, 0, "children", 1, "item")),
        Reference(Kind.ITEM, "3", (*place, 0, "children", 2, "item", "by")),
        Reference(Kind.BLOCK, "4", (*place, 1, "item")),
    ]


@pytest.mark.parametrize(
    ("field_type", "value"),
    [
        ("link", None),
        ("links", []),
        ("links", None),
        ("file", None),
        ("file", {"upload_id": None}),
        ("gallery", []),
        ("gallery", "odd"),
        ("seo", None),
        ("seo", {}),
        ("seo", {"image": None}),
        ("single_block", None),
        ("rich_text", []),
        ("rich_text", "odd"),
        ("structured_text", None),
        ("structured_text", {"schema": "dast"}),
        ("structured_text", {"schema": "dast", "document": {"type": "root"}}),
        ("structured_text", _document({"type": "itemLink", "children": [_SPAN]})),
        ("structured_text", _document({"type": "inlineItem", "item": None})),
        ("structured_text", _document(_paragraph(), {"type": "thematicBreak"})),
        ("structured_text", {"schema": "dast", "document": {"type": "root", "children": ["odd"]}}),
        ("string", "5"),
        ("json", '{"upload_id":"5"}'),
        ("a type of tomorrow", {"upload_id": "5"}),
    ],
)
@pytest.mark.parametrize("answer", ["new", Missing.LATER, Missing.NEVER])
def test_values_without_references_stay(
    field_type: str, value: Json, answer: str | Missing
) -> None:
    """What is empty, of another type or not understood is neither changed nor lost."""
    assert _found(field_type, value) == []
    assert _rewritten(field_type, value, answer) == value


def test_odd_entries_of_lists_stay() -> None:
    """An entry that cannot be a reference keeps its place beside those that are rewritten."""
    assert _rewritten("links", ["5", 6]) == ["new", 6]
    assert _rewritten("rich_text", [6, "b"]) == [6, "new"]
    assert _rewritten("link", 6) == 6
    assert _rewritten("links", "odd") == "odd"


def test_keys_that_are_no_fields_stay() -> None:
    """Pseudo attributes and keys of tomorrow pass through unread."""
    schema = _schema("link")
    attributes = {"position": 1, "value": "5", "parent_id": "7"}
    walk = Walk(schema, lambda _: "new", lambda block, _: block.resource)
    assert walk.content(attributes, _model(schema)) == {**attributes, "value": "new"}


@pytest.mark.parametrize("is_around", [True, False])
def test_a_block_within_a_locale_holds_plain_values(*, is_around: bool) -> None:
    """A localized field of a block has one value for each locale, unless a locale is around it."""
    schema = read_schema(
        [item_type("1", "post"), item_type("2", "quote", modular_block=True)],
        [
            field("1", "value", "rich_text", localized=is_around),
            field("2", "picture", "file", localized=True),
        ],
    )
    picture = {"upload_id": "5"}
    block = [_block(picture=picture if is_around else {"en": picture})]

    found = find({"value": {"en": block} if is_around else block}, _model(schema), schema)

    place = ("en", 0, "picture") if is_around else (0, "picture", "en")
    assert found.references == (Reference(Kind.UPLOAD, "5", ("value", *place, "upload_id")),)


def test_a_localized_field_may_hold_a_plain_value() -> None:
    """Where content is older than the field's being localized it is read as it is."""
    assert _found("link", "5", localized=True) == [Reference(Kind.ITEM, "5", ("value",))]


@pytest.mark.parametrize("missing", list(Missing))
@pytest.mark.parametrize(
    ("field_type", "value", "expected"),
    [
        ("link", "5", None),
        ("links", ["5", "6"], []),
        ("file", {"upload_id": "5", "alt": "a"}, None),
        ("gallery", [{"upload_id": "5"}], []),
        ("seo", {"title": "t", "image": "5"}, {"title": "t", "image": None}),
        ("single_block", "b", None),
        ("rich_text", ["b"], []),
    ],
)
def test_what_is_left_out_leaves_the_rest(
    field_type: str, value: Json, expected: Json, missing: Missing
) -> None:
    """A reference without a target becomes null or goes from its list, and nothing else does."""
    assert _rewritten(field_type, value, missing) == expected


_LINK = {"type": "itemLink", "item": "5", "children": [_SPAN, _SPAN], "meta": []}


@pytest.mark.parametrize(
    ("node", "instead"),
    [
        (_paragraph(_SPAN, _LINK), _paragraph(_SPAN, _SPAN, _SPAN)),
        (_paragraph({"type": "itemLink", "item": "5"}), _paragraph()),
        (_paragraph({"type": "inlineItem", "item": "5"}), _paragraph(_EMPTY)),
        (_paragraph({"type": "inlineBlock", "item": "5"}, _SPAN), _paragraph(_EMPTY, _SPAN)),
        ({"type": "block", "item": "5"}, _paragraph(_EMPTY)),
    ],
)
def test_a_text_keeps_its_words(node: JsonObject, instead: JsonObject) -> None:
    """A node whose target is gone for good gives way to its own text; the rest stays."""
    text = _document(_paragraph(_SPAN), node)
    assert _rewritten("structured_text", text, Missing.NEVER) == _document(
        _paragraph(_SPAN), instead
    )


def test_a_text_waits_for_its_targets() -> None:
    """A text with a link to a record that comes later is null until then."""
    text = _document(_paragraph(_SPAN, _LINK))
    assert _rewritten("structured_text", text, Missing.LATER) is None


def test_a_text_does_not_wait_for_what_its_blocks_link_to() -> None:
    """A link inside a block is left out there, and the text around it is written."""
    text = _document({"type": "block", "item": _block(by="5")})
    block = {**_block(by="5"), "inner": {"by": None}}
    expected = _document({"type": "block", "item": block})
    assert _rewritten("structured_text", text, Missing.LATER) == expected


def test_blocks_of_an_unknown_model_are_not_looked_into() -> None:
    """Without its model nothing is known of a block's fields."""
    schema = _schema("single_block")
    stranger = {"type": "item", "id": "b", "attributes": {"by": "5"}, "relationships": {}}
    found = find({"value": stranger}, _model(schema), schema)
    assert found.references == ()
    assert found.blocks == (Block(stranger, None, ("value",)),)


def test_blocks_may_lack_attributes() -> None:
    """A block of a model without fields may come without attributes."""
    schema = _schema("single_block")
    bare = {key: one for key, one in _block().items() if key != "attributes"}
    assert _rewritten("single_block", bare) == {**bare, "inner": {}}
    assert find({"value": bare}, _model(schema), schema).blocks == (Block(bare, "2", ("value",)),)
