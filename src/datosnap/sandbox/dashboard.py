"""The dashboard API on the same address: sessions, accounts, and the projects an account owns.

Any e-mail and password open a session: a sandbox has nobody to keep out, and the account is made
when it is first seen. Source: recorded exchanges. A project's `access_token` there is not listed
among its access tokens, but acts as the one that is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.admission import READ_ONLY
from datosnap.sandbox.calls import Reply
from datosnap.sandbox.failures import ApiFailure, invalid_field, not_found
from datosnap.sandbox.resources.people import token_text
from datosnap.sandbox.state import Project, World
from datosnap.sandbox.worlds import create_project

# What a project is told with; each acts as the listed token, the last one only to read.
_TOKENS = ("access_token", "readwrite_token", READ_ONLY)
_PAGE = 20
_PAGE_MAX = 50


@dataclass(frozen=True, slots=True)
class DashboardCall:
    """One request to the dashboard API; `account` is empty when nobody had to sign in."""

    world: World
    account: JsonObject
    token: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    query: JsonObject = field(default_factory=dict)
    body: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DashboardEndpoint:
    """One row: as `Endpoint`, for the dashboard API."""

    method: str
    path: str
    handler: Callable[[DashboardCall], Reply]
    schema: str | None = None
    signed_in: bool = True


def account_of(world: World, token: str) -> JsonObject:
    """Find the account of a session token.

    Raises: ApiFailure when nobody has signed in with it.
    """
    account = world.accounts.get(world.sessions.get(token, ""))
    if account is None:
        raise ApiFailure("INVALID_AUTHORIZATION_HEADER")
    return account


def _session(world: World, account: JsonObject) -> JsonObject:
    token = token_text(world)
    world.sessions[token] = account["id"]
    owner = {"type": "account", "id": account["id"]}
    return {"type": "session", "id": token, "relationships": {"account": {"data": owner}}}


def _sign_in(call: DashboardCall) -> Reply:
    account = _account(call.world, call.body["data"]["attributes"])
    return Reply({"data": _session(call.world, account), "included": [account]}, 201)


def _account(world: World, given: JsonObject) -> JsonObject:
    for known in world.accounts.values():
        if known["attributes"]["email"] == given["email"]:
            return known
    subscription = {"type": "account_subscription", "id": world.next_number()}
    account: JsonObject = {
        "type": "account",
        "id": world.next_number(),
        "attributes": {
            "email": given["email"],
            "first_name": given.get("first_name"),
            "last_name": given.get("last_name"),
            "company": given.get("company"),
            "is_2fa_active": False,
        },
        "relationships": {
            "active_subscription": {"data": subscription},
            "billing_profile": {"data": None},
        },
    }
    world.accounts[account["id"]] = account
    return account


def _sign_out(call: DashboardCall) -> Reply:
    del call.world.sessions[call.token]
    return Reply(None, 204)


def _show_account(call: DashboardCall) -> Reply:
    return Reply({"data": call.account})


def _update_account(call: DashboardCall) -> Reply:
    changes = dict(call.body["data"].get("attributes", {}))
    changes.pop("password", None)
    account = {**call.account, "attributes": {**call.account["attributes"], **changes}}
    call.world.accounts[account["id"]] = account
    return Reply({"data": _session(call.world, account), "included": [account]})


def _owned(call: DashboardCall) -> list[Project]:
    projects = reversed(call.world.projects.values())
    return [each for each in projects if each.owner.get("id") == call.account["id"]]


def _project(call: DashboardCall) -> Project:
    for project in _owned(call):
        if project.id == call.path["id"]:
            return project
    raise not_found()


def _site(call: DashboardCall, project: Project) -> JsonObject:
    attributes = project.attributes
    return {
        "type": "site",
        "id": project.id,
        "attributes": {
            "name": project.name,
            "domain": attributes["domain"],
            "internal_subdomain": attributes["internal_domain"].split(".")[0],
            "internal_domain": attributes["internal_domain"],
            "owner_email": call.account["attributes"]["email"],
            "last_data_change_at": project.environments[project.primary_id].last_data_change_at,
            "created_at": project.created_at,
            **{name: _unlisted_token(call.world, project, name) for name in _TOKENS},
            "deactivated": project.status == "deactivated",
            "status": project.status,
            "is_public_template": False,
        },
        "relationships": {
            name: {"data": None} for name in ("active_subscription", "active_plan", "transfer")
        },
    }


def _unlisted_token(world: World, project: Project, name: str) -> str:
    """Give a token that no list shows; what its identity says of it tells what it may do."""
    listed = next(iter(project.of_type("access_token").values()), None)
    if listed is None:
        raise ApiFailure("SITE_NOT_READY")
    for text, identity in project.tokens.items():
        if identity.get("unlisted") == name and identity["id"] == listed["id"]:
            return text
    text = token_text(world)
    project.tokens[text] = {"type": "access_token", "id": listed["id"], "unlisted": name}
    return text


def _list_sites(call: DashboardCall) -> Reply:
    owned = _owned(call)
    page = call.query.get("page", {})
    offset, limit = _whole(page, "offset", 0), _whole(page, "limit", _PAGE)
    if limit > _PAGE_MAX:
        raise ApiFailure("INVALID_PARAMS", {"message": f"page[limit] exceeds {_PAGE_MAX}"})
    shown = [_site(call, project) for project in owned[offset : offset + limit]]
    return Reply({"data": shown, "meta": {"total_count": len(owned)}})


def _whole(page: JsonObject, name: str, default: int) -> int:
    text = page.get(name, str(default))
    if not isinstance(text, str) or not text.isdecimal():
        raise ApiFailure("INVALID_PARAMS", {"message": f"page[{name}] is not a whole number"})
    return int(text)


def _find_site(call: DashboardCall) -> Reply:
    return Reply({"data": _site(call, _project(call))})


def _create_site(call: DashboardCall) -> Reply:
    owner = {"type": "account", "id": call.account["id"]}
    name = call.body["data"]["attributes"]["name"]
    project, _ = create_project(call.world, name, owner=owner)
    return Reply({"data": _site(call, project)}, 201)


def _update_site(call: DashboardCall) -> Reply:
    project = _project(call)
    changes = call.body["data"].get("attributes", {})
    if changes.get("is_public_template"):
        raise invalid_field(field="is_public_template", code="VALIDATION_INVALID")
    project.name = changes.get("name", project.name)
    project.attributes["domain"] = changes.get("domain", project.attributes["domain"])
    if "internal_subdomain" in changes:
        address = f"{changes['internal_subdomain']}.admin.datocms.com"
        project.attributes["internal_domain"] = address
    return Reply({"data": _site(call, project)})


def _destroy_site(call: DashboardCall) -> Reply:
    project = _project(call)
    shown = _site(call, project)
    del call.world.projects[project.id]
    return Reply({"data": shown})


ENDPOINTS = (
    DashboardEndpoint("POST", "/sessions", _sign_in, "session.create", signed_in=False),
    DashboardEndpoint("DELETE", "/session", _sign_out),
    DashboardEndpoint("POST", "/account", _sign_in, "account.create", signed_in=False),
    DashboardEndpoint("GET", "/account", _show_account),
    DashboardEndpoint("PUT", "/account", _update_account, "account.update"),
    DashboardEndpoint("GET", "/sites", _list_sites),
    DashboardEndpoint("POST", "/sites", _create_site, "dashboard_site.create"),
    DashboardEndpoint("GET", "/sites/{id}", _find_site),
    DashboardEndpoint("PUT", "/sites/{id}", _update_site, "dashboard_site.update"),
    DashboardEndpoint("DELETE", "/sites/{id}", _destroy_site),
)
