"""Filters, workflows and plugins."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from tests.unit.sandbox.client import Answer, Client, document
from tests.unit.sandbox.resources.shelf import ID, model

_STAGES: list[JsonObject] = [
    {"id": "draft", "name": "Draft", "initial": True},
    {"id": "done", "name": "Done"},
]


def _workflow(api: Client, stages: Json, api_key: str = "flow") -> Answer:
    return api.make("/workflows", "workflow", name="Flow", api_key=api_key, stages=stages)


def test_filters_are_kept_word_for_word(api: Client) -> None:
    """Whatever a filter says comes back."""
    told: JsonObject = {"query": "x", "fields": {"_status": {"eq": "draft"}, "a": [1, None]}}
    item_type: JsonObject = {"item_type": {"type": "item_type", "id": model(api, "post")["id"]}}
    columns = [{"name": "_preview", "width": 0.6}]

    made = api.make(
        "/item-type-filters",
        "item_type_filter",
        item_type,
        name="F",
        filter=told,
        shared=True,
        columns=columns,
    ).data
    changed = api.put(
        f"/item-type-filters/{made['id']}",
        {"data": {**made, "attributes": {**made["attributes"], "name": "G"}}},
    )

    assert changed.attributes == {
        "name": "G",
        "filter": told,
        "columns": columns,
        "order_by": None,
        "shared": True,
    }
    assert api.delete(f"/item-type-filters/{made['id']}").status == 200
    assert api.get(f"/item-type-filters/{made['id']}").status == 404


def test_upload_filter_takes_its_own_id(api: Client) -> None:
    """Kinds of the environment take an id from the caller."""
    body = document(
        "upload_filter", None, {"name": "F", "filter": {"type": "image"}, "shared": True}
    )
    body["data"]["id"] = ID

    assert api.post("/upload-filters", body).data["id"] == ID
    assert "relationships" not in api.get(f"/upload-filters/{ID}").data


def test_filter_of_an_unknown_model_is_refused(api: Client) -> None:
    """A relationship names what exists."""
    links: JsonObject = {"item_type": {"type": "item_type", "id": ID}}

    refused = api.make(
        "/item-type-filters", "item_type_filter", links, name="F", filter={}, shared=True
    )

    assert refused.details["field"] == "item_type"


def test_workflow_completes_its_stages(api: Client) -> None:
    """A stage says whether it is the initial one, and may be described."""
    stages = _workflow(api, _STAGES).attributes["stages"]

    assert stages == [
        {"id": "draft", "name": "Draft", "description": None, "initial": True},
        {"id": "done", "name": "Done", "description": None, "initial": False},
    ]


@pytest.mark.parametrize(
    "stages",
    [
        [],
        [{"id": "a", "name": "A"}],
        [{"id": "a", "name": "A", "initial": True}, {"id": "b", "name": "B", "initial": True}],
        [{"id": "a", "name": "A", "initial": True}, {"id": "a", "name": "B"}],
    ],
)
def test_workflow_has_one_initial_stage(api: Client, stages: Json) -> None:
    """Not none, not two, and no id twice."""
    assert _workflow(api, stages).details["field"] == "stages"


def test_workflow_keys(api: Client) -> None:
    """A key has its form and is taken once."""
    _workflow(api, _STAGES)

    assert _workflow(api, _STAGES, "A B").details["code"] == "VALIDATION_FORMAT"
    assert _workflow(api, _STAGES).details["code"] == "VALIDATION_UNIQUENESS"


def test_workflow_in_use_stays(api: Client) -> None:
    """As long as a model follows it, it is not destroyed."""
    workflow = _workflow(api, _STAGES).data
    links: JsonObject = {"workflow": {"type": "workflow", "id": workflow["id"]}}
    model(api, "page")
    post = api.make("/item-types", "item_type", links, name="P", api_key="post").data

    assert api.delete(f"/workflows/{workflow['id']}").code == "INVALID_FIELD"

    api.delete(f"/item-types/{post['id']}")
    assert api.delete(f"/workflows/{workflow['id']}").status == 200


def test_plugin_of_a_package_is_described(api: Client) -> None:
    """Without a network, what the package would say is made from its name."""
    made = api.make("/plugins", "plugin", package_name="datocms-plugin-tag-editor").data

    attributes = made["attributes"]
    assert attributes["name"] == "Tag editor"
    assert attributes["url"].startswith("https://unpkg.com/datocms-plugin-tag-editor@")
    assert (attributes["parameters"], attributes["permissions"]) == ({}, [])
    assert made["meta"] == {"version": "2"}
    assert api.make("/plugins", "plugin", package_name="datocms-plugin-other").status == 201
    again = api.make("/plugins", "plugin", package_name="datocms-plugin-tag-editor")
    assert again.details["code"] == "VALIDATION_UNIQUENESS"


def test_plugins_by_hand_need_a_name_and_an_address(api: Client) -> None:
    """A private plugin says what it is; a legacy one is version 1."""
    assert api.make("/plugins", "plugin", url="https://x.y").details["field"] == "name"
    assert api.make("/plugins", "plugin", name="P").details["field"] == "url"
    legacy: JsonObject = {"plugin_type": "field_editor", "field_types": ["string"]}
    made = api.make("/plugins", "plugin", name="P", url="https://x.y", **legacy)
    assert made.data["meta"] == {"version": "1"}


def test_parameters_come_by_update_only(api: Client) -> None:
    """They cannot be sent on creation, and have a limit."""
    named: JsonObject = {"name": "P", "url": "https://x.y"}
    assert api.make("/plugins", "plugin", **named, parameters={}).code == "INVALID_FORMAT"
    path = f"/plugins/{api.make('/plugins', 'plugin', **named).data['id']}"

    told = {"a": [1, {"b": None}]}
    assert api.change(path, "plugin", parameters=told).attributes["parameters"] == told
    assert api.change(path, "plugin", parameters=None).attributes["parameters"] == {}
    big = {"a": "x" * 10_300}
    assert api.change(path, "plugin", parameters=big).details["field"] == "parameters"


def test_plan_limits_plugins(api: Client) -> None:
    """Beyond the plan's limit none is installed."""
    api.project.limits["plugins"] = 0

    assert api.make("/plugins", "plugin", package_name="a").code == "PLAN_UPGRADE_REQUIRED"


def test_plugin_s_version_has_the_form_of_one(api: Client) -> None:
    """Numbers with dots between them, and what may follow those."""
    wrong = api.make("/plugins", "plugin", package_name="datocms-plugin-a", package_version="new")
    assert wrong.code == "INVALID_PLUGIN_VERSION"

    right = api.make(
        "/plugins", "plugin", package_name="datocms-plugin-a", package_version="1.2.3-beta.1"
    )
    assert right.attributes["package_version"] == "1.2.3-beta.1"


def test_modern_plugin_does_not_become_a_legacy_one(api: Client) -> None:
    """A legacy one stays what it is, and may be written to."""
    named = {"name": "P", "url": "https://example.com"}
    modern = api.make("/plugins", "plugin", **named).data["id"]
    legacy = api.make("/plugins", "plugin", **named, plugin_type="field_editor").data["id"]

    changes = {"plugin_type": "sidebar"}
    refused = api.change(f"/plugins/{modern}", "plugin", **changes)
    assert refused.code == "CANNOT_UPGRADE_MODERN_PLUGIN_INTO_LEGACY"
    assert api.change(f"/plugins/{legacy}", "plugin", **changes).status == 200
