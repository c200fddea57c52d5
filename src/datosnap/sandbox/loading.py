"""Put into a world a project that was taken out of the API: its settings, schema and assets.

What the API said is stored as it came, ids and dates included; what it did not say (secrets, or
settings that came up later) is filled with what a fresh project has. Nothing is validated: it
was valid where it came from. Records have their own module.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import chain
from types import MappingProxyType

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.access import access_of, may_enter
from datosnap.sandbox.resources import fields, item_types
from datosnap.sandbox.resources.changes import with_attributes
from datosnap.sandbox.resources.people import token_text
from datosnap.sandbox.resources.roles import finished_role
from datosnap.sandbox.role_shapes import CAPABILITIES, blank_role
from datosnap.sandbox.state import Environment, Project, World
from datosnap.sandbox.uploads.tags import register_tags
from datosnap.sandbox.worlds import create_project

# Told by the site resource, and kept elsewhere than among the project's attributes.
_ELSEWHERE = frozenset({"name", "last_data_change_at"})
# What the sandbox reads of the schema; an answer of another time may lack some of it.
_BLANKS: Mapping[str, tuple[JsonObject, JsonObject]] = MappingProxyType(
    {
        "item_type": (item_types.DEFAULTS, item_types.LINKS),
        "field": (fields.DEFAULTS, {"fieldset": None}),
        "role": (blank_role(), {"inherits_permissions_from": []}),
    }
)


def load_project(world: World, site: JsonObject, environment: JsonObject) -> Project:
    """Add a project with one environment, as the API described both; it has no resources yet."""
    told = site["attributes"]
    project, _ = create_project(world, told["name"])
    del world.projects[project.id]
    project.id = site["id"]
    world.projects[project.id] = project
    project.resources, project.tokens = {}, {}
    project.owner = _owner(site) or project.owner
    only = _environment(project.environments.popitem()[1], site, environment)
    project.environments[only.id] = only
    project.primary_id = only.id
    flags = site.get("meta") or {}
    project.created_at = flags.get("created_at") or project.created_at
    kept = told.keys() - only.site["attributes"].keys() - _ELSEWHERE
    project.attributes |= {name: value for name, value in told.items() if name in kept}
    return project


def load_resources(holder: Project | Environment, resources: Iterable[JsonObject]) -> None:
    """Add resources other than records and uploads, in their order of creation."""
    for one in resources:
        holder.of_type(one["type"])[one["id"]] = one


def load_upload(
    project: Project, environment: Environment, upload: JsonObject, body: bytes | None
) -> None:
    """Add an upload, with its bytes where there are any."""
    attributes = upload["attributes"]
    environment.of_type("upload")[upload["id"]] = upload
    register_tags(environment, attributes.get("tags") or ())
    if body is not None:
        project.blobs[attributes["path"]] = body


def complete(world: World, project: Project, withheld: Collection[tuple[str, str, str]]) -> None:
    """Make a loaded project work: give it what the API did not tell.

    Shape: `withheld` names secrets that were left out, by type, id and attribute.
    """
    holders: list[Project | Environment] = [project, *project.environments.values()]
    for holder in holders:
        for kind, (attributes, links) in _BLANKS.items():
            held = holder.of_type(kind)
            held.update({key: _completed(one, attributes, links) for key, one in held.items()})
    _complete_roles(project)
    _fill_secrets(world, project, withheld)
    world.last_number = max(world.last_number, *_numbers(project))


def entrance(world: World, project: Project) -> str:
    """Give a token with which everything may be done, and put it before the others.

    Where no token of the project has full rights, it is one that no list shows.
    """
    for token in project.of_type("access_token").values():
        if _is_almighty(project, token):
            text: str = token["attributes"]["token"]
            project.tokens = {text: project.tokens[text], **project.tokens}
            return text
    return _back_door(world, project)


def _back_door(world: World, project: Project) -> str:
    account: JsonObject = {
        "type": "account",
        "id": world.next_number(),
        "attributes": {
            "email": "sandbox@example.com",
            "first_name": None,
            "last_name": None,
            "company": None,
            "is_2fa_active": False,
        },
        "relationships": {
            "active_subscription": {"data": None},
            "billing_profile": {"data": None},
        },
    }
    world.accounts[account["id"]] = account
    text = token_text(world)
    project.tokens = {text: {"type": "account", "id": account["id"]}, **project.tokens}
    return text


def _environment(fresh: Environment, site: JsonObject, told: JsonObject) -> Environment:
    meta = told.get("meta") or {}
    fresh.id = told["id"]
    fresh.created_at = meta.get("created_at") or fresh.created_at
    fresh.forked_from = meta.get("forked_from")
    fresh.last_data_change_at = meta.get("last_data_change_at") or fresh.last_data_change_at
    own = fresh.site["attributes"]
    flags = {**(site.get("meta") or {})}
    flags.pop("created_at", None)
    fresh.site = {
        "attributes": {name: site["attributes"].get(name, own[name]) for name in own},
        "meta": {**fresh.site["meta"], **flags},
    }
    return fresh


def _completed(resource: JsonObject, attributes: JsonObject, links: JsonObject) -> JsonObject:
    told, linked = resource["attributes"], resource.get("relationships") or {}
    missing = {name: value for name, value in attributes.items() if name not in told}
    unlinked = {name: {"data": data} for name, data in links.items() if name not in linked}
    if not missing and not unlinked:
        return resource
    return {
        **resource,
        "attributes": {**told, **missing},
        "relationships": {**linked, **unlinked},
    }


def _complete_roles(project: Project) -> None:
    roles = project.of_type("role")
    for role_id, role in roles.items():
        told = (role.get("meta") or {}).get("final_permissions")
        if told is None:
            roles[role_id] = finished_role(project, role)
        elif blank_role().keys() - told.keys():
            roles[role_id] = {**role, "meta": {"final_permissions": {**blank_role(), **told}}}


def _owner(site: JsonObject) -> JsonObject | None:
    links = site.get("relationships") or {}
    named = ((links.get(name) or {}).get("data") for name in ("owner", "account"))
    return next((one for one in named if one), None)


def _fill_secrets(
    world: World, project: Project, withheld: Collection[tuple[str, str, str]]
) -> None:
    for kind, identifier, name in withheld:
        make = _STAND_INS.get((kind, name))
        known = project.of_type(kind)
        if make is not None and identifier in known:
            stand_in = {name: make(token_text(world))}
            known[identifier] = with_attributes(known[identifier], stand_in)
    tokens = project.of_type("access_token")
    for identifier, token in tokens.items():
        secret = token["attributes"]["token"] or token_text(world)
        tokens[identifier] = with_attributes(token, {"token": secret})
        project.tokens[secret] = {"type": "access_token", "id": identifier}


def _as_it_is(text: str) -> str:
    return text


def _nothing(_text: str) -> JsonObject:
    return {}


def _address(text: str) -> str:
    return f"https://webhooks.datocms.com/{text}/deploy-results"


# What takes the place of a secret that was left out, made of a new one.
_STAND_INS: Mapping[tuple[str, str], Callable[[str], Json]] = MappingProxyType(
    {
        ("webhook", "headers"): _nothing,
        ("webhook", "http_basic_user"): _as_it_is,
        ("webhook", "http_basic_password"): _as_it_is,
        ("build_trigger", "webhook_token"): _as_it_is,
        ("build_trigger", "webhook_url"): _address,
        ("build_trigger", "adapter_settings"): _nothing,
    }
)


def _is_almighty(project: Project, token: JsonObject) -> bool:
    link = ((token.get("relationships") or {}).get("role") or {}).get("data")
    role = project.of_type("role").get(link["id"]) if link else None
    if role is None or not token["attributes"]["can_access_cma"]:
        return False
    granted = role["meta"]["final_permissions"]
    actor = {"type": "access_token", "id": token["id"]}
    return all(granted.get(name) for name in CAPABILITIES) and all(
        may_enter(project, actor, one)
        and access_of(project, one, actor, "item_type") is None
        and access_of(project, one, actor, "upload") is None
        for one in project.environments.values()
    )


def _numbers(project: Project) -> Iterable[int]:
    """Give every decimal id, so that the numbers given out from now on are new ones."""
    named = [*project.resources.values()]
    for environment in project.environments.values():
        named += environment.resources.values()
    records = (one for environment in project.environments.values() for one in environment.items)
    everything = chain((project.id,), records, *named)
    return (int(one) for one in everything if one.isdecimal())
