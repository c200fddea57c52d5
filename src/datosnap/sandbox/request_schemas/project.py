"""What the bodies for roles, tokens, webhooks and the other project-wide things may hold.

Source: the attribute lists of the API's own schema. None of these kinds takes an id from the
caller. A role comes back with its computed permissions, which are accepted and ignored.
"""

from __future__ import annotations

from datosnap.sandbox.role_shapes import (
    ACCESS_LEVELS,
    ACTION_KEYS,
    CAPABILITIES,
    CREATORS,
    RULES,
    SCOPES,
)
from datosnap.sandbox.schemas import (
    ANY,
    FLAG,
    OPEN,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    Body,
    Rule,
    choice,
    each,
    many,
    one,
    one_or_none,
    shape,
)


def _both(
    kind: str,
    attributes: dict[str, Rule],
    needed: tuple[str, ...],
    links: dict[str, Rule] | None = None,
    *,
    meta: Rule | None = None,
) -> dict[str, Rule]:
    relationships = links or {}
    create = Body(
        kind, own_id=False, attributes=attributes, needed=needed, relationships=relationships
    )
    update = Body(kind, attributes=attributes, relationships=relationships, meta=meta)
    return {f"{kind}.create": create.rule(), f"{kind}.update": update.rule()}


_CHOICES = {
    "on_creator": choice(*CREATORS).or_null(),
    "localization_scope": choice(*SCOPES).or_null(),
}


def _rule(family: str) -> Rule:
    keys: dict[str, Rule] = dict.fromkeys(RULES[family], TEXT_OR_NULL)
    if family not in ACTION_KEYS:
        return shape(keys)
    keys |= {name: rule for name, rule in _CHOICES.items() if name in keys}
    keys |= {"environment": TEXT, "action": choice(*ACTION_KEYS[family])}
    return shape(keys, required=("environment", "action"))


_ROLE = {
    "name": TEXT,
    **dict.fromkeys(CAPABILITIES, FLAG),
    "environments_access": choice(*ACCESS_LEVELS),
    **{
        f"{sign}_{family}_permissions": each(_rule(family))
        for family in RULES
        for sign in ("positive", "negative")
    },
}
_ACCESS_TOKEN = {
    "name": TEXT,
    "can_access_cda": FLAG,
    "can_access_cda_preview": FLAG,
    "can_access_cma": FLAG,
}
_EVENT = shape(
    {
        "entity_type": TEXT,
        "event_types": TEXTS,
        "filters": each(
            shape(
                {"entity_type": TEXT, "entity_ids": TEXTS},
                required=("entity_type", "entity_ids"),
            )
        ).or_null(),
    },
    required=("entity_type", "event_types"),
)
_WEBHOOK = {
    "name": TEXT,
    "enabled": FLAG,
    "url": TEXT,
    "headers": Rule(("object",), values=TEXT),
    "events": each(_EVENT),
    "http_basic_user": TEXT_OR_NULL,
    "http_basic_password": TEXT_OR_NULL,
    "custom_payload": TEXT_OR_NULL,
    "payload_api_version": TEXT,
    "nested_items_in_payload": FLAG,
    "auto_retry": FLAG,
}
_WEBHOOK_NEEDS = (
    "name",
    "url",
    "headers",
    "events",
    "custom_payload",
    "http_basic_user",
    "http_basic_password",
)
_BUILD_TRIGGER = {
    "name": TEXT,
    "adapter": choice("custom", "netlify", "vercel", "gitlab"),
    "adapter_settings": OPEN,
    "frontend_url": TEXT_OR_NULL,
    "enabled": FLAG,
    "autotrigger_on_scheduled_publications": FLAG,
    "indexing_enabled": FLAG,
    "webhook_token": TEXT,
}
_SEARCH_INDEX = {
    "name": TEXT,
    "enabled": FLAG,
    "frontend_url": TEXT,
    "user_agent_suffix": TEXT_OR_NULL,
}
_EDITED = shape({"item": one("item")}, required=("item",))
_ENTERING = ("enter_item", "take_over_item", "lock_item")
_EDITING = (*(f"editing_session_{name}" for name in _ENTERING), "editing_session_unlock_item")

PROJECT = {
    "editing_session.update": shape(
        {"data": shape({"type": choice(*_EDITING), "relationships": _EDITED}, required=("type",))},
        required=("data",),
    ),
    **_both(
        "role",
        _ROLE,
        ("name",),
        {"inherits_permissions_from": many("role")},
        meta=shape({"final_permissions": OPEN}),
    ),
    **_both(
        "access_token",
        _ACCESS_TOKEN,
        ("name", "can_access_cda", "can_access_cda_preview", "can_access_cma"),
        {"role": one_or_none("role")},
    ),
    **_both("webhook", _WEBHOOK, _WEBHOOK_NEEDS),
    **_both("build_trigger", _BUILD_TRIGGER, ("name", "adapter", "adapter_settings")),
    **_both(
        "search_index",
        _SEARCH_INDEX,
        ("name", "frontend_url"),
        {"build_triggers": many("build_trigger")},
    ),
    "site_invitation.create": Body(
        "site_invitation",
        own_id=False,
        attributes={"email": TEXT},
        needed=("email",),
        relationships={"role": one("role")},
        bound=("role",),
    ).rule(),
    "site_invitation.update": Body(
        "site_invitation", relationships={"role": one("role")}, bound=("role",)
    ).rule(),
    "user.update": Body(
        "user",
        attributes={"is_active": FLAG},
        relationships={"role": one("role")},
    ).rule(),
    "audit_log_event.query": shape(
        {
            "data": shape(
                {
                    "type": choice("audit_log_query"),
                    "attributes": shape(
                        {"filter": TEXT_OR_NULL, "next_token": TEXT_OR_NULL, "detailed_log": ANY}
                    ),
                },
                required=("type",),
            )
        },
        required=("data",),
    ),
}
