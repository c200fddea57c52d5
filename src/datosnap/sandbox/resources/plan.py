"""What a project's plan allows, how much was used, and the logs that a sandbox keeps empty."""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Endpoint, Reply
from datosnap.sandbox.failures import ApiFailure, not_found
from datosnap.sandbox.quotas import usages

_FEATURES = ("workflows", "roles", "sandbox_environments", "audit_log", "webhooks", "sso")
_USAGE = (
    "cda_api_calls",
    "cda_traffic_bytes",
    "cma_api_calls",
    "cma_traffic_bytes",
    "assets_api_calls",
    "assets_traffic_bytes",
    "mux_encoded_seconds",
    "mux_delivered_seconds",
)
# What the service counts of a project's traffic, by occurrence.
_COUNTERS = frozenset(
    {
        *(f"assets_{by}_bytes" for by in ("path", "referrer", "ip", "full_path")),
        *(f"assets_{by}_requests" for by in ("path", "full_path")),
        *(
            f"cda_{by}_{what}"
            for by in ("access_token_id", "referrer", "ip")
            for what in ("bytes", "requests")
        ),
        *(
            f"cma_{by}_{what}"
            for by in ("endpoint", "user", "ip")
            for what in ("bytes", "requests")
        ),
        "video_path_seconds",
    }
)
_PERIODS = frozenset({"today", "current_month", "last_month"})


def _limit(call: Call, code: str, used: int) -> JsonObject:
    attributes = {"code": code, "usage": used, "limit": call.project.limits.get(code)}
    return {"type": "subscription_limit", "id": code, "attributes": attributes}


def _limits(call: Call) -> Reply:
    return Reply({"data": [_limit(call, code, used) for code, used in usages(call).items()]})


def _one_limit(call: Call) -> Reply:
    code = call.path["id"]
    used = usages(call).get(code)
    if used is None:
        raise not_found()
    return Reply({"data": _limit(call, code, used)})


def _features(call: Call) -> Reply:
    del call
    return Reply(
        {
            "data": [
                {
                    "type": "subscription_feature",
                    "id": code,
                    "attributes": {"code": code, "enabled": True},
                }
                for code in _FEATURES
            ]
        }
    )


def _daily_usages(call: Call) -> Reply:
    day = call.world.clock().date().isoformat()
    attributes = {"date": day, **dict.fromkeys(_USAGE, 0)}
    return Reply({"data": [{"type": "daily_usage", "id": day, "attributes": attributes}]})


def _usage_counter(call: Call) -> Reply:
    name = call.path["id"]
    if name not in _COUNTERS:
        raise not_found()
    if call.query.get("period", "today") not in _PERIODS:
        raise ApiFailure("INVALID_PARAMS", {"parameter": "period"})
    return Reply({"data": {"type": "usage_counter", "id": name, "attributes": {"result": []}}})


def _audit_log(call: Call) -> Reply:
    del call
    return Reply({"data": [], "meta": {"next_token": None}})


ENDPOINTS = (
    Endpoint("GET", "/subscription-limits", _limits, changes=False),
    Endpoint("GET", "/subscription-limits/{id}", _one_limit, changes=False),
    Endpoint("GET", "/subscription-features", _features, changes=False),
    Endpoint("GET", "/daily-site-usages", _daily_usages, changes=False),
    Endpoint(
        "POST",
        "/audit-log-events/query",
        _audit_log,
        "audit_log_event.query",
        changes=False,
        needs="can_access_audit_log",
    ),
    Endpoint("GET", "/usage-log-counters/{id}", _usage_counter, changes=False),
)
