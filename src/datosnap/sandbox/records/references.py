"""Find what a record's content points to, and take such pointers out again.

Records are pointed to by link and links fields and by `itemLink` and `inlineItem` nodes of
structured text, uploads by file, gallery and SEO fields, all of them in blocks at any depth too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.records.content import nodes_in, rewrite, spots
from datosnap.sandbox.records.schema_view import FieldView, ModelView, Schema

LINK_NODES = frozenset({"itemLink", "inlineItem"})

# field type -> the validator that names the permitted models and the three strategies
LINK_VALIDATORS = {
    "link": "item_item_type",
    "links": "items_item_type",
    "structured_text": "structured_text_links",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """One pointer to a record: from which field, at which path, to which id."""

    field: FieldView
    path: str
    target_id: str

    def strategy(self, name: str) -> str:
        """Give what the field says to do, such as `on_reference_unpublish_strategy`."""
        kind = self.field.field_type
        given = self.field.validators.get(LINK_VALIDATORS[kind], {}).get(name)
        return given or _STRATEGIES.get((kind, name)) or _STRATEGIES["", name]


# The field types' own defaults; the empty name stands for every other type.
_STRATEGIES = {
    ("", "on_publish_with_unpublished_references_strategy"): "fail",
    ("", "on_reference_unpublish_strategy"): "fail",
    ("", "on_reference_delete_strategy"): "delete_references",
    ("structured_text", "on_reference_unpublish_strategy"): "delete_references",
}


def linked_items(field: FieldView, value: Json) -> list[str]:
    """List the records that one value points to, blocks inside it not counted."""
    if not value:
        return []
    find = _ITEM_FINDERS.get(field.field_type)
    return find(value) if find else []


def linked_uploads(field: FieldView, value: Json) -> list[str]:
    """List the uploads that one value points to."""
    if not value:
        return []
    find = _UPLOAD_FINDERS.get(field.field_type)
    return find(value) if find else []


def item_references(
    schema: Schema, model: ModelView, attributes: JsonObject
) -> Iterator[Reference]:
    """Walk through all pointers to records in a content."""
    for spot in spots(schema, model, attributes):
        for target_id in linked_items(spot.field, spot.value):
            yield Reference(spot.field, spot.path, target_id)


def upload_references(schema: Schema, model: ModelView, attributes: JsonObject) -> Iterator[str]:
    """Walk through the ids of all uploads that a content points to."""
    for spot in spots(schema, model, attributes):
        yield from linked_uploads(spot.field, spot.value)


def without_items(
    schema: Schema, model: ModelView, attributes: JsonObject, gone: frozenset[str]
) -> JsonObject:
    """Give the content with no pointer left to any of the `gone` records."""

    def change(field: FieldView, value: Json) -> Json:
        found = linked_items(field, value)
        return _REMOVERS[field.field_type](value, gone) if gone.intersection(found) else value

    return rewrite(schema, model, attributes, change)


def _node_items(value: JsonObject) -> list[str]:
    return [node["item"] for node in nodes_in(value) if node["type"] in LINK_NODES]


def _without_link(_value: Json, _gone: frozenset[str]) -> Json:
    return None


def _without_links(value: list[str], gone: frozenset[str]) -> Json:
    return [one for one in value if one not in gone]


def _without_nodes(value: JsonObject, gone: frozenset[str]) -> Json:
    (document,) = _kept_nodes([value["document"]], gone)
    return {**value, "document": document}


def _kept_nodes(nodes: list[JsonObject], gone: frozenset[str]) -> list[JsonObject]:
    """Drop inline records that are gone, and keep the text of links to them."""
    kept: list[JsonObject] = []
    for node in nodes:
        is_gone = node["type"] in LINK_NODES and node["item"] in gone
        children = _kept_nodes(node.get("children", []), gone)
        if is_gone:
            kept += children
        else:
            kept.append({**node, "children": children} if "children" in node else node)
    return kept


_ITEM_FINDERS: dict[str, Callable[[Json], list[str]]] = {
    "link": lambda value: [value],
    "links": list,
    "structured_text": _node_items,
}

_UPLOAD_FINDERS: dict[str, Callable[[Json], list[str]]] = {
    "file": lambda value: [value["upload_id"]],
    "gallery": lambda value: [file["upload_id"] for file in value],
    "seo": lambda value: [value["image"]] if value.get("image") else [],
}

_REMOVERS: dict[str, Callable[[Json, frozenset[str]], Json]] = {
    "link": _without_link,
    "links": _without_links,
    "structured_text": _without_nodes,
}
