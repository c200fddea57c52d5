"""The sample's marked-up texts become the structured text that the API documents."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.flows.sample.documents import document
from datosnap.flows.sample.identities import record_identity
from datosnap.flows.sample.inline import Line, inline_nodes

FERRY = record_identity("article:ferry")


def set_lines(*lines: Json) -> list[JsonObject]:
    """Set lines and give the nodes below the root; a block is written as its own words."""
    children: list[JsonObject] = document(lines, dict)["document"]["children"]
    return children


def test_a_plain_line_is_a_paragraph_of_one_span() -> None:
    """Text without marks stays one span, with no marks member."""
    assert set_lines("Salt.") == [
        {"type": "paragraph", "children": [{"type": "span", "value": "Salt."}]}
    ]


@pytest.mark.parametrize(
    ("markup", "mark"),
    [
        ("**x**", "strong"),
        ("*x*", "emphasis"),
        ("__x__", "underline"),
        ("~~x~~", "strikethrough"),
        ("`x`", "code"),
        ("==x==", "highlight"),
    ],
)
def test_each_mark_has_a_sign(markup: str, mark: str) -> None:
    """All six marks of the editor can be typed."""
    assert inline_nodes(Line(markup)) == [{"type": "span", "marks": [mark], "value": "x"}]


def test_marks_inside_marks_add_up() -> None:
    """An emphasis inside strong words carries both marks."""
    assert inline_nodes(Line("**a *b* c**"))[1] == {
        "type": "span",
        "marks": ["strong", "emphasis"],
        "value": "b",
    }


def test_a_link_to_the_web_keeps_its_address_and_settings() -> None:
    """Words in brackets before an address become a link with its meta pairs."""
    assert inline_nodes(Line("[go](https://a.example/b rel=nofollow)")) == [
        {
            "type": "link",
            "url": "https://a.example/b",
            "meta": [{"id": "rel", "value": "nofollow"}],
            "children": [{"type": "span", "value": "go"}],
        }
    ]


def test_a_link_to_a_record_names_its_id() -> None:
    """Words before a record's name become a link to that record."""
    assert inline_nodes(Line("[go](article:ferry)")) == [
        {"type": "itemLink", "item": FERRY, "children": [{"type": "span", "value": "go"}]}
    ]


def test_a_record_can_stand_in_the_line() -> None:
    """A name in braces is the record itself, between the spans around it."""
    nodes = inline_nodes(Line("See {article:ferry}."))
    assert [node["type"] for node in nodes] == ["span", "inlineItem", "span"]
    assert nodes[1]["item"] == FERRY


def test_a_block_can_stand_in_the_line() -> None:
    """A name in double braces is the inline block that the line brings along."""
    (paragraph,) = set_lines({"p": "a{{n}}", "inline": {"n": {"block": "note"}}})
    assert paragraph["children"][1] == {"type": "inlineBlock", "item": {"block": "note"}}


def test_signs_at_the_start_of_a_line_choose_its_node() -> None:
    """Hashes make headings, dashes a break, an exclamation mark a leading paragraph."""
    heading, rule, lead = set_lines("### Low", "---", "! First")
    assert (heading["type"], heading["level"]) == ("heading", 3)
    assert rule == {"type": "thematicBreak"}
    assert (lead["type"], lead["style"]) == ("paragraph", "lead")


def test_lists_hold_paragraphs_and_lists() -> None:
    """An item that is a list of parts may hold another list."""
    inner = {"list": "numbered", "items": ["b"]}
    (outer,) = set_lines({"list": "bulleted", "items": [["a", inner]]})
    (item,) = outer["children"]
    assert outer["style"] == "bulleted"
    assert [part["type"] for part in item["children"]] == ["paragraph", "list"]


def test_quotes_and_code_keep_what_they_say_of_themselves() -> None:
    """An attribution, a language and highlighted lines are written when they are there."""
    said, anonymous, code = set_lines(
        {"quote": ["q"], "by": "Me"}, {"quote": ["q"]}, {"code": "x", "highlight": [0]}
    )
    assert said["attribution"] == "Me"
    assert "attribution" not in anonymous
    assert code == {"type": "code", "highlight": [0], "code": "x"}


def test_blocks_stand_between_lines() -> None:
    """A block in a text becomes a block node around the written block."""
    assert set_lines({"block": "picture"}) == [{"type": "block", "item": {"block": "picture"}}]
