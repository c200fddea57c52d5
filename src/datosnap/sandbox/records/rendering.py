"""Show records the way the API answers them: flat or nested, current or published, with meta.

What was shown is remembered as bytes for as long as the record and its model are the same
objects; a page of a listing is then little more than joining them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from datosnap.core import ids
from datosnap.core.jsontext import JsonObject, encode, encode_canonical
from datosnap.sandbox.records.content import PlacedBlock, all_blocks, flatten
from datosnap.sandbox.records.index import RecordIndex
from datosnap.sandbox.records.schema_view import ModelView, Schema, schema_of
from datosnap.sandbox.records.siblings import has_children
from datosnap.sandbox.state import Environment, Item, Version

_UUID_BYTES = 16


@dataclass(frozen=True, slots=True)
class View:
    """How a reader wants records: the published content or the current, blocks nested or as ids."""

    published: bool = False
    nested: bool = False


FLAT = View()


@dataclass(slots=True)
class _Shown:
    item: Item
    model: JsonObject
    bytes_by_view: dict[View, bytes] = field(default_factory=dict)
    blocks_by_view: dict[View, list[bytes]] = field(default_factory=dict)


class Shelf:
    """The bytes of records that were shown, until they change.

    Memory: each record at most once per view that was asked for.
    """

    def __init__(self, index: RecordIndex) -> None:
        self._index = index
        self._schema = schema_of(index.environment)
        self._shown: dict[str, _Shown] = {}

    def learn(self, item: Item) -> None:
        """Forget a parent's bytes, which tell whether it has children."""
        if item.parent_id:
            self._shown.pop(item.parent_id, None)

    def forget(self, item: Item) -> None:
        """Drop a record's bytes, and its parent's."""
        self._shown.pop(item.id, None)
        self.learn(item)

    def item_bytes(self, item: Item, view: View) -> bytes:
        """Give a record's bytes: those it came in, where it is still what it was then."""
        if came := original_bytes(self._index.environment, item, view):
            return came
        shown = self._entry(item)
        if view not in shown.bytes_by_view:
            shown.bytes_by_view[view] = encode(item_resource(self._index, item, view))
        return shown.bytes_by_view[view]

    def block_bytes(self, item: Item, view: View) -> list[bytes]:
        """Give the bytes of a record's blocks, as a listing shows them beside records."""
        shown = self._entry(item)
        if view not in shown.blocks_by_view:
            shown.blocks_by_view[view] = [
                encode(block) for block in block_resources(self._schema, item, view)
            ]
        return shown.blocks_by_view[view]

    def _entry(self, item: Item) -> _Shown:
        shown = self._shown.get(item.id)
        resource = self._schema.model(item.item_type_id).resource
        if shown is None or shown.item is not item or shown.model is not resource:
            shown = self._shown[item.id] = _Shown(item, resource)
        return shown


def original_bytes(environment: Environment, item: Item, view: View) -> bytes | None:
    """Give the bytes in which a record came from a snapshot, when they show what is asked for."""
    original = environment.originals.get(item.id)
    if original is None or (original.nested and not view.nested):
        return None
    return original.published if view.published else original.current


def shelf_of(index: RecordIndex) -> Shelf:
    """Give the remembered bytes of an environment's records."""
    return index.follower("shelf", lambda: Shelf(index))


def item_resource(index: RecordIndex, item: Item, view: View = FLAT) -> JsonObject:
    """Show one record as a JSON:API object."""
    model = schema_of(index.environment).model(item.item_type_id)
    attributes = shown_attributes(model, seen_version(item, view).attributes, view)
    if model.is_sorted:
        attributes = {**attributes, "position": item.position}
    if model.flag("tree"):
        attributes["parent_id"] = item.parent_id
    return {
        "type": "item",
        "id": item.id,
        "attributes": attributes,
        "relationships": {
            "item_type": {"data": {"type": "item_type", "id": item.item_type_id}},
            "creator": {"data": item.creator},
        },
        "meta": {
            **_meta(item),
            "has_children": has_children(index, item) if model.flag("tree") else None,
        },
    }


def block_resources(schema: Schema, item: Item, view: View = FLAT) -> list[JsonObject]:
    """Show a record's blocks as items of their own, the newest first."""
    model = schema.model(item.item_type_id)
    placed = list(all_blocks(schema, model, seen_version(item, view).attributes))
    if not placed:
        return []
    ages = _block_ages(schema, model, item)
    published = _published_blocks(schema, model, item)
    return [_block_resource(item, one, view, ages, published) for one in reversed(placed)]


def included(index: RecordIndex, item: Item) -> list[JsonObject]:
    """Give what comes along with a written record: its model and its blocks."""
    schema = schema_of(index.environment)
    model = schema.model(item.item_type_id)
    return [model.resource, *block_resources(schema, item)]


def seen_version(item: Item, view: View) -> Version:
    """Give the content that a view shows; the current one where nothing is published."""
    return item.published if view.published and item.published else item.current


def shown_attributes(model: ModelView, attributes: JsonObject, view: View) -> JsonObject:
    """Give a content nested, or with blocks as their ids."""
    return attributes if view.nested else flatten(model, attributes)


def _meta(item: Item) -> JsonObject:
    return {
        "created_at": item.created_at,
        "updated_at": item.updated_at,
        "published_at": item.published_at,
        "first_published_at": item.first_published_at,
        "publication_scheduled_at": item.publication.at if item.publication else None,
        "unpublishing_scheduled_at": item.unpublishing.at if item.unpublishing else None,
        "status": item.status,
        "is_valid": item.current.is_valid,
        "is_current_version_valid": item.current.is_valid,
        "is_published_version_valid": item.is_published_version_valid if item.published else None,
        "current_version": item.current.id,
        "stage": item.stage,
    }


def _block_resource(
    item: Item,
    placed: PlacedBlock,
    view: View,
    ages: dict[str, tuple[str, str]],
    published: dict[str, JsonObject],
) -> JsonObject:
    block, inner = placed.block, placed.model
    attributes = block["attributes"]
    if not view.nested:
        attributes = flatten(inner, attributes, localized_outside=placed.localized_outside)
    created_at, updated_at = ages[block["id"]]
    return {
        "type": "item",
        "id": block["id"],
        "attributes": attributes,
        "relationships": block["relationships"],
        "meta": {
            **_meta(item),
            "created_at": created_at,
            "updated_at": updated_at,
            "published_at": item.published_at if block["id"] in published else None,
            "status": _block_status(block, published),
            "current_version": _block_version(block),
            "stage": None,
            "has_children": None,
        },
    }


def _block_status(block: JsonObject, published: dict[str, JsonObject]) -> str:
    if block["id"] not in published:
        return "draft"
    return "published" if published[block["id"]] == block else "updated"


def _block_version(block: JsonObject) -> str:
    """Derive the id of a block's state: blocks are versioned with their record, not by us."""
    return ids.from_random(hashlib.sha256(encode_canonical(block)).digest()[:_UUID_BYTES])


def _published_blocks(schema: Schema, model: ModelView, item: Item) -> dict[str, JsonObject]:
    if item.published is None:
        return {}
    placed = all_blocks(schema, model, item.published.attributes)
    return {one.block["id"]: one.block for one in placed}


def _block_ages(schema: Schema, model: ModelView, item: Item) -> dict[str, tuple[str, str]]:
    """Read from the versions when each block came and when it last changed."""
    ages: dict[str, tuple[str, str]] = {}
    states: dict[str, JsonObject] = {}
    for version in item.versions:
        for placed in all_blocks(schema, model, version.attributes):
            block_id = placed.block["id"]
            if states.get(block_id) != placed.block:
                since = ages.get(block_id, (version.created_at, ""))[0]
                ages[block_id] = (since, version.created_at)
                states[block_id] = placed.block
    if item.published is not None:
        for placed in all_blocks(schema, model, item.published.attributes):
            since = item.published.created_at
            ages.setdefault(placed.block["id"], (since, since))
    return ages
