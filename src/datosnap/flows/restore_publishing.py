"""Bring records into the state they had: published, in their stage, in their place, scheduled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from datosnap.api.client import Query
from datosnap.api.endpoints import BULK, FLAT_PAGE
from datosnap.core.entities import ItemType, related_id
from datosnap.core.jsontext import JsonObject, decode_object, read_head, slice_page
from datosnap.core.planning import batches
from datosnap.core.requests import update_body
from datosnap.errors import RejectedError
from datosnap.flows.listing import Listing, read_listing
from datosnap.flows.ordering import Slots
from datosnap.flows.restore_run import RestoreRun
from datosnap.flows.restore_source import RecordState

# Ids in one `filter[ids]`, so that the address stays short.
_IDS_A_CALL = 100
# Where each kind of schedule is made, and which attribute tells when.
_SCHEDULES = {
    "scheduled_publication": ("scheduled-publication", "publication_scheduled_at"),
    "scheduled_unpublishing": ("scheduled-unpublishing", "unpublishing_scheduled_at"),
}


async def publish(run: RestoreRun, record_ids: Sequence[str], step: str) -> None:
    """Publish records in the given order, in bulk; name each that the API will not publish."""
    for number, batch in enumerate(batches(record_ids, BULK)):
        await run.once(f"{step}:{number}:{batch[0]}", partial(_publish_batch, run, batch))


async def _publish_batch(run: RestoreRun, batch: Sequence[str]) -> None:
    answer = await _bulk(run, "publish", batch)
    if not (answer.get("meta") or {}).get("failed"):
        return
    # The job does not say which ones failed; asking one by one tells the reason of each.
    for one in await _unpublished(run, batch):
        try:
            target_id = run.translate("item", one)
            await run.client.send("PUT", f"/items/{target_id}/publish", repeatable=True)
        except RejectedError as error:
            run.note_gap("record", one, f"could not be published: {error}")


async def _unpublished(run: RestoreRun, batch: Sequence[str]) -> list[str]:
    published: set[str] = set()
    for some in batches(batch, _IDS_A_CALL):
        ids = ",".join(run.translate("item", one) for one in some)
        query: Query = {
            "filter": {"ids": ids},
            "version": "current",
            "page": {"limit": _IDS_A_CALL},
        }
        lines, _ = slice_page(await run.client.get("/items", query))
        heads = map(read_head, lines)
        published |= {head.id for head in heads if head.status == "published"}
    return [one for one in batch if run.translate("item", one) not in published]


async def _bulk(
    run: RestoreRun, verb: str, batch: Sequence[str], attributes: JsonObject | None = None
) -> JsonObject:
    links = [{"type": "item", "id": run.translate("item", one)} for one in batch]
    operation: JsonObject = {
        "type": f"item_bulk_{verb.replace('-', '_')}_operation",
        "relationships": {"items": {"data": links}},
    }
    if attributes is not None:
        operation["attributes"] = attributes
    path = f"/items/bulk/{verb}"
    return await run.client.send("POST", path, {"data": operation}, repeatable=True)


async def restore_stages(run: RestoreRun) -> None:
    """Move records to their workflow stage; new ones are in the initial one already."""
    initial = {
        stage["id"]
        for workflow in run.source.resources["workflows"]
        for stage in workflow["attributes"]["stages"]
        if stage.get("initial")
    }
    by_stage: dict[str, list[str]] = {}
    for state in run.source.records.values():
        brought = run.ids.find("item", state.id) is not None
        if brought and state.stage is not None and state.stage not in initial:
            by_stage.setdefault(state.stage, []).append(state.id)
    for stage, members in by_stage.items():
        for number, batch in enumerate(batches(members, BULK)):
            move = partial(_move_to_stage, run, stage, batch)
            await run.once(f"stage:{stage}:{number}:{batch[0]}", move)


async def _move_to_stage(run: RestoreRun, stage: str, batch: Sequence[str]) -> None:
    answer = await _bulk(run, "move-to-stage", batch, {"stage": stage})
    failed = (answer.get("meta") or {}).get("failed")
    if failed:
        run.note_gap("stage", stage, f"{failed} of {len(batch)} records could not be moved to it")


async def restore_positions(run: RestoreRun) -> None:
    """Put the records of trees and sorted models where they were, ascending."""
    for model in run.source.schema.models:
        if model.is_ordered:
            await run.once(f"positions:{model.id}", partial(_positions, run, model))


async def _positions(run: RestoreRun, model: ItemType) -> None:
    found: dict[str, JsonObject] = {}

    async def take(rows: list[bytes]) -> None:
        found.update({one["id"]: one["attributes"] for one in map(decode_object, rows)})

    query: Query = {"filter": {"type": run.translate("item_type", model.id)}, "version": "current"}
    await read_listing(run.client, Listing("/items", query, FLAT_PAGE), take, Slots(1))
    states = [one for one in run.source.records.values() if one.model.id == model.id]
    moved = False
    for state in sorted(states, key=lambda one: one.position):
        target_id = run.ids.find("item", state.id)
        if target_id is None:
            continue
        wanted = _place(run, state)
        there = found.get(target_id) or {}
        # One that is moved shifts its siblings: from there on nothing is where it was found.
        moved = moved or any(there.get(name) != one for name, one in wanted.items())
        if moved:
            await run.update(f"/items/{target_id}", update_body("item", target_id, wanted))


def _place(run: RestoreRun, state: RecordState) -> JsonObject:
    place: JsonObject = {"position": state.position}
    parent = run.ids.find("item", state.parent or "")
    # A parent that did not come over leaves its child at the top, which is told elsewhere.
    return {"parent_id": parent, **place} if parent is not None else place


async def restore_schedules(run: RestoreRun, now: datetime) -> None:
    """Schedule again what is still to come; what lies in the past is told."""
    for raw in run.source.snapshot.schedules():
        schedule = decode_object(raw)
        await run.once(
            f"schedule:{schedule['id']}",
            partial(_schedule, run, schedule, now),
            run.refusal("schedule", schedule["id"]),
        )


async def _schedule(run: RestoreRun, schedule: JsonObject, now: datetime) -> None:
    place, when = _SCHEDULES[schedule["type"]]
    source_id = related_id(schedule, "item") or ""
    target_id = run.ids.find("item", source_id)
    if target_id is None:
        run.note_gap("schedule", schedule["id"], f"its record {source_id} did not come over")
        return
    at: str = schedule["attributes"][when]
    if datetime.fromisoformat(at) <= now:
        run.note_gap("schedule", schedule["id"], f"its time, {at}, has passed")
        return
    body = {"data": {"type": schedule["type"], "attributes": schedule["attributes"]}}
    # Refused when it is there already, so asking twice does no harm.
    await run.client.send("POST", f"/items/{target_id}/{place}", body, repeatable=True)
