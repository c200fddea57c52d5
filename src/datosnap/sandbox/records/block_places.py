"""Know in which record a block lives, for those who ask for it by its own id."""

from __future__ import annotations

from datosnap.sandbox.records.backlinks import contents
from datosnap.sandbox.records.content import all_blocks
from datosnap.sandbox.records.index import RecordIndex
from datosnap.sandbox.records.schema_view import schema_of
from datosnap.sandbox.state import Item


def owner_of_block(index: RecordIndex, block_id: str) -> Item | None:
    """Give the record that holds a block in its current or published content."""
    owner_id = index.remembered("block owners", lambda: _owners(index)).get(block_id)
    return index.get(owner_id) if owner_id else None


def _owners(index: RecordIndex) -> dict[str, str]:
    schema = schema_of(index.environment)
    return {
        placed.block["id"]: item.id
        for item in index.environment.items.values()
        for version in contents(item)
        for placed in all_blocks(schema, schema.model(item.item_type_id), version.attributes)
    }
