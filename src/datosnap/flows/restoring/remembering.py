"""Learn at the end of an import what the target holds now, so that a later one knows its own work.

A record counts as ours only while the target has the version that our last write was answered
with: what an editor changed in between stays theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from datosnap.api.client import Query
from datosnap.api.endpoints import FLAT_PAGE
from datosnap.core.jsontext import JsonObject, decode_object, slice_page
from datosnap.core.matching import Action, Base
from datosnap.core.planning import batches
from datosnap.flows.listing import Listing, read_listing
from datosnap.flows.ordering import Slots
from datosnap.flows.restoring.decisions import Written, base_of
from datosnap.flows.restoring.run import RestoreRun

# Ids in one `filter[ids]`, so that the address stays short.
_IDS_A_CALL = 100


async def remember(run: RestoreRun, written: Written) -> Written:
    """Bring what earlier imports noted up to what this one left."""
    for one in run.decisions.deletes:
        written.records.pop(one, None)
    written.uploads.update(run.said)
    for source_id, work in run.decisions.works.items():
        target_id = run.ids.find("item", source_id) or ""
        held = run.target.records.get(target_id)
        if (
            work.action is Action.UNCHANGED
            and held is not None
            and target_id not in written.records
        ):
            written.records[target_id] = base_of(held)
    ours = {run.translate("item", one): one for one in run.steps.wrote}

    def take(rows: list[bytes]) -> None:
        for record in map(decode_object, rows):
            source_id = ours.get(record["id"])
            if source_id is not None:
                _note(run, written, source_id, record)

    for model_id, some in _by_model(run).items():
        await _read_heads(run, model_id, some, take)
    return written


def _by_model(run: RestoreRun) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for source_id in run.steps.wrote:
        state = run.source.records.get(source_id)
        if state is not None:
            model_id = run.translate("item_type", state.model.id)
            grouped.setdefault(model_id, []).append(run.translate("item", source_id))
    return grouped


async def _read_heads(
    run: RestoreRun, model_id: str, record_ids: list[str], take: Callable[[list[bytes]], None]
) -> None:
    """Read these records as they are now, or all of their model where that costs fewer calls."""
    held = sum(one.model == model_id for one in run.target.records.values())
    by_ids, whole_list = ceil(len(record_ids) / _IDS_A_CALL), ceil(held / FLAT_PAGE)
    if run.policy.selection.records or by_ids <= max(1, whole_list):
        for some in batches(record_ids, _IDS_A_CALL):
            query: Query = {
                "filter": {"ids": ",".join(some)},
                "version": "current",
                "page": {"limit": _IDS_A_CALL},
            }
            take(slice_page(await run.client.get("/items", query))[0])
        return

    async def consume(rows: list[bytes]) -> None:
        take(rows)

    whole: Query = {"filter": {"type": model_id}, "version": "current", "order_by": "id_ASC"}
    await read_listing(run.client, Listing("/items", whole, FLAT_PAGE), consume, Slots(2))


def _note(run: RestoreRun, written: Written, source_id: str, record: JsonObject) -> None:
    wrote = run.steps.wrote[source_id]
    meta: JsonObject = record.get("meta") or {}
    if meta.get("current_version") != wrote.version:
        # Somebody edited it since: it is no longer as we left it.
        return
    status = meta.get("status") or "draft"
    published = {"draft": b"", "updated": wrote.base}
    written.records[record["id"]] = Base(
        status,
        wrote.version,
        wrote.current,
        published.get(status, wrote.current),
        meta.get("stage"),
        record["attributes"].get("parent_id"),
    )
