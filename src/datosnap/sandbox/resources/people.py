"""Access tokens, users and invitations: who gets into a project.

Source: the schema reference: token values are told only to who may manage tokens, and are made by
the server; people come by invitation, each address once.
"""

from __future__ import annotations

import base64

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.access import may, role_of
from datosnap.sandbox.calls import Call, Endpoint, Reply
from datosnap.sandbox.failures import ApiFailure, not_found
from datosnap.sandbox.queries import listed
from datosnap.sandbox.quotas import check_quota
from datosnap.sandbox.resources import crud
from datosnap.sandbox.resources.changes import with_attributes
from datosnap.sandbox.resources.crud import Family
from datosnap.sandbox.resources.ownership import hand_over
from datosnap.sandbox.state import Project, World

_TOKEN_BYTES = 24
_MANAGE_TOKENS = "can_manage_access_tokens"
_MANAGE_USERS = "can_manage_users"


def token_text(world: World) -> str:
    """Make the secret of an access token."""
    return base64.urlsafe_b64encode(world.new_bytes(_TOKEN_BYTES)).decode("ascii")


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
    hand_over(call, token)
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
    hand_over(call, user)
    return crud.destroy(_USERS, call)


def _invitation(call: Call, new: JsonObject, before: JsonObject | None) -> JsonObject:
    if before is not None:
        return new
    users = call.project.of_type("user")
    if any(one["attributes"]["email"] == new["attributes"]["email"] for one in users.values()):
        raise ApiFailure("ACCOUNT_ALREADY_JOINED_SITE")
    check_quota(call, "users", len(users) + len(call.project.of_type("site_invitation")))
    return new


def _resend(call: Call) -> Reply:
    return Reply({"data": crud.find(_INVITATIONS, call)})


def _empty(_call: Call) -> Reply:
    return Reply({"data": []})


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
    finish=_invitation,
)

ENDPOINTS = (
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
    Endpoint("POST", "/site-invitations/{id}/resend", _resend, changes=False, needs=_MANAGE_USERS),
    Endpoint("GET", "/sso-users", _empty, changes=False),
    Endpoint("GET", "/sso-groups", _empty, changes=False),
)
