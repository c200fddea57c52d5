"""Set up what surrounds the sample's content: site, workflow, plugins, schema, filters, menus."""

from __future__ import annotations

from collections.abc import Mapping

from datosnap.core.jsontext import JsonObject
from datosnap.flows.sample.catalogue import Field
from datosnap.flows.sample.desk import Desk
from datosnap.flows.sample.identities import identity, linkage
from datosnap.flows.sample.schema import (
    field_request,
    fieldset_request,
    finish_request,
    model_request,
    resource,
    rows_of,
)
from datosnap.flows.sample.values import color_value, seo_value


async def build_site(desk: Desk) -> None:
    """Set locales, name and time zone, which everything else depends on."""
    settings = desk.catalogue.settings
    await _change_site(desk, {"locales": settings["locales"], **settings["site"]})


async def build_appearance(desk: Desk) -> None:
    """Set what refers to uploads: favicon, theme and the site's words for search engines."""
    spec = desk.catalogue.settings["appearance"]
    theme: JsonObject = {
        key: color_value(value) if key.endswith("_color") else value
        for key, value in spec["theme"].items()
    }
    theme["logo"] = identity("upload", spec["theme"]["logo"])
    words = {
        locale: said and {**said, "fallback_seo": seo_value(said["fallback_seo"])}
        for locale, said in spec["global_seo"].items()
    }
    favicon = identity("upload", spec["favicon"])
    await _change_site(desk, {"favicon": favicon, "theme": theme, "global_seo": words})


async def build_tools(desk: Desk) -> None:
    """Create the workflow and the plugins, which models and fields name."""
    workflow = desk.catalogue.settings["workflow"]
    workflow_id = identity("workflow", workflow["key"])
    await desk.create("/workflows", resource("workflow", workflow_id, workflow["attributes"]))
    for row in desk.catalogue.settings["plugins"]:
        plugin_id = identity("plugin", row["key"])
        await desk.create("/plugins", resource("plugin", plugin_id, row["attributes"]))
        parameters = resource("plugin", plugin_id, {"parameters": row["parameters"]})
        await desk.change(f"/plugins/{plugin_id}", parameters)


async def build_schema(desk: Desk) -> None:
    """Create all models, then their fields, then what fields do for their model."""
    models = desk.catalogue.models
    for model in models.values():
        await desk.create(
            "/item-types",
            model_request(model),
            skip_menu_item_creation=True,
            schema_menu_item_id=_entry_id(model.key),
        )
    for model in models.values():
        for row in rows_of(model):
            if isinstance(row, Field):
                request = field_request(model, row, models)
                await desk.create(f"/item-types/{model.id}/fields", request)
            else:
                request = fieldset_request(model, row)
                await desk.create(f"/item-types/{model.id}/fieldsets", request)
        if finish := finish_request(model):
            await desk.change(f"/item-types/{model.id}", finish)


async def build_filters(desk: Desk) -> None:
    """Create the saved searches of records and of uploads."""
    for row in desk.catalogue.settings["item_type_filters"]:
        model = {"item_type": linkage("item_type", desk.catalogue.models[row["model"]].id)}
        filter_id = identity("item_type_filter", row["key"])
        request = resource("item_type_filter", filter_id, row["attributes"], model)
        await desk.create("/item-type-filters", request)
    for row in desk.catalogue.settings["upload_filters"]:
        filter_id = identity("upload_filter", row["key"])
        await desk.create(
            "/upload-filters", resource("upload_filter", filter_id, row["attributes"])
        )


async def build_menus(desk: Desk) -> None:
    """Create the menu of the editors, and sort the models in the menu of the schema."""
    for position, row in enumerate(desk.catalogue.settings["menu"], 1):
        await _build_menu_item(desk, row, position, None)
        for inner, child in enumerate(row.get("children", ()), 1):
            await _build_menu_item(desk, child, inner, identity("menu_item", row["key"]))
    for position, row in enumerate(desk.catalogue.settings["schema_menu"], 1):
        await _build_schema_group(desk, row, position)


async def _build_menu_item(
    desk: Desk, row: JsonObject, position: int, parent_id: str | None
) -> None:
    attributes = {"label": row["label"], "position": position, **_only(row, "external_url")}
    held = {
        "item_type": linkage("item_type", _named(row, "model", "item_type")),
        "item_type_filter": linkage("item_type_filter", _named(row, "filter", "item_type_filter")),
        "parent": linkage("menu_item", parent_id),
    }
    attributes.update(_only(row, "open_in_new_tab"))
    item_id = identity("menu_item", row["key"])
    await desk.create("/menu-items", resource("menu_item", item_id, attributes, held))


async def _build_schema_group(desk: Desk, row: JsonObject, position: int) -> None:
    group_id = identity("schema_menu_item", f"group:{row['key']}")
    attributes = {"label": row["label"], "kind": row["kind"], "position": position}
    request = resource("schema_menu_item", group_id, attributes)
    await desk.create("/schema-menu-items", request)
    for inner, key in enumerate(row["models"], 1):
        moved = resource(
            "schema_menu_item",
            _entry_id(key),
            {"position": inner},
            {"parent": linkage("schema_menu_item", group_id)},
        )
        await desk.change(f"/schema-menu-items/{_entry_id(key)}", moved)


async def _change_site(desk: Desk, attributes: JsonObject) -> None:
    await desk.change("/site", {"data": {"type": "site", "attributes": attributes}})


def _entry_id(model_key: str) -> str:
    return identity("schema_menu_item", model_key)


def _named(row: Mapping[str, str], column: str, kind: str) -> str | None:
    return identity(kind, row[column]) if column in row else None


def _only(row: JsonObject, key: str) -> JsonObject:
    return {key: row[key]} if key in row else {}
