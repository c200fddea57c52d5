"""Webhooks, build triggers and search indexes: what a project calls, kept but never called.

Source: the schema reference and recorded exchanges. A trigger's token may be named by the caller
and makes its address; nothing is ever built, so nothing moves from `unstarted`.
"""

from __future__ import annotations

from functools import partial

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.access import granted
from datosnap.sandbox.calls import Call, Endpoint, Reply
from datosnap.sandbox.failures import ApiFailure, not_found
from datosnap.sandbox.quotas import check_quota
from datosnap.sandbox.resources import crud
from datosnap.sandbox.resources.changes import with_attributes
from datosnap.sandbox.resources.crud import Family
from datosnap.sandbox.resources.people import token_text

_HOOKS = "https://webhooks.datocms.com"


def _build_trigger(call: Call, new: JsonObject, before: JsonObject | None) -> JsonObject:
    if before is None:
        check_quota(call, "build_triggers", len(call.project.of_type("build_trigger")))
    token = new["attributes"]["webhook_token"] or token_text(call.world)
    address = f"{_HOOKS}/{token}/deploy-results"
    return with_attributes(new, {"webhook_token": token, "webhook_url": address})


def _search_index(call: Call, new: JsonObject, before: JsonObject | None) -> JsonObject:
    del call, before
    return {**new, "meta": {"indexing_status": "unstarted"}}


def _acknowledge(family: Family, call: Call) -> Reply:
    found = crud.find(family, call)
    if not _may_act(call, family, found["id"]):
        raise ApiFailure("INSUFFICIENT_PERMISSIONS")
    return Reply(None, 204)


def _may_act(call: Call, family: Family, wanted: str) -> bool:
    """Tell whether the role's own rules name a trigger or an index, or all of them (None)."""
    rights = granted(call.project, call.actor)
    if rights is None:
        return True
    named = [
        {rule.get(family.kind) for rule in rights[f"{sign}_{family.kind}_permissions"]}
        for sign in ("positive", "negative")
    ]
    allowed, forbidden = (bool({None, wanted} & names) for names in named)
    return allowed and not forbidden


def _no_log(call: Call) -> Reply:
    del call
    return Reply({"data": [], "meta": {"total_count": 0}})


def _never_logged(call: Call) -> Reply:
    del call
    raise not_found()


def _no_search(call: Call) -> Reply:
    asked = call.query.get("filter")
    if not isinstance(asked, dict) or "query" not in asked:
        raise ApiFailure("MISSING_QUERY_PARAMETER")
    index = asked.get("search_index_id")
    if index is not None and index not in call.project.of_type("search_index"):
        raise ApiFailure("INVALID_SEARCH_INDEX_ID", {"search_index_id": index})
    return Reply({"data": [], "meta": {"total_count": 0}})


_WEBHOOKS = Family(
    "webhook",
    "/webhooks",
    {
        "name": None,
        "enabled": True,
        "url": None,
        "headers": {},
        "events": [],
        "http_basic_user": None,
        "http_basic_password": None,
        "custom_payload": None,
        "payload_api_version": "3",
        "nested_items_in_payload": False,
        "auto_retry": True,
    },
    needs="can_manage_webhooks",
    reads_needed="can_manage_webhooks",
    project_wide=True,
)
_BUILD_TRIGGERS = Family(
    "build_trigger",
    "/build-triggers",
    {
        "name": None,
        "adapter": None,
        "adapter_settings": {},
        "frontend_url": None,
        "enabled": True,
        "autotrigger_on_scheduled_publications": False,
        "indexing_enabled": False,
        "webhook_token": None,
        "webhook_url": None,
        "build_status": "unstarted",
        "indexing_status": "unstarted",
        "last_build_completed_at": None,
    },
    needs="can_manage_build_triggers",
    project_wide=True,
    finish=_build_trigger,
)
_SEARCH_INDEXES = Family(
    "search_index",
    "/search-indexes",
    {"name": None, "enabled": True, "frontend_url": None, "user_agent_suffix": None},
    {"build_triggers": []},
    needs="can_manage_search_indexes",
    project_wide=True,
    finish=_search_index,
)
# Where something would be logged if it ever happened, and the right to see it.
_LOGS = {
    "/build-events": "can_access_build_events_log",
    "/search-index-events": "can_access_search_index_events_log",
    "/webhook_calls": "can_manage_webhooks",
}
# method, what is done, to which family, with which right
_ACTIONS = (
    ("POST", "trigger", _BUILD_TRIGGERS),
    ("DELETE", "abort", _BUILD_TRIGGERS),
    ("PUT", "reindex", _BUILD_TRIGGERS),
    ("DELETE", "abort_indexing", _BUILD_TRIGGERS),
    ("POST", "trigger", _SEARCH_INDEXES),
    ("DELETE", "abort", _SEARCH_INDEXES),
)


def _action(method: str, name: str, family: Family) -> Endpoint:
    path = f"{family.path}/{{id}}/{name}"
    return Endpoint(method, path, partial(_acknowledge, family), changes=False)


def _log(path: str, right: str) -> tuple[Endpoint, Endpoint]:
    return (
        Endpoint("GET", path, _no_log, changes=False, needs=right),
        Endpoint("GET", f"{path}/{{id}}", _never_logged, changes=False, needs=right),
    )


ENDPOINTS = (
    *crud.endpoints(_WEBHOOKS),
    *crud.endpoints(_BUILD_TRIGGERS),
    *crud.endpoints(_SEARCH_INDEXES),
    *(_action(*row) for row in _ACTIONS),
    *(row for path, right in _LOGS.items() for row in _log(path, right)),
    Endpoint(
        "POST",
        "/webhook_calls/{id}/resend_webhook",
        _never_logged,
        changes=False,
        needs="can_manage_webhooks",
    ),
    Endpoint("GET", "/search-results", _no_search, changes=False, needs="can_perform_site_search"),
)
