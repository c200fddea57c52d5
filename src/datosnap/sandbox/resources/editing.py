"""Know who has a record open, and who has locked it.

Nobody edits by hand here, but clients may say that somebody does, and then the API refuses what
it would: writing to a record that another has locked, and what freezes an environment in which
somebody works. Source: the API's own description of editing sessions. A session lasts until it is
deleted; a fork has none.
"""

from __future__ import annotations

from collections.abc import Iterator

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Endpoint, Reply
from datosnap.sandbox.failures import ApiFailure, invalid_format, not_found
from datosnap.sandbox.records.desk import Desk, desk_of
from datosnap.sandbox.records.locks import SESSIONS, editor_of, other_locks
from datosnap.sandbox.resources.changes import ref, with_attributes
from datosnap.sandbox.state import Environment, z_time

_PREFIX = "editing_session_"
_LOCKING = frozenset({"lock_item", "take_over_item"})


def check_nobody_edits(call: Call, environment: Environment) -> None:
    """Refuse to go on while somebody else works in an environment.

    Raises: ApiFailure ACTIVE_EDITING_SESSIONS.
    """
    sessions = environment.of_type(SESSIONS).values()
    if any(editor_of(one) != ref(call.actor["type"], call.actor["id"]) for one in sessions):
        raise ApiFailure("ACTIVE_EDITING_SESSIONS")


def _list(call: Call) -> Reply:
    return Reply({"data": list(_visible(call))})


def _visible(call: Call) -> Iterator[JsonObject]:
    desk = desk_of(call)
    for session in call.environment.of_type(SESSIONS).values():
        item = desk.index.get(session["relationships"]["active_item"]["data"]["id"])
        if item is not None and desk.rights.sees(item):
            yield session


def _update(call: Call) -> Reply:
    sessions, desk = call.environment.of_type(SESSIONS), desk_of(call)
    wanted = call.data["type"].removeprefix(_PREFIX)
    known = sessions.get(call.path["id"])
    if wanted == "unlock_item":
        if known is None:
            raise not_found()
        session = with_attributes(known, {"locked_at": None})
    else:
        session = _entered(desk, wanted)
    sessions[session["id"]] = session
    return Reply({"data": session})


def _entered(desk: Desk, wanted: str) -> JsonObject:
    call = desk.call
    if "relationships" not in call.data:
        raise invalid_format('#/data: "relationships" wasn\'t supplied.')
    item = desk.readable_item(call.data["relationships"]["item"]["data"]["id"])
    held = list(other_locks(call, item.id))
    if wanted == "take_over_item":
        desk.rights.check("take_over", item)
        for other in held:
            free = with_attributes(other, {"locked_at": None})
            call.environment.of_type(SESSIONS)[other["id"]] = free
    elif wanted == "lock_item" and held:
        raise ApiFailure("ITEM_LOCKED")
    now = z_time(call.world.clock())
    return {
        "type": SESSIONS,
        "id": call.path["id"],
        "attributes": {
            "last_activity_at": now,
            "locked_at": now if wanted in _LOCKING else None,
        },
        "relationships": {
            "active_item": {"data": ref("item", item.id)},
            "active_item_type": {"data": ref("item_type", item.item_type_id)},
            "editor": {"data": desk.actor()},
        },
    }


def _destroy(call: Call) -> Reply:
    session = call.environment.of_type(SESSIONS).pop(call.path["id"], None)
    if session is None:
        raise not_found()
    return Reply({"data": session})


ENDPOINTS = (
    Endpoint("GET", "/editing-sessions", _list, changes=False),
    Endpoint("PUT", "/editing-sessions/{id}", _update, "editing_session.update", changes=False),
    Endpoint("DELETE", "/editing-sessions/{id}", _destroy, changes=False),
)
