"""Rebuild the schema: locales, workflows, plugins, models, fieldsets, fields and what they name.

What the target has already is used as it is, unless the policy brings it to the source's form.
Fields are created without the validators that judge content, because content arrives in parts;
`tighten` puts the real ones back at the end. Order of creation: the API reference,
schema resources, "Creation order for a rebuild".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from datosnap.core.entities import related_id
from datosnap.core.jsontext import JsonObject
from datosnap.core.remapping import translate_resource
from datosnap.core.requests import create_body, permitted_models, split_validators, update_body
from datosnap.core.schema_matching import SchemaPolicy
from datosnap.core.schema_plan import Act
from datosnap.errors import BackupError, RejectedError
from datosnap.flows.model_lanes import each_in_turn
from datosnap.flows.restoring.begun import SCHEMA_PLAN
from datosnap.flows.restoring.run import RestoreRun
from datosnap.flows.restoring.schema_finishing import finish_schema, path_of
from datosnap.flows.restoring.schema_matching import permitting_known
from datosnap.flows.restoring.validators import relax

# What a field can do without when the API refuses it, the first to go first.
_SPARE = ("appearance", "default_value")


async def restore_schema(run: RestoreRun) -> None:
    """Create everything that records need to exist, validators of content aside."""
    if run.steps.remembered(SCHEMA_PLAN) is None:
        run.steps.remember(SCHEMA_PLAN, run.schema.noted())
    if run.schema.policy is not SchemaPolicy.SKIP:
        await run.once("site:locales", partial(_site_locales, run))
        await _create_schema(run)
        if run.schema.of(Act.CREATE, Act.UPDATE):
            await run.once("schema:finish", partial(finish_schema, run))
    await relax(run)


async def _create_schema(run: RestoreRun) -> None:
    missing = {
        name: [one for one in some if run.schema.creates(one["type"], one["id"])]
        for name, some in run.source.resources.items()
        if name in {"workflows", "plugins", "item_types", "fieldsets", "fields"}
    }
    for one in missing["workflows"]:
        await run.once(f"workflow:{one['id']}", partial(_workflow, run, one))
    for one in missing["plugins"]:
        refused = partial(_not_installed, run, one["id"])
        await run.once(f"plugin:{one['id']}", partial(_plugin, run, one), refused)
    run.progress.start("schema", total=len(missing["fields"]), unit="fields")
    for one in missing["item_types"]:
        await run.once(f"item_type:{one['id']}", partial(_item_type, run, one))
    await _each(run, "fieldset", missing["fieldsets"])
    await _each(run, "field", [one for one in missing["fields"] if not _is_slug(one)])
    # A slug names the field it is made from, which must exist.
    await _each(run, "field", [one for one in missing["fields"] if _is_slug(one)])


async def _site_locales(run: RestoreRun) -> None:
    there, wanted = run.site["attributes"], run.source.site["attributes"]
    attributes: JsonObject = {}
    if there["locales"] != list(run.schema.locales):
        attributes["locales"] = await _locales(run)
    if "timezone" in wanted and (run.schema.fresh or run.schema.policy is SchemaPolicy.MATCH):
        attributes["timezone"] = wanted["timezone"]
    changed = {name: value for name, value in attributes.items() if there.get(name) != value}
    if changed:
        await run.update("/site", update_body("site", run.site["id"], changed))
        run.site["attributes"] = {**there, **changed}


async def _locales(run: RestoreRun) -> list[str]:
    """Give the locales to set: one that somebody added meanwhile would lose its content."""
    planned = run.schema.locales
    if run.schema.fresh:
        return list(planned)
    now: list[str] = (await run.client.get_object("/site"))["data"]["attributes"]["locales"]
    return [*now, *(one for one in planned if one not in now)]


async def _workflow(run: RestoreRun, workflow: JsonObject) -> None:
    translated = translate_resource(workflow, run.translate)
    found = f"/workflows/{translated['id']}"
    await run.create("/workflows", create_body(translated), find=found)


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
        except RejectedError:
            if attributes is ways[-1]:
                raise
        else:
            break
    if given.get("parameters"):
        parameters = {"parameters": given["parameters"]}
        await run.update(f"/plugins/{target_id}", update_body("plugin", target_id, parameters))


def _not_installed(run: RestoreRun, plugin_id: str, error: BackupError) -> None:
    """Note a plugin that cannot be had; fields do without it, so that nothing may point to it."""
    run.ids.forget("plugin", plugin_id)
    run.note_gap("plugin", plugin_id, str(error))


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


async def _each(run: RestoreRun, kind: str, resources: Sequence[JsonObject]) -> None:
    """Create what belongs to models, each member of one in the order of positions."""

    async def create(one: JsonObject) -> None:
        path = (
            f"/item-types/{run.translate('item_type', related_id(one, 'item_type') or '')}/{kind}s"
        )
        await run.once(f"{kind}:{one['id']}", partial(_member, run, one, path))
        if kind == "field":
            run.progress.advance()

    await each_in_turn(sorted(resources, key=_position), create)


def _position(resource: JsonObject) -> int:
    return resource["attributes"].get("position") or 0


async def _member(run: RestoreRun, resource: JsonObject, path: str) -> None:
    is_field = resource["type"] == "field"
    if is_field:
        _tell_unknown(run, resource)
        resource = _shown_as_can_be(run, permitting_known(resource, run.source))
    body = create_body(translate_resource(resource, run.translate))
    attributes = body["data"]["attributes"]
    if not run.schema.orders(resource):
        # Behind what the target has of its own, whose order is not ours to change.
        attributes.pop("position", None)
    if is_field:
        attributes["validators"], _ = split_validators(attributes.get("validators") or {})
        if attributes.get("localized") and isinstance(attributes.get("default_value"), dict):
            given = attributes["default_value"]
            attributes["default_value"] = {one: given.get(one) for one in run.locales}
    await _create_as_can_be(run, resource, path, body)
    run.counts.fields += is_field


async def _create_as_can_be(
    run: RestoreRun, resource: JsonObject, path: str, body: JsonObject
) -> None:
    """Create a member of a model, at worst without what content can do without."""
    kind, attributes = resource["type"], body["data"]["attributes"]
    find = path_of(kind, body["data"]["id"])
    spare = [one for one in _SPARE if one in attributes]
    given_up: list[str] = []
    reason: RejectedError | None = None
    while True:
        try:
            await run.create(path, body, find=find)
            break
        except RejectedError as error:
            if not spare:
                raise
            reason = reason or error
            given_up.append(spare.pop(0))
            del attributes[given_up[-1]]
    if reason is not None:
        without = " and ".join(given_up)
        run.note_gap(kind, resource["id"], f"came without its {without}: {reason}")


def _tell_unknown(run: RestoreRun, field: JsonObject) -> None:
    validators: JsonObject = field["attributes"].get("validators") or {}
    _, gone = permitted_models(validators, run.source.schema.item_types)
    if gone:
        named = ", ".join(gone)
        run.note_gap("field", field["id"], f"its validators name models that are gone: {named}")


def _shown_as_can_be(run: RestoreRun, field: JsonObject) -> JsonObject:
    """Leave out of a field's appearance the plugins that could not be installed."""
    appearance = field["attributes"].get("appearance")
    missing = {
        one["id"]
        for one in run.source.resources["plugins"]
        if run.ids.find("plugin", one["id"]) is None
    }
    if not missing or not isinstance(appearance, dict):
        return field
    addons = [one for one in appearance.get("addons") or [] if one["id"] not in missing]
    attributes = {**field["attributes"], "appearance": {**appearance, "addons": addons}}
    if appearance.get("editor") in missing:
        # Without any, the server gives the field its type's own editor.
        del attributes["appearance"]
    if attributes.get("appearance") != appearance:
        run.note_gap("field", field["id"], "a plugin that shows it could not be installed")
    return {**field, "attributes": attributes}


def _is_slug(field: JsonObject) -> bool:
    return bool(field["attributes"]["field_type"] == "slug")
