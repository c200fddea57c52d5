"""Look at a project's environments: the one that is meant, what a role sees of it, left-overs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datosnap.api.client import Client
from datosnap.core.jsontext import JsonObject
from datosnap.core.roles import blind_spots
from datosnap.errors import (
    AccessRefusedError,
    ApiError,
    RejectedError,
    UnavailableError,
    UsageError,
    quote,
)
from datosnap.flows.diagnosis import Check, failed, fine, problem, warn
from datosnap.flows.exporting.fork import FORK_PREFIX

_NOT_FOUND = 404
# Capability -> lists that may be refused to a role that lacks it.
_LISTS = {
    "can_manage_access_tokens": "API tokens",
    "can_manage_users": "users and roles",
    "can_manage_webhooks": "webhooks",
    "can_manage_build_triggers": "build triggers",
    "can_manage_search_indexes": "search indexes",
    "can_manage_workflows": "workflows",
}


@dataclass(frozen=True, slots=True)
class Environments:
    """What was found of them; `leftovers` are forks that exports seem to have left behind."""

    checks: tuple[Check, ...]
    leftovers: tuple[JsonObject, ...]


async def examine_environments(
    client: Client, wanted: str | None, role: JsonObject | None
) -> Environments:
    """Check the environment that is `wanted`, the primary one for None, and pin later calls to it.

    `role` is that of the token; None where somebody stands above roles.
    """
    try:
        listed = (await client.get_object("/environments"))["data"]
    except (AccessRefusedError, ApiError) as error:
        return Environments((failed("environment", error),), ())
    found = _chosen(listed, wanted)
    leftovers = tuple(one for one in listed if _is_leftover(one) and one is not found)
    told = map(_leftover, leftovers)
    if found is None:
        return Environments((_unknown(listed, wanted), *told), leftovers)
    return Environments((await _state(client, found), _role(role, found), *told), leftovers)


async def remove_leftovers(client: Client, leftovers: Sequence[JsonObject]) -> list[Check]:
    """Destroy left-over forks, each of which the caller has named to a person before."""
    checks: list[Check] = []
    for name in (one["id"] for one in leftovers):
        try:
            await client.send("DELETE", f"/environments/{name}", repeatable=True)
        except RejectedError as error:
            if error.status != _NOT_FOUND:
                checks.append(failed("left-overs", error))
                continue
        except (AccessRefusedError, ApiError) as error:
            checks.append(failed("left-overs", error))
            continue
        checks.append(fine("left-overs", f"removed the environment {name}"))
    return checks


def _chosen(environments: Sequence[JsonObject], wanted: str | None) -> JsonObject | None:
    for one in environments:
        if one["id"] == wanted or (wanted is None and one["meta"].get("primary")):
            return one
    return None


def _unknown(environments: Sequence[JsonObject], wanted: str | None) -> Check:
    names = ", ".join(sorted(str(one["id"]) for one in environments)) or "none"
    found = f"expected {'a primary one' if wanted is None else quote(wanted)}, found: {names}"
    return problem("environment", found, "name one of these with -e", UsageError)


async def _state(client: Client, environment: JsonObject) -> Check:
    name, meta = environment["id"], environment["meta"]
    if meta["status"] != "ready":
        advice = "wait until it is ready"
        return problem("environment", f"{name} is {meta['status']}", advice, UnavailableError)
    client.pin(name)
    try:
        site = await client.get_object("/site")
    except (AccessRefusedError, ApiError, UsageError) as error:
        return failed("environment", error)
    kind = "primary" if meta.get("primary") else "a sandbox"
    found = f"{name} ({kind}) of project {quote(site['data']['attributes'].get('name'))} is ready"
    if meta.get("read_only_mode"):
        return warn("environment", f"{found}, read-only", "an export works, an import does not")
    return fine("environment", found)


def _is_leftover(environment: JsonObject) -> bool:
    """Tell whether an environment looks like a fork of ours; the primary one never does."""
    meta = environment["meta"]
    is_fork = bool(meta.get("forked_from")) and not meta.get("primary")
    return is_fork and environment["id"].startswith(FORK_PREFIX)


def _leftover(environment: JsonObject) -> Check:
    meta = environment["meta"]
    found = f"{environment['id']}, forked from {meta['forked_from']} at {meta.get('created_at')}"
    advice = "unless an export is running, remove it with --remove-leftovers"
    return warn("left-overs", found, advice)


def _role(role: JsonObject | None, environment: JsonObject) -> Check:
    if role is None:
        return fine("role", "none: whoever the token stands for is above roles")
    name = quote(role["attributes"].get("name"))
    is_primary = bool(environment["meta"].get("primary"))
    hidden = blind_spots(role, environment["id"], is_primary=is_primary)
    if hidden:
        found = f"{name} cannot see {', '.join(hidden)}"
        advice = "use a token whose role reads everything"
        return problem("role", found, advice, AccessRefusedError)
    granted = (role.get("meta") or {}).get("final_permissions") or role["attributes"]
    doubtful = [name for right, name in _LISTS.items() if not granted.get(right)]
    if doubtful:
        found = f"{name} reads all content, but does not manage {', '.join(doubtful)}"
        return warn("role", found, "where such a list is refused, the snapshot has a gap")
    return fine("role", f"{name} sees everything")
