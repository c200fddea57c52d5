"""Workflows and plugins: what an environment adds to its models.

Source: the schema reference: a workflow has exactly one initial stage; a plugin is installed from
a package or described by hand, and takes parameters only once it is there. The sandbox has no
network, so what a package would say is made up from its name.
"""

from __future__ import annotations

import re

from datosnap.core.jsontext import JsonObject, encode
from datosnap.sandbox.calls import Call, Endpoint, Reply
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.quotas import check_quota
from datosnap.sandbox.resources import crud
from datosnap.sandbox.resources.changes import linked_id, with_attributes
from datosnap.sandbox.resources.crud import Family
from datosnap.sandbox.resources.item_type_rules import API_KEY
from datosnap.sandbox.resources.refusals import invalid, refused

_PARAMETERS_MAX_BYTES = 10 * 1024
_PACKAGE_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+){0,2}(?:[-+][0-9A-Za-z.-]+)?")
_LEGACY_KEYS = ("plugin_type", "field_types", "parameter_definitions")


def _workflow(call: Call, new: JsonObject, before: JsonObject | None) -> JsonObject:
    del call, before
    stages = new["attributes"]["stages"]
    if sum(bool(stage.get("initial")) for stage in stages) != 1:
        raise invalid("workflow", "stages", "exactly one stage must be the initial one")
    if len({stage["id"] for stage in stages}) != len(stages):
        raise invalid("workflow", "stages", "ids must differ")
    if not API_KEY.fullmatch(new["attributes"]["api_key"]):
        raise refused("workflow", "api_key", "VALIDATION_FORMAT", "is not a valid API key")
    completed = [
        {
            "id": stage["id"],
            "name": stage["name"],
            "description": stage.get("description"),
            "initial": bool(stage.get("initial")),
        }
        for stage in stages
    ]
    return with_attributes(new, {"stages": completed})


def _plugin(call: Call, new: JsonObject, before: JsonObject | None) -> JsonObject:
    attributes = new["attributes"]
    if before is None:
        check_quota(call, "plugins", len(call.environment.of_type("plugin")))
        attributes = _described(call, attributes)
    if len(encode(attributes["parameters"])) > _PARAMETERS_MAX_BYTES:
        raise invalid("plugin", "parameters", "exceed 10 KB")
    legacy = any(attributes[key] for key in _LEGACY_KEYS)
    if legacy and before is not None and before["meta"]["version"] == "2":
        raise ApiFailure("CANNOT_UPGRADE_MODERN_PLUGIN_INTO_LEGACY")
    parameters = attributes["parameters"] or {}
    meta = {"version": "1" if legacy else "2"}
    return {**new, "attributes": {**attributes, "parameters": parameters}, "meta": meta}


def _described(call: Call, attributes: JsonObject) -> JsonObject:
    package = attributes["package_name"]
    if package is None:
        for name in ("name", "url"):
            if not attributes[name]:
                raise refused("plugin", name, "VALIDATION_REQUIRED", "can't be blank")
        return attributes
    for other in call.environment.of_type("plugin").values():
        if other["attributes"]["package_name"] == package:
            raise refused("plugin", "package_name", "VALIDATION_UNIQUENESS")
    version = attributes["package_version"] or "0.1.0"
    if not _PACKAGE_VERSION.fullmatch(version):
        raise ApiFailure("INVALID_PLUGIN_VERSION", {"package_version": version})
    title = package.removeprefix("datocms-plugin-").replace("-", " ").capitalize()
    return {
        **attributes,
        "name": attributes["name"] or title,
        "description": attributes["description"] or f"The package {package}",
        "package_version": version,
        "url": attributes["url"] or f"https://unpkg.com/{package}@{version}/build/index.html",
    }


def _uses(plugin_id: str, field: JsonObject) -> bool:
    appearance = field["attributes"]["appearance"]
    named = [appearance["editor"], *(addon["id"] for addon in appearance["addons"])]
    return plugin_id in named


def _plugin_fields(call: Call) -> Reply:
    plugin = crud.find(_PLUGINS, call)
    fields = call.environment.of_type("field").values()
    return Reply({"data": [field for field in fields if _uses(plugin["id"], field)]})


def _destroy_workflow(call: Call) -> Reply:
    workflow = crud.find(_WORKFLOWS, call)
    for model in call.environment.of_type("item_type").values():
        if linked_id(model, "workflow") == workflow["id"]:
            raise invalid("workflow", "id", f"is used by {model['attributes']['api_key']}")
    return crud.destroy(_WORKFLOWS, call)


_WORKFLOWS = Family(
    "workflow",
    "/workflows",
    {"name": None, "api_key": None, "stages": []},
    needs="can_manage_workflows",
    unique=("api_key",),
    finish=_workflow,
)
_PLUGINS = Family(
    "plugin",
    "/plugins",
    {
        "name": None,
        "description": None,
        "url": None,
        "package_name": None,
        "package_version": None,
        "parameters": {},
        "permissions": [],
        "plugin_type": None,
        "field_types": None,
        "parameter_definitions": None,
    },
    needs="can_edit_schema",
    finish=_plugin,
)

ENDPOINTS = (
    *crud.endpoints(_WORKFLOWS, without=("destroy",)),
    Endpoint("DELETE", "/workflows/{id}", _destroy_workflow, needs="can_manage_workflows"),
    *crud.endpoints(_PLUGINS),
    Endpoint("GET", "/plugins/{id}/fields", _plugin_fields, changes=False),
)
