"""Look at the end of an import at what it wrote, and remember it, so that a later one knows it.

A record counts as ours only while the target has the version that our last write was answered
with, which vouches for its content. What an editor changed or deleted in between stays so, and is
told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import ceil

from datosnap.api.client import Query
from datosnap.api.endpoints import FLAT_PAGE, IDS_A_CALL
from datosnap.core.jsontext import JsonObject, decode_object, slice_page
from datosnap.core.matching import Action, Base
from datosnap.flows.listing import Listing, read_listing
from datosnap.flows.ordering import Slots
from datosnap.flows.restoring.decisions import Written, base_of
from datosnap.flows.restoring.run import RestoreRun
from datosnap.flows.restoring.source import RecordState


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
    looking = _Looking(run, written)
    await looking.look()
    looking.tell_missing()
    return written


class _Looking:
    """Reads what was written as it is now, by id, or a whole model where that costs less."""

    def __init__(self, run: RestoreRun, written: Written) -> None:
        self._run = run
        self._written = written
        self._found = run.source.shelf.keys()

    async def look(self) -> None:
        whole = self._cheaper_whole()
        for model_id in whole:
            query: Query = {"filter": {"type": model_id}, "version": "current"}
            listing = Listing("/items", {**query, "order_by": "id_ASC"}, FLAT_PAGE)
            await read_listing(self._run.client, listing, self._take, Slots(2))
        waiting: dict[str, list[str]] = {}
        for model_id, target_id in self._wrote():
            if model_id not in whole:
                some = waiting.setdefault(model_id, [])
                some.append(target_id)
                if len(some) == IDS_A_CALL:
                    await self._read(waiting.pop(model_id))
        for some in waiting.values():
            await self._read(some)

    def _cheaper_whole(self) -> list[str]:
        """Give the models whose list takes fewer calls than their written records by id."""
        run = self._run
        if run.policy.selection.records:
            return []
        counts = Counter(model_id for model_id, _ in self._wrote())
        held = Counter(one.model for one in run.target.records.values())
        return [
            one
            for one, count in counts.items()
            if ceil(count / IDS_A_CALL) > max(1, ceil(held[one] / FLAT_PAGE))
        ]

    def _wrote(self) -> Iterator[tuple[str, str]]:
        """Give the written records with their models, in the target's ids."""
        run = self._run
        for source_id in run.steps.wrote:
            state = run.source.records.get(source_id)
            if state is not None:
                yield run.translate("item_type", state.model.id), run.translate("item", source_id)

    async def _read(self, record_ids: list[str]) -> None:
        query: Query = {
            "filter": {"ids": ",".join(record_ids)},
            "version": "current",
            "page": {"limit": IDS_A_CALL},
        }
        await self._take(slice_page(await self._run.client.get("/items", query))[0])

    async def _take(self, rows: list[bytes]) -> None:
        for record in map(decode_object, rows):
            state = self._run.source.records.get(self._source_of(record))
            if state is not None and state.id in self._run.steps.wrote:
                self._found[state.id] = None
                _note(self._run, self._written, state, record)

    def _source_of(self, record: JsonObject) -> str:
        return self._run.ids.source_of("item", record["id"]) or ""

    def tell_missing(self) -> None:
        """Tell what was written and is not there any more."""
        run = self._run
        for one in run.steps.wrote:
            state = run.source.records.get(one)
            if state is None or one in self._found or run.ids.find("item", one) is None:
                continue
            reason = "was written, and then deleted in the target by somebody else"
            run.note_gap("record", one, f"{state.model.api_key}: {reason}")


def _note(run: RestoreRun, written: Written, state: RecordState, record: JsonObject) -> None:
    wrote = run.steps.wrote[state.id]
    meta: JsonObject = record.get("meta") or {}
    if meta.get("current_version") != wrote.version:
        reason = "was written, and then edited in the target by somebody else, which was left so"
        run.note_gap("record", state.id, f"{state.model.api_key}: {reason}")
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
