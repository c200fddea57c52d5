"""Rebuild roles, webhooks and build triggers: asked for by name, inactive, without secrets.

They belong to a project, not to an environment, and the server numbers them, so that only names
tell whether one is there. Several of a name are told apart by their turn: the second of a name
stands for the second. A rule of a role that names something which did not come over is left out,
since with nothing in its place it would be about everything.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from datosnap.core.difference import shown
from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.schema_comparing import Change

# Gives the target's id of (kind, source id), None for what did not come over.
Find = Callable[[str, str], str | None]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The body that creates one, and what of it had to be left out, in words."""

    body: JsonObject
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extra:
    """One kind: its name in a snapshot and on the command line, its path, and how it is known."""

    name: str
    kind: str
    path: str
    known_by: tuple[str, ...]
    rebuild: Callable[[JsonObject, Find], Rebuilt]

    @property
    def words(self) -> str:
        """Name the kind for people."""
        return self.kind.replace("_", " ")

    def key(self, resource: JsonObject) -> Hashable:
        """Give what tells one of these from another."""
        return tuple(resource["attributes"].get(name) for name in self.known_by)

    def label(self, resource: JsonObject) -> str:
        """Name one for people."""
        return f"{self.words} {resource['attributes'].get('name')}"


def pair_in_turn(
    extra: Extra, sources: Iterable[JsonObject], targets: Iterable[JsonObject]
) -> dict[str, str]:
    """Give the target's id of each source resource that is there."""
    waiting: dict[Hashable, list[str]] = {}
    for one in targets:
        waiting.setdefault(extra.key(one), []).append(one["id"])
    found: dict[str, str] = {}
    for one in sources:
        ids = waiting.get(extra.key(one))
        if ids:
            found[one["id"]] = ids.pop(0)
    return found


def heirs_last(roles: Sequence[JsonObject]) -> list[JsonObject]:
    """Order roles so that each comes after those it inherits from."""
    by_id = {one["id"]: one for one in roles}
    done: dict[str, JsonObject] = {}

    def visit(one: JsonObject, above: frozenset[str]) -> None:
        for parent in inherited(one):
            if parent in by_id and parent not in done and parent not in above:
                visit(by_id[parent], above | {one["id"]})
        done[one["id"]] = one

    for one in roles:
        if one["id"] not in done:
            visit(one, frozenset())
    return list(done.values())


def inherited(role: JsonObject) -> list[str]:
    """Give the ids of the roles that a role inherits from."""
    links = (role.get("relationships") or {}).get("inherits_permissions_from") or {}
    return [one["id"] for one in links.get("data") or []]


_RULES = ("positive_", "negative_")
# Keys of rules that name something with an id, and its kind.
_NAMED_IN_RULES = {
    "item_type": "item_type",
    "workflow": "workflow",
    "upload_collection": "upload_collection",
    "move_to_upload_collection": "upload_collection",
    "build_trigger": "build_trigger",
    "search_index": "search_index",
}


def _role(role: JsonObject, find: Find) -> Rebuilt:
    given: JsonObject = role["attributes"]
    left_out: list[str] = []
    attributes: JsonObject = {}
    for name, value in given.items():
        if name.startswith(_RULES):
            rules = [_rule(rule, find) for rule in value]
            attributes[name] = [one for one in rules if one is not None]
            if None in rules:
                count = rules.count(None)
                left_out.append(f"{count} of its {name}, about things that did not come over")
        elif name in {"name", "environments_access"} or name.startswith("can_"):
            attributes[name] = value
    parents = [find("role", one) for one in inherited(role)]
    if None in parents:
        left_out.append("a role that it inherits from")
    links = [{"type": "role", "id": one} for one in parents if one is not None]
    data: JsonObject = {"type": "role", "attributes": attributes}
    data["relationships"] = {"inherits_permissions_from": {"data": links}}
    return Rebuilt({"data": data}, tuple(left_out))


def _rule(rule: JsonObject, find: Find) -> JsonObject | None:
    """Rewrite a rule; keys that are null are those that do not apply to its action."""
    rebuilt = {name: value for name, value in rule.items() if value is not None}
    for name, kind in _NAMED_IN_RULES.items():
        if name in rebuilt:
            rebuilt[name] = find(kind, rebuilt[name])
            if rebuilt[name] is None:
                return None
    # A rule about every trigger or index says so with a null.
    return rebuilt or dict(rule)


def _webhook(webhook: JsonObject, find: Find) -> Rebuilt:
    given: JsonObject = webhook["attributes"]
    left_out: list[str] = []
    attributes = {
        name: given.get(name)
        for name in ("name", "url", "custom_payload", "http_basic_user", "http_basic_password")
    }
    attributes |= {
        name: given[name]
        for name in ("payload_api_version", "nested_items_in_payload", "auto_retry")
        if name in given
    }
    attributes["headers"] = given.get("headers") or {}
    events = [_event(one, find) for one in given.get("events") or []]
    if None in events:
        left_out.append("an event about things that did not come over")
    attributes["events"] = [one for one in events if one is not None]
    # Ten thousand new records would be ten thousand calls to somebody's server.
    attributes["enabled"] = False
    return Rebuilt({"data": {"type": "webhook", "attributes": attributes}}, tuple(left_out))


def _event(event: JsonObject, find: Find) -> JsonObject | None:
    filters = event.get("filters")
    if filters is None:
        return event
    rebuilt = [{**one, "entity_ids": _entities(one, find)} for one in filters]
    # Without ids a filter would let everything through.
    return {**event, "filters": rebuilt} if all(one["entity_ids"] for one in rebuilt) else None


# Entities that an environment or its content brings over; ids of others mean what they meant.
_BROUGHT = frozenset({"item_type", "item", "upload", "build_trigger"})


def _entities(entities: JsonObject, find: Find) -> list[str]:
    """Rewrite ids; a model may be named by its api_key, which stays."""
    kind = entities["entity_type"]
    if kind not in _BROUGHT:
        return list(entities["entity_ids"])
    found = [(one, find(kind, one)) for one in entities["entity_ids"]]
    return [new or one for one, new in found if new is not None or _is_api_key(kind, one)]


def _is_api_key(kind: str, name: str) -> bool:
    return kind == "item_type" and name[:1].isalpha() and name == name.lower()


def _build_trigger(trigger: JsonObject, _: Find) -> Rebuilt:
    given: JsonObject = trigger["attributes"]
    attributes: JsonObject = {name: given.get(name) for name in ("name", "adapter", "frontend_url")}
    attributes["adapter_settings"] = given.get("adapter_settings") or {}
    # Nothing shall be built while the project is being filled, nor before somebody looked at it.
    attributes |= {
        "enabled": False,
        "autotrigger_on_scheduled_publications": False,
        "indexing_enabled": False,
    }
    return Rebuilt({"data": {"type": "build_trigger", "attributes": attributes}})


# In the order in which they refer to each other.
EXTRAS: Mapping[str, Extra] = {
    one.name: one
    for one in (
        Extra("build_triggers", "build_trigger", "/build-triggers", ("name",), _build_trigger),
        Extra("webhooks", "webhook", "/webhooks", ("name", "url"), _webhook),
        Extra("roles", "role", "/roles", ("name",), _role),
    )
}


def differing(extra: Extra, source: JsonObject, target: JsonObject, find: Find) -> Iterator[Change]:
    """Give the attributes in which one that is there is otherwise; secrets and switches aside."""
    ours: JsonObject = extra.rebuild(source, find).body["data"]["attributes"]
    theirs: JsonObject = extra.rebuild(target, _itself).body["data"]["attributes"]
    for name, value in ours.items():
        if name not in _OWN and _settled(value) != _settled(theirs.get(name)):
            yield Change(name, shown(theirs.get(name)), shown(value))


# What a target has of its own: secrets that a snapshot withholds, and what is switched on.
_OWN = frozenset(
    {
        "headers",
        "http_basic_user",
        "http_basic_password",
        "adapter_settings",
        "enabled",
        "autotrigger_on_scheduled_publications",
        "indexing_enabled",
    }
)


def _itself(_: str, identifier: str) -> str:
    return identifier


def _settled(value: Json) -> Json:
    """Put the rules of a role into one order: theirs means nothing."""
    return sorted(value, key=repr) if isinstance(value, list) else value
