"""Set in the schema what creating it could not: order, what models point to, and what differs.

The server fills in some of it by itself when fields are made, so that everything is compared with
what is there and only the rest is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from datosnap.api.endpoints import SCHEMA_QUERY
from datosnap.core.jsontext import JsonObject, decode_object, slice_included, slice_page
from datosnap.core.remapping import translate_resource
from datosnap.core.requests import FIELD_POINTERS, change_body, definition, split_validators
from datosnap.core.schema_comparing import Shelf, brought, shelf_of
from datosnap.core.schema_plan import Act
from datosnap.errors import RejectedError
from datosnap.flows.restoring.run import RestoreRun
from datosnap.flows.restoring.schema_matching import LISTS, permitting_known

# Of resources by kind and id.
Found = dict[tuple[str, str], JsonObject]
# What belongs to a finished model only; everything else it has from its creation.
_MODEL_END = (*FIELD_POINTERS, "ordering_direction", "ordering_meta")
# How the paths of single resources begin.
_PATHS = {"item_type": "/item-types", "field": "/fields", "fieldset": "/fieldsets", **LISTS}


async def finish_schema(run: RestoreRun) -> None:
    """Bring what differs, where the policy says so, then order and point as the source does."""
    for kind in ("workflow", "plugin"):
        if _steps(run, kind, Act.UPDATE):
            await bring(run, kind, await listed(run, kind))
    found = await read_schema_again(run)
    for kind in ("fieldset", "field"):
        await bring(run, kind, found)
    resources = run.source.resources
    await put_in_order(run, [*resources["fieldsets"], *resources["fields"]], found)
    for one in resources["item_types"]:
        if run.schema.has_place("item_type", one["id"]):
            there = found["item_type", run.translate("item_type", one["id"])]
            await _finish_model(run, one, there)


async def read_schema_again(run: RestoreRun) -> Found:
    """Read models, fields and fieldsets as they are now."""
    _, included = slice_included(await run.client.get("/site", SCHEMA_QUERY))
    members = [decode_object(line) for lines in included.values() for line in lines]
    return {(one["type"], one["id"]): one for one in members}


async def listed(run: RestoreRun, kind: str) -> Found:
    """Read all resources of a kind as they are now."""
    lines, _ = slice_page(await run.client.get(LISTS[kind]))
    return {(kind, one["id"]): one for one in map(decode_object, lines)}


def path_of(kind: str, target_id: str) -> str:
    """Give the path of one resource."""
    return f"{_PATHS[kind]}/{target_id}"


def _steps(run: RestoreRun, kind: str, *acts: Act) -> set[str]:
    return {one.source_id for one in run.schema.of(*acts) if one.kind == kind}


async def bring(run: RestoreRun, kind: str, found: Found) -> None:
    """Set what differs in the target's resources of a kind, where the plan says so."""
    wanted = _steps(run, kind, Act.UPDATE)
    for resources in run.source.resources.values():
        for one in resources:
            if one["type"] == kind and one["id"] in wanted:
                refused = run.refusal(kind, one["id"])
                await run.once(
                    f"bring:{kind}:{one['id']}", partial(_bring, run, one, found), refused
                )


async def _bring(run: RestoreRun, resource: JsonObject, found: Found) -> None:
    kind = resource["type"]
    if kind == "field":
        resource = permitting_known(resource, run.source)
    translated = translate_resource(resource, run.translate)
    there = found[kind, translated["id"]]
    values = brought(translated, there)
    if "validators" in values:
        now = definition(there)["validators"]
        values["validators"] = _structure(values["validators"], now)
        if values["validators"] == now:
            del values["validators"]
    if values:
        body = change_body(kind, translated["id"], values)
        await run.update(path_of(kind, translated["id"]), body)


def _structure(ours: JsonObject, theirs: JsonObject) -> JsonObject:
    """Permit what the source permits; what judges content stays until the content is there."""
    structure = split_validators(theirs)[0]
    kept = {name: rules for name, rules in theirs.items() if name not in structure}
    return kept | split_validators(ours)[0]


async def put_in_order(run: RestoreRun, resources: Iterable[JsonObject], found: Found) -> None:
    """Put resources where the source has them, on shelves whose order is the source's to choose."""
    shelves: dict[Shelf, list[JsonObject]] = {}
    for one in sorted(resources, key=lambda one: one["attributes"].get("position") or 0):
        shelf = shelf_of(one, run.translate)
        if shelf is not None and run.schema.orders(one):
            shelves.setdefault(shelf, []).append(one)
    for row in shelves.values():
        if any(run.schema.act(one["type"], one["id"]) in {Act.CREATE, Act.UPDATE} for one in row):
            await _order(run, row, found)


async def _order(run: RestoreRun, row: Iterable[JsonObject], found: Found) -> None:
    """Put those of one shelf in their places; a place that is refused ends it, and is told."""
    moved = False
    for one in row:
        kind, target_id = one["type"], run.translate(one["type"], one["id"])
        position = one["attributes"].get("position")
        # One that is moved shifts its siblings: from there on nothing is where it was found.
        moved = moved or found[kind, target_id]["attributes"].get("position") != position
        if not moved:
            continue
        try:
            body = change_body(kind, target_id, {"position": position})
            await run.update(path_of(kind, target_id), body)
        except RejectedError as error:
            run.note_gap(kind, one["id"], f"could not be put in its place: {error}")
            return


async def _finish_model(run: RestoreRun, item_type: JsonObject, there: JsonObject) -> None:
    act = run.schema.act("item_type", item_type["id"])
    if act is Act.DIFFERS or act is Act.SAME:
        wanted = run.schema.pointers.get(item_type["id"], {})
    else:
        wanted = brought(translate_resource(item_type, run.translate), there)
        if act is Act.CREATE:
            wanted = {name: value for name, value in wanted.items() if name in _MODEL_END}
    await _point(run, there, wanted)


async def _point(run: RestoreRun, there: JsonObject, wanted: JsonObject) -> None:
    """Set what a model points to; what the API refuses of it is left as it is, and told."""
    now = definition(there)
    values = {name: value for name, value in wanted.items() if now.get(name) != value}
    if "ordering_field" in values:
        # The one means nothing without the other.
        values["ordering_direction"] = wanted.get(
            "ordering_direction", now.get("ordering_direction")
        )
    if not values:
        return
    try:
        await run.update(
            path_of("item_type", there["id"]), change_body("item_type", there["id"], values)
        )
    except RejectedError:
        await _point_one_by_one(run, there, values)


async def _point_one_by_one(run: RestoreRun, there: JsonObject, values: JsonObject) -> None:
    """Find out which of several values the API refuses; old models hold some it takes no more."""
    key = there["attributes"]["api_key"]
    direction = values.pop("ordering_direction", None)
    for name, value in values.items():
        single = {name: value}
        if name == "ordering_field":
            single["ordering_direction"] = direction
        try:
            await run.update(
                path_of("item_type", there["id"]), change_body("item_type", there["id"], single)
            )
        except RejectedError as error:
            run.note_gap("model", there["id"], f"{key}: {name} could not be set: {error}")
