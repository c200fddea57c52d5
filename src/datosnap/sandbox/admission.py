"""Decide whether a request may be carried out: its headers, who asks, where, and with what right.

Source: the API reference's list of error codes; statuses come from `failures.py`. Checks run in
the order in which the API reports them: form of the request, token, environment, role, state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from datosnap.core.jsontext import JsonObject, decode
from datosnap.errors import NonsenseError
from datosnap.sandbox.access import may, may_enter
from datosnap.sandbox.calls import Call, Endpoint
from datosnap.sandbox.failures import ApiFailure, invalid_format
from datosnap.sandbox.state import Environment, Project, World

API_VERSION = "3"
# The token of a project that may read and not write.
READ_ONLY = "readonly_token"
# How the API refuses a project that is not ready, by its status.
_CLOSED = {"creating": "SITE_NOT_READY", "deactivated": "DEACTIVATED_SITE"}
_ACCEPTED_TYPES = ("*/*", "application/*", "application/json", "application/vnd.api+json")
_BODY_TYPES = ("application/json", "application/vnd.api+json")
_SCHEMA_RIGHT = "can_edit_schema"
# First steps of the paths that are about the project, whatever environment a request is for.
_OF_PROJECT = frozenset(
    {
        "access_tokens",
        "audit-log-events",
        "build-events",
        "build-triggers",
        "daily-site-usages",
        "environments",
        "job-results",
        "maintenance-mode",
        "public-info",
        "roles",
        "search-index-events",
        "search-indexes",
        "search-results",
        "site-invitations",
        "sso-groups",
        "sso-users",
        "subscription-features",
        "subscription-limits",
        "usage-log-counters",
        "users",
        "webhook_calls",
        "webhooks",
    }
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whom a project token stands for."""

    project: Project
    actor: JsonObject


def check_headers(headers: Mapping[str, str], *, versioned: bool = True) -> None:
    """Refuse a request whose headers the API would not talk to; not all name a version."""
    if versioned and headers.get("x-api-version") != API_VERSION:
        raise ApiFailure("INVALID_API_VERSION")
    accepted = headers.get("accept", "*/*")
    kinds = {kind.split(";")[0].strip().lower() for kind in accepted.split(",")}
    if kinds.isdisjoint(_ACCEPTED_TYPES):
        raise ApiFailure("INVALID_ACCEPT_HEADER")


def read_body(headers: Mapping[str, str], body: bytes) -> JsonObject:
    """Read a request's body; none at all is an empty object."""
    if not body:
        return {}
    if headers.get("content-type", "").split(";")[0].strip().lower() not in _BODY_TYPES:
        raise ApiFailure("INVALID_CONTENT_TYPE_HEADER")
    try:
        found = decode(body)
    except NonsenseError:
        raise ApiFailure("INVALID_JSON_BODY") from None
    if not isinstance(found, dict):
        raise invalid_format(f"#: failed schema #: {body[:40]!r} is not an object.")
    return found


def bearer(headers: Mapping[str, str]) -> str:
    """Give the token of the request, empty when there is none."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def visitor(world: World, token: str) -> Visitor:
    """Find whom `token` stands for.

    Raises: ApiFailure when nobody, or when the project is not open.
    """
    for project in world.projects.values():
        actor = project.tokens.get(token)
        if actor is not None:
            if project.status != "ready":
                raise ApiFailure(_CLOSED[project.status])
            return Visitor(project, actor)
    raise ApiFailure("INVALID_AUTHORIZATION_HEADER")


def environment(project: Project, wanted: str | None, now: datetime | None) -> Environment:
    """Find the environment the request is for, the primary one when it names none.

    `now` is None while nothing takes time. Raises: ApiFailure when it is unknown or being made.
    """
    found = project.environments.get(wanted or project.primary_id)
    if found is None:
        raise ApiFailure("INVALID_ENVIRONMENT")
    if now is not None and found.ready_at is not None and now < found.ready_at:
        raise ApiFailure("ENVIRONMENT_NOT_READY")
    return found


def check_rights(call: Call, endpoint: Endpoint) -> None:
    """Refuse what the actor may not do, or what nobody may do at the moment."""
    _check_surface(call, endpoint)
    _check_environment(call, endpoint)
    if endpoint.needs is not None and not may(call.project, call.actor, endpoint.needs):
        raise ApiFailure("INSUFFICIENT_PERMISSIONS")
    if endpoint.changes and endpoint.method != "GET":
        _check_writable(call, endpoint)


def _check_surface(call: Call, endpoint: Endpoint) -> None:
    if call.actor["type"] != "access_token":
        return
    if call.actor.get("unlisted") == READ_ONLY and endpoint.method != "GET":
        raise ApiFailure("INSUFFICIENT_PERMISSIONS")
    token = call.project.of_type("access_token").get(call.actor["id"])
    if token is not None and not token["attributes"]["can_access_cma"]:
        raise ApiFailure("INSUFFICIENT_PERMISSIONS")


def _check_environment(call: Call, endpoint: Endpoint) -> None:
    if may_enter(call.project, call.actor, call.environment):
        return
    if endpoint.path.split("/")[1] not in _OF_PROJECT:
        raise ApiFailure("INSUFFICIENT_PERMISSIONS")


def _check_writable(call: Call, endpoint: Endpoint) -> None:
    held = call.environment
    if held.read_only or (held.frozen_until and call.world.clock() < held.frozen_until):
        raise ApiFailure("ENVIRONMENT_IN_READ_ONLY_MODE")
    if held.id != call.project.primary_id:
        return
    if call.project.maintenance:
        raise ApiFailure("MAINTENANCE_MODE")
    sandboxes_only = call.project.attributes["force_use_of_sandbox_environments"]
    if sandboxes_only and endpoint.needs == _SCHEMA_RIGHT:
        raise ApiFailure("PRIMARY_ENVIRONMENT_SETTINGS_READ_ONLY")
