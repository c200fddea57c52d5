"""Refuse to write to a record that somebody else has locked while editing it."""

from __future__ import annotations

from collections.abc import Iterator

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call
from datosnap.sandbox.failures import ApiFailure

SESSIONS = "editing_session"


def editor_of(session: JsonObject) -> JsonObject:
    """Tell who edits."""
    editor: JsonObject = session["relationships"]["editor"]["data"]
    return editor


def other_locks(call: Call, item_id: str) -> Iterator[JsonObject]:
    """Give the sessions in which others than who asks have locked a record."""
    me = (call.actor["type"], call.actor["id"])
    for session in list(call.environment.of_type(SESSIONS).values()):
        editor = editor_of(session)
        is_locked = session["attributes"]["locked_at"] is not None
        is_here = session["relationships"]["active_item"]["data"]["id"] == item_id
        if is_locked and is_here and (editor["type"], editor["id"]) != me:
            yield session


def check_unlocked(call: Call, item_id: str) -> None:
    """Refuse to write to a record that another has locked.

    Raises: ApiFailure ITEM_LOCKED.
    """
    if next(other_locks(call, item_id), None) is not None:
        raise ApiFailure("ITEM_LOCKED")
