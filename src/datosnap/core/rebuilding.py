"""Build the requests that write a record into another project, every reference rewritten.

A block never brings its id: it is sent as a new block and gets one from the server, which is the
only form the API documents. Links to records that do not exist yet, or never will, are left out
and told to the caller, who writes the first kind later and reports the second. Keys that are no
fields of their model are left out too: an answer may hold some that no request may.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field, replace

from datosnap.core.entities import ItemType, Schema
from datosnap.core.jsontext import JsonObject
from datosnap.core.references import Block, Kind, Missing, Reference, Walk
from datosnap.core.remapping import IdMap
from datosnap.core.text_rewriting import Replaced, TextRewriter


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The content of a record as the target takes it, and what happened to its references."""

    attributes: JsonObject
    rewritten: int
    blocks: int
    waiting: tuple[Reference, ...]
    dangling: tuple[Reference, ...]
    in_text: Replaced = field(default_factory=Replaced)


@dataclass(frozen=True, slots=True)
class Rebuilder:
    """What is needed to rebuild records: the source's schema and the id of everything.

    `text` rewrites addresses and ids inside text, where that was asked for.
    """

    schema: Schema
    ids: IdMap
    text: TextRewriter | None = None

    def content(
        self,
        record: JsonObject,
        item_type: ItemType,
        later: Container[str] = (),
        never: Container[str] = (),
    ) -> Rebuilt:
        """Rebuild a record's attributes; links to the source ids in `later` are left out for now.

        Those in `never` are left out as if they had no target. The parent in a tree, which is no
        field, is kept.
        """
        tally = _Tally(self, later, never)
        walk = Walk(self.schema, tally.rewrite, tally.rebuild)
        attributes: JsonObject = record.get("attributes") or {}
        own, replaced = _fields_only(attributes, item_type), Replaced()
        if self.text is not None:
            own = replace(self.text, replaced=replaced).content(own, item_type)
        rebuilt = walk.content(own, item_type)
        if item_type.tree:
            rebuilt["parent_id"] = walk.link(attributes.get("parent_id"), ("parent_id",))
        waiting, dangling = tuple(tally.waiting), tuple(tally.dangling)
        return Rebuilt(rebuilt, tally.rewritten, tally.blocks, waiting, dangling, replaced)

    def create_body(self, record: JsonObject, item_type: ItemType, rebuilt: Rebuilt) -> JsonObject:
        """Build the body that creates the record with its dates.

        Source: of `meta`, only `created_at` and `first_published_at` act on create.
        """
        meta: JsonObject = record.get("meta") or {}
        dates = {
            name: meta[name]
            for name in ("created_at", "first_published_at")
            if meta.get(name) is not None
        }
        return {
            "data": {
                **self._identity(record),
                "attributes": rebuilt.attributes,
                "relationships": {"item_type": {"data": self._item_type(item_type.id)}},
                "meta": dates,
            }
        }

    def update_body(
        self, record: JsonObject, attributes: JsonObject, version: str | None = None
    ) -> JsonObject:
        """Build the body that writes `attributes` into the record's target.

        With `version`, the API refuses it once the target has another one.
        """
        data = {**self._identity(record), "attributes": attributes}
        return {"data": data if version is None else {**data, "meta": {"current_version": version}}}

    def block(self, block: Block, attributes: JsonObject) -> JsonObject:
        """Build a new block in place of the source's."""
        source_id = block.item_type_id or ""
        return {
            "type": "item",
            "attributes": _fields_only(attributes, self.schema.item_types.get(source_id)),
            "relationships": {"item_type": {"data": self._item_type(source_id)}},
        }

    def _identity(self, record: JsonObject) -> JsonObject:
        return {"type": "item", "id": self.ids.translate("item", record["id"])}

    def _item_type(self, source_id: str) -> JsonObject:
        return {"type": "item_type", "id": self.ids.translate("item_type", source_id)}


class _Tally:
    """Rewrites references one by one and remembers what came of them."""

    def __init__(self, rebuilder: Rebuilder, later: Container[str], never: Container[str]) -> None:
        self._rebuilder = rebuilder
        self._later = later
        self._never = never
        self.rewritten = 0
        self.blocks = 0
        self.waiting: list[Reference] = []
        self.dangling: list[Reference] = []

    def rewrite(self, reference: Reference) -> str | Missing:
        if reference.kind is Kind.ITEM and reference.id in self._later:
            self.waiting.append(reference)
            return Missing.LATER
        target_id = self._rebuilder.ids.find(reference.kind, reference.id)
        if target_id is None or (reference.kind is Kind.ITEM and reference.id in self._never):
            self.dangling.append(reference)
            return Missing.NEVER
        self.rewritten += 1
        return target_id

    def rebuild(self, block: Block, attributes: JsonObject) -> JsonObject:
        self.blocks += 1
        return self._rebuilder.block(block, attributes)


def _fields_only(attributes: JsonObject, item_type: ItemType | None) -> JsonObject:
    fields = {} if item_type is None else item_type.fields
    return {key: value for key, value in attributes.items() if key in fields}
