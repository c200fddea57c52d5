"""Webhooks, build triggers and search indexes: what a project calls, kept but never called.

Source: the schema reference and recorded exchanges. A trigger's token may be named by the caller
and makes its address; nothing is ever built, so nothing moves from `unstarted`.
"""

from __future__ import annotations

from functools import partial

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Endpoint, Reply
from datosnap.sandbox.failures import ApiFailure
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
    crud.find(family, call)
    return Reply(None, 204)


def _no_log(call: Call) -> Reply:
    del call
    return Reply({"data": [], "meta": {"total_count": 0}})


def _no_search(call: Call) -> Reply:
    if "filter" not in call.query:
        raise ApiFailure("MISSING_QUERY_PARAMETER")
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


ENDPOINTS = (
    *crud.endpoints(_WEBHOOKS),
    *crud.endpoints(_BUILD_TRIGGERS),
    *crud.endpoints(_SEARCH_INDEXES),
    *(_action(*row) for row in _ACTIONS),
    Endpoint("GET", "/build-events", _no_log, changes=False, needs="can_access_build_events_log"),
    Endpoint(
        "GET",
        "/search-index-events",
        _no_log,
        changes=False,
        needs="can_access_search_index_events_log",
    ),
    Endpoint("GET", "/webhook_calls", _no_log, changes=False, needs="can_manage_webhooks"),
    Endpoint("GET", "/search-results", _no_search, changes=False),
)
