"""What a role consists of: capabilities, access to environments, and rules by family.

Source: recorded roles, and the API's own schema for what came later. A rule is read with all the
keys of its family, null where they do not apply.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from datosnap.core.jsontext import Json, JsonObject

CAPABILITIES = (
    "can_edit_favicon",
    "can_edit_site",
    "can_edit_schema",
    "can_manage_menu",
    "can_edit_environment",
    "can_promote_environments",
    "can_manage_environments",
    "can_manage_users",
    "can_manage_shared_filters",
    "can_manage_upload_collections",
    "can_manage_build_triggers",
    "can_manage_search_indexes",
    "can_manage_webhooks",
    "can_manage_sso",
    "can_manage_workflows",
    "can_manage_access_tokens",
    "can_access_audit_log",
    "can_access_build_events_log",
    "can_access_search_index_events_log",
    "can_perform_site_search",
)
# From least to most.
ACCESS_LEVELS = ("none", "sandbox_only", "primary_only", "all")
_STAGED = frozenset({"workflow", "on_stage"})
_CREATED = frozenset({"on_creator"})
_SCOPED = frozenset({"localization_scope", "locale"})
RULES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "item_type": (
            "environment",
            "action",
            "item_type",
            "workflow",
            "on_stage",
            "to_stage",
            "on_creator",
            "localization_scope",
            "locale",
        ),
        "upload": (
            "environment",
            "action",
            "on_creator",
            "localization_scope",
            "locale",
            "upload_collection",
            "move_to_upload_collection",
        ),
        "build_trigger": ("build_trigger",),
        "search_index": ("search_index",),
    }
)
# family -> action -> what a rule may say beside its environment and whom it is for
ACTION_KEYS: Mapping[str, Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "item_type": MappingProxyType(
            {
                "all": _STAGED | _CREATED | {"to_stage", "localization_scope"},
                "read": _CREATED | {"workflow"},
                "create": _SCOPED | {"workflow"},
                "update": _STAGED | _CREATED | _SCOPED,
                "publish": _STAGED | _CREATED | _SCOPED,
                "duplicate": _STAGED,
                "delete": _STAGED | _CREATED,
                "edit_creator": _STAGED | _CREATED,
                "take_over": _STAGED | _CREATED,
                "move_to_stage": _STAGED | _CREATED | {"to_stage"},
            }
        ),
        "upload": MappingProxyType(
            {
                "all": _CREATED | {"localization_scope"},
                "read": _CREATED,
                "create": frozenset(),
                "update": _CREATED | _SCOPED,
                "delete": _CREATED,
                "edit_creator": _CREATED,
                "replace_asset": _CREATED,
                "move": _CREATED | {"move_to_upload_collection"},
            }
        ),
    }
)
CREATORS = ("anyone", "self", "role")
SCOPES = ("all", "localized", "not_localized")
SIGNS = ("positive", "negative")
RULE_ARRAYS = tuple(f"{sign}_{family}_permissions" for family in RULES for sign in SIGNS)

_EDITOR = {
    "can_edit_favicon",
    "can_access_build_events_log",
    "can_access_search_index_events_log",
}


def completed(family: str, rule: JsonObject) -> JsonObject:
    """Give a rule with every key of its family."""
    return {key: rule.get(key) for key in RULES[family]}


def blank_role() -> JsonObject:
    """Give the attributes of a role that may do nothing."""
    return {
        **dict.fromkeys(CAPABILITIES, False),
        "environments_access": "primary_only",
        **{name: [] for name in RULE_ARRAYS},
    }


def factory_role(name: str) -> JsonObject:
    """Give the attributes of one of the two roles of a new project: `Editor` or `Admin`."""
    full = name == "Admin"
    everything = {"environment": "main", "action": "all", "on_creator": "anyone"}
    grants: dict[str, Json] = {
        "item_type": everything | {"localization_scope": "all"},
        "upload": everything | {"localization_scope": "all"},
        "build_trigger": {"build_trigger": None},
        "search_index": {"search_index": None},
    }
    return {
        "name": name,
        **{key: full or key in _EDITOR for key in CAPABILITIES},
        "environments_access": "all" if full else "primary_only",
        **{
            f"{sign}_{family}_permissions": (
                [completed(family, rule)] if sign == "positive" else []
            )
            for family, rule in grants.items()
            for sign in SIGNS
        },
    }


def final_permissions(attributes: JsonObject, inherited: list[JsonObject]) -> JsonObject:
    """Join what a role grants itself with the final permissions of the roles it inherits from."""
    everything = [attributes, *inherited]
    access = max(ACCESS_LEVELS.index(role["environments_access"]) for role in everything)
    return {
        **{key: any(role[key] for role in everything) for key in CAPABILITIES},
        "environments_access": ACCESS_LEVELS[access],
        **{name: [rule for role in everything for rule in role[name]] for name in RULE_ARRAYS},
    }
