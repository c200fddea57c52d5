"""Turn the sample's texts, a list of lines and things between them, into structured text.

A line beginning `# ` to `###### ` is a heading, `---` a break, `! ` a leading paragraph, any other
a paragraph. A thing is an object known by its first key: `list`, `quote`, `code`, `block`, or
`p` for a line with inline blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from datosnap.core.jsontext import Json, JsonObject
from datosnap.flows.sample.inline import Line, inline_nodes

_HEADING = re.compile(r"(#{1,6}) (.*)", re.DOTALL)

# a block as content writes it -> the block object that is sent
WriteBlock = Callable[[JsonObject], JsonObject]


def document(lines: Sequence[Json], write_block: WriteBlock) -> JsonObject:
    """Set a whole text; `write_block` knows how the blocks in it are sent.

    Shape: `{"schema": "dast", "document": {"type": "root", "children": […]}}`.
    """
    children = [_node(line, write_block) for line in lines]
    return {"schema": "dast", "document": {"type": "root", "children": children}}


def _node(line: Json, write_block: WriteBlock) -> JsonObject:
    if isinstance(line, str):
        return _text_node(line)
    return _THINGS[next(iter(line))](line, write_block)


def _text_node(line: str) -> JsonObject:
    if line == "---":
        return {"type": "thematicBreak"}
    if heading := _HEADING.fullmatch(line):
        children = inline_nodes(Line(heading[2]))
        return {"type": "heading", "level": len(heading[1]), "children": children}
    style = {"style": "lead"} if line.startswith("! ") else {}
    return {"type": "paragraph", **style, "children": inline_nodes(Line(line.removeprefix("! ")))}


def _block(thing: JsonObject, write_block: WriteBlock) -> JsonObject:
    return {"type": "block", "item": write_block(thing)}


def _paragraph(thing: JsonObject, write_block: WriteBlock) -> JsonObject:
    blocks = {name: write_block(block) for name, block in thing["inline"].items()}
    return {"type": "paragraph", "children": inline_nodes(Line(thing["p"], blocks))}


def _list(thing: JsonObject, write_block: WriteBlock) -> JsonObject:
    items = [
        {"type": "listItem", "children": [_node(part, write_block) for part in _parts(item)]}
        for item in thing["items"]
    ]
    return {"type": "list", "style": thing["list"], "children": items}


def _quote(thing: JsonObject, _write_block: WriteBlock) -> JsonObject:
    said: JsonObject = {"attribution": thing["by"]} if "by" in thing else {}
    paragraphs = [_text_node(line) for line in thing["quote"]]
    return {"type": "blockquote", **said, "children": paragraphs}


def _code(thing: JsonObject, _write_block: WriteBlock) -> JsonObject:
    extra: JsonObject = {key: thing[key] for key in ("language", "highlight") if key in thing}
    return {"type": "code", **extra, "code": thing["code"]}


def _parts(item: Json) -> Sequence[Json]:
    return item if isinstance(item, list) else [item]


_THINGS: Mapping[str, Callable[[JsonObject, WriteBlock], JsonObject]] = {
    "block": _block,
    "p": _paragraph,
    "list": _list,
    "quote": _quote,
    "code": _code,
}
