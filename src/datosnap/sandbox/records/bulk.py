"""Carry out one operation on up to 200 records, one after the other, and count what went well.

The job succeeds even when records fail, and does not say which: that is the API's way. Whether
the real API orders a bulk publication by links is unknown; here the given order counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records.bodies import bulk_ids
from datosnap.sandbox.records.deleting import delete_item
from datosnap.sandbox.records.desk import Desk, desk_of
from datosnap.sandbox.records.publishing import check_publishable, publish_item, unpublish_item
from datosnap.sandbox.records.stages import checked_stage
from datosnap.sandbox.state import Item

_Operation = Callable[[Desk, Item], None]


def publish_all(call: Call) -> Reply:
    """Publish records."""
    return _each(call, "item.bulk_publish", _publish)


def unpublish_all(call: Call) -> Reply:
    """Unpublish records."""
    return _each(call, "item.bulk_unpublish", _unpublish)


def destroy_all(call: Call) -> Reply:
    """Delete records."""
    return _each(call, "item.bulk_destroy", _destroy)


def move_all(call: Call) -> Reply:
    """Move records to a stage of their workflow."""
    return _each(call, "item.bulk_move_to_stage", _move)


def _each(call: Call, rule: str, operation: _Operation) -> Reply:
    desk = desk_of(call)
    wanted = bulk_ids(call.body, rule)
    failed = 0
    for item_id in wanted:
        try:
            operation(desk, desk.readable_item(item_id))
        except ApiFailure:
            failed += 1
    return Reply({"data": [], "meta": {"successful": len(wanted) - failed, "failed": failed}})


def _publish(desk: Desk, item: Item) -> None:
    check_publishable(desk, item, None)
    publish_item(desk, item, None, recursive=False)


def _unpublish(desk: Desk, item: Item) -> None:
    check_publishable(desk, item, None)
    unpublish_item(desk, item, None, recursive=False)


def _destroy(desk: Desk, item: Item) -> None:
    desk.rights.check("delete", item)
    delete_item(desk, item)


def _move(desk: Desk, item: Item) -> None:
    stage = desk.call.data["attributes"]["stage"]
    goal = checked_stage(desk, desk.model_of(item), stage)
    desk.rights.check("move_to_stage", item, to_stage=goal)
    desk.index.put(replace(item, stage=goal))
