"""Requests that are refused for their form, or for who asks and where."""

from __future__ import annotations

from tests.unit.sandbox.client import Answer, Client
from tests.unit.sandbox.refusals.stage import Scene, Stage
from tests.unit.sandbox.resources.shelf import model
from tests.unit.sandbox.roleplay import acting, role, token_of


def _insufficient_permissions(stage: Stage) -> Answer:
    with acting(stage.api, token_of(stage.api, role(stage.api))):
        return stage.api.make("/item-types", "item_type", name="A", api_key="a")


def _deactivated(stage: Stage) -> Answer:
    stage.api.project.status = "deactivated"
    return stage.api.get("/site")


def _not_ready(stage: Stage) -> Answer:
    stage.api.project.status = "creating"
    return stage.api.get("/site")


def _no_room(stage: Stage) -> Answer:
    stage.api.project.limits["item_types"] = 0
    return stage.api.make("/item-types", "item_type", name="A", api_key="a")


def _block_by_itself(stage: Stage) -> Answer:
    return stage.make(stage.model("card", modular_block=True))


def _unknown_attribute(stage: Stage) -> Answer:
    return stage.make(stage.model("post"), wish=1)


def _other_id(stage: Stage) -> Answer:
    item = stage.record(stage.model("post", "title"))
    data = {"type": "item", "id": "another", "attributes": {}}
    return stage.api.put(f"/items/{item}", {"data": data})


def _no_date(stage: Stage) -> Answer:
    item = stage.record(stage.model("post", "title"))
    return stage.change(item, meta={"created_at": "yesterday"})


def _too_often(_: Stage) -> Answer:
    api = Client.fresh(rate_limit=True)
    return [api.get("/site") for _ in range(61)][-1]


def _environment_being_made(stage: Stage) -> Answer:
    stage.slow_down()
    stage.fork()
    return stage.api.get("/site", x_environment="fork")


def _frozen_environment(stage: Stage) -> Answer:
    stage.slow_down()
    stage.fork(query="?fast=true")
    return stage.api.make("/item-types", "item_type", name="A", api_key="a")


def _forking_origin(stage: Stage) -> Answer:
    stage.fork("first")
    stage.slow_down()
    body = {"data": {"type": "environment", "id": "second"}}
    stage.api.post("/environments/first/fork", body)
    return stage.api.delete("/environments/first")


def _sandboxes_only(stage: Stage) -> Answer:
    stage.api.change("/site", "site", force_use_of_sandbox_environments=True)
    return stage.api.make("/item-types", "item_type", name="A", api_key="a")


def _in_maintenance(stage: Stage) -> Answer:
    stage.api.put("/maintenance-mode/activate")
    return stage.api.make("/item-types", "item_type", name="A", api_key="a")


def _somebody_edits(stage: Stage) -> Answer:
    item = stage.record(stage.model("post", "title"))
    link = {"item": {"data": {"type": "item", "id": item}}}
    data = {"type": "editing_session_enter_item", "relationships": link}
    stage.api.put("/editing-sessions/s", {"data": data})
    with acting(stage.api, token_of(stage.api, stage.api.get("/roles").data[1])):
        return stage.fork(query="?fast=true")


def _body_of_no_json(stage: Stage) -> Answer:
    return stage.api.send("POST", "/item-types", b"{")


def _body_of_another_type(stage: Stage) -> Answer:
    return stage.api.send("POST", "/item-types", b"{}", content_type="text/plain")


def _field_filter_without_model(stage: Stage) -> Answer:
    model(stage.api, "post")
    return stage.api.get("/items?filter[fields][title][eq]=a")


SCENES: dict[str, Scene] = {
    "INVALID_AUTHORIZATION_HEADER": lambda stage: stage.api.get("/site", authorization="Bearer x"),
    "INSUFFICIENT_PERMISSIONS": _insufficient_permissions,
    "DEACTIVATED_SITE": _deactivated,
    "SITE_NOT_READY": _not_ready,
    "PLAN_UPGRADE_REQUIRED": _no_room,
    "INVALID_ACCEPT_HEADER": lambda stage: stage.api.get("/site", accept="text/html"),
    "INVALID_CONTENT_TYPE_HEADER": _body_of_another_type,
    "INVALID_API_VERSION": lambda stage: stage.api.get("/site", x_api_version="2"),
    "INVALID_JSON_BODY": _body_of_no_json,
    "INVALID_FORMAT": lambda stage: stage.api.post("/item-types", {"wish": 1}),
    "INVALID_PARAMS": lambda stage: stage.api.get("/items?page[limit]=501"),
    "INVALID_REQUEST": _block_by_itself,
    "INVALID_ENDPOINT": lambda stage: stage.api.get("/wishes"),
    "INVALID_ATTRIBUTES": _unknown_attribute,
    "INVALID_ENTITY_ID": _other_id,
    "INVALID_FILTER_FIELDS_PARAM": _field_filter_without_model,
    "INVALID_ORDERING": lambda stage: stage.api.get("/items?order_by=wish_ASC"),
    "INVALID_DATE": _no_date,
    "MISSING_QUERY_PARAMETER": lambda stage: stage.api.get("/search-results"),
    "NOT_FOUND": lambda stage: stage.api.get("/items/unknown"),
    "RATE_LIMIT_EXCEEDED": _too_often,
    "INVALID_ENVIRONMENT": lambda stage: stage.api.get("/site", x_environment="nowhere"),
    "ENVIRONMENT_NOT_READY": _environment_being_made,
    "ENVIRONMENT_IN_READ_ONLY_MODE": _frozen_environment,
    "ALREADY_PRIMARY_ENVIRONMENT": lambda stage: stage.api.put("/environments/main/promote"),
    "CANNOT_DESTROY_PRIMARY_ENVIRONMENT": lambda stage: stage.api.delete("/environments/main"),
    "CANNOT_DESTROY_FORKING_ORIGIN": _forking_origin,
    "PRIMARY_ENVIRONMENT_SETTINGS_READ_ONLY": _sandboxes_only,
    "ACTIVE_EDITING_SESSIONS": _somebody_edits,
    "MAINTENANCE_MODE": _in_maintenance,
}
