"""Bring records into the state they had: published or not, in their stage."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Reversible, Sequence
from functools import partial

from datosnap.api.client import Query
from datosnap.api.endpoints import BULK, IDS_A_CALL
from datosnap.core.jsontext import JsonObject, read_head, slice_page
from datosnap.core.matching import Action
from datosnap.core.planning import batches
from datosnap.core.requests import update_body
from datosnap.errors import AccessRefusedError, BackupError, RejectedError
from datosnap.flows.restoring.run import RestoreRun
from datosnap.flows.restoring.sharing import share
from datosnap.flows.restoring.source import RecordState

# What was refused, and why.
Refusals = Mapping[str, BackupError]
# Bulk jobs on different records that run side by side; each keeps the server busy for a while.
_MOVES_AT_ONCE = 4


async def take_back_parts(run: RestoreRun, record_ids: Iterable[str], step: str) -> None:
    """Take records back in the locales in which they were not public, now that all are."""

    async def take_back(record_id: str) -> None:
        if run.source.records[record_id].public_in is not None:
            await run.once(f"{step} in part:{record_id}", partial(_take_back, run, record_id))

    if any(one.all_locales_required for one in run.source.schema.models):
        await share(record_ids, take_back, writers=run.in_flight)


async def _take_back(run: RestoreRun, record_id: str) -> None:
    """Unpublish a record in the locales in which it was not public.

    To publish it in the others alone would not do: it may have become public as a whole along
    with another that links to it.
    """
    public = run.source.records[record_id].public_in or ()
    others = {"content_in_locales": [one for one in run.locales if one not in public]}
    body: JsonObject = {"data": {"type": "selective_unpublish_operation", "attributes": others}}
    try:
        path = f"/items/{run.translate('item', record_id)}/unpublish"
        await run.client.send("PUT", path, body, repeatable=True)
    except (RejectedError, AccessRefusedError) as error:
        run.note_gap("record", record_id, f"is public in all locales: {error}")


async def unpublish(run: RestoreRun, record_ids: Reversible[str]) -> None:
    """Take records back from readers, in bulk, the other way round than they were given.

    Given are those first that others link to: the API drops public links to what it takes back.
    """
    for batch in batches(reversed(record_ids), BULK):
        await run.once(batch_step("unpublish", batch), partial(_unpublish, run, batch))


async def _unpublish(run: RestoreRun, batch: Sequence[str]) -> None:
    tell_refused(run, "unpublish", await change(run, "unpublish", batch))


def tell_refused(run: RestoreRun, verb: str, refused: Refusals) -> None:
    """Note what could not be published or unpublished, with the reasons."""
    for one, error in refused.items():
        run.note_gap("record", one, f"could not be {verb}ed: {error}")


def batch_step(step: str, batch: Sequence[str]) -> str:
    """Name the step of a batch: with other members it is another."""
    return f"{step}:{hashlib.sha256(','.join(batch).encode()).hexdigest()[:24]}"


async def change(run: RestoreRun, verb: str, batch: Sequence[str]) -> Refusals:
    """Publish or unpublish records in bulk, in the given order; give what is refused."""
    answer = await _bulk(run, verb, batch)
    if not (answer.get("meta") or {}).get("failed"):
        return {}
    # The job does not say which ones failed; asking one by one tells the reason of each.
    return await change_each(run, verb, await _not_yet(run, verb, batch))


async def change_each(run: RestoreRun, verb: str, record_ids: Iterable[str]) -> Refusals:
    """Publish or unpublish records one by one, as often as that gets any further."""
    left, with_parents = list(record_ids), False
    while left:
        told = [(one, await _change_one(run, verb, one, with_parents=with_parents)) for one in left]
        refused = {one: error for one, error in told if error is not None}
        if len(refused) == len(left):
            if with_parents or not any(map(_is_below_a_draft, refused.values())):
                return refused
            # A parent may link to what is below it: neither is published without the other.
            with_parents = True
        # What one waited for may be done now: a child, a parent, what it links to.
        left = list(refused)
    return {}


def _is_below_a_draft(error: BackupError) -> bool:
    return isinstance(error, RejectedError) and error.has_code("UNPUBLISHED_PARENT")


async def _change_one(
    run: RestoreRun, verb: str, source_id: str, *, with_parents: bool
) -> BackupError | None:
    """Publish or unpublish one record; give the reason when that is refused."""
    path = f"/items/{run.translate('item', source_id)}/{verb}"
    query: Query | None = None
    if with_parents and _is_below_public(run, source_id):
        query = {"recursive": True}
    try:
        try:
            await run.client.send("PUT", path, None, query, repeatable=True)
        except RejectedError as error:
            if not (_is_below_a_draft(error) and await _to_top(run, source_id)):
                raise
            await run.client.send("PUT", path, None, query, repeatable=True)
    except (RejectedError, AccessRefusedError) as error:
        return error
    return None


def _is_below_public(run: RestoreRun, source_id: str) -> bool:
    """Tell whether readers are to see everything above a record too."""
    known, here = run.source.records, run.source.records[source_id]
    for _ in range(len(known)):
        above = known.get(here.parent or "")
        if above is None or not above.is_published:
            break
        here = above
    return here.parent is None


async def _to_top(run: RestoreRun, source_id: str) -> bool:
    """Take a record from under a parent that nobody is to see, or that is not its own.

    Tell whether it had such a one. It goes where it belongs when places are restored, public by
    then.
    """
    state, target_id = run.source.records[source_id], run.translate("item", source_id)
    if not run.source.waits_for_parent(state) and not await _is_under_another(run, state):
        return False
    await run.update(f"/items/{target_id}", update_body("item", target_id, {"parent_id": None}))
    return True


async def _is_under_another(run: RestoreRun, state: RecordState) -> bool:
    """Tell whether the target has a record under another parent than the source, for now."""
    wanted = run.ids.find("item", state.parent or "")
    if state.parent is not None and wanted is None:
        return False
    found = await run.look_up(f"/items/{run.translate('item', state.id)}")
    there = None if found is None else found["data"]["attributes"].get("parent_id")
    return there not in {None, wanted}


async def _not_yet(run: RestoreRun, verb: str, batch: Sequence[str]) -> list[str]:
    wanted = "published" if verb == "publish" else "draft"
    heads = map(read_head, await records_there(run, batch))
    done = {head.id for head in heads if head.status == wanted}
    return [one for one in batch if run.translate("item", one) not in done]


async def records_there(run: RestoreRun, source_ids: Sequence[str]) -> list[bytes]:
    """Read what the target has of some records."""
    found: list[bytes] = []
    for some in batches(source_ids, IDS_A_CALL):
        query: Query = {
            "filter": {"ids": ",".join(run.translate("item", one) for one in some)},
            "version": "current",
            "page": {"limit": IDS_A_CALL},
        }
        found += slice_page(await run.client.get("/items", query))[0]
    return found


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

    async def move(staged: tuple[str, Sequence[str]]) -> None:
        stage, batch = staged
        step = batch_step(f"stage:{stage}", batch)
        await run.once(step, partial(_move_to_stage, run, stage, batch))

    await share(_staged(run), move, writers=_MOVES_AT_ONCE)


def _staged(run: RestoreRun) -> Iterator[tuple[str, Sequence[str]]]:
    """Give the records to be moved, in batches of one stage."""
    initial = {
        stage["id"]
        for workflow in run.source.resources["workflows"]
        for stage in workflow["attributes"]["stages"]
        if stage.get("initial")
    }
    waiting: dict[str, list[str]] = {}
    for source_id, work in run.decisions.works.items():
        stage = run.source.records[source_id].stage if work.stage else None
        is_there = work.action is Action.CREATE and stage in initial
        if stage is None or is_there or run.ids.find("item", source_id) is None:
            continue
        waiting.setdefault(stage, []).append(source_id)
        if len(waiting[stage]) == BULK:
            yield stage, waiting.pop(stage)
    yield from waiting.items()


async def _move_to_stage(run: RestoreRun, stage: str, batch: Sequence[str]) -> None:
    answer = await _bulk(run, "move-to-stage", batch, {"stage": stage})
    failed = (answer.get("meta") or {}).get("failed")
    if failed:
        run.note_gap("stage", stage, f"{failed} of {len(batch)} records could not be moved to it")
