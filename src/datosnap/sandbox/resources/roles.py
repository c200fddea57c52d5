"""Roles: what their holders may do, with what they inherit from other roles.

Source: the schema reference, recorded roles, and the API's own description of them: rules are
read with every key of their family, and written with those only that their action knows; a
role's final permissions join its own with those it inherits, and follow when those change.
"""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Endpoint, Reply
from datosnap.sandbox.failures import ApiFailure, invalid_format
from datosnap.sandbox.quotas import check_quota
from datosnap.sandbox.resources import crud
from datosnap.sandbox.resources.changes import link, linked_id, with_attributes
from datosnap.sandbox.resources.crud import Family
from datosnap.sandbox.resources.item_type_copies import copy_number
from datosnap.sandbox.resources.refusals import invalid
from datosnap.sandbox.role_shapes import (
    ACTION_KEYS,
    RULES,
    SIGNS,
    blank_role,
    completed,
    final_permissions,
)
from datosnap.sandbox.state import Project

_MANAGE_USERS = "can_manage_users"
_INHERITED = "inherits_permissions_from"
# Every rule with an action has these, whatever the action is.
_ALWAYS = frozenset({"environment", "action", "item_type", "upload_collection"})


def finished_role(project: Project, role: JsonObject) -> JsonObject:
    """Give a role with complete rules and its computed permissions."""
    rules = {
        name: [completed(family, rule) for rule in role["attributes"][name]]
        for family in RULES
        for name in (f"{sign}_{family}_permissions" for sign in SIGNS)
    }
    role = with_attributes(role, rules)
    known = project.of_type("role")
    inherited = [known[one]["meta"]["final_permissions"] for one in _parents(role)]
    granted = final_permissions(role["attributes"], inherited)
    return {**role, "meta": {"final_permissions": granted}}


def _parents(role: JsonObject) -> list[str]:
    return [entry["id"] for entry in link(role, _INHERITED)]


def _role(call: Call, new: JsonObject, before: JsonObject | None) -> JsonObject:
    if before is None:
        check_quota(call, "roles", len(call.project.of_type("role")))
    if new["id"] in _ancestors(call.project, new):
        raise invalid("role", _INHERITED, "cannot inherit from itself")
    _check_pairs(call)
    _check_rules(call)
    return finished_role(call.project, new)


def _ancestors(project: Project, role: JsonObject) -> set[str]:
    found: set[str] = set()
    waiting = _parents(role)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += _parents(project.of_type("role")[one])
    return found


def _check_pairs(call: Call) -> None:
    sent = call.data.get("attributes", {})
    for family in RULES:
        pair = {f"{sign}_{family}_permissions" for sign in SIGNS}
        if len(pair & sent.keys()) == 1:
            raise invalid("role", next(iter(pair & sent.keys())), "send both arrays or neither")


def _check_rules(call: Call) -> None:
    sent = call.data.get("attributes", {})
    for family, by_action in ACTION_KEYS.items():
        for name in (f"{sign}_{family}_permissions" for sign in SIGNS):
            for at, rule in enumerate(sent.get(name, ())):
                _check_rule(rule, by_action[rule["action"]], f"#/data/attributes/{name}/{at}")


def _check_rule(rule: JsonObject, known: frozenset[str], place: str) -> None:
    extra = [key for key, value in rule.items() if value is not None and key not in known | _ALWAYS]
    if extra:
        listed = ", ".join(f'"{key}"' for key in extra)
        raise invalid_format(f"{place}: {listed} does not apply to action {rule['action']}.")
    if rule["action"] == "all" and rule.get("localization_scope") not in {None, "all"}:
        raise invalid_format(f'{place}/localization_scope: must be "all" for action all.')


def _update(call: Call) -> Reply:
    reply = crud.update(_ROLES, call)
    roles = call.project.of_type("role")
    changed = [call.path["id"]]
    while changed:
        parent = changed.pop()
        for role in list(roles.values()):
            if parent in _parents(role):
                roles[role["id"]] = finished_role(call.project, role)
                changed.append(role["id"])
    return reply


def _duplicate(call: Call) -> Reply:
    source = crud.find(_ROLES, call)
    roles = call.project.of_type("role")
    check_quota(call, "roles", len(roles))
    name = source["attributes"]["name"]
    taken = {one["attributes"]["name"] for one in roles.values()}
    number = copy_number(name, taken, " (copy #{})")
    copy = with_attributes(source, {"name": f"{name} (copy #{number})"})
    copy["id"] = call.world.next_number()
    roles[copy["id"]] = copy
    return Reply({"data": copy}, 201)


def _destroy(call: Call) -> Reply:
    role = crud.find(_ROLES, call)
    for kind in ("access_token", "user", "site_invitation"):
        for holder in call.project.of_type(kind).values():
            if linked_id(holder, "role") == role["id"]:
                raise ApiFailure("REQUIRED_BY_ASSOCIATION", {"association": f"{kind}s"})
    for other in call.project.of_type("role").values():
        if role["id"] in _parents(other):
            raise ApiFailure("REQUIRED_BY_ASSOCIATION", {"association": "roles"})
    return crud.destroy(_ROLES, call)


_ROLES = Family(
    "role",
    "/roles",
    {"name": None, **blank_role()},
    {_INHERITED: []},
    needs=_MANAGE_USERS,
    project_wide=True,
    unique=("name",),
    finish=_role,
)

ENDPOINTS = (
    *crud.endpoints(_ROLES, without=("update", "destroy")),
    Endpoint("PUT", "/roles/{id}", _update, "role.update", changes=False, needs=_MANAGE_USERS),
    Endpoint("POST", "/roles/{id}/duplicate", _duplicate, changes=False, needs=_MANAGE_USERS),
    Endpoint("DELETE", "/roles/{id}", _destroy, changes=False, needs=_MANAGE_USERS),
)
