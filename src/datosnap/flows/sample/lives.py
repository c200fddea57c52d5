"""Let the sample's records live: be published, edited, moved, scheduled, withdrawn.

A life is a list of steps in the record's row. All records take their first step, then all their
second, so that records which refer to each other are published in one call. A step is a word
(`publish`, `complete`, `unpublish`) or an object of one word and what it needs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.errors import BackupError, quote
from datosnap.flows.sample.catalogue import Record
from datosnap.flows.sample.desk import Desk
from datosnap.flows.sample.writing import all_locales, complete, update

# the API takes at most this many records in a bulk operation
_BULK = 200


async def live(desk: Desk, records: Sequence[Record]) -> None:
    """Lead all records through their lives, step by step."""
    for steps in zip_longest(*(record.life for record in records)):
        taken = [(record, step) for record, step in zip(records, steps, strict=True) if step]
        await _publish_all(desk, [record for record, step in taken if step == "publish"])
        for record, step in taken:
            if step != "publish":
                await _take(desk, record, step)


async def _publish_all(desk: Desk, records: Sequence[Record]) -> None:
    for start in range(0, len(records), _BULK):
        batch = records[start : start + _BULK]
        items = [{"type": "item", "id": record.id} for record in batch]
        reply = await desk.order(
            "/items/bulk/publish",
            {
                "data": {
                    "type": "item_bulk_publish_operation",
                    "relationships": {"items": {"data": items}},
                }
            },
        )
        if reply["meta"]["failed"]:
            names = ", ".join(record.name for record in batch)
            failed = reply["meta"]["failed"]
            raise BackupError(f"{failed} of these could not be published: {quote(names)}")


async def _take(desk: Desk, record: Record, step: Json) -> None:
    word, needs = (step, None) if isinstance(step, str) else next(iter(step.items()))
    await _STEPS[word](desk, desk.now[record.name], needs)


async def _complete(desk: Desk, record: Record, _: Json) -> None:
    await complete(desk, record)


async def _edit(desk: Desk, record: Record, needs: JsonObject) -> None:
    fields = desk.model_of(record).fields
    values = dict(record.values)
    for key, value in needs.items():
        is_partial = key in fields and fields[key].localized
        values[key] = {**values[key], **value} if is_partial else value
    desk.now[record.name] = replace(record, values=values)
    written = desk.writer.attributes(
        desk.model_of(record), values, all_locales(desk, desk.now[record.name])
    )
    # what is no field, like `position`, is sent as it is
    await update(desk, record, {key: written.get(key, values[key]) for key in needs})


async def _publish_in_part(desk: Desk, record: Record, needs: JsonObject) -> None:
    data = {"type": "selective_publish_operation", "attributes": needs}
    await desk.change(f"/items/{record.id}/publish", {"data": data})


async def _unpublish(desk: Desk, record: Record, _: Json) -> None:
    await desk.change(f"/items/{record.id}/unpublish", None)


async def _move_to_stage(desk: Desk, record: Record, stage: str) -> None:
    data = {"type": "item", "id": record.id, "attributes": {}, "meta": {"stage": stage}}
    await desk.change(f"/items/{record.id}", {"data": data})


async def _schedule_publication(desk: Desk, record: Record, needs: JsonObject) -> None:
    data = {"type": "scheduled_publication", "attributes": needs}
    await desk.order(f"/items/{record.id}/scheduled-publication", {"data": data})


async def _schedule_unpublishing(desk: Desk, record: Record, needs: JsonObject) -> None:
    data = {"type": "scheduled_unpublishing", "attributes": needs}
    await desk.order(f"/items/{record.id}/scheduled-unpublishing", {"data": data})


async def _rewrite_block(desk: Desk, record: Record, needs: JsonObject) -> None:
    reply = await desk.cms.get_object(f"/items/{record.id}", {"nested": True})
    held = reply["data"]["attributes"][needs["field"]]
    model_id = desk.catalogue.models[needs["block"]].id
    kept = {
        locale: _with_blocks_kept(
            value, model_id, needs["set"] if locale == needs["locale"] else {}
        )
        for locale, value in held.items()
    }
    await update(desk, record, {needs["field"]: kept})


def _with_blocks_kept(value: Json, model_id: str, changes: JsonObject) -> Json:
    """Replace each outermost block by its id, or by a change of it when it is of that model."""
    if isinstance(value, list):
        return [_with_blocks_kept(member, model_id, changes) for member in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") != "item":
        return {key: _with_blocks_kept(member, model_id, changes) for key, member in value.items()}
    if not changes or value["relationships"]["item_type"]["data"]["id"] != model_id:
        return value["id"]
    return {
        "type": "item",
        "id": value["id"],
        "attributes": changes,
        "relationships": value["relationships"],
    }


_STEPS: Mapping[str, Callable[[Desk, Record, Json], Awaitable[None]]] = {
    "complete": _complete,
    "edit": _edit,
    "publish": _publish_in_part,
    "unpublish": _unpublish,
    "stage": _move_to_stage,
    "schedule_publication": _schedule_publication,
    "schedule_unpublishing": _schedule_unpublishing,
    "rewrite_block": _rewrite_block,
}
