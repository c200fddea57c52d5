"""Decide what a model may look like.

Source: the schema reference: block models carry no record settings, the two ways of ordering
exclude each other and do not go with a singleton or a sortable model, a title field has a type
that can be shown as a title. The api_key's pattern is the one the official importers rely on.
"""

from __future__ import annotations

import re

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.resources.changes import linked_id
from datosnap.sandbox.resources.refusals import invalid, not_unique, refused

# The relationships to fields and to a workflow, with nothing in them.
NO_FIELDS: JsonObject = {
    "title_field": None,
    "image_preview_field": None,
    "excerpt_field": None,
    "presentation_title_field": None,
    "presentation_image_field": None,
    "ordering_field": None,
    "workflow": None,
}
API_KEY = re.compile(r"[a-z](?:[a-z0-9]|_(?=[a-z]))*")
_NOT_IN_BLOCKS = (
    "sortable",
    "tree",
    "draft_mode_active",
    "draft_saving_active",
    "singleton",
    "inverse_relationships_enabled",
)
# Which types of field can stand for a record, by the relationship that says so.
_SUITED = {
    "title_field": {"string", "text", "slug", "integer", "float", "date", "date_time", "seo"}
    | {"structured_text"},
    "image_preview_field": {"file", "gallery", "seo"},
    "excerpt_field": {"string", "text", "structured_text", "seo"},
    "presentation_title_field": None,
    "presentation_image_field": {"file", "gallery", "seo", "link", "links", "video", "color"},
    "ordering_field": {"boolean", "date", "date_time", "float", "integer", "string"},
}


def given(call: Call) -> tuple[JsonObject, JsonObject]:
    """Read the attributes and links that the body sends, with misspelt and empty forms resolved."""
    attributes = dict(call.data.get("attributes", {}))
    misspelt = attributes.pop("collection_appeareance", None)
    shown = attributes.get("collection_appearance", misspelt)
    if shown is not None:
        attributes["collection_appearance"] = attributes["collection_appeareance"] = shown
    if attributes.get("hint") == "":
        attributes["hint"] = None
    links = {name: each["data"] for name, each in call.data.get("relationships", {}).items()}
    return attributes, links


def checked(call: Call, model: JsonObject, before: JsonObject | None) -> JsonObject:
    """Give the model back when it may be so.

    Raises: ApiFailure.
    """
    _check_names(call, model)
    attributes = model["attributes"]
    if attributes["modular_block"]:
        _check_block(attributes)
    if before is not None and before["attributes"]["modular_block"] != attributes["modular_block"]:
        raise invalid("item_type", "modular_block", "a model cannot become a block, nor back")
    if attributes["draft_saving_active"] and not attributes["draft_mode_active"]:
        raise invalid("item_type", "draft_saving_active", "needs draft mode")
    _check_ordering(model)
    _check_links(call, model, before)
    return model


def _check_names(call: Call, model: JsonObject) -> None:
    api_key = model["attributes"]["api_key"]
    if not model["attributes"]["name"].strip():
        raise refused("item_type", "name", "VALIDATION_REQUIRED", "can't be blank")
    if not API_KEY.fullmatch(api_key):
        raise refused("item_type", "api_key", "VALIDATION_FORMAT", "is not a valid API key")
    for other in call.environment.of_type("item_type").values():
        if other["id"] != model["id"] and other["attributes"]["api_key"] == api_key:
            raise not_unique("item_type", "api_key")


def _check_block(attributes: JsonObject) -> None:
    for name in _NOT_IN_BLOCKS:
        if attributes[name]:
            raise invalid("item_type", name, "not applicable to block models")


def _check_ordering(model: JsonObject) -> None:
    attributes = model["attributes"]
    ordered = attributes["ordering_meta"] or linked_id(model, "ordering_field")
    if attributes["ordering_meta"] and linked_id(model, "ordering_field"):
        raise invalid("item_type", "ordering_meta", "excludes an ordering field")
    if ordered and attributes["singleton"]:
        raise ApiFailure("INVALID_ORDERING_FOR_SINGLETON_ITEM_TYPE")
    if ordered and (attributes["sortable"] or attributes["tree"]):
        raise ApiFailure("INVALID_ORDERING_FOR_SORTABLE_ITEM_TYPE")


def _check_links(call: Call, model: JsonObject, before: JsonObject | None) -> None:
    known = call.environment.of_type("field")
    for name, suited in _SUITED.items():
        field_id = linked_id(model, name)
        if field_id is None or (before is not None and linked_id(before, name) == field_id):
            continue
        field = known.get(field_id)
        if field is None or linked_id(field, "item_type") != model["id"]:
            raise invalid("item_type", name, "is not a field of this model")
        if suited is not None and field["attributes"]["field_type"] not in suited:
            raise invalid("item_type", name, "this type of field is not permitted here")
    workflow = linked_id(model, "workflow")
    if workflow is not None and workflow not in call.environment.of_type("workflow"):
        raise invalid("item_type", "workflow", "does not exist")
