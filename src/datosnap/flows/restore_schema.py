"""Rebuild the schema: locales, workflows, plugins, models, fieldsets, fields and what they name.

Fields are created without the validators that judge content, because content arrives in parts;
`tighten` puts the real ones back at the end. Order of creation: the API reference, schema
resources, "Creation order for a rebuild".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import anyio

from datosnap.api.endpoints import SCHEMA_QUERY
from datosnap.core.entities import related_id
from datosnap.core.jsontext import Json, JsonObject, decode_object, slice_included
from datosnap.core.remapping import translate_resource
from datosnap.core.requests import (
    FIELD_POINTERS,
    clean_validator,
    create_body,
    split_validators,
    update_body,
)
from datosnap.errors import RejectedError
from datosnap.flows.restore_run import RestoreRun

# Schema writes are slow jobs; the official importer runs two to six of them at a time.
_MODELS_AT_ONCE = 4


async def restore_schema(run: RestoreRun) -> None:
    """Create everything that records need to exist, validators of content aside."""
    resources = run.source.resources
    await run.once("site:locales", partial(_site_locales, run))
    for one in resources["workflows"]:
        await run.once(f"workflow:{one['id']}", partial(_create, run, one, "/workflows"))
    for one in resources["plugins"]:
        await run.once(f"plugin:{one['id']}", partial(_plugin, run, one))
    run.progress.start("schema", total=len(resources["fields"]), unit="fields")
    for one in resources["item_types"]:
        await run.once(f"item_type:{one['id']}", partial(_item_type, run, one))
    await _each_model(run, "fieldset", resources["fieldsets"])
    await _each_model(run, "field", [one for one in resources["fields"] if not _is_slug(one)])
    # A slug names the field it is made from, which must exist.
    await _each_model(run, "field", [one for one in resources["fields"] if _is_slug(one)])
    await run.once("schema:finish", partial(_finish, run))


async def tighten(run: RestoreRun) -> None:
    """Put the validators back that were left out while content was filled in."""
    held_back = [
        one
        for one in run.source.resources["fields"]
        if split_validators(one["attributes"].get("validators") or {})[1]
    ]
    run.progress.start("validators", total=len(held_back), unit="fields")
    for one in held_back:
        put_back = partial(_validators, run, one)
        await run.once(f"validators:{one['id']}", put_back, run.refusal("validators", one["id"]))
        run.progress.advance()


async def _site_locales(run: RestoreRun) -> None:
    wanted = run.source.site["attributes"]
    attributes = {name: wanted[name] for name in ("locales", "timezone") if name in wanted}
    # Locales that the target has beside the source's are kept, after them.
    attributes["locales"] = list(dict.fromkeys([*attributes["locales"], *run.locales]))
    await run.update("/site", update_body("site", run.site["id"], attributes))
    run.site["attributes"] = {**run.site["attributes"], **attributes}


async def _create(run: RestoreRun, resource: JsonObject, path: str) -> None:
    translated = translate_resource(resource, run.translate)
    await run.create(path, create_body(translated), find=f"{path}/{translated['id']}")


async def _plugin(run: RestoreRun, plugin: JsonObject) -> None:
    """Install a plugin as the source has it; one that is gone from its registry becomes private."""
    target_id = run.translate("plugin", plugin["id"])
    given: JsonObject = plugin["attributes"]
    ways = [_private(plugin)]
    if given.get("package_name"):
        ways.insert(0, {"package_name": given["package_name"]})
    for attributes in ways:
        body = {"data": {"type": "plugin", "id": target_id, "attributes": attributes}}
        try:
            await run.create("/plugins", body, find=f"/plugins/{target_id}")
            break
        except RejectedError as error:
            if attributes is ways[-1]:
                run.note_gap("plugin", plugin["id"], str(error))
                return
    if given.get("parameters"):
        parameters = {"parameters": given["parameters"]}
        await run.update(f"/plugins/{target_id}", update_body("plugin", target_id, parameters))


def _private(plugin: JsonObject) -> JsonObject:
    names = ["name", "description", "url", "permissions"]
    if (plugin.get("meta") or {}).get("version") == "1":
        names = [
            "name",
            "description",
            "url",
            "plugin_type",
            "field_types",
            "parameter_definitions",
        ]
    given = plugin["attributes"]
    return {name: given[name] for name in names if given.get(name) is not None}


async def _item_type(run: RestoreRun, item_type: JsonObject) -> None:
    translated = translate_resource(item_type, run.translate)
    query: JsonObject = {"skip_menu_item_creation": True}
    entry = next(
        (
            one["id"]
            for one in run.source.resources["schema_menu_items"]
            if related_id(one, "item_type") == item_type["id"]
        ),
        None,
    )
    if entry is not None:
        query["schema_menu_item_id"] = run.translate("schema_menu_item", entry)
    await run.create(
        "/item-types",
        create_body(translated),
        find=f"/item-types/{translated['id']}",
        query=query,
    )
    run.counts.item_types += 1


async def _each_model(run: RestoreRun, kind: str, resources: Sequence[JsonObject]) -> None:
    """Create what belongs to models: several models at a time, each in the order of positions."""
    by_model: dict[str, list[JsonObject]] = {}
    for one in sorted(resources, key=lambda one: one["attributes"].get("position") or 0):
        by_model.setdefault(related_id(one, "item_type") or "", []).append(one)
    limit = anyio.CapacityLimiter(_MODELS_AT_ONCE)

    async def create_all(model_id: str, members: list[JsonObject]) -> None:
        async with limit:
            for one in members:
                path = f"/item-types/{run.translate('item_type', model_id)}/{kind}s"
                await run.once(f"{kind}:{one['id']}", partial(_member, run, one, path))
                if kind == "field":
                    run.progress.advance()

    async with anyio.create_task_group() as tasks:
        for model_id, members in by_model.items():
            tasks.start_soon(create_all, model_id, members)


async def _member(run: RestoreRun, resource: JsonObject, path: str) -> None:
    translated = translate_resource(_known_targets(run, resource), run.translate)
    body = create_body(translated)
    attributes = body["data"]["attributes"]
    if resource["type"] == "field":
        attributes["validators"], _ = split_validators(attributes.get("validators") or {})
        if attributes.get("localized") and isinstance(attributes.get("default_value"), dict):
            given = attributes["default_value"]
            attributes["default_value"] = {one: given.get(one) for one in run.locales}
    await run.create(path, body, find=f"/{resource['type']}s/{translated['id']}")
    run.counts.fields += resource["type"] == "field"


def _known_targets(run: RestoreRun, resource: JsonObject) -> JsonObject:
    """Leave out of a field's validators the models that the source itself no longer has."""
    if resource["type"] != "field":
        return resource
    validators: JsonObject = resource["attributes"].get("validators") or {}
    rebuilt = {name: _known_models(run, resource, rules) for name, rules in validators.items()}
    return {**resource, "attributes": {**resource["attributes"], "validators": rebuilt}}


def _known_models(run: RestoreRun, field: JsonObject, rules: Json) -> Json:
    if not isinstance(rules, dict) or not isinstance(rules.get("item_types"), list):
        return rules
    known = [one for one in rules["item_types"] if one in run.source.schema.item_types]
    gone = set(rules["item_types"]) - set(known)
    if gone:
        run.note_gap("field", field["id"], f"its validators name models that are gone: {gone}")
    return {**rules, "item_types": known}


async def _finish(run: RestoreRun) -> None:
    """Set positions and what models point to, where the server chose otherwise by itself."""
    _, included = slice_included(await run.client.get("/site", SCHEMA_QUERY))
    found = {
        (kind, one["id"]): one
        for kind, lines in included.items()
        for one in map(decode_object, lines)
    }
    resources = run.source.resources
    members = sorted(
        [*resources["fields"], *resources["fieldsets"]],
        key=lambda one: one["attributes"].get("position") or 0,
    )
    for one in members:
        target_id = run.translate(one["type"], one["id"])
        position = one["attributes"].get("position")
        if found[one["type"], target_id]["attributes"].get("position") != position:
            body = update_body(one["type"], target_id, {"position": position})
            await run.update(f"/{one['type']}s/{target_id}", body)
    for one in resources["item_types"]:
        target_id = run.translate("item_type", one["id"])
        await _point(run, one, found["item_type", target_id])


async def _point(run: RestoreRun, item_type: JsonObject, found: JsonObject) -> None:
    wanted = translate_resource(item_type, run.translate)
    relationships = {
        name: {"data": wanted["relationships"][name].get("data")}
        for name in FIELD_POINTERS
        if related_id(wanted, name) != related_id(found, name)
    }
    attributes: JsonObject = {
        name: wanted["attributes"][name]
        for name in ("ordering_direction", "ordering_meta")
        if wanted["attributes"].get(name) != found["attributes"].get(name)
    }
    if "ordering_field" in relationships:
        attributes["ordering_direction"] = wanted["attributes"].get("ordering_direction")
    if relationships or attributes:
        body = update_body("item_type", wanted["id"], attributes, relationships)
        await run.update(f"/item-types/{wanted['id']}", body)


async def _validators(run: RestoreRun, field: JsonObject) -> None:
    translated = translate_resource(_known_targets(run, field), run.translate)
    given = translated["attributes"]["validators"]
    validators = {name: clean_validator(name, rules) for name, rules in given.items()}
    body = update_body("field", translated["id"], {"validators": validators})
    await run.update(f"/fields/{translated['id']}", body)


def _is_slug(field: JsonObject) -> bool:
    return bool(field["attributes"]["field_type"] == "slug")
