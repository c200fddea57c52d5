"""Delete what a mirrored model holds beside the snapshot's records, once that was agreed to.

A record that others link to may be refused until those are gone, and the bulk job does not say
which ones failed. So what is left is tried again as long as anything goes, and only then one by
one, for the reasons.
"""

from __future__ import annotations

from functools import partial

from datosnap.api.client import Query
from datosnap.api.endpoints import BULK, IDS_A_CALL
from datosnap.core.jsontext import JsonObject, read_head, slice_page
from datosnap.core.planning import batches
from datosnap.errors import AccessRefusedError, RejectedError
from datosnap.flows.restoring.run import RestoreRun

_NOT_FOUND = 404


async def delete_extra(run: RestoreRun) -> None:
    """Delete the records that were decided on, children before their parents."""
    await run.once("mirror", partial(_delete, run))


async def _delete(run: RestoreRun) -> None:
    left = _children_first(run)
    run.progress.start("delete", total=len(left), unit="records")
    while left:
        for batch in batches(left, BULK):
            await _destroy(run, list(batch))
        remaining = await _still_there(run, left)
        run.counts.deleted += len(left) - len(remaining)
        run.progress.advance(len(left) - len(remaining))
        if len(remaining) == len(left):
            await _one_by_one(run, remaining)
            return
        left = remaining


def _children_first(run: RestoreRun) -> list[str]:
    records = run.target.records

    def depth(record_id: str) -> int:
        steps, here = 0, records.get(record_id)
        while here is not None and here.parent is not None and steps < len(records):
            steps, here = steps + 1, records.get(here.parent)
        return steps

    return sorted(run.decisions.deletes, key=depth, reverse=True)


async def _destroy(run: RestoreRun, batch: list[str]) -> None:
    links = [{"type": "item", "id": one} for one in batch]
    operation: JsonObject = {
        "type": "item_bulk_destroy_operation",
        "relationships": {"items": {"data": links}},
    }
    await run.client.send("POST", "/items/bulk/destroy", {"data": operation}, repeatable=True)


async def _still_there(run: RestoreRun, record_ids: list[str]) -> list[str]:
    found: set[str] = set()
    for some in batches(record_ids, IDS_A_CALL):
        query: Query = {
            "filter": {"ids": ",".join(some)},
            "version": "current",
            "page": {"limit": IDS_A_CALL},
        }
        lines, _ = slice_page(await run.client.get("/items", query))
        found |= {read_head(one).id for one in lines}
    return [one for one in record_ids if one in found]


async def _one_by_one(run: RestoreRun, record_ids: list[str]) -> None:
    for one in record_ids:
        try:
            await run.client.send("DELETE", f"/items/{one}", repeatable=True)
        except (RejectedError, AccessRefusedError) as error:
            # A repeated request finds that the first one, whose answer was lost, was carried out.
            if not isinstance(error, RejectedError) or error.status != _NOT_FOUND:
                run.note_gap("record", one, f"could not be deleted: {error}")
                continue
        run.counts.deleted += 1
