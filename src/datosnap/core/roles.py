"""Decide whether a role sees everything, and say what it may not see or do.

A restricted role gets fewer rows with the same status 200, so that an export with it would lie.
Source: role attributes of the API reference: `environments_access`, and rules by family, each
positive or negative.
"""

from __future__ import annotations

from collections.abc import Collection

from datosnap.core.jsontext import JsonObject

# Actions under which records and uploads can be read.
_READING = frozenset({"all", "read"})
_FAMILIES = {"item_type_permissions": "records", "upload_permissions": "uploads"}


def blind_spots(role: JsonObject, environment_id: str, *, is_primary: bool) -> tuple[str, ...]:
    """Name what a role cannot see of an environment; nothing when it sees everything."""
    attributes = _permissions(role)
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


# What a role may do of itself, as an import needs it, and in words.
_POWERS = {
    "can_edit_schema": "change the schema",
    "can_edit_site": "change the project's locales",
    "can_manage_workflows": "make workflows",
    "can_manage_menu": "change the menu",
    "can_manage_upload_collections": "make folders of uploads",
    "can_manage_webhooks": "make webhooks",
    "can_manage_build_triggers": "make build triggers",
}


def lacking_powers(
    role: JsonObject, environment_id: str, needed: Collection[str]
) -> tuple[str, ...]:
    """Name what of `needed` a role may certainly not do; what its rules narrow is not told.

    Shape: `needed` holds attributes of a role, such as `can_edit_schema`, and actions of its
    rules, such as `item_type:create` and `upload:create`.
    """
    attributes = _permissions(role)
    lacking: list[str] = []
    for one in sorted(needed):
        family, _, action = one.partition(":")
        if not action:
            if attributes.get(one) is False:
                lacking.append(_POWERS.get(one, one))
            continue
        rules = _of(attributes, f"positive_{family}_permissions", environment_id)
        if not any(rule.get("action") in {"all", action} for rule in rules):
            what = _FAMILIES[f"{family}_permissions"]
            lacking.append(f"{action.replace('_', ' ')} {what}")
    return tuple(lacking)


def _permissions(role: JsonObject) -> JsonObject:
    """Give what a role may do, with what it inherits where that is told."""
    inherited: JsonObject = (role.get("meta") or {}).get("final_permissions") or {}
    return {**(role.get("attributes") or {}), **inherited}


def _of(attributes: JsonObject, name: str, environment_id: str) -> list[JsonObject]:
    rules: list[JsonObject] = attributes.get(name) or []
    return [one for one in rules if one.get("environment") in {environment_id, None}]


def _reads_everything(rule: JsonObject) -> bool:
    narrowing = ("item_type", "workflow", "on_stage", "locale", "upload_collection")
    is_narrow = any(rule.get(name) is not None for name in narrowing)
    anyone = rule.get("on_creator") in {None, "anyone"}
    whole = rule.get("localization_scope") in {None, "all"}
    return rule.get("action") in _READING and anyone and whole and not is_narrow
