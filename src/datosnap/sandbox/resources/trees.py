"""Keep ordered trees: menus, schema menus and upload collections.

Each entry knows its parent and its place among its siblings; the parent's `children` follow, so
that what is stored is what is read.
"""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.resources.changes import linked_id, ref, with_attributes, with_links
from datosnap.sandbox.resources.models import store
from datosnap.sandbox.resources.positions import inserted, moved, next_position, removed
from datosnap.sandbox.resources.refusals import invalid
from datosnap.sandbox.state import Environment


def append(environment: Environment, entry: JsonObject) -> JsonObject:
    """Put a stored entry behind its siblings."""
    others = _siblings(environment, entry["type"], linked_id(entry, "parent"))
    others.pop(entry["id"], None)
    return put(environment, entry, next_position(others))


def put(environment: Environment, entry: JsonObject, position: int) -> JsonObject:
    """Put a stored entry, new among its siblings, at a place."""
    kind, parent = entry["type"], linked_id(entry, "parent")
    others = _siblings(environment, kind, parent)
    others.pop(entry["id"], None)
    _write(environment, kind, parent, inserted(others, entry["id"], position))
    return environment.of_type(kind)[entry["id"]]


def move(
    environment: Environment, entry: JsonObject, parent: str | None, position: int | None
) -> JsonObject:
    """Move a stored entry under another parent, to another place, or both.

    Raises: ApiFailure when it would come under itself.
    """
    kind, old_parent = entry["type"], linked_id(entry, "parent")
    _check_parent(environment, entry, parent)
    if parent == old_parent and position is not None:
        places = moved(_siblings(environment, kind, parent), entry["id"], position)
        _write(environment, kind, parent, places)
        return environment.of_type(kind)[entry["id"]]
    left = removed(_siblings(environment, kind, old_parent), entry["id"])
    settled = store(
        environment, with_links(entry, {"parent": ref(kind, parent) if parent else None})
    )
    _write(environment, kind, old_parent, left)
    return append(environment, settled) if position is None else put(environment, settled, position)


def take_out(environment: Environment, entry: JsonObject) -> None:
    """Remove an entry; its children move up to the top."""
    kind, parent = entry["type"], linked_id(entry, "parent")
    for child in _children(environment, kind, entry["id"]):
        move(environment, environment.of_type(kind)[child], None, None)
    left = removed(_siblings(environment, kind, parent), entry["id"])
    del environment.of_type(kind)[entry["id"]]
    _write(environment, kind, parent, left)


def _siblings(environment: Environment, kind: str, parent: str | None) -> dict[str, int]:
    return {
        each["id"]: each["attributes"]["position"]
        for each in environment.of_type(kind).values()
        if linked_id(each, "parent") == parent
    }


def _children(environment: Environment, kind: str, parent: str) -> list[str]:
    places = _siblings(environment, kind, parent)
    return sorted(places, key=places.__getitem__)


def _write(environment: Environment, kind: str, parent: str | None, places: dict[str, int]) -> None:
    known = environment.of_type(kind)
    for identifier, position in places.items():
        if known[identifier]["attributes"]["position"] != position:
            store(environment, with_attributes(known[identifier], {"position": position}))
    if parent is not None:
        children = [ref(kind, child) for child in _children(environment, kind, parent)]
        store(environment, with_links(known[parent], {"children": children}))


def _check_parent(environment: Environment, entry: JsonObject, parent: str | None) -> None:
    above = parent
    while above is not None:
        if above == entry["id"]:
            raise invalid(entry["type"], "parent", "cannot be inside itself")
        above = linked_id(environment.of_type(entry["type"])[above], "parent")
