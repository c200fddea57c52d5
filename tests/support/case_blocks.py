"""Cases for imports: blocks at any depth and in any number, and structured text."""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from tests.support.authoring import Author, block, paragraph, text
from tests.support.case import Case

_SPAN: JsonObject = {"type": "span", "value": "words", "marks": ["strong", "highlight"]}


def five_deep(author: Author) -> None:
    """Nest a recursive block five deep, in a localized field and in a plain one."""
    author.locales("en", "it")
    box = author.block_model("box")
    author.field(box, "name")
    author.field(box, "inner", "rich_text", blocks=[box])
    model = author.model("page")
    author.field(model, "plain", "rich_text", blocks=[box])
    author.field(model, "by_locale", "rich_text", blocks=[box], localized=True)
    nested = block(box, name="5")
    for depth in range(4, 0, -1):
        nested = block(box, name=str(depth), inner=[nested, block(box, name=f"leaf {depth}")])
    record = author.published(
        model, {"plain": [nested], "by_locale": {"en": [nested], "it": [block(box, name="x")]}}
    )
    author.update(record, {"plain": [block(box, name="new"), nested]})


def five_hundred(author: Author) -> None:
    """Hold five hundred blocks in one record, as many as there can be."""
    box = author.block_model("box")
    author.field(box, "number", "integer")
    model = author.model("page")
    author.field(model, "blocks", "rich_text", blocks=[box])
    author.published(model, {"blocks": [block(box, number=number) for number in range(500)]})


def three_kinds(author: Author) -> None:
    """Use the same block model in all three kinds of field, and inline."""
    box = author.block_model("box")
    author.field(box, "name")
    model = author.model("page")
    for kind in ("rich_text", "single_block", "structured_text"):
        author.field(model, f"a_{kind}", kind, blocks=[box])
    author.published(
        model,
        {
            "a_rich_text": [block(box, name="a"), block(box)],
            "a_single_block": block(box, name="b"),
            "a_structured_text": text(
                paragraph("x ", {"type": "inlineBlock", "item": block(box, name="c")}),
                {"type": "block", "item": block(box, name="d")},
            ),
        },
    )


def localized_within(author: Author) -> None:
    """Have localized fields of every shape in a block that a localized field holds, and a plain."""
    author.locales("en", "it")
    box = author.block_model("box")
    author.field(box, "inner", "single_block", blocks=[box], localized=True)
    author.field(box, "file", "file", localized=True)
    author.field(box, "seo", "seo", localized=True)
    author.field(box, "words", localized=True)
    model = author.model("page")
    author.field(model, "plain", "rich_text", blocks=[box])
    author.field(model, "by_locale", "rich_text", blocks=[box], localized=True)
    upload = author.upload("a.txt", b"bytes of a block")
    inside = {"file": {"upload_id": upload}, "seo": {"image": upload, "title": "t"}, "words": "w"}
    one = block(box, **inside, inner=block(box, **inside))
    both = {key: {"en": value, "it": value} for key, value in inside.items()}
    author.published(
        model,
        {
            "plain": [block(box, **both, inner={"en": one, "it": None})],
            "by_locale": {"en": [one], "it": [one, one]},
        },
    )


def every_node(author: Author) -> None:
    """Write every node of structured text, links with meta, and links to records made later."""
    box = author.block_model("box")
    author.field(box, "name")
    model = author.model("page")
    author.field(model, "body", "structured_text", to=[model], blocks=[box])
    first, last = author.create(model), author.create(model)
    meta = [{"id": "rel", "value": "nofollow"}, {"id": "target", "value": "_blank"}]
    spans = [_SPAN, {"type": "span", "value": "\n"}]
    document = text(
        {"type": "heading", "level": 6, "style": "big", "children": spans},
        paragraph(
            _SPAN,
            {"type": "link", "url": "https://x.y/?a=b#c", "meta": meta, "children": spans},
            {"type": "itemLink", "item": last, "meta": meta, "children": spans},
            {"type": "itemLink", "item": first, "children": []},
            {"type": "inlineItem", "item": last},
            {"type": "inlineBlock", "item": block(box, name="inline")},
        ),
        _list("bulleted", [paragraph("a"), _list("numbered", [paragraph("b")])]),
        {"type": "blockquote", "attribution": "Me", "children": [paragraph("q")]},
        {"type": "blockquote", "children": []},
        {"type": "code", "language": "js", "highlight": [0, 2], "code": "let a\nlet b"},
        {"type": "thematicBreak"},
        {"type": "block", "item": block(box, name="block")},
    )
    author.update(first, {"body": document})
    author.publish(last, first)
    author.update(last, {"body": document})


def _list(style: str, children: list[JsonObject]) -> JsonObject:
    item = {"type": "listItem", "children": children}
    return {"type": "list", "style": style, "children": [item]}


CASES = (
    Case("blocks 5 deep, recursive", five_deep),
    Case("500 blocks in a record", five_hundred),
    Case("one block model in all kinds of field, inline too", three_kinds),
    Case("localized fields of blocks", localized_within),
    Case("every node of structured text", every_node),
)
