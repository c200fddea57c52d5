"""Who edits keeps others from writing and from freezing what is edited."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from datosnap.core.jsontext import JsonObject
from tests.unit.sandbox.client import Answer, Client
from tests.unit.sandbox.resources.shelf import field, model
from tests.unit.sandbox.roleplay import acting, everything, role, rule, token_of

_PATH = "/editing-sessions"


@dataclass(frozen=True, slots=True)
class Room:
    """A record, and two who want to edit it."""

    api: Client
    item: str
    other: JsonObject

    def act(self, name: str, session: str = "s", item: str | None = None) -> Answer:
        """Say what somebody does in a session."""
        data: JsonObject = {"type": f"editing_session_{name}"}
        if name != "unlock_item":
            data["relationships"] = {"item": {"data": {"type": "item", "id": item or self.item}}}
        return self.api.put(f"{_PATH}/{session}", {"data": data})

    def write(self) -> Answer:
        """Update the record."""
        data = {"type": "item", "id": self.item, "attributes": {"title": "B"}}
        return self.api.put(f"/items/{self.item}", {"data": data})


@pytest.fixture
def room(api: Client) -> Room:
    """Give a record that two may edit."""
    posts = model(api, "post")
    field(api, "post", "title", "string")
    link: JsonObject = {"item_type": {"type": "item_type", "id": posts["id"]}}
    item = api.make("/items", "item", link, title="A").data["id"]
    return Room(api, item, token_of(api, api.get("/roles").data[1]))


def test_a_session_tells_who_has_what_open(room: Room) -> None:
    """Until it is deleted."""
    entered = room.act("enter_item")

    assert entered.attributes["locked_at"] is None
    links = entered.data["relationships"]
    assert links["active_item"]["data"]["id"] == room.item
    assert links["editor"]["data"] == room.api.project.tokens[room.api.token]
    assert room.api.get(_PATH).data == [entered.data]
    assert room.api.delete(f"{_PATH}/s").data == entered.data
    assert room.api.get(_PATH).data == []
    assert room.api.delete(f"{_PATH}/s").code == "NOT_FOUND"


def test_a_locked_record_is_written_by_who_locked_it(room: Room) -> None:
    """By nobody else, until it is unlocked."""
    assert room.act("lock_item").attributes["locked_at"] is not None
    assert room.write().status == 200

    with acting(room.api, room.other):
        assert room.write().code == "ITEM_LOCKED"
        assert room.api.delete(f"/items/{room.item}").code == "ITEM_LOCKED"
        assert room.act("lock_item", "t").code == "ITEM_LOCKED"
    assert room.act("unlock_item").attributes["locked_at"] is None
    with acting(room.api, room.other):
        assert room.write().status == 200


def test_a_lock_is_taken_over_with_the_right_to(room: Room) -> None:
    """Who had it must not write any more."""
    room.act("lock_item")
    modest = token_of(room.api, role(room.api, records=[rule("read")]))
    with acting(room.api, modest):
        assert room.act("take_over_item", "t").code == "INSUFFICIENT_PERMISSIONS"

    with acting(room.api, room.other):
        assert room.act("take_over_item", "t").attributes["locked_at"] is not None

    assert room.write().code == "ITEM_LOCKED"


def test_sessions_about_what_is_not_there_are_refused(room: Room) -> None:
    """An unknown record, a session that never was, a request that names nothing."""
    assert room.act("enter_item", item="nothing").code == "NOT_FOUND"
    assert room.act("unlock_item", "t").code == "NOT_FOUND"
    bare = {"data": {"type": "editing_session_enter_item"}}
    assert room.api.put(f"{_PATH}/s", bare).code == "INVALID_FORMAT"


def test_sessions_show_what_may_be_read(room: Room) -> None:
    """Nor is a deleted record shown as being edited."""
    room.act("enter_item")
    blind = token_of(room.api, role(room.api))
    with acting(room.api, blind):
        assert room.api.get(_PATH).data == []

    room.api.delete(f"/items/{room.item}")
    assert room.api.get(_PATH).data == []


def test_nothing_is_frozen_while_somebody_else_edits(room: Room) -> None:
    """Unless one insists; one's own sessions do not count."""
    room.act("enter_item")
    may = role(
        room.api,
        records=[everything()],
        can_manage_environments=True,
        can_promote_environments=True,
    )
    fork = "/environments/main/fork?fast=true"
    with acting(room.api, token_of(room.api, may)):
        assert room.api.post(fork, document_of("a")).code == "ACTIVE_EDITING_SESSIONS"
        assert room.api.put("/maintenance-mode/activate").code == "ACTIVE_EDITING_SESSIONS"
        assert room.api.post(f"{fork}&force=true", document_of("b")).status == 201
        assert room.api.put("/maintenance-mode/activate?force=true").status == 200
    assert room.api.post(fork, document_of("c")).status == 201


def test_a_fork_is_made_without_those_who_edit_its_source(room: Room) -> None:
    """They go on where they were."""
    room.act("enter_item")
    room.api.post("/environments/main/fork", document_of("fork"))

    assert room.api.get(_PATH, x_environment="fork").data == []
    assert len(room.api.get(_PATH).data) == 1


def document_of(name: str) -> JsonObject:
    """Write the body that names a fork."""
    return {"data": {"type": "environment", "id": name}}
