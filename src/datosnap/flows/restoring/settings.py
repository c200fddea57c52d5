"""Bring over what editors arrange around the content: filters, menus and the site's own look."""

from __future__ import annotations

from functools import partial

from datosnap.core.entities import related_id
from datosnap.core.jsontext import JsonObject
from datosnap.core.remapping import translate_resource
from datosnap.core.requests import change_body, create_body, update_body
from datosnap.core.schema_matching import SchemaPolicy
from datosnap.core.schema_plan import Act
from datosnap.core.site_look import site_look
from datosnap.flows.restoring.extras import restore_extras
from datosnap.flows.restoring.run import RestoreRun
from datosnap.flows.restoring.schema_finishing import bring, listed, path_of, put_in_order
from datosnap.flows.restoring.schema_matching import LISTS
from datosnap.flows.restoring.source import parents_first

_SCHEMA_ENTRY = "schema_menu_item"


async def restore_settings(run: RestoreRun) -> None:
    """Bring over settings and, as far as they were asked for, the project's own things."""
    if run.schema.policy is not SchemaPolicy.SKIP:
        await _restore_arrangement(run)
    await restore_extras(run)


async def _restore_arrangement(run: RestoreRun) -> None:
    """Create filters and menus, move the schema's menu entries and set the site's look."""
    resources = run.source.resources
    await _restore_kind(run, "item_type_filter", resources["item_type_filters"])
    await _restore_kind(run, "upload_filter", resources["upload_filters"])
    await _restore_kind(run, "menu_item", parents_first(resources["menu_items"]))
    groups, entries = _schema_menu(run)
    for one in groups:
        await create_once(run, one)
    await _move_entries(run, entries)
    await _arrange(run, _SCHEMA_ENTRY, [*groups, *entries])
    # The media area's folders exist since before the uploads.
    await _arrange(run, "upload_collection", parents_first(resources["upload_collections"]))
    if run.schema.fresh or run.schema.policy is SchemaPolicy.MATCH:
        await run.once("site:look", partial(_site_look, run), run.refusal("site", "look"))


async def _restore_kind(run: RestoreRun, kind: str, resources: list[JsonObject]) -> None:
    for one in resources:
        await create_once(run, one)
    await _arrange(run, kind, resources)


async def create_once(run: RestoreRun, resource: JsonObject) -> None:
    """Create a setting that the target lacks; one that the API refuses is a gap."""
    kind, source_id = resource["type"], resource["id"]
    if run.schema.creates(kind, source_id):
        create = partial(_create, run, resource)
        await run.once(f"{kind}:{source_id}", create, run.refusal(kind, source_id))


async def _create(run: RestoreRun, resource: JsonObject) -> None:
    kind = resource["type"]
    body = create_body(translate_resource(resource, run.translate))
    if not run.schema.orders(resource):
        # Behind what the target has of its own, whose order is not ours to change.
        body["data"]["attributes"].pop("position", None)
    await run.create(LISTS[kind], body, find=path_of(kind, body["data"]["id"]))


async def _arrange(run: RestoreRun, kind: str, resources: list[JsonObject]) -> None:
    """Bring what differs, where the policy says so, and put everything in its place."""
    touched = {run.schema.act(kind, one["id"]) for one in resources}
    if touched & {Act.CREATE, Act.UPDATE}:
        await run.once(f"{kind}:arrange", partial(_arrange_now, run, kind, resources))


async def _arrange_now(run: RestoreRun, kind: str, resources: list[JsonObject]) -> None:
    await bring(run, kind, await listed(run, kind))
    found = await listed(run, kind)
    there = [one for one in resources if (kind, run.translate(kind, one["id"])) in found]
    await put_in_order(run, there, found)


def _schema_menu(run: RestoreRun) -> tuple[list[JsonObject], list[JsonObject]]:
    """Give the groups, which are created, and the entries of models, which came with these."""
    every = parents_first(run.source.resources["schema_menu_items"])
    groups = [one for one in every if related_id(one, "item_type") is None]
    return groups, [one for one in every if related_id(one, "item_type") is not None]


async def _move_entries(run: RestoreRun, entries: list[JsonObject]) -> None:
    """Move the entries of models that were created to the groups in which the source has them."""
    made = [one for one in entries if run.schema.creates(_SCHEMA_ENTRY, one["id"])]
    found = await listed(run, _SCHEMA_ENTRY) if made else {}
    for one in made:
        wanted = translate_resource(one, run.translate)
        there = found.get((_SCHEMA_ENTRY, wanted["id"]))
        parent = related_id(wanted, "parent")
        if there is not None and related_id(there, "parent") != parent:
            body = change_body(_SCHEMA_ENTRY, wanted["id"], {"parent": parent})
            move = partial(run.update, path_of(_SCHEMA_ENTRY, wanted["id"]), body)
            refused = run.refusal(_SCHEMA_ENTRY, one["id"])
            await run.once(f"{_SCHEMA_ENTRY}:parent:{one['id']}", move, refused)


async def _site_look(run: RestoreRun) -> None:
    def brought_over(kind: str, source_id: str) -> str:
        target_id = run.ids.find(kind, source_id)
        if target_id is None and kind == "upload":
            run.note_gap("site", kind, f"its settings name upload {source_id}, left out")
        return target_id or ""

    wanted = translate_resource(run.source.site, brought_over)["attributes"]
    look = site_look(wanted, run.site["attributes"], run.locales)
    if look:
        await run.update("/site", update_body("site", run.site["id"], look))
