"""Write links again that are lost when what they lead to is taken back from readers.

By a field's strategy the API refuses to take back what public content links to, or takes the links
out of that content, and out of the latest too. No order avoids it for all: a parent cannot become
a draft before the child that it links to, nor can two that link to each other; and what knows no
drafts stays public whatever it links to. So that goes without its links for a moment.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Sequence
from functools import partial

from datosnap.api.client import Query
from datosnap.api.endpoints import IDS_A_CALL
from datosnap.core.jsontext import Json, JsonObject, decode_object, slice_page
from datosnap.core.planning import batches
from datosnap.errors import BackupError
from datosnap.flows.restoring.decisions import Wrote
from datosnap.flows.restoring.hiding import always_public, may_lose_links
from datosnap.flows.restoring.run import RestoreRun
from datosnap.flows.restoring.source import RecordState

# Before and after others are taken back from readers: without the links to them, and with them.
_UNLINK, _RELINK = "unlink", "relink"


async def drop_links(run: RestoreRun, gone: Collection[str]) -> None:
    """Write what is always public without its links to what is about to be taken back, `gone`.

    Where that is refused nothing is lost: what is then not taken back, or loses links, is told.
    """
    for one in always_public(run.source, run.decisions, gone):
        if run.ids.find("item", one) is not None:
            write = partial(_write, run, one, gone, _UNLINK)
            await run.unless_done(f"{_UNLINK}:{one}", write, _nobody_told)


def _nobody_told(_: BackupError) -> None:
    pass


async def restore_links(run: RestoreRun, gone: Collection[str]) -> None:
    """Look at all that link to what was taken back, and write again what lost a link by it.

    Memory: the ids of what links there.
    """
    found = may_lose_links(run.source, run.decisions, gone)
    linking = [one for one, _ in found if run.ids.find("item", one) is not None]
    for some in batches(linking, IDS_A_CALL):
        for one in await _changed(run, some):
            refused = run.refusal("record", one)
            await run.unless_done(
                f"{_RELINK}:{one}", partial(_write, run, one, gone, _RELINK), refused
            )


async def _changed(run: RestoreRun, source_ids: Sequence[str]) -> list[str]:
    """Give those without their links, and with another version than we wrote, or found."""
    query: Query = {
        "filter": {"ids": ",".join(run.translate("item", one) for one in source_ids)},
        "version": "current",
        "page": {"limit": IDS_A_CALL},
    }
    lines, _ = slice_page(await run.client.get("/items", query))
    there = {one["id"]: _version(one) for one in map(decode_object, lines)}
    found = ((one, there.get(run.translate("item", one))) for one in source_ids)
    return [
        one
        for one, version in found
        if run.steps.is_done(f"{_UNLINK}:{one}") or version not in {None, _known_version(run, one)}
    ]


def _version(record: JsonObject) -> str:
    return str((record.get("meta") or {}).get("current_version") or "")


def _known_version(run: RestoreRun, source_id: str) -> str:
    known = run.steps.wrote.get(source_id) or run.decisions.seen.get(source_id)
    return "" if known is None else known.version


async def _write(run: RestoreRun, source_id: str, gone: Container[str], step: str) -> None:
    """Write a record's fields that link to what is hidden, unless somebody changed another one."""
    state = run.source.records[source_id]
    path = f"/items/{run.translate('item', source_id)}"
    found = await run.look_up(path, {"nested": True, "version": "current"})
    if found is None:
        return
    there: JsonObject = found["data"]
    record = decode_object(run.spool.get("current", source_id))
    without = run.rebuilder.content(record, state.model, gone)
    whole = run.rebuilder.content(record, state.model)
    wanted = (without if step == _UNLINK else whole).attributes
    lost = _differing(run, state, wanted, there["attributes"])
    if not lost <= {str(one.path[0]) for one in without.waiting}:
        if step == _RELINK:
            reason = "was edited while it lost links to what became a draft; they were left out"
            run.note_gap("record", source_id, f"{state.model.api_key}: {reason}")
        return
    if lost:
        values = {key: _sent(state, key, wanted, there["attributes"]) for key in lost}
        body = run.rebuilder.update_body(record, values, _version(there))
        there = (await run.update(path, body))["data"]
        run.counts.second_writes += 1
    sent = run.sight.digest(wanted, run.translate("item_type", state.model.id))
    run.steps.note_record(f"{step}:{source_id}", source_id, Wrote(_version(there), sent, sent))


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
