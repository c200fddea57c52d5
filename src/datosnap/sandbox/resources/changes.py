"""Make changed copies of resource objects, which are never changed in place."""

from __future__ import annotations

from collections.abc import Mapping

from datosnap.core.jsontext import Json, JsonObject


def with_attributes(resource: JsonObject, changes: Mapping[str, Json]) -> JsonObject:
    """Give the object with some attributes replaced."""
    return {**resource, "attributes": {**resource["attributes"], **changes}}


def with_links(resource: JsonObject, changes: Mapping[str, Json]) -> JsonObject:
    """Give the object with the data of some relationships replaced."""
    links = {name: {"data": data} for name, data in changes.items()}
    return {**resource, "relationships": {**resource["relationships"], **links}}


def link(resource: JsonObject, name: str) -> Json:
    """Give the data of one relationship: one linkage, a list of them, or None."""
    return resource["relationships"][name]["data"]


def linked_id(resource: JsonObject, name: str) -> str | None:
    """Give the id of what a relationship names, if it names one."""
    data = link(resource, name)
    return data["id"] if data else None


def ref(kind: str, identifier: str) -> JsonObject:
    """Name an entity."""
    return {"type": kind, "id": identifier}
