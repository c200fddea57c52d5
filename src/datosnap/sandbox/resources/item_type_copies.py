"""Duplicate models and fields: new ids, "(copy #1)" names, references to copied fields kept apart.

Source: recorded exchanges: "Post (copy #1)" with the api_key `post_copy1`; fields likewise.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from itertools import count

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.calls import Call
from datosnap.sandbox.resources import models
from datosnap.sandbox.resources.changes import link, linked_id, ref, with_attributes, with_links
from datosnap.sandbox.resources.refusals import fresh_id

_COPIED_LINKS = (
    "title_field",
    "image_preview_field",
    "excerpt_field",
    "presentation_title_field",
    "presentation_image_field",
    "ordering_field",
)


def copy_number(name: str, taken: Container[str], ending: str = "_copy{}") -> int:
    """Give the first number with which the copy of a name, its `ending` put on, is free."""
    return next(number for number in count(1) if name + ending.format(number) not in taken)


def duplicate(call: Call, source: JsonObject) -> JsonObject:
    """Store a copy of a model with its fields and fieldsets; give it."""
    environment = call.environment
    taken = {each["attributes"]["api_key"] for each in environment.of_type("item_type").values()}
    number = copy_number(source["attributes"]["api_key"], taken)
    new_ids = {
        entry["id"]: fresh_id(call)
        for name in ("fieldsets", "fields")
        for entry in link(source, name)
    }
    model = _model_copy(source, fresh_id(call), number, new_ids)
    for part in (*models.fieldsets_of(environment, source), *models.fields_of(environment, source)):
        models.store(environment, _part_copy(part, model["id"], new_ids))
    return models.store(environment, model)


def _model_copy(
    source: JsonObject, identifier: str, number: int, new_ids: Mapping[str, str]
) -> JsonObject:
    named = with_attributes(
        source,
        {
            "name": f"{source['attributes']['name']} (copy #{number})",
            "api_key": f"{source['attributes']['api_key']}_copy{number}",
            "has_singleton_item": False,
        },
    )
    links: dict[str, Json] = {
        name: [ref(entry["type"], new_ids[entry["id"]]) for entry in link(source, name)]
        for name in ("fields", "fieldsets")
    }
    for name in _COPIED_LINKS:
        field_id = linked_id(source, name)
        links[name] = ref("field", new_ids[field_id]) if field_id else None
    meta = {"has_singleton_item": False}
    return {**with_links(named, {**links, "singleton_item": None}), "id": identifier, "meta": meta}


def _part_copy(part: JsonObject, model_id: str, new_ids: Mapping[str, str]) -> JsonObject:
    links: dict[str, Json] = {"item_type": ref("item_type", model_id)}
    if part["type"] == "field":
        fieldset = linked_id(part, "fieldset")
        links["fieldset"] = ref("fieldset", new_ids[fieldset]) if fieldset else None
        validators = part["attributes"]["validators"]
        part = with_attributes(part, {"validators": _own_title(validators, new_ids)})
    return {**with_links(part, links), "id": new_ids[part["id"]]}


def _own_title(validators: JsonObject, new_ids: Mapping[str, str]) -> JsonObject:
    title = validators.get("slug_title_field")
    if title is None:
        return validators
    copied = {"title_field_id": new_ids[title["title_field_id"]]}
    return {**validators, "slug_title_field": copied}
