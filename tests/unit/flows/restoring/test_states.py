"""How records get into their state: public or not, in their stage, in their place, scheduled."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.api.wire import Answer
from datosnap.core.jsontext import JsonObject, encode
from datosnap.core.matching import OnConflict
from datosnap.core.retrying import Failure
from tests.support.authoring import Author
from tests.support.importing import (
    Asked,
    CarryOut,
    beside,
    compared,
    environment_of,
    exported,
    fork_of,
    imported,
)
from tests.support.newsroom import Newsroom, change, delete, value
from tests.unit.sandbox.client import Client

_FAR, _NEAR = "2031-01-01T10:00:00.000+00:00", "2026-01-06T10:00:00.000+00:00"


def order(room: Newsroom, place: Client) -> list[str]:
    """Give the names of the ranked records of a place in their order."""
    items = environment_of(place).items.values()
    ranked = [one for one in items if one.item_type_id == room.models["rank"]]
    return [
        str(one.current.attributes["title"])
        for one in sorted(ranked, key=lambda one: one.position or 0)
    ]


def test_a_tree_is_taken_back_from_its_leaves(room: Newsroom, tmp_path: Path) -> None:
    """Records that readers saw in the target alone become drafts, children before parents."""
    author, parent = Author(room.api), None
    made: list[str] = []
    for name in ("above", "below"):
        parent = author.create(room.models["topic"], {"title": name, "parent_id": parent})
        made.append(parent)
    exported(room.api, tmp_path / "newer")
    place = fork_of(room.api, "shown")
    Author(place).publish(*made)

    done = imported(place, tmp_path / "newer", on_conflict=OnConflict.UPDATE)

    assert done.gaps == []
    items = environment_of(place).items
    assert [items[one].status for one in made] == ["draft", "draft"]


def test_what_cannot_be_published_is_told(room: Newsroom, tmp_path: Path) -> None:
    """A record that the API will not publish is a draft, with the reason; the others are public."""
    place, refused = beside(room.api), room.id("ann")
    told: JsonObject = {"type": "api_error", "id": "1"}
    told["attributes"] = {"code": "INVALID_FIELD", "details": {"field": "title"}}

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.path == "/items/bulk/publish" and refused.encode() in asked.content:
            return Answer(200, b'{"data":[],"meta":{"successful":0,"failed":9}}', request_id="1")
        if asked.path == f"/items/{refused}/publish":
            return Answer(422, encode({"data": [told]}), request_id="1")
        return carry_out()

    first = imported(place, tmp_path / "out", hook=hook, state=tmp_path / "state")
    assert ("record", refused) in {(kind, one) for kind, one, _ in first.gaps}
    assert environment_of(place).items[refused].status == "draft"

    done = imported(place, tmp_path / "out", state=tmp_path / "state")
    assert done.gaps == []
    exported(place, tmp_path / "back")
    assert compared(tmp_path / "out", tmp_path / "back", done.report.ids).differences == []


def test_another_order_is_told_and_left(room: Newsroom, tmp_path: Path) -> None:
    """A list that editors sorted anew keeps their order; what is made again joins its neighbour."""
    place = fork_of(room.api, "sorted")
    change(place, room.id("fourth"), position=1)
    delete(place, room.id("second"))

    done = imported(place, tmp_path / "out")

    assert [(kind, one) for kind, one, _ in done.gaps] == [("order", "rank")]
    assert order(room, place) == ["fourth", "first", "second", "third"]


def test_an_order_that_does_not_come_about_is_told(room: Newsroom, tmp_path: Path) -> None:
    """When the API moves records otherwise than it is known to, that is a gap and no end."""
    place = fork_of(room.api, "stubborn")
    change(place, room.id("fourth"), position=1)
    met: list[str] = []

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        answer = carry_out()
        if asked.method == "PUT" and asked.path == f"/items/{room.id('fourth')}":
            met.append(asked.path)
            change(place, room.id("fourth"), position=1)
        return answer

    done = imported(place, tmp_path / "out", hook=hook, on_conflict=OnConflict.UPDATE)

    assert len(met) == 2
    assert [(kind, one) for kind, one, _ in done.gaps] == [("order", "rank")]


def test_schedules_follow_their_records(room: Newsroom, tmp_path: Path) -> None:
    """Those of records made again are made again; another one of the target's stays and is told."""
    author = Author(room.api)
    attributes = {"publication_scheduled_at": _FAR}
    for name in ("four", "rome"):
        author.schedule(room.id(name), "scheduled_publication", attributes)
    exported(room.api, tmp_path / "planned")
    place = fork_of(room.api, "damaged")
    delete(place, room.id("four"))
    rome = environment_of(place).items[room.id("rome")]
    assert rome.publication is not None
    path = f"/items/{rome.id}/scheduled-publication"
    assert place.delete(path).status < 300
    body = {"type": "scheduled_publication", "attributes": {"publication_scheduled_at": _NEAR}}
    assert place.post(path, {"data": body}).status == 201

    done = imported(place, tmp_path / "planned")

    assert [kind for kind, _, _ in done.gaps] == ["schedule"]
    assert "another in the target" in done.gaps[0][2]
    again = environment_of(place).items[room.id("four")].publication
    assert again is not None
    assert again.at == _FAR
    forced = imported(place, tmp_path / "planned", on_conflict=OnConflict.UPDATE)
    assert forced.gaps == []
    there = environment_of(place).items[rome.id].publication
    assert there is not None
    assert there.at == _FAR


def test_stages_are_brought_back(tmp_path: Path) -> None:
    """A record that an editor moved on returns to its stage, one made again goes there too."""
    author = Author(Client.fresh())
    flow = author.workflow("todo", "doing", "done")
    linkage = {"workflow": {"type": "workflow", "id": flow}}
    model = author.model("task", linkage)
    author.field("task", "title")
    tasks = [author.create(model, {"title": one}) for one in ("a", "b")]
    author.update(tasks[0], meta={"stage": "doing"})
    author.update(tasks[1], meta={"stage": "done"})
    exported(author.api, tmp_path / "out")
    place = fork_of(author.api, "moved")
    Author(place).update(tasks[0], meta={"stage": "done"})
    delete(place, tasks[1])

    done = imported(place, tmp_path / "out", on_conflict=OnConflict.UPDATE)

    assert done.gaps == []
    items = environment_of(place).items
    assert [items[one].stage for one in tasks] == ["doing", "done"]


def test_a_stage_that_refuses_is_told(tmp_path: Path) -> None:
    """Records that cannot be moved are counted with their stage."""
    author = Author(Client.fresh())
    linkage = {"workflow": {"type": "workflow", "id": author.workflow("todo", "doing")}}
    model = author.model("task", linkage)
    author.field("task", "title")
    author.update(author.create(model, {"title": "a"}), meta={"stage": "doing"})
    exported(author.api, tmp_path / "out")

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.path == "/items/bulk/move-to-stage":
            return Answer(200, b'{"data":[],"meta":{"successful":0,"failed":1}}', request_id="1")
        return carry_out()

    done = imported(beside(author.api), tmp_path / "out", hook=hook)

    assert [(kind, one) for kind, one, _ in done.gaps] == [("stage", "doing")]


def test_a_record_made_meanwhile_under_the_same_id_is_not_taken_for_ours(
    room: Newsroom, tmp_path: Path
) -> None:
    """An id that is taken by other content when its record is to be made is a gap."""
    place = fork_of(room.api, "damaged")
    delete(place, room.id("four"))
    body = {
        "type": "item",
        "id": room.id("four"),
        "attributes": {"title": {"en": "mine"}, "body": {"en": []}},
        "relationships": {
            "item_type": {"data": {"type": "item_type", "id": room.models["article"]}}
        },
    }
    met: list[int] = []

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.method == "POST" and asked.path == "/items" and not met:
            met.append(place.post("/items", {"data": body}).status)
        return carry_out()

    done = imported(place, tmp_path / "out", hook=hook)

    assert met == [201]
    assert ("record", room.id("four")) in {(kind, one) for kind, one, _ in done.gaps}
    assert value(place, room.id("four"), "title") == {"en": "mine"}


def test_a_tree_that_was_turned_over_is_turned_back(room: Newsroom, tmp_path: Path) -> None:
    """A record goes back above the one that an editor put over it."""
    place = fork_of(room.api, "turned")
    change(place, room.id("europe"), parent_id=None)
    change(place, room.id("world"), parent_id=room.id("europe"))
    versions = {one.id: one.current.id for one in environment_of(place).items.values()}

    done = imported(place, tmp_path / "out", on_conflict=OnConflict.UPDATE)

    assert done.gaps == []
    items = environment_of(place).items
    parents = [items[one].parent_id for one in room.ids("world", "europe", "rome")]
    assert parents == [None, room.id("world"), room.id("europe")]
    assert {one.id: one.current.id for one in items.values()} == versions


@pytest.mark.parametrize(
    ("name", "edit", "gap"),
    [("rome", {"parent_id": None}, "record"), ("fourth", {"position": 1}, "order")],
)
def test_a_place_that_is_refused_is_told(
    room: Newsroom, tmp_path: Path, name: str, edit: JsonObject, gap: str
) -> None:
    """A record that the API will not put where it was is a gap, and no end."""
    place = fork_of(room.api, "stubborn")
    change(place, room.id(name), **edit)
    told: JsonObject = {"type": "api_error", "id": "1"}
    told["attributes"] = {"code": "INVALID_PARENT", "details": {}}

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.method == "PUT" and asked.path == f"/items/{room.id(name)}":
            return Answer(422, encode({"data": [told]}), request_id="1")
        return carry_out()

    done = imported(place, tmp_path / "out", hook=hook, on_conflict=OnConflict.UPDATE)

    assert gap in {kind for kind, _, _ in done.gaps}
