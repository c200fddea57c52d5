"""The content menu, the schema menu and upload collections: ordered trees.

Source: the schema reference: an entry linked to a model is neither created nor destroyed by hand
in the schema menu, only moved; its kind never changes. Reordering takes a list of places.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Endpoint, Reply, Wait
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.resources import crud, trees
from datosnap.sandbox.resources.changes import linked_id, with_links
from datosnap.sandbox.resources.crud import Family
from datosnap.sandbox.resources.refusals import invalid


@dataclass(frozen=True, slots=True)
class _Tree:
    family: Family
    # Entries that stand for a model come and go with it alone.
    bound_to_models: bool = False
    # An update may name the children; elsewhere they are accepted and ignored.
    children_written: bool = False


def _kind_kept(call: Call, new: JsonObject, before: JsonObject | None) -> JsonObject:
    del call
    if before is not None and before["attributes"]["kind"] != new["attributes"]["kind"]:
        raise ApiFailure("KIND_CANNOT_BE_CHANGED")
    if linked_id(new, "item_type") != (linked_id(before, "item_type") if before else None):
        raise ApiFailure("CANNOT_CREATE_OR_DESTROY_SCHEMA_MENU_ITEM_LINKED_TO_ITEM_TYPE")
    return new


def _leaf_or_group(call: Call, new: JsonObject, before: JsonObject | None) -> JsonObject:
    del call, before
    if new["attributes"]["external_url"] and linked_id(new, "item_type"):
        raise invalid("menu_item", "external_url", "excludes a model")
    if linked_id(new, "item_type_filter") and not linked_id(new, "item_type"):
        raise invalid("menu_item", "item_type_filter", "needs a model")
    return new


_MENU = _Tree(
    Family(
        "menu_item",
        "/menu-items",
        {"label": None, "external_url": None, "position": 0, "open_in_new_tab": False},
        {"item_type": None, "item_type_filter": None, "parent": None, "children": []},
        needs="can_manage_menu",
        finish=_leaf_or_group,
    )
)
_SCHEMA_MENU = _Tree(
    Family(
        "schema_menu_item",
        "/schema-menu-items",
        {"label": None, "kind": None, "position": 0},
        {"item_type": None, "parent": None, "children": []},
        needs="can_edit_schema",
        finish=_kind_kept,
    ),
    bound_to_models=True,
    children_written=True,
)
_COLLECTIONS = _Tree(
    Family(
        "upload_collection",
        "/upload-collections",
        {"label": None, "position": 0},
        {"parent": None, "children": []},
        needs="can_manage_upload_collections",
    )
)


def _create(tree: _Tree, call: Call) -> Reply:
    environment = call.environment
    position = call.data.get("attributes", {}).get("position")
    entry = with_links(crud.created(tree.family, call), {"children": []})
    environment.of_type(tree.family.kind)[entry["id"]] = entry
    if position is None:
        placed = trees.append(environment, entry)
    else:
        placed = trees.put(environment, entry, position)
    return Reply({"data": placed}, 201)


def _update(tree: _Tree, call: Call) -> Reply:
    environment = call.environment
    before = crud.find(tree.family, call)
    attributes = call.data.get("attributes", {})
    position = attributes.get("position", before["attributes"]["position"])
    after = crud.updated(tree.family, call)
    parent = linked_id(after, "parent")
    # The tree moves it from where it was, not from where the body wants it.
    after = {**after, "attributes": {**after["attributes"]}}
    after["attributes"]["position"] = before["attributes"]["position"]
    kept = {name: before["relationships"][name] for name in ("parent", "children")}
    after["relationships"] = {**after["relationships"], **kept}
    environment.of_type(tree.family.kind)[after["id"]] = after
    same = parent == linked_id(before, "parent")
    moved = position if same or "position" in attributes else None
    trees.move(environment, after, parent, moved)
    if tree.children_written:
        _adopt(call, tree, after["id"])
    return Reply({"data": environment.of_type(tree.family.kind)[after["id"]]})


def _adopt(call: Call, tree: _Tree, parent: str) -> None:
    children = call.data.get("relationships", {}).get("children", {}).get("data", [])
    known = call.environment.of_type(tree.family.kind)
    for position, entry in enumerate(children, start=1):
        trees.move(call.environment, known[entry["id"]], parent, position)


def _destroy(tree: _Tree, call: Call) -> Reply:
    gone = crud.find(tree.family, call)
    if tree.bound_to_models and linked_id(gone, "item_type"):
        raise ApiFailure("CANNOT_CREATE_OR_DESTROY_SCHEMA_MENU_ITEM_LINKED_TO_ITEM_TYPE")
    if tree.family.kind == "upload_collection":
        _empty_collection(call, gone["id"])
    trees.take_out(call.environment, gone)
    return Reply({"data": gone})


def _empty_collection(call: Call, collection_id: str) -> None:
    uploads = call.environment.of_type("upload")
    for upload in list(uploads.values()):
        if linked_id(upload, "upload_collection") == collection_id:
            links = {**upload["relationships"], "upload_collection": {"data": None}}
            uploads[upload["id"]] = {**upload, "relationships": links}


def _reorder(tree: _Tree, call: Call) -> Reply:
    environment = call.environment
    known = environment.of_type(tree.family.kind)
    for place in call.body["data"]:
        entry = known.get(place["id"])
        if entry is None:
            raise invalid(tree.family.kind, "id", f"{place['id']} does not exist")
        parent = place.get("relationships", {}).get("parent")
        wanted = parent["data"] if parent else entry["relationships"]["parent"]["data"]
        if wanted is not None and wanted["id"] not in known:
            raise invalid(tree.family.kind, "parent", f"{wanted['id']} does not exist")
        position = place["attributes"]["position"]
        trees.move(environment, entry, wanted["id"] if wanted else None, position)
    return Reply({"data": list(known.values())})


def _endpoints(tree: _Tree) -> tuple[Endpoint, ...]:
    family = tree.family
    kind, path, needs = family.kind, family.path, family.needs
    one = f"{path}/{{id}}"
    return (
        *crud.endpoints(family, without=("create", "update", "destroy")),
        Endpoint("POST", path, partial(_create, tree), f"{kind}.create", needs=needs),
        Endpoint("PUT", one, partial(_update, tree), f"{kind}.update", needs=needs),
        Endpoint("DELETE", one, partial(_destroy, tree), needs=needs),
        Endpoint(
            "POST",
            f"{path}/reorder",
            partial(_reorder, tree),
            f"{kind}.reorder",
            Wait.JOB,
            needs=needs,
        ),
    )


ENDPOINTS = tuple(row for tree in (_MENU, _SCHEMA_MENU, _COLLECTIONS) for row in _endpoints(tree))
