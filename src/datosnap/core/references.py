"""Find every id inside a record's content, and rebuild the content with other ids.

One walk serves all: counting references, ordering records, rewriting them for another project
and comparing two projects. It knows where ids hide: links, structured text (`itemLink`,
`inlineItem`), files, galleries, SEO images and, at any depth and in every locale, blocks.
Source: the table of field values in the API reference (records).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, StrEnum

from datosnap.core.entities import Field, ItemType, Schema, related_id
from datosnap.core.jsontext import Json, JsonObject

Path = tuple[str | int, ...]


class Kind(StrEnum):
    """What an id inside a record stands for; a block's own id stands there in flat reads only."""

    ITEM = "item"
    UPLOAD = "upload"
    BLOCK = "block"


class Missing(Enum):
    """Why a reference is left out: it is written later, or it has no target and never will be."""

    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Reference:
    """One id inside a record's content, and where it stands.

    Shape: the path steps from a block straight to its attributes.
    """

    kind: Kind
    id: str
    path: Path


@dataclass(frozen=True, slots=True)
class Block:
    """One block inside a record's content: its own object and where it stands."""

    resource: JsonObject
    item_type_id: str | None
    path: Path


# Gives the id to write in place of a reference, or why the reference is left out.
Rewrite = Callable[[Reference], str | Missing]
# Gives the object to write for a block, whose attributes are already rewritten.
Rebuild = Callable[[Block, JsonObject], Json]


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk through content: the schema to read it by and what to put in place of what it finds.

    A reference that is left out becomes null or goes from its list. A structured text cannot hold
    a node without its target: it is null as a whole while one is to come, and where none will
    come the node gives way to its own text. `within_locale` tells that the content is part of a
    localized value, where blocks hold the fields' plain values.
    """

    schema: Schema
    rewrite: Rewrite
    rebuild: Rebuild
    within_locale: bool = False

    def content(self, attributes: JsonObject, item_type: ItemType, path: Path = ()) -> JsonObject:
        """Rebuild the attributes of a record or block; keys that are no fields stay as they are."""
        return {
            key: self._value(item_type.fields[key], value, (*path, key))
            if key in item_type.fields
            else value
            for key, value in attributes.items()
        }

    def _value(self, field: Field, value: Json, path: Path) -> Json:
        walk = _BY_FIELD_TYPE.get(field.field_type)
        if walk is None or value is None:
            return value
        if field.localized and not self.within_locale and isinstance(value, dict):
            inside = replace(self, within_locale=True)
            return {
                locale: None if one is None else walk(inside, one, (*path, locale))
                for locale, one in value.items()
            }
        return walk(self, value, path)

    def link(self, value: Json, path: Path) -> Json:
        """Rebuild the value of a `link` field."""
        return self._target(Kind.ITEM, value, path) if isinstance(value, str) else value

    def links(self, value: Json, path: Path) -> Json:
        """Rebuild the value of a `links` field."""
        if not isinstance(value, list):
            return value
        return _present(self.link(one, (*path, index)) for index, one in enumerate(value))

    def file(self, value: Json, path: Path) -> Json:
        """Rebuild the value of a `file` field."""
        if not isinstance(value, dict) or not isinstance(value.get("upload_id"), str):
            return value
        target = self._target(Kind.UPLOAD, value["upload_id"], (*path, "upload_id"))
        return None if target is None else {**value, "upload_id": target}

    def gallery(self, value: Json, path: Path) -> Json:
        """Rebuild the value of a `gallery` field."""
        if not isinstance(value, list):
            return value
        return _present(self.file(one, (*path, index)) for index, one in enumerate(value))

    def seo(self, value: Json, path: Path) -> Json:
        """Rebuild the value of a `seo` field."""
        if not isinstance(value, dict) or not isinstance(value.get("image"), str):
            return value
        return {**value, "image": self._target(Kind.UPLOAD, value["image"], (*path, "image"))}

    def block(self, value: Json, path: Path) -> Json:
        """Rebuild one block; an id instead of an object (a flat read) is a reference to it."""
        if isinstance(value, str):
            return self._target(Kind.BLOCK, value, path)
        if not isinstance(value, dict):
            return value
        item_type_id = related_id(value, "item_type")
        item_type = self.schema.item_types.get(item_type_id or "")
        attributes = value.get("attributes") or {}
        inner = self.content(attributes, item_type, path) if item_type else attributes
        return self.rebuild(Block(value, item_type_id, path), inner)

    def blocks(self, value: Json, path: Path) -> Json:
        """Rebuild the value of a `rich_text` field."""
        if not isinstance(value, list):
            return value
        return _present(self.block(one, (*path, index)) for index, one in enumerate(value))

    def structured_text(self, value: Json, path: Path) -> Json:
        """Rebuild the value of a `structured_text` field."""
        if not isinstance(value, dict) or not isinstance(value.get("document"), dict):
            return value
        document = self._node(value["document"], (*path, "document"))
        return {**value, "document": document[0]} if document else None

    def _target(self, kind: Kind, identifier: str, path: Path) -> str | None:
        target = self.rewrite(Reference(kind, identifier, path))
        return None if isinstance(target, Missing) else target

    def _node(self, node: JsonObject, path: Path) -> list[Json] | None:
        """Give the nodes that take a node's place; None when the text must wait for a target."""
        rebuilt = dict(node)
        if node.get("type") in _NODES_WITH_ITEM and "item" in node:
            item = self._item(node["type"], node["item"], (*path, "item"))
            if isinstance(item, Missing):
                return None if item is Missing.LATER else _without_item(node)
            rebuilt["item"] = item
        if isinstance(node.get("children"), list):
            inner = self._children(node["children"], (*path, "children"))
            if inner is None:
                return None
            rebuilt["children"] = inner
        return [rebuilt]

    def _item(self, node_type: str, item: Json, path: Path) -> Json:
        kind = _NODES_WITH_ITEM[node_type]
        if isinstance(item, str):
            return self.rewrite(Reference(kind, item, path))
        return self.block(item, path) if kind is Kind.BLOCK else item

    def _children(self, children: list[Json], path: Path) -> list[Json] | None:
        rebuilt: list[Json] = []
        for index, child in enumerate(children):
            nodes = self._node(child, (*path, index)) if isinstance(child, dict) else [child]
            if nodes is None:
                return None
            rebuilt.extend(nodes)
        return rebuilt


_NODES_WITH_ITEM = {
    "block": Kind.BLOCK,
    "inlineBlock": Kind.BLOCK,
    "itemLink": Kind.ITEM,
    "inlineItem": Kind.ITEM,
}


def _without_item(node: JsonObject) -> list[Json]:
    """Give what a node leaves behind without its target: its text, or an empty one in its place."""
    if node["type"] == "itemLink":
        return list(node.get("children") or [])
    empty = {"type": "span", "value": ""}
    return [{"type": "paragraph", "children": [empty]}] if node["type"] == "block" else [empty]


_BY_FIELD_TYPE: dict[str, Callable[[Walk, Json, Path], Json]] = {
    "link": Walk.link,
    "links": Walk.links,
    "file": Walk.file,
    "gallery": Walk.gallery,
    "seo": Walk.seo,
    "single_block": Walk.block,
    "rich_text": Walk.blocks,
    "structured_text": Walk.structured_text,
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a record's content holds: references in reading order, and blocks innermost first."""

    references: tuple[Reference, ...]
    blocks: tuple[Block, ...]


def find(attributes: JsonObject, item_type: ItemType, schema: Schema) -> Found:
    """Find all references and blocks in a record's attributes.

    The parent in a tree (`parent_id`) is no field and not among them.
    """
    references: list[Reference] = []
    blocks: list[Block] = []

    def note_reference(reference: Reference) -> str:
        references.append(reference)
        return reference.id

    def note_block(block: Block, _: JsonObject) -> JsonObject:
        blocks.append(block)
        return block.resource

    Walk(schema, note_reference, note_block).content(attributes, item_type)
    return Found(tuple(references), tuple(blocks))


def _present(values: Iterator[Json]) -> list[Json]:
    return [one for one in values if one is not None]
