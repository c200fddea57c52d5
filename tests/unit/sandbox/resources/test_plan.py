"""Limits, features, usages and the audit log."""

from __future__ import annotations

from tests.unit.sandbox.client import Client, document
from tests.unit.sandbox.resources.shelf import model


def test_limits_tell_usage(api: Client) -> None:
    """Each limit says how much of it is used; none is set in a new project."""
    model(api, "post")
    api.project.limits["item_types"] = 5

    limits = {each["id"]: each["attributes"] for each in api.get("/subscription-limits").data}

    assert limits["item_types"] == {"code": "item_types", "usage": 1, "limit": 5}
    assert limits["locales"] == {"code": "locales", "usage": 1, "limit": None}
    assert limits["sandbox_environments"]["usage"] == limits["items"]["usage"] == 0
    assert api.get("/subscription-limits/roles").attributes["usage"] == 2
    assert api.get("/subscription-limits/wishes").status == 404


def test_features_are_all_there(api: Client) -> None:
    """A sandbox lacks nothing that a plan could have."""
    features = api.get("/subscription-features").data

    assert all(each["attributes"]["enabled"] for each in features)
    assert "workflows" in {each["id"] for each in features}


def test_usage_of_today_is_nothing(api: Client) -> None:
    """There is one day, on which nothing was delivered."""
    days = api.get("/daily-site-usages").data

    assert [day["attributes"]["mux_delivered_seconds"] for day in days] == [0]
    assert days[0]["id"] == "2026-01-05"


def test_audit_log_is_empty(api: Client) -> None:
    """A query of any kind finds nothing."""
    body = document("audit_log_query", None, {"filter": "x"})

    assert api.post("/audit-log-events/query", body).json == {
        "data": [],
        "meta": {"next_token": None},
    }


def test_nobody_is_editing(api: Client) -> None:
    """There are no editing sessions."""
    assert api.get("/editing-sessions").data == []


def test_counters_have_counted_nothing(api: Client) -> None:
    """Each of the service's counters is there, for its periods."""
    path = "/usage-log-counters"

    counter = api.get(f"{path}/cma_endpoint_requests?period=last_month").data

    assert (counter["id"], counter["attributes"]) == ("cma_endpoint_requests", {"result": []})
    assert api.get(f"{path}/wishes").code == "NOT_FOUND"
    assert api.get(f"{path}/video_path_seconds?period=ever").code == "INVALID_PARAMS"


def test_used_bytes_are_those_of_uploads(api: Client) -> None:
    """What was put and never made an upload does not count."""
    api.project.blobs |= {"/1/1-a.txt": b"12345", "/1/2-b.txt": b"1"}
    api.project.upload_requests["/1/2-b.txt"] = api.world.clock()

    assert api.get("/subscription-limits/uploadable_bytes").attributes["usage"] == 5
