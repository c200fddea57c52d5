"""Filters are for all, or for who made them."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import JsonObject
from tests.unit.sandbox.client import Client
from tests.unit.sandbox.resources.shelf import model
from tests.unit.sandbox.roleplay import acting, role, token_of

_PATHS = {"item_type_filter": "/item-type-filters", "upload_filter": "/upload-filters"}


def _made(api: Client, kind: str, *, shared: bool) -> str:
    links: JsonObject = {}
    if kind == "item_type_filter":
        known = api.get("/item-types").data or [model(api, "post")]
        links = {"item_type": {"type": "item_type", "id": known[0]["id"]}}
    made: str = api.make(_PATHS[kind], kind, links, name="F", filter={}, shared=shared).data["id"]
    return made


@pytest.mark.parametrize("kind", _PATHS)
def test_private_filters_are_seen_by_who_made_them(api: Client, kind: str) -> None:
    """For everybody else they are not there; shared ones are."""
    path = _PATHS[kind]
    private, shared = _made(api, kind, shared=False), _made(api, kind, shared=True)
    other = token_of(api, api.get("/roles").data[1])
    assert [one["id"] for one in api.get(path).data] == [private, shared]

    with acting(api, other):
        assert [one["id"] for one in api.get(path).data] == [shared]
        assert api.get(f"{path}/{private}").code == "NOT_FOUND"
        assert api.delete(f"{path}/{private}").code == "NOT_FOUND"
        assert api.change(f"{path}/{private}", kind, name="G").code == "NOT_FOUND"
    assert api.delete(f"{path}/{private}").status == 200


@pytest.mark.parametrize("kind", _PATHS)
def test_filters_without_a_known_owner_are_seen_by_all(api: Client, kind: str) -> None:
    """Those that came with a snapshot were visible to the token that exported them."""
    private = _made(api, kind, shared=False)
    api.main.of_type("filter_owner").clear()

    with acting(api, token_of(api, api.get("/roles").data[1])):
        assert [one["id"] for one in api.get(_PATHS[kind]).data] == [private]


@pytest.mark.parametrize("kind", _PATHS)
def test_sharing_asks_for_a_right(api: Client, kind: str) -> None:
    """Private filters are anybody's own business."""
    path, shared = _PATHS[kind], _made(api, kind, shared=True)
    refused = "INSUFFICIENT_PERMISSIONS"

    with acting(api, token_of(api, role(api))):
        own = _made(api, kind, shared=False)
        assert api.change(f"{path}/{own}", kind, name="G").attributes["name"] == "G"
        assert api.change(f"{path}/{own}", kind, shared=True).code == refused
        assert api.change(f"{path}/{shared}", kind, shared=False).code == refused
        assert api.delete(f"{path}/{shared}").code == refused
    assert api.delete(f"{path}/{shared}").status == 200
