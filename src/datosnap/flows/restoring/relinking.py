"""Write links again that the API dropped when what they lead to was taken back from readers.

Where a field says so, the API takes the links to a record that becomes a draft out of what readers
see of others, and out of their latest content too. No order avoids that for all: a parent cannot
become a draft before the child that it links to, nor can two that link to each other; and what
knows no drafts stays public whatever it links to.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import partial

from datosnap.api.client import Query
from datosnap.core.jsontext import Json, JsonObject, decode_object, slice_page
from datosnap.core.matching import Action
from datosnap.core.planning import batches
from datosnap.flows.restoring.decisions import Wrote
from datosnap.flows.restoring.run import RestoreRun
from datosnap.flows.restoring.source import RecordState

# Ids in one `filter[ids]`, so that the address stays short.
_IDS_A_CALL = 100


async def restore_links(run: RestoreRun) -> None:
    """Look at all that link to what was taken back, and write again what lost a link by it.

    Memory: the ids of what was taken back, and of what links to it.
    """
    hidden = frozenset(one for one, work in run.decisions.works.items() if work.unpublish)
    linking = [one for one in run.decisions.works if _may_have_lost(run, one, hidden)]
    for some in batches(linking, _IDS_A_CALL):
        for one in await _changed(run, some):
            refused = run.refusal("record", one)
            await run.unless_done(f"relink:{one}", partial(_restore, run, one, hidden), refused)


def _may_have_lost(run: RestoreRun, source_id: str, hidden: Container[str]) -> bool:
    """Tell whether a record was public until now, or is, and links to what was taken back."""
    work, state = run.decisions.works[source_id], run.source.records[source_id]
    was_public = work.unpublish or not state.model.draft_mode_active
    if not was_public or work.action is Action.SKIP or run.ids.find("item", source_id) is None:
        return False
    return any(to in hidden and to != source_id for to in run.source.links[source_id])


async def _changed(run: RestoreRun, source_ids: Sequence[str]) -> list[str]:
    """Give those that have another version than the one that we wrote, or found."""
    query: Query = {
        "filter": {"ids": ",".join(run.translate("item", one) for one in source_ids)},
        "version": "current",
        "page": {"limit": _IDS_A_CALL},
    }
    lines, _ = slice_page(await run.client.get("/items", query))
    there = {one["id"]: _version(one) for one in map(decode_object, lines)}
    found = ((one, there.get(run.translate("item", one))) for one in source_ids)
    return [one for one, version in found if version not in {None, _known_version(run, one)}]


def _version(record: JsonObject) -> str:
    return str((record.get("meta") or {}).get("current_version") or "")


def _known_version(run: RestoreRun, source_id: str) -> str:
    known = run.steps.wrote.get(source_id) or run.decisions.seen.get(source_id)
    return "" if known is None else known.version


async def _restore(run: RestoreRun, source_id: str, hidden: Container[str]) -> None:
    """Write a record's fields with such links again, unless somebody changed another of it."""
    state = run.source.records[source_id]
    path = f"/items/{run.translate('item', source_id)}"
    found = await run.look_up(path, {"nested": True, "version": "current"})
    if found is None:
        return
    there: JsonObject = found["data"]
    record = decode_object(run.spool.get("current", source_id))
    ours = run.rebuilder.content(record, state.model).attributes
    linking = {
        str(one.path[0]) for one in run.rebuilder.content(record, state.model, hidden).waiting
    }
    lost = _differing(run, state, ours, there["attributes"])
    if not lost <= linking:
        reason = "was edited while it lost links to what became a draft; they were left out"
        run.note_gap("record", source_id, f"{state.model.api_key}: {reason}")
        return
    answer = {"data": there}
    if lost:
        values = {key: _sent(state, key, ours, there["attributes"]) for key in lost}
        body = run.rebuilder.update_body(record, values, _version(there))
        answer = await run.update(path, body)
        run.counts.second_writes += 1
    sent = run.sight.digest(ours, run.translate("item_type", state.model.id))
    wrote = Wrote(_version(answer["data"]), sent, sent)
    run.steps.note_record(f"relink:{source_id}", source_id, wrote)


def _differing(
    run: RestoreRun, state: RecordState, ours: JsonObject, theirs: JsonObject
) -> set[str]:
    """Give the fields in which the target does not hold what it should."""
    model = run.translate("item_type", state.model.id)
    return {
        key
        for key in state.model.fields
        if run.sight.digest({key: ours.get(key)}, model)
        != run.sight.digest({key: theirs.get(key)}, model)
    }


def _sent(state: RecordState, key: str, ours: JsonObject, theirs: JsonObject) -> Json:
    """Give a value to send; a localized field is sent whole, or loses the locales left out."""
    if not state.model.fields[key].localized:
        return ours[key]
    return {**(theirs.get(key) or {}), **(ours[key] or {})}
