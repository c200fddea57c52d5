"""The order of a model's fields and fieldsets."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import JsonObject
from tests.unit.sandbox.client import Client
from tests.unit.sandbox.resources.shelf import field, model


@pytest.fixture
def group(api: Client) -> JsonObject:
    """Make a model of field `a`, fieldset `F` with `b` and `c`, and `d`; give the fieldset."""
    model(api, "post")
    field(api, "post", "a", "string")
    made: JsonObject = api.make("/item-types/post/fieldsets", "fieldset", title="F").data
    for key in "bc":
        field(api, "post", key, "string", fieldset=made["id"])
    field(api, "post", "d", "string")
    return made


def _places(api: Client) -> dict[str, int]:
    fields = api.get("/item-types/post/fields").data
    sets = api.get("/item-types/post/fieldsets").data
    return {
        part["attributes"].get("api_key", "F"): part["attributes"]["position"]
        for part in (*fields, *sets)
    }


def _id(api: Client, key: str) -> str:
    fields = api.get("/item-types/post/fields").data
    return str(next(one["id"] for one in fields if one["attributes"]["api_key"] == key))


@pytest.mark.usefixtures("group")
def test_fields_of_a_fieldset_are_numbered_among_themselves(api: Client) -> None:
    """Its own place is one among those outside."""
    assert _places(api) == {"a": 1, "F": 2, "b": 1, "c": 2, "d": 3}


@pytest.mark.usefixtures("group")
def test_moving_inside_leaves_those_outside(api: Client) -> None:
    """Only siblings make room."""
    api.change(f"/fields/{_id(api, 'c')}", "field", position=1)

    assert _places(api) == {"a": 1, "F": 2, "b": 2, "c": 1, "d": 3}


def test_moving_in_closes_the_gap_outside(api: Client, group: JsonObject) -> None:
    """One that goes into a fieldset, and out again, makes room there and none is left behind."""
    path, inside = f"/fields/{_id(api, 'a')}", {"type": "fieldset", "id": group["id"]}

    api.change(path, "field", {"fieldset": inside}, position=2)
    assert _places(api) == {"F": 1, "b": 1, "a": 2, "c": 3, "d": 2}

    api.change(path, "field", {"fieldset": None}, position=3)
    assert _places(api) == {"F": 1, "b": 1, "c": 2, "d": 2, "a": 3}


@pytest.mark.usefixtures("group")
def test_one_that_goes_lets_its_siblings_close_up(api: Client) -> None:
    """Those inside do not move for one outside."""
    api.delete(f"/fields/{_id(api, 'a')}")
    assert _places(api) == {"F": 1, "b": 1, "c": 2, "d": 2}

    api.delete(f"/fields/{_id(api, 'b')}")
    assert _places(api) == {"F": 1, "c": 1, "d": 2}


def test_destroyed_fieldset_gives_its_fields_back_in_order(api: Client, group: JsonObject) -> None:
    """They come behind all others."""
    api.delete(f"/fieldsets/{group['id']}")

    assert _places(api) == {"a": 1, "d": 2, "b": 3, "c": 4}
