"""Fields of models: create, read, update, duplicate, reorder, destroy.

Creating a field changes its model: the first string field becomes the title, the first file
field the preview image, and destroying one takes that back. Everything that writes is a job and
answers with the model included. Source: recorded exchanges.
"""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Endpoint, Reply, Wait
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records import schema_changes
from datosnap.sandbox.resources import arrangement, models
from datosnap.sandbox.resources.changes import linked_id, ref, with_attributes, with_links
from datosnap.sandbox.resources.field_rules import checked
from datosnap.sandbox.resources.item_type_copies import copy_number
from datosnap.sandbox.resources.referencing import referencing_fields
from datosnap.sandbox.resources.refusals import fresh_id, invalid, new_id

# What a field has that nothing was said about.
DEFAULTS: JsonObject = {
    "label": None,
    "field_type": None,
    "api_key": None,
    "localized": False,
    "validators": {},
    "position": 0,
    "hint": None,
    "default_value": None,
    "appearance": None,
    "deep_filtering_enabled": False,
    "content_link_enabled": None,
}
# What the first field of a type becomes.
_FIRST = {"string": "title_field", "file": "image_preview_field"}


def _answer(call: Call, field: JsonObject, status: int) -> Reply:
    model = models.model_of(call.environment, field)
    return Reply({"data": field, "included": [model]}, status)


def _list(call: Call) -> Reply:
    model = models.item_type(call, call.path["id"])
    return Reply({"data": models.fields_of(call.environment, model)})


def _find(call: Call) -> Reply:
    return Reply({"data": models.entity(call, "field")})


def _create(call: Call) -> Reply:
    model = models.item_type(call, call.path["id"])
    attributes = _given(call)
    identifier = new_id(call, "field", call.environment.of_type("field"))
    fieldset = call.data.get("relationships", {}).get("fieldset", {}).get("data")
    field = checked(call, _field(model, identifier, attributes, fieldset), None)
    field = _added(call, model, field, attributes.get("position"))
    schema_changes.field_created(call, field)
    return _answer(call, field, 201)


def _field(
    model: JsonObject, identifier: str, attributes: JsonObject, fieldset: JsonObject | None
) -> JsonObject:
    return {
        "type": "field",
        "id": identifier,
        "attributes": {**DEFAULTS, **attributes},
        "relationships": {
            "fieldset": {"data": fieldset},
            "item_type": {"data": ref("item_type", model["id"])},
        },
    }


def _added(call: Call, model: JsonObject, field: JsonObject, position: int | None) -> JsonObject:
    environment = call.environment
    first_of_kind = _first_of_kind(call, model, field)
    models.store(environment, field)
    model = models.attach(environment, model, field)
    if first_of_kind is not None:
        models.store(environment, with_links(model, {first_of_kind: ref("field", field["id"])}))
    return arrangement.put(environment, field, position)


def _first_of_kind(call: Call, model: JsonObject, field: JsonObject) -> str | None:
    kind = field["attributes"]["field_type"]
    role = _FIRST.get(kind)
    if role is None or linked_id(model, role) is not None:
        return None
    others = models.fields_of(call.environment, model)
    return None if any(each["attributes"]["field_type"] == kind for each in others) else role


def _given(call: Call) -> JsonObject:
    attributes = dict(call.data.get("attributes", {}))
    misspelt = attributes.pop("appeareance", None)
    if misspelt is not None:
        attributes.setdefault("appearance", misspelt)
    if attributes.get("hint") == "":
        attributes["hint"] = None
    if attributes.get("position", 1) < 1:
        raise invalid("field", "position", "must be greater than 0")
    return attributes


def _update(call: Call) -> Reply:
    environment = call.environment
    before = models.entity(call, "field")
    attributes = _given(call)
    position = attributes.pop("position", before["attributes"]["position"])
    links = {name: each["data"] for name, each in call.data.get("relationships", {}).items()}
    wanted = with_links(with_attributes(before, attributes), links)
    models.store(environment, checked(call, wanted, before))
    after = arrangement.move(environment, before, position)
    schema_changes.field_updated(call, before, after)
    return _answer(call, after, 200)


def _destroy(call: Call) -> Reply:
    environment = call.environment
    field = models.entity(call, "field")
    model = models.model_of(environment, field)
    for other in models.fields_of(environment, model):
        title = other["attributes"]["validators"].get("slug_title_field", {})
        if title.get("title_field_id") == field["id"]:
            raise ApiFailure("USED_AS_SLUG_SOURCE")
    models.detach(environment, field)
    arrangement.close_up(environment, field)
    schema_changes.field_destroyed(call, field)
    return _answer(call, field, 200)


def _duplicate(call: Call) -> Reply:
    source = models.entity(call, "field")
    model = models.model_of(call.environment, source)
    api_key = source["attributes"]["api_key"]
    taken = {each["attributes"]["api_key"] for each in models.fields_of(call.environment, model)}
    number = copy_number(api_key, taken)
    names = {
        "label": f"{source['attributes']['label']} (copy #{number})",
        "api_key": f"{api_key}_copy{number}",
    }
    copy = {**with_attributes(source, names), "id": fresh_id(call)}
    field = _added(call, model, copy, source["attributes"]["position"] + 1)
    schema_changes.field_created(call, field)
    return _answer(call, field, 201)


def _referencing(call: Call) -> Reply:
    model = models.item_type(call, call.path["id"])
    fields = referencing_fields(call.environment, model["id"])
    elsewhere = [field for field in fields if linked_id(field, "item_type") != model["id"]]
    return Reply({"data": elsewhere})


def _reorder(call: Call) -> Reply:
    environment = call.environment
    model = models.item_type(call, call.path["id"])
    for entry in call.body["data"]:
        part = environment.of_type(entry["type"]).get(entry["id"])
        if part is None or linked_id(part, "item_type") != model["id"]:
            raise invalid(entry["type"], "id", "is not a part of this model")
        links = {name: each["data"] for name, each in entry.get("relationships", {}).items()}
        models.store(environment, with_links(part, links))
        arrangement.move(environment, part, entry["attributes"]["position"])
    parts = [*models.fields_of(environment, model), *models.fieldsets_of(environment, model)]
    return Reply({"data": sorted(parts, key=_position)})


def _position(part: JsonObject) -> int:
    return int(part["attributes"]["position"])


_SCHEMA = "can_edit_schema"
ENDPOINTS = (
    Endpoint("GET", "/item-types/{id}/fields", _list, changes=False),
    Endpoint("GET", "/item-types/{id}/fields/referencing", _referencing, changes=False),
    # its older name
    Endpoint("GET", "/item-types/{id}/fields/related", _referencing, changes=False),
    Endpoint("GET", "/fields/{id}", _find, changes=False),
    Endpoint("POST", "/item-types/{id}/fields", _create, "field.create", Wait.JOB, needs=_SCHEMA),
    Endpoint("PUT", "/fields/{id}", _update, "field.update", Wait.JOB, needs=_SCHEMA),
    Endpoint("DELETE", "/fields/{id}", _destroy, wait=Wait.JOB, needs=_SCHEMA),
    Endpoint("POST", "/fields/{id}/duplicate", _duplicate, wait=Wait.JOB, needs=_SCHEMA),
    Endpoint(
        "POST",
        "/item-types/{id}/reorder-fields-and-fieldsets",
        _reorder,
        "item_type.reorder",
        Wait.JOB,
        needs=_SCHEMA,
    ),
)
