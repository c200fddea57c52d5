"""Roles, access tokens, users and invitations: who may do what in a project.

Source: the schema reference and recorded roles: rules are read with every key of their family; a
role's final permissions join its own with those it inherits; token values are told only to who
may manage tokens, and are made by the server.
"""

from __future__ import annotations

import base64

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.admission import may, role_of
from datosnap.sandbox.calls import Call, Endpoint, Reply
from datosnap.sandbox.failures import ApiFailure, not_found
from datosnap.sandbox.queries import listed
from datosnap.sandbox.quotas import check_quota
from datosnap.sandbox.resources import crud
from datosnap.sandbox.resources.changes import link, linked_id, with_attributes
from datosnap.sandbox.resources.crud import Family
from datosnap.sandbox.resources.refusals import invalid
from datosnap.sandbox.role_shapes import RULES, SIGNS, blank_role, completed, final_permissions
from datosnap.sandbox.state import Project, World

_TOKEN_BYTES = 24
_MANAGE_TOKENS = "can_manage_access_tokens"
_MANAGE_USERS = "can_manage_users"


def token_text(world: World) -> str:
    """Make the secret of an access token."""
    return base64.urlsafe_b64encode(world.new_bytes(_TOKEN_BYTES)).decode("ascii")


def finished_role(project: Project, role: JsonObject) -> JsonObject:
    """Give a role with complete rules and its computed permissions."""
    rules = {
        name: [completed(family, rule) for rule in role["attributes"][name]]
        for family in RULES
        for name in (f"{sign}_{family}_permissions" for sign in SIGNS)
    }
    role = with_attributes(role, rules)
    known = project.of_type("role")
    inherited = [
        known[entry["id"]]["meta"]["final_permissions"]
        for entry in link(role, "inherits_permissions_from")
    ]
    granted = final_permissions(role["attributes"], inherited)
    return {**role, "meta": {"final_permissions": granted}}


def _role(call: Call, new: JsonObject, before: JsonObject | None) -> JsonObject:
    if before is None:
        check_quota(call, "roles", len(call.project.of_type("role")))
    if any(entry["id"] == new["id"] for entry in link(new, "inherits_permissions_from")):
        raise invalid("role", "inherits_permissions_from", "cannot inherit from itself")
    _check_pairs(call)
    return finished_role(call.project, new)


def _check_pairs(call: Call) -> None:
    sent = call.data.get("attributes", {})
    for family in RULES:
        pair = {f"{sign}_{family}_permissions" for sign in SIGNS}
        if len(pair & sent.keys()) == 1:
            raise invalid("role", next(iter(pair & sent.keys())), "send both arrays or neither")


def _destroy_role(call: Call) -> Reply:
    role = crud.find(_ROLES, call)
    for kind in ("access_token", "user", "site_invitation"):
        for holder in call.project.of_type(kind).values():
            if linked_id(holder, "role") == role["id"]:
                raise ApiFailure("REQUIRED_BY_ASSOCIATION", {"association": f"{kind}s"})
    return crud.destroy(_ROLES, call)


def _token(call: Call, new: JsonObject, before: JsonObject | None) -> JsonObject:
    if before is not None:
        if before["attributes"]["hardcoded_type"] is not None:
            raise ApiFailure("NON_EDITABLE_ACCESS_TOKEN")
        return new
    check_quota(call, "access_tokens", len(call.project.of_type("access_token")))
    return with_attributes(new, {"token": token_text(call.world)})


def _shown_token(call: Call, token: JsonObject) -> JsonObject:
    if may(call.project, call.actor, _MANAGE_TOKENS):
        return token
    return with_attributes(token, {"token": None})


def _create_token(call: Call) -> Reply:
    token = crud.created(_TOKENS, call)
    identity = {"type": "access_token", "id": token["id"]}
    call.project.tokens[token["attributes"]["token"]] = identity
    return Reply({"data": token}, 201)


def _regenerate(call: Call) -> Reply:
    token = crud.find(_TOKENS, call)
    _forget(call.project, token)
    renewed = with_attributes(token, {"token": token_text(call.world)})
    call.project.of_type("access_token")[token["id"]] = renewed
    call.project.tokens[renewed["attributes"]["token"]] = {
        "type": "access_token",
        "id": token["id"],
    }
    return Reply({"data": renewed})


def _destroy_token(call: Call) -> Reply:
    token = crud.find(_TOKENS, call)
    if token["attributes"]["hardcoded_type"] is not None:
        raise ApiFailure("NON_EDITABLE_ACCESS_TOKEN")
    _forget(call.project, token)
    return crud.destroy(_TOKENS, call)


def _forget(project: Project, token: JsonObject) -> None:
    project.tokens.pop(token["attributes"]["token"], None)


def _me(call: Call) -> Reply:
    actor = call.actor
    found = call.project.of_type(actor["type"]).get(actor["id"])
    found = found or call.world.accounts.get(actor["id"])
    if found is None:
        raise not_found()
    shown = _shown_token(call, found) if actor["type"] == "access_token" else found
    role = role_of(call.project, actor)
    if "role" in listed(call.query.get("include")) and role is not None:
        return Reply({"data": shown, "included": [role]})
    return Reply({"data": shown})


def _destroy_user(call: Call) -> Reply:
    user = crud.find(_USERS, call)
    if call.actor["id"] == user["id"] and call.actor["type"] == "user":
        raise ApiFailure("CANNOT_DESTROY_CURRENT_USER")
    return crud.destroy(_USERS, call)


def _empty(_call: Call) -> Reply:
    return Reply({"data": []})


_ROLES = Family(
    "role",
    "/roles",
    {"name": None, **blank_role()},
    {"inherits_permissions_from": []},
    needs=_MANAGE_USERS,
    project_wide=True,
    unique=("name",),
    finish=_role,
)
_TOKENS = Family(
    "access_token",
    "/access_tokens",
    {
        "name": None,
        "token": None,
        "hardcoded_type": None,
        "can_access_cda": False,
        "can_access_cda_preview": False,
        "can_access_cma": False,
        "last_cma_access": None,
        "last_cda_access": None,
    },
    {"role": None},
    needs=_MANAGE_TOKENS,
    project_wide=True,
    finish=_token,
    shown=_shown_token,
)
_USERS = Family(
    "user",
    "/users",
    {"email": None, "full_name": None, "is_active": True, "is_2fa_active": False},
    {"role": None},
    needs=_MANAGE_USERS,
    project_wide=True,
)
_INVITATIONS = Family(
    "site_invitation",
    "/site-invitations",
    {"email": None, "expired": False},
    {"role": None},
    needs=_MANAGE_USERS,
    project_wide=True,
    unique=("email",),
)

ENDPOINTS = (
    *crud.endpoints(_ROLES, without=("destroy",)),
    Endpoint("DELETE", "/roles/{id}", _destroy_role, changes=False, needs=_MANAGE_USERS),
    *crud.endpoints(_TOKENS, without=("create", "destroy")),
    Endpoint(
        "POST",
        "/access_tokens",
        _create_token,
        "access_token.create",
        changes=False,
        needs=_MANAGE_TOKENS,
    ),
    Endpoint(
        "POST",
        "/access_tokens/{id}/regenerate_token",
        _regenerate,
        changes=False,
        needs=_MANAGE_TOKENS,
    ),
    Endpoint("DELETE", "/access_tokens/{id}", _destroy_token, changes=False, needs=_MANAGE_TOKENS),
    Endpoint("GET", "/users/me", _me, changes=False),
    *crud.endpoints(_USERS, without=("create", "destroy")),
    Endpoint("DELETE", "/users/{id}", _destroy_user, changes=False, needs=_MANAGE_USERS),
    *crud.endpoints(_INVITATIONS),
    Endpoint("GET", "/sso-users", _empty, changes=False),
    Endpoint("GET", "/sso-groups", _empty, changes=False),
)
