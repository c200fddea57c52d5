"""Saved filters of records and of assets, for everybody or for who made them.

Source: the schema reference: a filter is kept word for word; one that is not shared belongs to the
token that made it, and no other sees it (inferred). Filters that were loaded have no owner and are
seen by all, as they were by the token that exported them.
"""

from __future__ import annotations

from functools import partial

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.access import require
from datosnap.sandbox.calls import Call, Endpoint, Reply
from datosnap.sandbox.resources import crud
from datosnap.sandbox.resources.changes import ref
from datosnap.sandbox.resources.crud import Family

_SHARING = "can_manage_shared_filters"
# Kept beside the filters, whose answers do not tell it: a filter's id and its owner.
_OWNER = "filter_owner"


def _filter(call: Call, new: JsonObject, before: JsonObject | None) -> JsonObject:
    if any(one["attributes"]["shared"] for one in (new, before) if one):
        require(call, _SHARING)
    if before is None:
        owner = ref(call.actor["type"], call.actor["id"])
        call.environment.of_type(_OWNER)[new["id"]] = owner
    return new


def _is_visible(call: Call, one: JsonObject) -> bool:
    if one["attributes"]["shared"]:
        return True
    owner = call.environment.of_type(_OWNER).get(one["id"])
    return owner is None or owner == ref(call.actor["type"], call.actor["id"])


def _destroy(family: Family, call: Call) -> Reply:
    if crud.find(family, call)["attributes"]["shared"]:
        require(call, _SHARING)
    call.environment.of_type(_OWNER).pop(call.path["id"], None)
    return crud.destroy(family, call)


_FAMILIES = (
    Family(
        "item_type_filter",
        "/item-type-filters",
        {"name": None, "filter": {}, "columns": None, "order_by": None, "shared": False},
        {"item_type": None},
        finish=_filter,
        is_visible=_is_visible,
    ),
    Family(
        "upload_filter",
        "/upload-filters",
        {"name": None, "filter": {}, "shared": False},
        finish=_filter,
        is_visible=_is_visible,
    ),
)

ENDPOINTS = tuple(
    row
    for family in _FAMILIES
    for row in (
        *crud.endpoints(family, without=("destroy",)),
        Endpoint("DELETE", f"{family.path}/{{id}}", partial(_destroy, family)),
    )
)
