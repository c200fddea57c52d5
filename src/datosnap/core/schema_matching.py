"""Find what a target has already of a source's schema and settings.

An id says it best: the same one in a fork, the one noted or derived by an earlier import. Where no
id does, what people know the thing by has to: its api_key, its title, its place in a menu. That
must be unique on both sides, or nothing is matched: a wrong match would change a stranger's thing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TypeAlias

from datosnap.core.entities import related_id
from datosnap.core.jsontext import JsonObject

# Resources by their JSON:API type.
Resources: TypeAlias = Mapping[str, Sequence[JsonObject]]
# (kind, source id) -> target id, of what the target has.
Pairs: TypeAlias = Mapping[tuple[str, str], str]
# Gives the ids that a source resource may have in the target, the likeliest first.
Candidates: TypeAlias = Callable[[str, str], Iterable[str]]
_Key: TypeAlias = Hashable


class SchemaPolicy(StrEnum):
    """Whether an import makes what is missing, brings what differs too, or touches no schema."""

    CREATE = "create"
    MATCH = "match"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of the matching; `model` gives the target's id of a model of this side."""

    by_id: Mapping[str, JsonObject]
    model: Callable[[str], str | None]

    def owner(self, resource: JsonObject) -> str | None:
        own = related_id(resource, "item_type")
        return None if own is None else self.model(own)

    def path(self, resource: JsonObject) -> tuple[str, ...]:
        """Give the labels from the top down to this resource."""
        labels: list[str] = []
        here: JsonObject | None = resource
        # A parent that is not there, or a circle, ends the path.
        while here is not None and len(labels) <= len(self.by_id):
            labels.append(str(here["attributes"].get("label")))
            here = self.by_id.get(related_id(here, "parent") or "")
        return tuple(reversed(labels))


def _named(*names: str) -> Callable[[JsonObject, _Side], _Key]:
    def key(resource: JsonObject, _: _Side) -> _Key:
        return tuple(resource["attributes"].get(name) for name in names)

    return key


def _within_model(name: str) -> Callable[[JsonObject, _Side], _Key]:
    def key(resource: JsonObject, side: _Side) -> _Key:
        owner = side.owner(resource)
        # What belongs to a model that the target lacks has nothing there to be matched with.
        return None if owner is None else (owner, resource["attributes"].get(name))

    return key


def _plugin(resource: JsonObject, _: _Side) -> _Key:
    given = resource["attributes"]
    return next(
        ((name, given[name]) for name in ("package_name", "url", "name") if given.get(name)), None
    )


def _path(resource: JsonObject, side: _Side) -> _Key:
    return side.path(resource)


def _schema_entry(resource: JsonObject, side: _Side) -> _Key:
    """Know a model's entry by its model, and a group by its kind and place."""
    if related_id(resource, "item_type") is None:
        return ("group", resource["attributes"].get("kind"), side.path(resource))
    owner = side.owner(resource)
    return None if owner is None else ("model", owner)


# What each kind is known by when no id tells, in the order in which kinds refer to each other.
_KEYS: Mapping[str, Callable[[JsonObject, _Side], _Key]] = {
    "workflow": _named("api_key"),
    "plugin": _plugin,
    "item_type": _named("api_key"),
    "fieldset": _within_model("title"),
    "field": _within_model("api_key"),
    "item_type_filter": _within_model("name"),
    "upload_filter": _named("name"),
    "menu_item": _path,
    "schema_menu_item": _schema_entry,
    "upload_collection": _path,
}
MATCHED_KINDS = tuple(_KEYS)
# Content names its fields by api_key, so that another key is another field, whatever its id.
_NOT_BY_ID = frozenset({"field"})


def pair(
    sources: Resources, targets: Resources, candidates: Candidates
) -> dict[tuple[str, str], str]:
    """Give the target's id of every source resource that the target has, by kind and source id."""
    pairs: dict[tuple[str, str], str] = {}
    for kind in MATCHED_KINDS:
        ours = _side(sources, kind, partial(_model_there, pairs))
        theirs = _side(targets, kind, _itself)
        if kind not in _NOT_BY_ID:
            pairs |= _by_id(kind, ours, theirs, candidates)
        pairs |= _by_key(kind, ours, theirs, pairs)
    return pairs


def _side(resources: Resources, kind: str, model: Callable[[str], str | None]) -> _Side:
    return _Side({one["id"]: one for one in resources.get(kind, ())}, model)


def _model_there(pairs: Pairs, model_id: str) -> str | None:
    return pairs.get(("item_type", model_id))


def _itself(model_id: str) -> str:
    return model_id


def _by_id(
    kind: str, ours: _Side, theirs: _Side, candidates: Candidates
) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    claimed: set[str] = set()
    for source_id, resource in ours.by_id.items():
        for target_id in candidates(kind, source_id):
            there = theirs.by_id.get(target_id)
            if there is None or target_id in claimed:
                continue
            if kind == "fieldset" and ours.owner(resource) != theirs.owner(there):
                continue
            claimed.add(target_id)
            found[kind, source_id] = target_id
            break
    return found


def _by_key(kind: str, ours: _Side, theirs: _Side, pairs: Pairs) -> dict[tuple[str, str], str]:
    """Match what is left on both sides, where a key is there once on each."""
    claimed = {target_id for (its, _), target_id in pairs.items() if its == kind}
    left = _by(kind, ours, {one for one in ours.by_id if (kind, one) in pairs})
    right = _by(kind, theirs, claimed)
    return {
        (kind, ids[0]): right[key][0]
        for key, ids in left.items()
        if len(ids) == 1 and len(right.get(key, ())) == 1
    }


def _by(kind: str, side: _Side, done: set[str]) -> dict[_Key, list[str]]:
    grouped: dict[_Key, list[str]] = {}
    for identifier, resource in side.by_id.items():
        key = _KEYS[kind](resource, side)
        if key is not None and identifier not in done:
            grouped.setdefault(key, []).append(identifier)
    return grouped
