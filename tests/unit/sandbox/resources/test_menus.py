"""Menus and collections: ordered trees."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from tests.unit.sandbox.client import Answer, Client
from tests.unit.sandbox.resources.shelf import ID, model

_PATHS = {
    "menu_item": "/menu-items",
    "schema_menu_item": "/schema-menu-items",
    "upload_collection": "/upload-collections",
}
_TREES = pytest.mark.parametrize("kind", sorted(_PATHS))


def _ref(kind: str, identifier: str) -> JsonObject:
    return {"type": kind, "id": identifier}


def _make(api: Client, kind: str, label: str, parent: str | None = None, **more: Json) -> str:
    links: JsonObject = {"parent": _ref(kind, parent)} if parent else {}
    if kind == "schema_menu_item":
        more["kind"] = "item_type"
    identifier: str = api.make(_PATHS[kind], kind, links, label=label, **more).data["id"]
    return identifier


def _order(api: Client, kind: str, parent: str | None = None) -> list[str]:
    entries = [
        each
        for each in api.get(_PATHS[kind]).data
        if (each["relationships"]["parent"]["data"] or {}).get("id") == parent
    ]
    entries.sort(key=lambda each: each["attributes"]["position"])
    assert [each["attributes"]["position"] for each in entries] == list(range(1, len(entries) + 1))
    return [each["attributes"]["label"] for each in entries]


@_TREES
def test_new_entries_come_last_or_where_wanted(api: Client, kind: str) -> None:
    """Places count from one among siblings."""
    for label in "ab":
        _make(api, kind, label)
    _make(api, kind, "c", position=1)

    assert _order(api, kind) == ["c", "a", "b"]


@_TREES
def test_parents_know_their_children(api: Client, kind: str) -> None:
    """Children are listed in their order."""
    parent = _make(api, kind, "p")
    first = _make(api, kind, "a", parent)
    second = _make(api, kind, "b", parent, position=1)

    found = api.get(f"{_PATHS[kind]}/{parent}").data

    assert found["relationships"]["children"]["data"] == [_ref(kind, second), _ref(kind, first)]
    assert _order(api, kind, parent) == ["b", "a"]


@_TREES
def test_entries_move_to_other_parents(api: Client, kind: str) -> None:
    """The siblings left behind close up; at the new place it comes last or where wanted."""
    ids = [_make(api, kind, label) for label in "abc"]
    path = f"{_PATHS[kind]}/{ids[0]}"

    api.change(path, kind, {"parent": _ref(kind, ids[2])})
    assert _order(api, kind) == ["b", "c"]
    assert _order(api, kind, ids[2]) == ["a"]

    api.change(path, kind, {"parent": None}, position=2, label="A")
    assert _order(api, kind) == ["b", "A", "c"]
    assert api.get(f"{_PATHS[kind]}/{ids[2]}").data["relationships"]["children"] == {"data": []}


@_TREES
def test_read_back_changes_nothing(api: Client, kind: str) -> None:
    """Sending what was read, children and all, leaves the tree alone."""
    parent = _make(api, kind, "p")
    child = _make(api, kind, "a", parent)
    read = api.get(f"{_PATHS[kind]}/{parent}").data

    answer = api.put(f"{_PATHS[kind]}/{parent}", {"data": read})

    assert answer.data == read
    assert read["relationships"]["children"]["data"] == [_ref(kind, child)]


@_TREES
def test_entry_does_not_go_into_itself(api: Client, kind: str) -> None:
    """A tree has no rings."""
    parent = _make(api, kind, "p")
    child = _make(api, kind, "a", parent)

    refused = api.change(f"{_PATHS[kind]}/{parent}", kind, {"parent": _ref(kind, child)})

    assert refused.details["field"] == "parent"


@_TREES
def test_children_of_a_destroyed_entry_move_up(api: Client, kind: str) -> None:
    """Nothing inside is lost."""
    parent = _make(api, kind, "p")
    _make(api, kind, "a", parent)
    _make(api, kind, "b")

    assert _order(api, kind) == ["p", "b"]
    assert api.delete(f"{_PATHS[kind]}/{parent}").data["id"] == parent

    assert _order(api, kind) == ["b", "a"]


@_TREES
def test_reordering_takes_a_list_of_places(api: Client, kind: str) -> None:
    """Entries move to places and parents in one go; the same entry may come twice."""
    ids = [_make(api, kind, label) for label in "abc"]

    def place(index: int, position: int, parent: JsonObject | None) -> JsonObject:
        return {
            **_ref(kind, ids[index]),
            "attributes": {"position": position},
            "relationships": {"parent": {"data": parent}},
        }

    places = [place(0, 1, None), place(2, 1, None), place(0, 1, _ref(kind, ids[1]))]
    answer = api.post(f"{_PATHS[kind]}/reorder", {"data": places})

    assert answer.status == 200
    assert _order(api, kind) == ["c", "b"]
    assert _order(api, kind, ids[1]) == ["a"]


@_TREES
@pytest.mark.parametrize("parent", [None, ID])
def test_unknown_places_are_refused(api: Client, kind: str, parent: str | None) -> None:
    """Neither entries nor parents that are not there."""
    known = _make(api, kind, "a")
    place: JsonObject = {**_ref(kind, known if parent else ID), "attributes": {"position": 1}}
    if parent:
        place["relationships"] = {"parent": {"data": _ref(kind, parent)}}

    assert api.post(f"{_PATHS[kind]}/reorder", {"data": [place]}).code == "INVALID_FIELD"


def test_children_of_a_schema_group_can_be_written(api: Client) -> None:
    """A group takes in the entries it names, in their order; unknown ones are refused."""
    kind = "schema_menu_item"
    group, a, b = (_make(api, kind, label) for label in "gab")
    path = f"{_PATHS[kind]}/{group}"

    changed = api.change(path, kind, {"children": [_ref(kind, b), _ref(kind, a)]}).data

    assert [each["id"] for each in changed["relationships"]["children"]["data"]] == [b, a]
    assert _order(api, kind, group) == ["b", "a"]
    assert api.change(path, kind, {"children": [_ref(kind, ID)]}).details["field"] == "children"


@_TREES
def test_unknown_parent_is_refused(api: Client, kind: str) -> None:
    """An entry stands under one that exists."""
    known = _make(api, kind, "a")

    refused = api.change(f"{_PATHS[kind]}/{known}", kind, {"parent": _ref(kind, ID)})

    assert refused.details["field"] == "parent"


def test_menu_leads_to_a_model_or_an_address(api: Client) -> None:
    """Not both, and a filter only with its model."""
    item_type = _ref("item_type", model(api, "post")["id"])
    shared: JsonObject = {"name": "F", "filter": {}, "shared": True}
    made = api.make("/item-type-filters", "item_type_filter", {"item_type": item_type}, **shared)
    only_filter = {"item_type_filter": _ref("item_type_filter", made.data["id"])}

    def tried(links: JsonObject, **more: Json) -> Answer:
        return api.make("/menu-items", "menu_item", links, label="L", **more)

    assert tried({"item_type": item_type}, external_url="https://x.y").code == "INVALID_FIELD"
    assert tried(only_filter).code == "INVALID_FIELD"
    assert tried({"item_type": item_type, **only_filter}).status == 201
    assert tried({}, external_url="https://x.y").status == 201


def test_filter_by_ids(api: Client) -> None:
    """A list may be cut to some ids."""
    ids = [_make(api, "menu_item", label) for label in "abc"]

    found = api.get(f"/menu-items?filter[ids]={ids[0]},{ids[2]}").data

    assert [each["id"] for each in found] == [ids[0], ids[2]]


_BOUND = "CANNOT_CREATE_OR_DESTROY_SCHEMA_MENU_ITEM_LINKED_TO_ITEM_TYPE"


def test_entries_of_models_are_only_moved(api: Client) -> None:
    """In the schema menu they come and go with their model alone."""
    made = model(api, "post")
    entry = api.get("/schema-menu-items").data[0]
    links = {"item_type": _ref("item_type", made["id"])}

    assert api.delete(f"/schema-menu-items/{entry['id']}").code == _BOUND
    attributes: JsonObject = {"label": None, "kind": "item_type"}
    assert api.make("/schema-menu-items", "schema_menu_item", links, **attributes).code == _BOUND
    assert (
        api.change(
            f"/schema-menu-items/{entry['id']}", "schema_menu_item", links, position=1
        ).status
        == 200
    )


def test_kind_of_an_entry_stays(api: Client) -> None:
    """A group of models does not become one of blocks."""
    group = _make(api, "schema_menu_item", "g")

    refused = api.change(f"/schema-menu-items/{group}", "schema_menu_item", kind="modular_block")

    assert refused.code == "KIND_CANNOT_BE_CHANGED"


def test_uploads_leave_a_destroyed_collection(api: Client) -> None:
    """Assets are not destroyed with their folder."""
    folder = _make(api, "upload_collection", "f")
    link: JsonObject = {"upload_collection": {"data": _ref("upload_collection", folder)}}
    uploads = api.main.of_type("upload")
    uploads["1"] = {"type": "upload", "id": "1", "attributes": {}, "relationships": link}
    uploads["2"] = {
        **uploads["1"],
        "id": "2",
        "relationships": {"upload_collection": {"data": None}},
    }

    api.delete(f"/upload-collections/{folder}")

    assert uploads["1"]["relationships"]["upload_collection"] == {"data": None}
