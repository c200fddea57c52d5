"""Look models, fields and fieldsets up, and put changed ones back.

Every change of the schema goes through here, so that each sees the objects the others left.
"""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call
from datosnap.sandbox.failures import not_found
from datosnap.sandbox.resources.changes import link, linked_id, ref, with_links
from datosnap.sandbox.state import Environment


def item_type(call: Call, key: str) -> JsonObject:
    """Find a model by id or api_key.

    Raises: ApiFailure NOT_FOUND.
    """
    known = call.environment.of_type("item_type")
    found = known.get(key) or next(
        (each for each in known.values() if each["attributes"]["api_key"] == key), None
    )
    if found is None:
        raise not_found()
    return found


def entity(call: Call, kind: str) -> JsonObject:
    """Find the entity of the environment that the path's `id` names.

    Raises: ApiFailure NOT_FOUND.
    """
    found = call.environment.of_type(kind).get(call.path["id"])
    if found is None:
        raise not_found()
    return found


def fields_of(environment: Environment, model: JsonObject) -> list[JsonObject]:
    """Give a model's fields in order of creation."""
    known = environment.of_type("field")
    return [known[entry["id"]] for entry in link(model, "fields")]


def fieldsets_of(environment: Environment, model: JsonObject) -> list[JsonObject]:
    """Give a model's fieldsets in order of creation."""
    known = environment.of_type("fieldset")
    return [known[entry["id"]] for entry in link(model, "fieldsets")]


def model_of(environment: Environment, part: JsonObject) -> JsonObject:
    """Give the model of a field or fieldset."""
    found: JsonObject = environment.of_type("item_type")[link(part, "item_type")["id"]]
    return found


def store(environment: Environment, resource: JsonObject) -> JsonObject:
    """Put an object where its type and id say."""
    environment.of_type(resource["type"])[resource["id"]] = resource
    return resource


def attach(environment: Environment, model: JsonObject, part: JsonObject) -> JsonObject:
    """Add a stored field or fieldset to its model; give the model."""
    name = f"{part['type']}s"
    entries = [*link(model, name), ref(part["type"], part["id"])]
    return store(environment, with_links(model, {name: entries}))


def detach(environment: Environment, part: JsonObject) -> JsonObject:
    """Take a field or fieldset out of the environment; give its model as it is then."""
    del environment.of_type(part["type"])[part["id"]]
    model = model_of(environment, part)
    name = f"{part['type']}s"
    kept: dict[str, object] = {
        name: [entry for entry in link(model, name) if entry["id"] != part["id"]]
    }
    kept |= {
        role: None
        for role in model["relationships"]
        if role.endswith("_field") and linked_id(model, role) == part["id"]
    }
    return store(environment, with_links(model, kept))
