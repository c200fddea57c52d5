"""Decide whether a role sees everything, and say what it may not see.

A restricted role gets fewer rows with the same status 200, so that an export with it would lie.
Source: role attributes of the API reference: `environments_access`, and rules by family, each
positive or negative.
"""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject

# Actions under which records and uploads can be read.
_READING = frozenset({"all", "read"})
_FAMILIES = {"item_type_permissions": "records", "upload_permissions": "uploads"}


def blind_spots(role: JsonObject, environment_id: str, *, is_primary: bool) -> tuple[str, ...]:
    """Name what a role cannot see of an environment; nothing when it sees everything."""
    attributes: JsonObject = (role.get("meta") or {}).get("final_permissions") or {}
    attributes = {**(role.get("attributes") or {}), **attributes}
    spots: list[str] = []
    access = attributes.get("environments_access", "all")
    hidden = {"none": True, "primary_only": not is_primary, "sandbox_only": is_primary}
    if hidden.get(access):
        spots.append(f"environment {environment_id} (environments_access is {access})")
    for family, what in _FAMILIES.items():
        positive = _of(attributes, f"positive_{family}", environment_id)
        negative = _of(attributes, f"negative_{family}", environment_id)
        if not any(_reads_everything(one) for one in positive):
            spots.append(f"some {what} (no rule lets it read all of them)")
        if any(one.get("action") in _READING for one in negative):
            spots.append(f"some {what} (a rule forbids it)")
    return tuple(spots)


def _of(attributes: JsonObject, name: str, environment_id: str) -> list[JsonObject]:
    rules: list[JsonObject] = attributes.get(name) or []
    return [one for one in rules if one.get("environment") in {environment_id, None}]


def _reads_everything(rule: JsonObject) -> bool:
    narrowing = ("item_type", "workflow", "on_stage", "locale", "upload_collection")
    is_narrow = any(rule.get(name) is not None for name in narrowing)
    anyone = rule.get("on_creator") in {None, "anyone"}
    whole = rule.get("localization_scope") in {None, "all"}
    return rule.get("action") in _READING and anyone and whole and not is_narrow
