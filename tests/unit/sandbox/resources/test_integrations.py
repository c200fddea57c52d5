"""Webhooks, build triggers, search indexes and the logs that stay empty."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import JsonObject
from tests.unit.sandbox.client import Client
from tests.unit.sandbox.roleplay import acting, role, token_of

_WEBHOOK: JsonObject = {
    "name": "W",
    "url": "https://x.y",
    "headers": {"X-A": "b"},
    "events": [
        {
            "entity_type": "item",
            "event_types": ["update"],
            "filters": [{"entity_type": "item_type", "entity_ids": ["post"]}],
        }
    ],
    "custom_payload": None,
    "http_basic_user": None,
    "http_basic_password": None,
}
_TRIGGER: JsonObject = {
    "name": "B",
    "adapter": "custom",
    "adapter_settings": {"trigger_url": "https://x.y"},
}


def test_webhook_is_kept_and_changed(api: Client) -> None:
    """What is sent comes back, numbered by the server."""
    made = api.make("/webhooks", "webhook", None, **_WEBHOOK, enabled=False).data

    assert made["id"].isdecimal()
    assert _WEBHOOK.items() <= made["attributes"].items()
    path = f"/webhooks/{made['id']}"
    assert api.change(path, "webhook", name="V").attributes["enabled"] is False
    assert api.delete(path).status == 200
    assert api.get("/webhooks").data == []


def test_webhook_needs_all_its_members(api: Client) -> None:
    """Null is allowed, absence is not."""
    refused = api.make("/webhooks", "webhook", name="W")

    assert refused.code == "INVALID_FORMAT"
    assert "weren't supplied" in refused.details["messages"][0]


def test_build_trigger_has_an_address(api: Client) -> None:
    """It is made from the token, which may be chosen."""
    chosen = api.make(
        "/build-triggers", "build_trigger", None, **_TRIGGER, webhook_token="abc"
    ).attributes
    made = api.make("/build-triggers", "build_trigger", None, **_TRIGGER).attributes

    assert chosen["webhook_url"] == "https://webhooks.datocms.com/abc/deploy-results"
    assert made["webhook_token"] in made["webhook_url"]
    assert made["build_status"] == "unstarted"


def test_changed_build_trigger_keeps_its_address(api: Client) -> None:
    """A new name does not move it."""
    made = api.make("/build-triggers", "build_trigger", None, **_TRIGGER).data

    changed = api.change(f"/build-triggers/{made['id']}", "build_trigger", name="C").attributes

    assert changed == {**made["attributes"], "name": "C"}


@pytest.mark.parametrize(
    ("method", "action"),
    [("POST", "trigger"), ("DELETE", "abort"), ("PUT", "reindex"), ("DELETE", "abort_indexing")],
)
def test_actions_answer_nothing(api: Client, method: str, action: str) -> None:
    """A trigger is pulled without an answer; one that is not there is not."""
    made = api.make("/build-triggers", "build_trigger", None, **_TRIGGER).data

    answer = api.send(method, f"/build-triggers/{made['id']}/{action}", {})

    assert (answer.status, answer.body) == (204, b"")
    assert api.send(method, f"/build-triggers/0/{action}", None).status == 404


def test_search_index_names_its_triggers(api: Client) -> None:
    """They must exist."""
    trigger = api.make("/build-triggers", "build_trigger", None, **_TRIGGER).data
    links: JsonObject = {"build_triggers": [{"type": "build_trigger", "id": trigger["id"]}]}
    unknown: JsonObject = {"build_triggers": [{"type": "build_trigger", "id": "1"}]}
    named: JsonObject = {"name": "S", "frontend_url": "https://x.y"}

    made = api.make("/search-indexes", "search_index", links, **named)

    assert made.data["meta"] == {"indexing_status": "unstarted"}
    assert made.data["relationships"]["build_triggers"]["data"] == links["build_triggers"]
    assert api.make("/search-indexes", "search_index", unknown, **named).code == "INVALID_FIELD"


@pytest.mark.parametrize("path", ["/build-events", "/search-index-events", "/webhook_calls"])
def test_logs_are_empty(api: Client, path: str) -> None:
    """Nothing is ever called, so nothing is logged."""
    assert api.get(path).json == {"data": [], "meta": {"total_count": 0}}


def test_search_finds_nothing(api: Client) -> None:
    """Nothing is indexed; a search must say for what."""
    assert api.get("/search-results?filter[query]=x").json["meta"] == {"total_count": 0}
    assert api.get("/search-results").code == "MISSING_QUERY_PARAMETER"


def test_plan_limits_build_triggers(api: Client) -> None:
    """Beyond the plan's limit none is made."""
    api.project.limits["build_triggers"] = 0

    assert (
        api.make("/build-triggers", "build_trigger", None, **_TRIGGER).code
        == "PLAN_UPGRADE_REQUIRED"
    )


def test_webhooks_are_read_by_who_may_manage_them(api: Client) -> None:
    """They hold secrets in clear."""
    editor = api.get("/roles").data[0]
    role: JsonObject = {"role": {"type": "role", "id": editor["id"]}}
    flags = {"can_access_cma": True, "can_access_cda": False, "can_access_cda_preview": False}
    api.token = api.make("/access_tokens", "access_token", role, name="E", **flags).attributes[
        "token"
    ]

    assert api.get("/webhooks").code == "INSUFFICIENT_PERMISSIONS"


@pytest.mark.parametrize(
    ("kind", "path", "method", "action"),
    [
        ("build_trigger", "/build-triggers", "POST", "trigger"),
        ("search_index", "/search-indexes", "POST", "trigger"),
    ],
)
def test_actions_ask_for_a_rule_that_names_them(
    api: Client, kind: str, path: str, method: str, action: str
) -> None:
    """A rule names one, or all; what is forbidden is taken out."""
    adapter = {"adapter": "custom", "adapter_settings": {}} if kind == "build_trigger" else {}
    address = {"frontend_url": "https://example.com"}
    ids = [api.make(path, kind, name=name, **adapter, **address).data["id"] for name in "ab"]
    outcomes = []
    for allowed, forbidden in (([], []), ([ids[0]], []), ([None], []), ([None], [ids[0]])):
        rules = {"positive": allowed, "negative": forbidden}
        held = role(
            api,
            **{
                f"{sign}_{kind}_permissions": [{kind: one} for one in named]
                for sign, named in rules.items()
            },
        )
        with acting(api, token_of(api, held)):
            answers = [api.send(method, f"{path}/{one}/{action}", None).status for one in ids]
        outcomes.append(answers)

    assert outcomes == [[403, 403], [204, 403], [204, 204], [403, 204]]


@pytest.mark.parametrize("path", ["/build-events", "/search-index-events", "/webhook_calls"])
def test_no_entry_of_a_log_is_found(api: Client, path: str) -> None:
    """Nothing was ever logged."""
    assert api.get(f"{path}/1").code == "NOT_FOUND"
    assert api.post("/webhook_calls/1/resend_webhook").code == "NOT_FOUND"


def test_search_names_an_index_that_is_there(api: Client) -> None:
    """None at all means the first one; a search for nothing is none."""
    made = api.make(
        "/search-indexes", "search_index", name="S", frontend_url="https://example.com"
    ).data

    assert (
        api.get(f"/search-results?filter[query]=a&filter[search_index_id]={made['id']}").data == []
    )
    unknown = api.get("/search-results?filter[query]=a&filter[search_index_id]=1")
    assert unknown.code == "INVALID_SEARCH_INDEX_ID"
    assert api.get("/search-results?filter[fuzzy]=true").code == "MISSING_QUERY_PARAMETER"
    with acting(api, token_of(api, role(api))):
        assert api.get("/search-results?filter[query]=a").code == "INSUFFICIENT_PERMISSIONS"


def test_an_account_may_act_on_everything(api: Client) -> None:
    """Rules are for those who have a role."""
    made = api.make("/build-triggers", "build_trigger", None, **_TRIGGER).data
    api.project.tokens["owner"] = {"type": "account", "id": "1"}
    api.token = "owner"

    assert api.post(f"/build-triggers/{made['id']}/trigger").status == 204
