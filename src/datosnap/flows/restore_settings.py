"""Bring over what editors arrange around the content: filters, menus and the site's own look."""

from __future__ import annotations

from functools import partial

from datosnap.core.entities import related_id
from datosnap.core.jsontext import JsonObject, decode_object, slice_page
from datosnap.core.remapping import translate_resource
from datosnap.core.requests import create_body, update_body
from datosnap.flows.restore_run import RestoreRun
from datosnap.flows.restore_source import parents_first

# Path of each kind that is created as it is.
_PATHS = {
    "item_type_filter": "/item-type-filters",
    "upload_filter": "/upload-filters",
    "menu_item": "/menu-items",
    "schema_menu_item": "/schema-menu-items",
}
# Of the site's settings those that name uploads or are a matter of look.
_SITE_LOOK = ("no_index", "favicon", "theme", "global_seo")


async def restore_settings(run: RestoreRun) -> None:
    """Create filters and menus, move the schema's menu entries and set the site's look."""
    resources = run.source.resources
    for one in [*resources["item_type_filters"], *resources["upload_filters"]]:
        await _create_once(run, one)
    for one in parents_first(resources["menu_items"]):
        await _create_once(run, one)
    await _schema_menu(run)
    await run.once("site:look", partial(_site_look, run))


async def _create_once(run: RestoreRun, resource: JsonObject) -> None:
    kind, source_id = resource["type"], resource["id"]
    create = partial(_create, run, resource)
    await run.once(f"{kind}:{source_id}", create, run.refusal(kind, source_id))


async def _create(run: RestoreRun, resource: JsonObject) -> None:
    translated = translate_resource(resource, run.translate)
    path = _PATHS[resource["type"]]
    await run.create(path, create_body(translated), find=f"{path}/{translated['id']}")


async def _schema_menu(run: RestoreRun) -> None:
    """Create groups; the entries of models exist since the models do, and are only moved."""
    entries = parents_first(run.source.resources["schema_menu_items"])
    for one in entries:
        if related_id(one, "item_type") is None:
            await _create_once(run, one)
    lines, _ = slice_page(await run.client.get(_PATHS["schema_menu_item"]))
    found = {one["id"]: one for one in map(decode_object, lines)}
    for one in entries:
        wanted = translate_resource(one, run.translate)
        there = found.get(wanted["id"])
        if there is not None and _place(there) != _place(wanted):
            await run.once(f"schema_menu_item:place:{one['id']}", partial(_move, run, wanted))


def _place(entry: JsonObject) -> tuple[str | None, int | None]:
    return related_id(entry, "parent"), entry["attributes"].get("position")


async def _move(run: RestoreRun, wanted: JsonObject) -> None:
    body = update_body(
        "schema_menu_item",
        wanted["id"],
        {"position": wanted["attributes"]["position"]},
        {"parent": {"data": wanted["relationships"]["parent"]["data"]}},
    )
    await run.update(f"{_PATHS['schema_menu_item']}/{wanted['id']}", body)


async def _site_look(run: RestoreRun) -> None:
    def brought(kind: str, source_id: str) -> str:
        target_id = run.ids.find(kind, source_id)
        if target_id is None and kind == "upload":
            run.note_gap("site", kind, f"its settings name upload {source_id}, left out")
        return target_id or ""

    wanted = translate_resource(run.source.site, brought)["attributes"]
    attributes = {name: wanted[name] for name in _SITE_LOOK if name in wanted}
    if isinstance(attributes.get("theme"), dict):
        attributes["theme"] = _theme(attributes["theme"])
    await run.update("/site", update_body("site", run.site["id"], attributes))


def _theme(theme: JsonObject) -> JsonObject:
    """Keep what a theme of its kind may carry: a request with other keys is refused."""
    names = ["type", "primary_color", "light_color", "accent_color", "dark_color", "logo"]
    if theme.get("type") == "monochromatic":
        names = ["type", "hue", "logo"]
    return {"type": "custom"} | {name: theme[name] for name in names if name in theme}
