"""Give single records, blocks by their own id, and the records that point to a record."""

from __future__ import annotations

from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.failures import not_found
from datosnap.sandbox.queries import is_true
from datosnap.sandbox.records.backlinks import backlinks_of
from datosnap.sandbox.records.block_places import owner_of_block
from datosnap.sandbox.records.desk import Desk, desk_of
from datosnap.sandbox.records.listing import asked_view
from datosnap.sandbox.records.paging import invalid_parameter
from datosnap.sandbox.records.references import item_references
from datosnap.sandbox.records.rendering import View, block_resources, item_resource, shelf_of
from datosnap.sandbox.state import Item, Version


def find_item(call: Call) -> Reply:
    """Give one record, or one block as an item of its own."""
    desk = desk_of(call)
    view = asked_view(call)
    item = desk.index.get(call.path["id"])
    if item is None:
        return _find_block(desk, view)
    if (view.published and item.published is None) or not desk.rights.sees(item):
        raise not_found()
    return Reply(b'{"data":' + shelf_of(desk.index).item_bytes(item, view) + b"}")


def list_references(call: Call) -> Reply:
    """List the records whose content points to a record."""
    desk = desk_of(call)
    target = desk.asked_item()
    version = call.query.get("version", "current")
    if version not in {"current", "latest", "published", "published-or-current"}:
        raise invalid_parameter("version", "must be current, published or published-or-current")
    view = View(version.startswith("published"), is_true(call.query.get("nested")))
    sources = (desk.item(one) for one in backlinks_of(desk.index).of(target.id))
    found = [
        one for one in sources if desk.rights.sees(one) and _points_to(desk, one, target, version)
    ]
    return Reply({"data": [item_resource(desk.index, one, view) for one in reversed(found)]})


def _find_block(desk: Desk, view: View) -> Reply:
    block_id = desk.call.path["id"]
    owner = owner_of_block(desk.index, block_id)
    if owner is None or (view.published and owner.published is None):
        raise not_found()
    if not desk.rights.sees(owner):
        raise not_found()
    for block in block_resources(desk.schema, owner, view):
        if block["id"] == block_id:
            return Reply({"data": block})
    raise not_found()


def _points_to(desk: Desk, source: Item, target: Item, version: str) -> bool:
    model = desk.model_of(source)
    return any(
        reference.target_id == target.id
        for content in _looked_at(source, version)
        for reference in item_references(desk.schema, model, content.attributes)
    )


def _looked_at(source: Item, version: str) -> list[Version]:
    public = [source.published] if source.published else []
    if version == "published":
        return public
    return [source.current, *public] if version == "published-or-current" else [source.current]
