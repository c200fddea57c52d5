"""Fieldsets of models: create, read, update, destroy.

They share one order with the model's fields; destroying one leaves its fields where they are.
"""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Endpoint, Reply
from datosnap.sandbox.resources import arrangement, models
from datosnap.sandbox.resources.changes import linked_id, ref, with_attributes, with_links
from datosnap.sandbox.resources.refusals import new_id, refused

_DEFAULTS: JsonObject = {
    "title": None,
    "hint": None,
    "position": 0,
    "collapsible": False,
    "start_collapsed": False,
}


def _list(call: Call) -> Reply:
    model = models.item_type(call, call.path["id"])
    return Reply({"data": models.fieldsets_of(call.environment, model)})


def _find(call: Call) -> Reply:
    return Reply({"data": models.entity(call, "fieldset")})


def _given(call: Call) -> JsonObject:
    attributes = dict(call.data.get("attributes", {}))
    if not attributes.get("title", "-").strip():
        raise refused("fieldset", "title", "VALIDATION_REQUIRED", "can't be blank")
    if attributes.get("hint") == "":
        attributes["hint"] = None
    return attributes


def _create(call: Call) -> Reply:
    environment = call.environment
    model = models.item_type(call, call.path["id"])
    attributes = _given(call)
    fieldset: JsonObject = {
        "type": "fieldset",
        "id": new_id(call, "fieldset", environment.of_type("fieldset")),
        "attributes": {**_DEFAULTS, **attributes},
        "relationships": {"item_type": {"data": ref("item_type", model["id"])}},
    }
    models.store(environment, fieldset)
    models.attach(environment, model, fieldset)
    placed = arrangement.put(environment, fieldset, attributes.get("position"))
    return Reply({"data": placed}, 201)


def _update(call: Call) -> Reply:
    environment = call.environment
    before = models.entity(call, "fieldset")
    attributes = _given(call)
    position = attributes.pop("position", before["attributes"]["position"])
    models.store(environment, with_attributes(before, attributes))
    return Reply({"data": arrangement.move(environment, before, position)})


def _destroy(call: Call) -> Reply:
    environment = call.environment
    fieldset = models.entity(call, "fieldset")
    model = models.model_of(environment, fieldset)
    models.detach(environment, fieldset)
    arrangement.close_up(environment, fieldset)
    inside = [
        field
        for field in models.fields_of(environment, model)
        if linked_id(field, "fieldset") == fieldset["id"]
    ]
    for field in sorted(inside, key=lambda field: int(field["attributes"]["position"])):
        arrangement.put(
            environment, models.store(environment, with_links(field, {"fieldset": None}))
        )
    return Reply({"data": fieldset})


_SCHEMA = "can_edit_schema"
ENDPOINTS = (
    Endpoint("GET", "/item-types/{id}/fieldsets", _list, changes=False),
    Endpoint("GET", "/fieldsets/{id}", _find, changes=False),
    Endpoint("POST", "/item-types/{id}/fieldsets", _create, "fieldset.create", needs=_SCHEMA),
    Endpoint("PUT", "/fieldsets/{id}", _update, "fieldset.update", needs=_SCHEMA),
    Endpoint("DELETE", "/fieldsets/{id}", _destroy, needs=_SCHEMA),
)
