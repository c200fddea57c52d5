"""Keep the two menu entries that come and go with a model.

Source: creating a model also creates a menu item and a schema menu item, a block model only the
latter; the caller may choose their ids, skip the first, and keep it when the model goes.
"""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call
from datosnap.sandbox.queries import is_true
from datosnap.sandbox.resources.changes import linked_id, ref
from datosnap.sandbox.resources.models import store
from datosnap.sandbox.resources.refusals import accepted_id, fresh_id
from datosnap.sandbox.resources.trees import append, take_out


def add_entries(call: Call, model: JsonObject) -> None:
    """Add a new model's entries to the menus."""
    is_block = model["attributes"]["modular_block"]
    if not is_block and not is_true(call.query.get("skip_menu_item_creation")):
        entry = _entry(call, model, "menu_item")
        entry["attributes"] |= {
            "label": model["attributes"]["name"],
            "external_url": None,
            "open_in_new_tab": False,
        }
        entry["relationships"]["item_type_filter"] = {"data": None}
        append(call.environment, store(call.environment, entry))
    entry = _entry(call, model, "schema_menu_item")
    entry["attributes"] |= {"label": None, "kind": "modular_block" if is_block else "item_type"}
    append(call.environment, store(call.environment, entry))


def drop_entries(call: Call, model: JsonObject, *, keep: bool) -> None:
    """Take the entries of a model that is gone out of the menus; `keep` those of the content."""
    kinds = ["schema_menu_item"] if keep else ["schema_menu_item", "menu_item"]
    for kind in kinds:
        for entry in list(call.environment.of_type(kind).values()):
            if linked_id(entry, "item_type") == model["id"]:
                take_out(call.environment, entry)


def _entry(call: Call, model: JsonObject, kind: str) -> JsonObject:
    wanted = call.query.get(f"{kind}_id")
    taken = call.environment.of_type(kind)
    return {
        "type": kind,
        "id": accepted_id(kind, wanted, taken) if wanted else fresh_id(call),
        "attributes": {"position": 0},
        "relationships": {
            "item_type": {"data": ref("item_type", model["id"])},
            "parent": {"data": None},
            "children": {"data": []},
        },
    }
