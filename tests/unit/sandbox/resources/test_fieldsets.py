"""Fieldsets of models."""

from __future__ import annotations

import pytest

from tests.unit.sandbox.client import Client, document
from tests.unit.sandbox.resources.shelf import ID, field, model


@pytest.fixture(autouse=True)
def _post(api: Client) -> None:
    model(api, "post")


def test_made_with_its_own_id(api: Client) -> None:
    """What is left out gets its default."""
    body = document("fieldset", None, {"title": "F", "hint": "", "collapsible": True})
    body["data"]["id"] = ID

    made = api.post("/item-types/post/fieldsets", body).data

    assert made["id"] == ID
    assert made["attributes"] == {
        "title": "F",
        "hint": None,
        "position": 1,
        "collapsible": True,
        "start_collapsed": False,
    }
    listed = api.get("/item-types/post").data["relationships"]["fieldsets"]["data"]
    assert listed == [{"type": "fieldset", "id": ID}]


def test_changed_and_moved(api: Client) -> None:
    """A fieldset is renamed and moved before a field."""
    field(api, "post", "a", "string")
    made = api.make("/item-types/post/fieldsets", "fieldset", title="F").data

    changed = api.change(f"/fieldsets/{made['id']}", "fieldset", title="G", position=1).attributes

    assert (changed["title"], changed["position"]) == ("G", 1)
    assert api.get("/item-types/post/fields").data[0]["attributes"]["position"] == 2


def test_destroyed_leaves_its_fields(api: Client) -> None:
    """Fields of a fieldset that goes stand on their own, behind all others."""
    made = api.make("/item-types/post/fieldsets", "fieldset", title="F").data
    inside = field(api, "post", "a", "string", fieldset=made["id"])
    other = field(api, "post", "b", "string")

    assert api.delete(f"/fieldsets/{made['id']}").data["id"] == made["id"]

    left = api.get(f"/fields/{inside['id']}").data
    assert left["relationships"]["fieldset"] == {"data": None}
    assert left["attributes"]["position"] == 2
    assert api.get(f"/fields/{other['id']}").attributes["position"] == 1
    assert api.get("/item-types/post/fieldsets").data == []


def test_blank_title_is_refused(api: Client) -> None:
    """A fieldset has a title."""
    assert api.make("/item-types/post/fieldsets", "fieldset", title="").details["field"] == "title"


def test_found_by_id(api: Client) -> None:
    """Each can be asked for alone."""
    made = api.make("/item-types/post/fieldsets", "fieldset", title="F").data

    assert api.get(f"/fieldsets/{made['id']}").data == made
    assert api.get("/fieldsets/unknown").status == 404
