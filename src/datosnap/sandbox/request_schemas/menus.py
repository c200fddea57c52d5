"""What the bodies for menus, filters, collections, plugins and workflows may hold.

Source: the attribute lists of the API's own schema; what the official client sends back although
it is read-only (`children`) is accepted and ignored.
"""

from __future__ import annotations

from datosnap.sandbox.schemas import (
    ANY,
    FLAG,
    FLAG_OR_NULL,
    NUMBER,
    OPEN,
    OPEN_OR_NULL,
    TEXT,
    TEXT_OR_NULL,
    WHOLE,
    Body,
    Rule,
    choice,
    each,
    many,
    one,
    one_or_none,
    shape,
)

_MENU_ITEM = {
    "label": TEXT,
    "external_url": TEXT_OR_NULL,
    "position": WHOLE,
    "open_in_new_tab": FLAG,
}
_MENU_ITEM_LINKS = {
    "item_type": one_or_none("item_type"),
    "item_type_filter": one_or_none("item_type_filter"),
    "parent": one_or_none("menu_item"),
}
_SCHEMA_MENU_ITEM = {
    "label": TEXT_OR_NULL,
    "position": WHOLE,
    "kind": choice("item_type", "modular_block"),
}
_SCHEMA_MENU_ITEM_LINKS = {
    "item_type": one_or_none("item_type"),
    "parent": one_or_none("schema_menu_item"),
    "children": many("schema_menu_item"),
}
_COLLECTION = {"label": TEXT, "position": WHOLE}
_COLLECTION_LINKS = {"parent": one_or_none("upload_collection")}
_COLUMN = shape({"name": TEXT, "width": NUMBER}, required=("name", "width"))
_ITEM_TYPE_FILTER = {
    "name": TEXT,
    "filter": OPEN,
    "columns": each(_COLUMN).or_null(),
    "order_by": TEXT_OR_NULL,
    "shared": FLAG,
}
_UPLOAD_FILTER = {"name": TEXT, "filter": OPEN, "shared": FLAG}
_STAGE = shape(
    {"id": TEXT, "name": TEXT, "description": TEXT_OR_NULL, "initial": FLAG_OR_NULL},
    required=("id", "name"),
)
_WORKFLOW = {"name": TEXT, "api_key": TEXT, "stages": each(_STAGE)}
_PLUGIN = {
    "name": TEXT,
    "description": TEXT_OR_NULL,
    "package_name": TEXT_OR_NULL,
    "package_version": TEXT_OR_NULL,
    "url": TEXT,
    "permissions": each(TEXT),
    "plugin_type": TEXT_OR_NULL,
    "field_types": each(TEXT).or_null(),
    "parameter_definitions": ANY,
}


def _reorder(kind: str) -> Rule:
    entry = shape(
        {
            "type": choice(kind),
            "id": TEXT,
            "attributes": shape({"position": WHOLE}, required=("position",)),
            "relationships": shape({"parent": one_or_none(kind)}),
        },
        required=("type", "id", "attributes"),
    )
    return shape({"data": each(entry)}, required=("data",))


MENUS = {
    "menu_item.create": Body(
        "menu_item", attributes=_MENU_ITEM, needed=("label",), relationships=_MENU_ITEM_LINKS
    ).rule(),
    "menu_item.update": Body(
        "menu_item",
        attributes=_MENU_ITEM,
        relationships={**_MENU_ITEM_LINKS, "children": many("menu_item")},
    ).rule(),
    "menu_item.reorder": _reorder("menu_item"),
    "schema_menu_item.create": Body(
        "schema_menu_item",
        attributes=_SCHEMA_MENU_ITEM,
        needed=("kind",),
        relationships=_SCHEMA_MENU_ITEM_LINKS,
    ).rule(),
    "schema_menu_item.update": Body(
        "schema_menu_item", attributes=_SCHEMA_MENU_ITEM, relationships=_SCHEMA_MENU_ITEM_LINKS
    ).rule(),
    "schema_menu_item.reorder": _reorder("schema_menu_item"),
    "upload_collection.create": Body(
        "upload_collection",
        attributes=_COLLECTION,
        needed=("label",),
        relationships=_COLLECTION_LINKS,
    ).rule(),
    "upload_collection.update": Body(
        "upload_collection",
        attributes=_COLLECTION,
        relationships={**_COLLECTION_LINKS, "children": many("upload_collection")},
    ).rule(),
    "upload_collection.reorder": _reorder("upload_collection"),
    "item_type_filter.create": Body(
        "item_type_filter",
        attributes=_ITEM_TYPE_FILTER,
        needed=("name", "shared"),
        relationships={"item_type": one("item_type")},
        bound=("item_type",),
    ).rule(),
    "item_type_filter.update": Body(
        "item_type_filter",
        attributes=_ITEM_TYPE_FILTER,
        relationships={"item_type": one("item_type")},
    ).rule(),
    "upload_filter.create": Body(
        "upload_filter", attributes=_UPLOAD_FILTER, needed=("name", "filter", "shared")
    ).rule(),
    "upload_filter.update": Body("upload_filter", attributes=_UPLOAD_FILTER).rule(),
    "workflow.create": Body(
        "workflow", attributes=_WORKFLOW, needed=("name", "api_key", "stages")
    ).rule(),
    "workflow.update": Body("workflow", attributes=_WORKFLOW).rule(),
    "plugin.create": Body("plugin", attributes=_PLUGIN).rule(),
    "plugin.update": Body(
        "plugin",
        attributes={**_PLUGIN, "parameters": OPEN_OR_NULL},
        meta=shape({"version": TEXT}),
    ).rule(),
}
