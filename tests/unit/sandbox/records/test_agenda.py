"""What is planned happens when the clock gets there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.app import build_app
from datosnap.sandbox.clocks import catch_up, move_clock
from datosnap.sandbox.state import Original, offset_time
from datosnap.sandbox.worlds import create_project, new_world
from tests.unit.sandbox.client import Client, document
from tests.unit.sandbox.records.building import START, F, Lab, lab
from tests.unit.sandbox.resources.shelf import field, model
from tests.unit.sandbox.uploads.studio import Watch

_HOUR = timedelta(hours=1)


@pytest.fixture
def at() -> Lab:
    """Make an environment with one model."""
    made = lab(locales=["en", "it"])
    made.model("post", F("title", localized=True), F("code"))
    return made


def _plan(at: Lab, item_id: str, kind: str, hours: int, **selected: Json) -> None:
    key = "publication_scheduled_at" if kind == "publication" else "unpublishing_scheduled_at"
    attributes = {key: offset_time(START + hours * _HOUR), **selected}
    body = document(f"scheduled_{kind}", None, attributes)
    at.data("POST", f"/items/{item_id}/scheduled-{kind}", body)


def _new(at: Lab) -> str:
    made: str = at.create("post", {"title": {"en": "A", "it": "B"}, "code": "x"})["id"]
    return made


def test_a_planned_publication_happens_when_its_time_comes(at: Lab) -> None:
    """Not a moment before, and once."""
    item = _new(at)
    _plan(at, item, "publication", 2)

    move_clock(at.world, _HOUR)
    assert at.get(item)["meta"]["status"] == "draft"
    assert at.environment.last_data_change_at == ""

    move_clock(at.world, _HOUR)
    meta = at.get(item)["meta"]
    assert (meta["status"], meta["publication_scheduled_at"]) == ("published", None)
    assert at.environment.last_data_change_at > "2026-03-01T12:00"


def test_a_record_comes_and_goes(at: Lab) -> None:
    """Both plans of a record are carried out in the order of their times."""
    item = _new(at)
    _plan(at, item, "publication", 1)
    _plan(at, item, "unpublishing", 2)

    move_clock(at.world, 3 * _HOUR)

    meta = at.get(item)["meta"]
    assert (meta["status"], meta["unpublishing_scheduled_at"]) == ("draft", None)
    assert meta["first_published_at"] is not None


def test_records_take_turns_by_time(at: Lab) -> None:
    """What was planned for earlier happens earlier, whenever it was planned."""
    late, early = _new(at), _new(at)
    _plan(at, late, "publication", 2)
    _plan(at, early, "publication", 1)

    move_clock(at.world, 3 * _HOUR)

    assert at.get(early)["meta"]["published_at"] < at.get(late)["meta"]["published_at"]


def test_selected_parts_are_published(at: Lab) -> None:
    """A plan may be about some locales only, in both directions."""
    item = _new(at)
    parts = {"content_in_locales": ["en"], "non_localized_content": False}
    _plan(at, item, "publication", 1, selective_publication=parts)
    move_clock(at.world, _HOUR)
    public = at.get(item, version="published")["attributes"]
    assert (public["title"], public["code"]) == ({"en": "A"}, None)

    at.publish(item)
    _plan(at, item, "unpublishing", 2, content_in_locales=["it"])
    move_clock(at.world, _HOUR)
    assert at.get(item, version="published")["attributes"]["title"] == {"en": "A"}


def test_a_plan_that_cannot_be_carried_out_is_dropped(at: Lab) -> None:
    """A record that is not valid any more stays a draft, and nothing is tried again."""
    at.model("strict", F("title", validators={"required": {}}), draft_saving_active=True)
    item = at.create("strict", {})["id"]
    _plan(at, item, "publication", 1)

    move_clock(at.world, _HOUR)

    meta = at.get(item)["meta"]
    assert (meta["status"], meta["publication_scheduled_at"]) == ("draft", None)


def test_a_dropped_plan_is_not_carried_out(at: Lab) -> None:
    """What was cancelled, or deleted with its record, does not happen."""
    cancelled, deleted = _new(at), _new(at)
    for item in (cancelled, deleted):
        _plan(at, item, "publication", 1)
    move_clock(at.world, timedelta(0))
    at.send("DELETE", f"/items/{cancelled}/scheduled-publication")
    at.send("DELETE", f"/items/{deleted}")

    move_clock(at.world, 2 * _HOUR)

    assert at.get(cancelled)["meta"]["status"] == "draft"


def test_a_record_of_a_snapshot_stays_what_it_was(at: Lab) -> None:
    """Its plans, due long ago, wait until somebody writes to it."""
    item = _new(at)
    _plan(at, item, "publication", 1)
    at.environment.originals[item] = Original(b"{}")
    move_clock(at.world, _HOUR)
    assert at.environment.items[item].status == "draft"

    at.update(item, {"code": "y"})

    move_clock(at.world, timedelta(0))
    assert at.get(item)["meta"]["status"] == "published"


def test_a_ticking_clock_is_not_looked_at_for_nothing(at: Lab) -> None:
    """A world that repeats itself does what is due when its clock is moved, not when asked."""
    _plan(at, _new(at), "publication", 1)
    before = at.clock.moment

    catch_up(at.world, at.project)

    assert at.clock.moment == before


def test_every_request_finds_done_what_is_due() -> None:
    """With a clock that goes by itself, who asks after the time sees it done."""
    watch = Watch()
    world = new_world(clock=watch)
    project, token = create_project(world, "Blog")
    api = Client(world, project, token, build_app(world))
    posts = model(api, "post", draft_mode_active=True)
    field(api, "post", "title", "string")
    links: JsonObject = {"item_type": {"type": "item_type", "id": posts["id"]}}
    item = api.make("/items", "item", links, title="A").data["id"]
    plan = {"publication_scheduled_at": offset_time(watch.now + _HOUR)}
    api.make(f"/items/{item}/scheduled-publication", "scheduled_publication", None, **plan)
    assert api.get("/items?version=published").data == []

    watch.advance(3600)

    assert [one["id"] for one in api.get("/items?version=published").data] == [item]
    move_clock(world, _HOUR)
    assert world.clock() == watch.now + _HOUR
