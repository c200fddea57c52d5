"""Plan again what the source had planned: publications and unpublishings that are still to come.

A schedule is no part of a record's versions, so that nobody can tell who made it. One of the
target's stays and is told, unless the import is to overwrite what was changed there: then records
have the schedules of the source, and no others. These are looked up anew, since a run that goes
on after an interruption has not read the target.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from datosnap.api.client import Query
from datosnap.api.endpoints import FLAT_PAGE
from datosnap.core.entities import related_id
from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.core.matching import Action, OnConflict, Publish
from datosnap.errors import RejectedError
from datosnap.flows.listing import Listing, read_listing
from datosnap.flows.ordering import Slots
from datosnap.flows.restoring.run import TAKEN, RestoreRun

# Where each kind of schedule is made, and which attribute tells when.
_SCHEDULES = {
    "scheduled_publication": ("scheduled-publication", "publication_scheduled_at"),
    "scheduled_unpublishing": ("scheduled-unpublishing", "unpublishing_scheduled_at"),
}
_NOT_FOUND = 404

# When something is planned for a record of the target, by its id and the attribute that tells.
Planned = Mapping[str, JsonObject]


async def restore_schedules(run: RestoreRun, now: datetime) -> None:
    """Schedule again what is still to come; what lies in the past is told.

    Memory: the records for which something is planned, on both sides.
    """
    overwrites = run.policy.on_conflict is OnConflict.UPDATE and bool(run.decisions.seen)
    there = await _planned(run) if overwrites else run.target.schedules
    making = _Making(run, there, now)
    ours: set[tuple[str, str]] = set()
    for raw in run.source.snapshot.schedules():
        schedule = decode_object(raw)
        source_id = related_id(schedule, "item") or ""
        if source_id in run.decisions.works:
            ours.add((source_id, schedule["type"]))
            refused = run.refusal("schedule", schedule["id"])
            step = f"schedule:{schedule['id']}"
            await run.once(step, partial(making.make, source_id, schedule), refused)
    if overwrites and run.source.reading.publish is Publish.AS_SOURCE:
        await _cancel_others(run, there, ours)


async def _planned(run: RestoreRun) -> Planned:
    """Read what is planned in the target."""
    found: dict[str, JsonObject] = {}

    async def take(rows: list[bytes]) -> None:
        for one in map(decode_object, rows):
            found[one["id"]] = one["meta"]

    for _, when in _SCHEDULES.values():
        fields: Query = {f"_{when}": {"exists": True}}
        query: Query = {"filter": {"fields": fields}, "version": "current", "order_by": "id_ASC"}
        await read_listing(run.client, Listing("/items", query, FLAT_PAGE), take, Slots(1))
    return found


async def _cancel_others(run: RestoreRun, there: Planned, ours: set[tuple[str, str]]) -> None:
    """Cancel what only the target has planned for records of the source."""
    for source_id in run.decisions.works if there else ():
        target_id = run.ids.find("item", source_id) or ""
        for kind, (_, when) in _SCHEDULES.items():
            is_planned = there.get(target_id, {}).get(when) is not None
            if is_planned and (source_id, kind) not in ours:
                refused = run.refusal("schedule", source_id)
                step = f"cancel {kind}:{source_id}"
                await run.once(step, partial(_cancel, run, target_id, kind), refused)


async def _cancel(run: RestoreRun, target_id: str, kind: str) -> None:
    try:
        path = f"/items/{target_id}/{_SCHEDULES[kind][0]}"
        await run.client.send("DELETE", path, repeatable=True)
    except RejectedError as error:
        # Asked twice, since the first answer was lost: then it is gone as we want it.
        if error.status != _NOT_FOUND:
            raise


@dataclass(frozen=True, slots=True)
class _Making:
    """Makes the schedules of one run, beside those that are there."""

    run: RestoreRun
    there: Planned
    now: datetime

    async def make(self, source_id: str, schedule: JsonObject) -> None:
        """Make one schedule, unless it is there or its time has passed."""
        run, kind = self.run, schedule["type"]
        target_id = run.ids.find("item", source_id)
        if target_id is None:
            run.note_gap("schedule", schedule["id"], f"its record {source_id} did not come over")
            return
        when = _SCHEDULES[kind][1]
        at: str = schedule["attributes"][when]
        held = self.there.get(target_id, {}).get(when)
        if _is_same(held, at):
            return
        if datetime.fromisoformat(at) <= self.now:
            run.note_gap("schedule", schedule["id"], f"its time, {at}, has passed")
            return
        if held is not None and run.policy.on_conflict is OnConflict.UPDATE:
            await _cancel(run, target_id, kind)
        elif run.decisions.works[source_id].action is Action.SKIP or held is not None:
            run.note_gap("schedule", schedule["id"], f"{at}: its record has another in the target")
            return
        await self._plan(target_id, schedule)

    async def _plan(self, target_id: str, schedule: JsonObject) -> None:
        run, (place, when) = self.run, _SCHEDULES[schedule["type"]]
        body = {"data": {"type": schedule["type"], "attributes": schedule["attributes"]}}
        try:
            await run.client.send("POST", f"/items/{target_id}/{place}", body, repeatable=True)
        except RejectedError as error:
            # Asked twice, since the first answer was lost: then it is there as we want it.
            found = await run.look_up(f"/items/{target_id}") if error.has_code(*TAKEN) else None
            there = None if found is None else found["data"]["meta"].get(when)
            if not _is_same(there, schedule["attributes"][when]):
                raise


def _is_same(held: str | None, at: str) -> bool:
    return held is not None and datetime.fromisoformat(held) == datetime.fromisoformat(at)
