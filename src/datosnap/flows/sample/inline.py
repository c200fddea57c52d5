"""Turn one line of marked-up text into the inline nodes of a structured text.

The sample's texts are written as an editor would type them; `**strong**`, `*emphasis*`,
`__underline__`, `~~struck~~`, `` `code` `` and `==highlight==` are marks and may contain each
other, `[words](https://…)` is a link, `[words](article:key target=_blank)` a link to a record,
`{place:key}` a record in the line and `{{name}}` an inline block given beside the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from datosnap.core.jsontext import JsonObject
from datosnap.flows.sample.identities import record_identity

_TOKEN = re.compile(
    r"\*\*(?P<strong>.+?)\*\*|\*(?P<emphasis>.+?)\*|__(?P<underline>.+?)__|~~(?P<strikethrough>.+?)~~"
    r"|`(?P<code>.+?)`|==(?P<highlight>.+?)==|\[(?P<words>.+?)\]\((?P<target>[^)]+)\)"
    r"|\{\{(?P<block>\w+)\}\}|\{(?P<record>[a-z_]+:[a-z0-9-]+)\}",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text with the inline blocks that its `{{names}}` stand for, ready to send."""

    text: str
    blocks: Mapping[str, JsonObject] = field(default_factory=dict)


def inline_nodes(line: Line, marks: tuple[str, ...] = ()) -> list[JsonObject]:
    """Cut a line into spans, links, records and inline blocks."""
    return list(_nodes(line, marks))


def _nodes(line: Line, marks: tuple[str, ...]) -> Iterator[JsonObject]:
    end = 0
    for token in _TOKEN.finditer(line.text):
        yield from _span(line.text[end : token.start()], marks)
        kind = str(token.lastgroup)
        special = _SPECIAL.get(kind)
        if special is None:
            yield from _nodes(Line(token[kind], line.blocks), (*marks, kind))
        else:
            yield special(token, line, marks)
        end = token.end()
    yield from _span(line.text[end:], marks)


def _span(text: str, marks: tuple[str, ...]) -> Iterator[JsonObject]:
    if text:
        shown: JsonObject = {"marks": list(marks)} if marks else {}
        yield {"type": "span", **shown, "value": text}


def _link(token: re.Match[str], line: Line, marks: tuple[str, ...]) -> JsonObject:
    target, *settings = token["target"].split()
    is_address = "://" in target or target.startswith("mailto:")
    node: JsonObject = (
        {"type": "link", "url": target}
        if is_address
        else {"type": "itemLink", "item": record_identity(target)}
    )
    if settings:
        pairs = (setting.split("=", 1) for setting in settings)
        node["meta"] = [{"id": name, "value": value} for name, value in pairs]
    return {**node, "children": inline_nodes(Line(token["words"], line.blocks), marks)}


def _record(token: re.Match[str], _line: Line, _marks: tuple[str, ...]) -> JsonObject:
    return {"type": "inlineItem", "item": record_identity(token["record"])}


def _block(token: re.Match[str], line: Line, _marks: tuple[str, ...]) -> JsonObject:
    return {"type": "inlineBlock", "item": line.blocks[token["block"]]}


_SPECIAL: Mapping[str, Callable[[re.Match[str], Line, tuple[str, ...]], JsonObject]] = {
    "target": _link,
    "record": _record,
    "block": _block,
}
