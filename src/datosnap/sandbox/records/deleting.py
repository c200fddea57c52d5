"""Delete records: who points to them decides whether it may be, and forgets them.

Versions, blocks and schedules live in the record and go with it. What the API does with the
children of a deleted record is not documented: here they move up to its parent.
"""

from __future__ import annotations

from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records.desk import Desk, desk_of
from datosnap.sandbox.records.locks import check_unlocked
from datosnap.sandbox.records.rendering import item_resource
from datosnap.sandbox.records.siblings import Place, children_of, close_gap, put_at
from datosnap.sandbox.records.singletons import mark_singleton
from datosnap.sandbox.records.unlinking import references_to, unlink
from datosnap.sandbox.state import Item


def destroy(call: Call) -> Reply:
    """Delete a record and answer with it as it was."""
    desk = desk_of(call)
    item = desk.asked_item()
    desk.rights.check("delete", item)
    check_unlocked(call, item.id)
    shown = item_resource(desk.index, item)
    delete_item(desk, item)
    return Reply({"data": shown})


def delete_item(desk: Desk, item: Item) -> None:
    """Delete one record.

    Raises: ApiFailure when a field that points to it forbids that.
    """
    references = references_to(desk, item.id, published_only=False)
    for source, reference in references:
        if reference.strategy("on_reference_delete_strategy") == "fail":
            details = {"field": reference.path, "item_id": source.id}
            raise ApiFailure("REQUIRED_BY_ASSOCIATION", details)
    for source_id in dict.fromkeys(source.id for source, _ in references):
        unlink(desk, desk.item(source_id), frozenset({item.id}))
    remove_item(desk, item)


def remove_item(desk: Desk, item: Item) -> None:
    """Take a record away, whoever points to it."""
    model = desk.model_of(item)
    if model.is_sorted:
        for child in children_of(desk.index, model.id, item.id):
            put_at(desk.index, child, Place(item.parent_id, None))
        close_gap(desk.index, desk.item(item.id))
    desk.index.remove(item.id)
    mark_singleton(desk.environment, model, None)
