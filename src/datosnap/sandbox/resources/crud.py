"""Create, read, update and destroy for the families that are alike; a family is one row of data.

What a family does differently is a function of its row: `finish` checks and completes an object
before it is stored, `shown` and `is_visible` say what is answered to whom. A relationship must
name what exists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.calls import Call, Endpoint, Reply
from datosnap.sandbox.failures import not_found
from datosnap.sandbox.queries import listed
from datosnap.sandbox.resources.changes import link, with_attributes, with_links
from datosnap.sandbox.resources.refusals import invalid, new_id, not_unique

Finish = Callable[[Call, JsonObject, JsonObject | None], JsonObject]
Shown = Callable[[Call, JsonObject], JsonObject]
IsVisible = Callable[[Call, JsonObject], bool]


def _as_it_is(_call: Call, resource: JsonObject, _before: JsonObject | None = None) -> JsonObject:
    return resource


def _to_all(_call: Call, _resource: JsonObject) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of resource: where it lives, what it holds, and what is special about it.

    `attributes` and `links` are the defaults, in the order of an answer. Project-wide kinds are
    numbered by the server; the others take an id from the caller.
    """

    kind: str
    path: str
    attributes: Mapping[str, Json]
    links: Mapping[str, Json] = field(default_factory=dict)
    needs: str | None = None
    project_wide: bool = False
    unique: tuple[str, ...] = ()
    finish: Finish = _as_it_is
    shown: Shown = _as_it_is
    reads_needed: str | None = None
    is_visible: IsVisible = _to_all

    def held(self, call: Call) -> dict[str, JsonObject]:
        """Give the objects of this kind by id."""
        holder = call.project if self.project_wide else call.environment
        return holder.of_type(self.kind)


def endpoints(family: Family, *, without: tuple[str, ...] = ()) -> tuple[Endpoint, ...]:
    """Give the rows of a family, except for the operations named in `without`."""
    one = f"{family.path}/{{id}}"
    writes = not family.project_wide
    rows = {
        "list": Endpoint("GET", family.path, partial(list_all, family), changes=False),
        "find": Endpoint("GET", one, partial(find_one, family), changes=False),
        "create": Endpoint(
            "POST", family.path, partial(create, family), f"{family.kind}.create", changes=writes
        ),
        "update": Endpoint(
            "PUT", one, partial(update, family), f"{family.kind}.update", changes=writes
        ),
        "destroy": Endpoint("DELETE", one, partial(destroy, family), changes=writes),
    }
    return tuple(
        _guarded(row, family) for operation, row in rows.items() if operation not in without
    )


def _guarded(row: Endpoint, family: Family) -> Endpoint:
    needs = family.reads_needed if row.method == "GET" else family.needs
    return Endpoint(row.method, row.path, row.handler, row.schema, row.wait, row.changes, needs)


def list_all(family: Family, call: Call) -> Reply:
    """Answer with all objects, or with those that `filter[ids]` names."""
    found = [each for each in family.held(call).values() if family.is_visible(call, each)]
    wanted = call.query.get("filter", {}).get("ids") if "filter" in call.query else None
    if wanted is not None:
        ids = set(listed(wanted))
        found = [each for each in found if each["id"] in ids]
    return Reply({"data": [family.shown(call, each) for each in found]})


def find(family: Family, call: Call) -> JsonObject:
    """Find the object that the path names.

    Raises: ApiFailure NOT_FOUND.
    """
    found = family.held(call).get(call.path["id"])
    if found is None or not family.is_visible(call, found):
        raise not_found()
    return found


def find_one(family: Family, call: Call) -> Reply:
    """Answer with one object."""
    return Reply({"data": family.shown(call, find(family, call))})


def create(family: Family, call: Call) -> Reply:
    """Store a new object and answer with it."""
    return Reply({"data": family.shown(call, created(family, call))}, 201)


def created(family: Family, call: Call) -> JsonObject:
    """Store a new object made of the defaults and the body."""
    held = family.held(call)
    attributes = {**family.attributes, **call.data.get("attributes", {})}
    new: JsonObject = {
        "type": family.kind,
        "id": "" if family.project_wide else new_id(call, family.kind, held),
        "attributes": attributes,
        "relationships": {
            name: {"data": data} for name, data in {**family.links, **_links(family, call)}.items()
        },
    }
    if not family.links:
        del new["relationships"]
    new = _checked(family, call, new, None)
    if family.project_wide:
        new["id"] = call.world.next_number()
    held[new["id"]] = new
    return new


def update(family: Family, call: Call) -> Reply:
    """Store the object with what the body changes and answer with it."""
    return Reply({"data": family.shown(call, updated(family, call))})


def updated(family: Family, call: Call) -> JsonObject:
    """Store the object with what the body changes."""
    before = find(family, call)
    after = with_attributes(before, call.data.get("attributes", {}))
    if family.links:
        after = with_links(after, _links(family, call))
    after = _checked(family, call, after, before)
    family.held(call)[after["id"]] = after
    return after


def destroy(family: Family, call: Call) -> Reply:
    """Remove the object and answer with it."""
    gone = find(family, call)
    shown = family.shown(call, gone)
    del family.held(call)[gone["id"]]
    return Reply({"data": shown})


def _links(family: Family, call: Call) -> JsonObject:
    sent = call.data.get("relationships", {})
    return {name: each["data"] for name, each in sent.items() if name in family.links}


def _checked(family: Family, call: Call, new: JsonObject, before: JsonObject | None) -> JsonObject:
    for name in family.links:
        _check_link(family, call, new, name)
    for name in family.unique:
        for other in family.held(call).values():
            if other["id"] != new["id"] and other["attributes"][name] == new["attributes"][name]:
                raise not_unique(family.kind, name)
    return family.finish(call, new, before)


def _check_link(family: Family, call: Call, new: JsonObject, name: str) -> None:
    data = link(new, name)
    for entry in data if isinstance(data, list) else [data] if data else []:
        in_environment = call.environment.resources.get(entry["type"], {})
        in_project = call.project.resources.get(entry["type"], {})
        if entry["id"] not in in_environment and entry["id"] not in in_project:
            raise invalid(family.kind, name, f"{entry['type']} {entry['id']} does not exist")
