"""Plan publications and unpublishings for later: one of each per record, in the future only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.failures import ApiFailure, invalid_field, not_found
from datosnap.sandbox.records.bodies import operation
from datosnap.sandbox.records.clockwork import moment, zone_of
from datosnap.sandbox.records.desk import Desk, desk_of
from datosnap.sandbox.records.publishing import check_publishable
from datosnap.sandbox.records.rendering import item_resource
from datosnap.sandbox.state import Item, Schedule, offset_time


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two kinds of schedule: its names, and where a record keeps it."""

    type: str
    time_key: str
    selection_key: str
    of: Callable[[Item], Schedule | None]
    put: Callable[[Item, Schedule | None], Item]


PUBLICATION = Kind(
    "scheduled_publication",
    "publication_scheduled_at",
    "selective_publication",
    lambda item: item.publication,
    lambda item, schedule: replace(item, publication=schedule),
)
UNPUBLISHING = Kind(
    "scheduled_unpublishing",
    "unpublishing_scheduled_at",
    "content_in_locales",
    lambda item: item.unpublishing,
    lambda item, schedule: replace(item, unpublishing=schedule),
)


def schedule_publication(call: Call) -> Reply:
    """Plan a publication."""
    return _create(call, PUBLICATION)


def cancel_publication(call: Call) -> Reply:
    """Drop a planned publication."""
    return _destroy(call, PUBLICATION)


def schedule_unpublishing(call: Call) -> Reply:
    """Plan an unpublishing."""
    return _create(call, UNPUBLISHING)


def cancel_unpublishing(call: Call) -> Reply:
    """Drop a planned unpublishing."""
    return _destroy(call, UNPUBLISHING)


def schedule_resource(kind: Kind, item: Item, schedule: Schedule) -> JsonObject:
    """Show a schedule as a JSON:API object."""
    selected = schedule.selection
    if kind is UNPUBLISHING and selected is not None:
        selected = selected["content_in_locales"]
    return {
        "type": kind.type,
        "id": schedule.id,
        "attributes": {kind.time_key: schedule.at, kind.selection_key: selected},
        "relationships": {"item": {"data": {"type": "item", "id": item.id}}},
    }


def _create(call: Call, kind: Kind) -> Reply:
    desk = desk_of(call)
    item = desk.asked_item()
    attributes = operation(call.body, f"{kind.type}.create")
    if kind.of(item) is not None:
        raise invalid_field(field=kind.time_key, code="VALIDATION_UNIQUENESS")
    selected = _selected(kind, attributes)
    check_publishable(desk, item, selected)
    schedule = Schedule(desk.new_id(), _future(desk, kind, attributes), selected)
    planned = kind.put(item, schedule)
    desk.index.put(planned)
    # The reply repeats the time as it was sent; later readers see the API's own form.
    data = schedule_resource(kind, planned, replace(schedule, at=attributes[kind.time_key]))
    return Reply({"data": data, "included": [item_resource(desk.index, planned)]}, 201)


def _destroy(call: Call, kind: Kind) -> Reply:
    desk = desk_of(call)
    item = desk.asked_item()
    if kind.of(item) is None:
        raise not_found()
    check_publishable(desk, item, None)
    free = kind.put(item, None)
    desk.index.put(free)
    return Reply({"data": item_resource(desk.index, free)})


def _future(desk: Desk, kind: Kind, attributes: JsonObject) -> str:
    text = attributes[kind.time_key]
    when = moment(text, zone_of(desk.environment))
    if when is None:
        raise ApiFailure("INVALID_DATE", {"field": kind.time_key, "failing_value": text})
    if when <= desk.call.world.clock():
        raise invalid_field(
            field=kind.time_key, code="VALIDATION_DATETIME_IN_FUTURE", failing_value=text
        )
    return offset_time(when)


def _selected(kind: Kind, attributes: JsonObject) -> JsonObject | None:
    given = attributes.get(kind.selection_key)
    if kind is UNPUBLISHING and given is not None:
        return {"content_in_locales": given}
    selected: JsonObject | None = given
    return selected
