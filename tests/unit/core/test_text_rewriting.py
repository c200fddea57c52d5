"""Addresses and ids inside text are written anew, and nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datosnap.core.entities import read_schema
from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.text_rewriting import Replaced, TextRewriter, bare_address
from tests.support.schemas import field, item_type

_OLD, _NEW = "hWl-mnkWRYmMCSTq4z_piQ", "DxMaW10UQiCmZcuuA-IkkA"
_SHAPED = "AAAAAAAAQACAAAAAAAAAAA"
_PICTURE = "www.datocms-assets.com/205/1-a.png"
_COPY = "www.datocms-assets.com/9/2-a.png"

_SCHEMA = read_schema(
    [item_type("1", "page"), item_type("2", "quote", modular_block=True)],
    [
        field("1", "title", "string"),
        field("1", "body", "text", localized=True),
        field("1", "extra", "json"),
        field("1", "slug", "slug"),
        field("1", "friend", "link"),
        field("1", "story", "structured_text"),
        field("1", "parts", "rich_text"),
        field("1", "quote", "single_block"),
        field("1", "tale", "rich_text", localized=True),
        field("2", "text", "text"),
        field("2", "prose", "structured_text", localized=True),
    ],
)


def rewriter() -> TextRewriter:
    """Know one upload and one record."""
    return TextRewriter(_SCHEMA, {_PICTURE: _COPY}.get, {_OLD: _NEW}.get)


def content(**attributes: Json) -> tuple[JsonObject, Replaced]:
    """Rewrite the attributes of a page."""
    ours = rewriter()
    return ours.content(attributes, _SCHEMA.item_types["1"]), ours.replaced


def block(text: Json, model: str = "2") -> JsonObject:
    """Give a block with a text."""
    link = {"item_type": {"data": {"type": "item_type", "id": model}}}
    return {"type": "item", "attributes": {"text": text}, "relationships": link}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"https://{_PICTURE}", f"https://{_COPY}"),
        (f"see https://{_PICTURE}.", f"see https://{_COPY}."),
        (f"![a](https://{_PICTURE}?w=200#x 'b')", f"![a](https://{_COPY}?w=200#x 'b')"),
        (f'<img src="//{_PICTURE}">', f'<img src="//{_COPY}">'),
        (f"https://{_PICTURE},http://{_PICTURE}", f"https://{_COPY},http://{_COPY}"),
        (
            f'{{"a":"https://{_PICTURE}"}}'.replace("/", "\\/"),
            f'{{"a":"https://{_COPY}"}}'.replace("/", "\\/"),
        ),
    ],
)
def test_addresses_of_uploads_are_written_anew(before: str, after: str) -> None:
    """In markdown, in HTML and in JSON, whatever query follows; scheme and escapes stay."""
    assert rewriter().text(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (_OLD, _NEW),
        (f'{{"record":"{_OLD}"}}', f'{{"record":"{_NEW}"}}'),
        (
            f"https://x.admin.datocms.com/items/{_OLD}/edit",
            f"https://x.admin.datocms.com/items/{_NEW}/edit",
        ),
    ],
)
def test_ids_that_are_whole_words_are_written_anew(before: str, after: str) -> None:
    """Alone, quoted, or as a step of an address that is no upload's."""
    assert rewriter().text(before) == after


@pytest.mark.parametrize(
    "text",
    [
        f"a{_OLD}",
        f"{_OLD}_",
        f"-{_OLD}",
        f"{_OLD[:-1]}",
        _SHAPED,
        "abcdefghijklmnopqrstuv",
        f"https://{_PICTURE}.webp",
        f"https://{_PICTURE}%20b",
        f"https://evil.example/{_PICTURE}",
        f"{_PICTURE}",
        "",
    ],
)
def test_what_is_not_certainly_known_stays(text: str) -> None:
    """A longer word, an unknown id, another file, another host, and no address at all."""
    ours = rewriter()

    assert ours.text(text) == text
    assert ours.replaced == Replaced()


@given(st.text())
def test_text_without_anything_known_comes_back_as_it_was(text: str) -> None:
    """Whatever is written, nothing is lost or changed that is not known."""
    assert TextRewriter(_SCHEMA, lambda _: None, lambda _: None).text(text) == text


def test_every_field_that_holds_text_is_searched() -> None:
    """String, text in each locale and JSON are; a slug, a link and an unknown key are not."""
    rebuilt, replaced = content(
        title=_OLD,
        body={"en": f"https://{_PICTURE}", "it": None},
        extra=f'["{_OLD}"]',
        slug=_OLD,
        friend=_OLD,
        other=_OLD,
    )

    assert rebuilt == {
        "title": _NEW,
        "body": {"en": f"https://{_COPY}", "it": None},
        "extra": f'["{_NEW}"]',
        "slug": _OLD,
        "friend": _OLD,
        "other": _OLD,
    }
    assert replaced == Replaced(addresses=1, ids=2)


def test_structured_text_is_searched_where_people_type() -> None:
    """Spans, code and addresses of links are rewritten; references of nodes are others' work."""
    node: JsonObject = {
        "type": "root",
        "children": [
            {
                "type": "paragraph",
                "children": [
                    {"type": "span", "value": _OLD},
                    {"type": "link", "url": f"https://{_PICTURE}", "children": ["x"]},
                    {"type": "itemLink", "item": _OLD, "children": []},
                ],
            },
            {"type": "code", "code": _OLD},
            {"type": "block", "item": block(_OLD)},
        ],
    }
    rebuilt, replaced = content(story={"schema": "dast", "document": node})

    paragraph, code, quote = rebuilt["story"]["document"]["children"]
    assert [one.get("value") or one.get("url") for one in paragraph["children"]] == [
        _NEW,
        f"https://{_COPY}",
        None,
    ]
    assert paragraph["children"][2]["item"] == _OLD
    assert code["code"] == _NEW
    assert quote["item"]["attributes"] == {"text": _NEW}
    assert replaced == Replaced(addresses=1, ids=3)


def test_blocks_are_searched_at_any_depth() -> None:
    """Those of a list and a single one; what is no block, or of no known model, stays."""
    rebuilt, _ = content(parts=[block(_OLD), _OLD], quote=block(_OLD))

    assert rebuilt == {"parts": [block(_NEW), _OLD], "quote": block(_NEW)}


def test_within_a_locale_localized_fields_hold_plain_values() -> None:
    """A block in a localized value has the text itself where elsewhere it has one a locale."""
    quote = block(_OLD)
    span = {"type": "span", "value": _OLD}
    quote["attributes"]["prose"] = {
        "schema": "dast",
        "document": {"type": "root", "children": [span]},
    }

    rebuilt, replaced = content(tale={"en": [quote], "it": None}, body={"en": _OLD})

    (told,) = rebuilt["tale"]["en"]
    assert told["attributes"]["text"] == _NEW
    assert told["attributes"]["prose"]["document"]["children"] == [{"type": "span", "value": _NEW}]
    assert rebuilt["body"] == {"en": _NEW}
    assert replaced.ids == 3


@pytest.mark.parametrize(
    "attributes",
    [
        {"title": 5},
        {"story": "no document"},
        {"parts": "no list"},
        {"quote": block(_OLD, model="3")},
        {"quote": {"type": "item"}},
    ],
)
def test_values_of_another_shape_stay(attributes: JsonObject) -> None:
    """What a field of its type cannot hold is passed on."""
    assert content(**attributes)[0] == attributes


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        (f"https://{_PICTURE}", _PICTURE),
        (f"https://{_PICTURE}?w=1", _PICTURE),
        (f"//{_PICTURE}#a", _PICTURE),
        (_PICTURE, _PICTURE),
    ],
)
def test_an_address_is_known_from_its_host_on(url: str, bare: str) -> None:
    """Scheme, query and fragment are no part of which file is meant."""
    assert bare_address(url) == bare
