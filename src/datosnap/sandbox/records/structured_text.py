"""Check a structured text node by node: which keys a node has, and which nodes may stand in it.

What stands in the `item` of a node is not decided here: the caller reads blocks and links and
gives back what is to be kept. Messages follow the API's own, paths counted from the root node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.records.shapes import ShapeError, holds_nul

_HEADING_LEVELS = range(1, 7)

# Reads the `item` of a node at a path: (node type, item, path) -> what is kept in its place.
ReadItem = Callable[[str, Json, str], Json]

Check = Callable[[Json], bool]


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and not holds_nul(value)


def _is_texts(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_lines(value: Json) -> bool:
    return isinstance(value, list) and all(type(one) is int for one in value)


def _is_meta(value: Json) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and one.keys() == {"id", "value"} and all(map(_is_text, one.values()))
        for one in value
    )


def _is_level(value: Json) -> bool:
    return type(value) is int and value in _HEADING_LEVELS


def _is_anything(_value: Json) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Node:
    """What a type of node looks like: what it must have, may have, and may contain."""

    required: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)
    children: frozenset[str] | None = None


_INLINE = frozenset({"span", "link", "itemLink", "inlineItem", "inlineBlock"})
_TOP = frozenset({"paragraph", "heading", "list", "code", "blockquote", "block", "thematicBreak"})
_ITEM = {"item": _is_anything}
_SPANS = frozenset({"span"})

NODES = {
    "root": Node(children=_TOP),
    "paragraph": Node(optional={"style": _is_text}, children=_INLINE),
    "heading": Node({"level": _is_level}, {"style": _is_text}, _INLINE),
    "list": Node(
        {"style": lambda value: value in ("bulleted", "numbered")}, {}, frozenset({"listItem"})
    ),
    "listItem": Node(children=frozenset({"paragraph", "list"})),
    "blockquote": Node(optional={"attribution": _is_text}, children=frozenset({"paragraph"})),
    "code": Node({"code": _is_text}, {"language": _is_text, "highlight": _is_lines}),
    "thematicBreak": Node(),
    "block": Node(_ITEM),
    "inlineBlock": Node(_ITEM),
    "inlineItem": Node(_ITEM),
    "link": Node({"url": _is_text}, {"meta": _is_meta}, _SPANS),
    "itemLink": Node(_ITEM, {"meta": _is_meta}, _SPANS),
    "span": Node({"value": _is_text}, {"marks": _is_texts}),
}


def read_document(value: Json, read_item: ReadItem) -> JsonObject:
    """Take a structured text and give it back with each node's `item` as `read_item` keeps it.

    Raises: ShapeError with one message for each thing that is wrong.
    """
    if not isinstance(value, dict):
        raise ShapeError("#: not an object.")
    if value.keys() != {"schema", "document"} or value["schema"] != "dast":
        raise ShapeError('#: must have "schema": "dast" and "document", and nothing else.')
    reading = _Reading(read_item)
    document = reading.node(value["document"], frozenset({"root"}), "#", "Document")
    if reading.messages:
        raise ShapeError(*reading.messages)
    return {"schema": "dast", "document": document}


@dataclass(slots=True)
class _Reading:
    read_item: ReadItem
    messages: list[str] = field(default_factory=list)

    def node(self, node: Json, allowed: frozenset[str], path: str, parent: str) -> Json:
        kind = node.get("type") if isinstance(node, dict) else None
        if not isinstance(kind, str) or kind not in allowed:
            self._say(path, parent, 'No subschema in "anyOf" matched.')
            return node
        self._check_keys(node, NODES[kind], path)
        kept = dict(node)
        if "item" in NODES[kind].required and "item" in node:
            kept["item"] = self._item(kind, node["item"], path)
        if NODES[kind].children is not None:
            kept["children"] = self._children(node, path)
        return kept

    def _children(self, node: JsonObject, path: str) -> list[Json]:
        children = node.get("children")
        if not isinstance(children, list):
            self._say(path, node["type"], '"children" wasn\'t supplied.')
            return []
        allowed = NODES[node["type"]].children or frozenset()
        return [
            self.node(child, allowed, f"{path}/children/{at}", node["type"])
            for at, child in enumerate(children)
        ]

    def _check_keys(self, node: JsonObject, shape: Node, path: str) -> None:
        checks = {**shape.required, **shape.optional}
        structural = {"type"} if shape.children is None else {"type", "children"}
        for key in node.keys() - checks.keys() - structural:
            self._say(path, node["type"], f'"{key}" is not a permitted key.')
        for key in shape.required.keys() - node.keys():
            self._say(path, node["type"], f'"{key}" wasn\'t supplied.')
        for key in checks.keys() & node.keys():
            if not checks[key](node[key]):
                self._say(f"{path}/{key}", node["type"], "not acceptable.")

    def _item(self, kind: str, item: Json, path: str) -> Json:
        try:
            return self.read_item(kind, item, f"{path}/item")
        except ShapeError as error:
            self.messages += error.messages
            return item

    def _say(self, path: str, kind: str, complaint: str) -> None:
        name = kind[0].upper() + kind[1:]
        self.messages.append(f"{path}: failed schema #/definitions/{name}: {complaint}")


def plain_text(value: JsonObject | None) -> str:
    """Give the text of a structured text without its blocks, for lengths and searches."""
    return _node_text(value["document"]) if value else ""


def _node_text(node: JsonObject) -> str:
    own = node.get("value") or node.get("code") or ""
    return own + "".join(_node_text(child) for child in node.get("children", ()))
