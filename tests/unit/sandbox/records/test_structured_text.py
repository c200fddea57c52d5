"""Structured text, node by node: what is taken, what is refused, and how refusals read."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records.structured_text import plain_text
from tests.unit.sandbox.records.building import F, Lab, document, lab, paragraph, refusal

SPAN = {"type": "span", "value": "x"}


def text_lab() -> Lab:
    """Make a lab with a model that holds structured text with links to records."""
    at = lab()
    links = {"structured_text_links": {"item_types": ["model-page"]}}
    at.model("page", F("body", "structured_text", validators=links))
    at.model("other", F("name"))
    return at


def test_all_nodes_read_back_as_written() -> None:
    """Every node and every optional key of it survives."""
    at = text_lab()
    target = at.create("page", {})["id"]
    meta = [{"id": "rel", "value": "nofollow"}]
    body = document(
        {"type": "heading", "level": 1, "style": "big", "children": [SPAN]},
        {
            "type": "paragraph",
            "style": "lead",
            "children": [
                {"type": "span", "marks": ["strong", "my-mark"], "value": "a\nb"},
                {"type": "link", "url": "https://x.y", "meta": meta, "children": [SPAN]},
                {"type": "itemLink", "item": target, "meta": meta, "children": [SPAN]},
                {"type": "inlineItem", "item": target},
            ],
        },
        {
            "type": "list",
            "style": "bulleted",
            "children": [
                {
                    "type": "listItem",
                    "children": [
                        paragraph("a"),
                        {"type": "list", "style": "numbered", "children": []},
                    ],
                }
            ],
        },
        {"type": "blockquote", "attribution": "Me", "children": [paragraph("q")]},
        {"type": "code", "language": "js", "highlight": [0, 2], "code": "let a"},
        {"type": "thematicBreak"},
    )
    page = at.create("page", {"body": body})
    assert at.get(page["id"])["attributes"]["body"] == body
    assert at.get(page["id"], nested="true")["attributes"]["body"] == body


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("text", "#: not an object."),
        ({"schema": "dast"}, '#: must have "schema"'),
        ({"schema": "html", "document": {"type": "root", "children": []}}, '#: must have "schema"'),
        ({"schema": "dast", "document": []}, "#: failed schema #/definitions/Document"),
        ({"schema": "dast", "document": paragraph()}, "#: failed schema #/definitions/Document"),
        ({"schema": "dast", "document": {"type": "root"}}, "#: failed schema #/definitions/Root"),
        (document(SPAN), '#/children/0: failed schema #/definitions/Root: No subschema in "anyOf"'),
        (document("x"), "#/children/0: failed schema #/definitions/Root"),  # type: ignore[arg-type] # a node that is none
        (document({"type": 5}), "#/children/0: failed schema #/definitions/Root"),
        (document({"type": "image"}), "#/children/0: failed schema #/definitions/Root"),
        (
            document(paragraph(paragraph())),
            "#/children/0/children/0: failed schema #/definitions/P",
        ),
        (document({"type": "paragraph"}), "#/children/0: failed schema #/definitions/Paragraph"),
        (document({**paragraph(), "class": "x"}), '"class" is not a permitted key.'),
        (document({"type": "thematicBreak", "children": []}), '"children" is not a permitted key.'),
        (document({"type": "heading", "level": 7, "children": []}), "#/children/0/level"),
        (document({"type": "heading", "level": True, "children": []}), "#/children/0/level"),
        (document({"type": "heading", "children": []}), '"level" wasn\'t supplied.'),
        (document({"type": "list", "style": "dotted", "children": []}), "#/children/0/style"),
        (document({"type": "code", "code": 5}), "#/children/0/code"),
        (document({"type": "code", "code": "x", "highlight": ["a"]}), "#/children/0/highlight"),
        (document(paragraph({"type": "span", "value": None})), "#/children/0/children/0/value"),
        (document(paragraph({**SPAN, "marks": "strong"})), "#/children/0/children/0/marks"),
        (document(paragraph({"type": "inlineItem"})), '"item" wasn\'t supplied.'),
        (document(paragraph({"type": "inlineItem", "item": "ghost"})), 'record "ghost"'),
        (document(paragraph({"type": "inlineItem", "item": 5})), "is not a string"),
        (document({"type": "block", "item": "ghost"}), 'block "ghost"'),
        (
            document(
                paragraph({"type": "link", "url": "x", "meta": [{"id": "a"}], "children": []})
            ),
            "#/children/0/children/0/meta",
        ),
        (
            document(paragraph({"type": "link", "url": "x", "children": [paragraph()]})),
            "#/children/0/children/0/children/0: failed schema #/definitions/Link",
        ),
    ],
)
def test_other_nodes_are_refused(value: Json, message: str) -> None:
    """What does not follow the schema is refused with the path from the root node."""
    at = text_lab()
    with pytest.raises(ApiFailure) as refused:
        at.create("page", {"body": value})
    code, details = refusal(refused.value)
    assert (code, details["code"]) == ("INVALID_FIELD", "INVALID_FORMAT")
    assert any(message in one for one in details["errors"])


def test_links_point_to_permitted_models_only() -> None:
    """Records of other models cannot be linked from the text."""
    at = text_lab()
    other = at.create("other", {})["id"]
    link: JsonObject = {"type": "itemLink", "item": other, "children": [SPAN]}
    with pytest.raises(ApiFailure) as refused:
        at.create("page", {"body": document(paragraph(link))})
    assert refusal(refused.value)[1]["code"] == "VALIDATION_STRUCTURED_TEXT_LINKS"


def test_plain_text_is_spans_and_code() -> None:
    """The text of a document leaves out blocks and links' targets."""
    body = document(
        paragraph("a", "b"), {"type": "code", "code": "c"}, {"type": "block", "item": {}}
    )
    assert plain_text(body) == "abc"
    assert not plain_text(None)
