"""Models and block models: create, read, update, destroy.

A model comes with two entries of its own, one in the content menu and one in the schema menu; a
block model only with the latter. Updating and destroying are jobs, because records are checked
again. Source: the schema reference and recorded exchanges.
"""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Endpoint, Reply, Wait
from datosnap.sandbox.queries import is_true
from datosnap.sandbox.quotas import check_quota
from datosnap.sandbox.records import schema_changes
from datosnap.sandbox.resources import model_menus, models
from datosnap.sandbox.resources.changes import link, with_attributes, with_links
from datosnap.sandbox.resources.item_type_copies import duplicate
from datosnap.sandbox.resources.item_type_rules import NO_FIELDS, checked, given
from datosnap.sandbox.resources.referencing import referencing_models, without_model
from datosnap.sandbox.resources.refusals import new_id

# What a model has that nothing was said about.
DEFAULTS: JsonObject = {
    "name": None,
    "api_key": None,
    "singleton": False,
    "all_locales_required": False,
    "sortable": False,
    "modular_block": False,
    "draft_mode_active": False,
    "draft_saving_active": False,
    "tree": False,
    "ordering_direction": None,
    "ordering_meta": None,
    "collection_appearance": "compact",
    "collection_appeareance": "compact",
    "hint": None,
    "inverse_relationships_enabled": False,
    "has_singleton_item": False,
}
LINKS: JsonObject = {"fields": [], "fieldsets": [], "singleton_item": None, **NO_FIELDS}


def newest_first(call: Call) -> list[JsonObject]:
    """Give all models, the youngest first."""
    return list(reversed(call.environment.of_type("item_type").values()))


def _list(call: Call) -> Reply:
    return Reply({"data": newest_first(call)})


def _find(call: Call) -> Reply:
    return Reply({"data": models.item_type(call, call.path["id"])})


def _create(call: Call) -> Reply:
    known = call.environment.of_type("item_type")
    check_quota(call, "item_types", len(known))
    attributes, links = given(call)
    default = call.environment.site["meta"]["draft_mode_default"]
    is_block = attributes.get("modular_block", False)
    model: JsonObject = {
        "type": "item_type",
        "id": new_id(call, "item_type", known),
        "attributes": {
            **DEFAULTS,
            "draft_mode_active": default and not is_block,
            **attributes,
            "has_singleton_item": False,
        },
        "relationships": {name: {"data": data} for name, data in {**LINKS, **links}.items()},
        "meta": {"has_singleton_item": False},
    }
    models.store(call.environment, checked(call, model, None))
    model_menus.add_entries(call, model)
    return Reply({"data": model}, 201)


def _update(call: Call) -> Reply:
    before = models.item_type(call, call.path["id"])
    attributes, links = given(call)
    attributes["has_singleton_item"] = before["attributes"]["has_singleton_item"]
    after = with_links(with_attributes(before, attributes), links)
    models.store(call.environment, checked(call, after, before))
    schema_changes.item_type_updated(call, before, after)
    return Reply({"data": models.item_type(call, before["id"])})


def _destroy(call: Call) -> Reply:
    model = models.item_type(call, call.path["id"])
    environment = call.environment
    schema_changes.item_type_destroyed(call, model["id"])
    for name in ("fields", "fieldsets"):
        for entry in link(model, name):
            del environment.of_type(entry["type"])[entry["id"]]
    del environment.of_type("item_type")[model["id"]]
    without_model(environment, model["id"])
    model_menus.drop_entries(call, model, keep=is_true(call.query.get("skip_menu_items_deletion")))
    gone = with_links(model, {**LINKS, "workflow": link(model, "workflow")})
    return Reply({"data": with_attributes(gone, {"has_singleton_item": False})})


def _duplicate(call: Call) -> Reply:
    check_quota(call, "item_types", len(call.environment.of_type("item_type")))
    model = duplicate(call, models.item_type(call, call.path["id"]))
    model_menus.add_entries(call, model)
    return Reply({"data": model}, 201)


def _referencing(call: Call) -> Reply:
    model = models.item_type(call, call.path["id"])
    return Reply({"data": referencing_models(call.environment, model["id"])})


ENDPOINTS = (
    Endpoint("GET", "/item-types", _list, changes=False),
    Endpoint("GET", "/item-types/{id}", _find, changes=False),
    Endpoint("GET", "/item-types/{id}/referencing", _referencing, changes=False),
    Endpoint("POST", "/item-types", _create, "item_type.create", needs="can_edit_schema"),
    Endpoint(
        "PUT", "/item-types/{id}", _update, "item_type.update", Wait.JOB, needs="can_edit_schema"
    ),
    Endpoint("DELETE", "/item-types/{id}", _destroy, wait=Wait.JOB, needs="can_edit_schema"),
    Endpoint("POST", "/item-types/{id}/duplicate", _duplicate, needs="can_edit_schema"),
)
