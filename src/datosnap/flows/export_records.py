"""Read every record of every model, and what hangs on it: published copies, history, schedules.

Pages are cut into the bytes of their records, which are never parsed whole; models are read side
by side, each in the order of its ids, and one writer takes their batches in turn. A list that an
earlier run had begun goes on where that run's rows end.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

import anyio
from anyio import to_thread

from datosnap.api.client import Query
from datosnap.api.endpoints import FLAT_PAGE, NESTED_PAGE, VERSION_PAGE
from datosnap.api.query import Parameter
from datosnap.core.entities import ItemType
from datosnap.core.jsontext import JsonObject, read_head, read_state, slice_included
from datosnap.core.localizing import keep_locales
from datosnap.flows.export_run import ExportRun, ListSink, Send, writing
from datosnap.flows.export_since import OlderModel
from datosnap.flows.listing import Listing, Totals, read_listing
from datosnap.flows.ordering import InOrder, Slots
from datosnap.store.manifest import ModelTotals
from datosnap.store.names import ChunkKind
from datosnap.store.spool import Spool

# Models read side by side; most are a page or two.
_MODELS_AT_ONCE = 6
# How far apart the copies of a row that came twice can be: some pages of the larger size.
_NEAR_ROWS = 3_000
UPDATED: JsonObject = {"_status": {"eq": "updated"}}


@dataclass(slots=True)
class Seen:
    """What later steps must know of a model's records.

    Rows come in the order of their ids, so that one that came twice, because others were put in
    before it while pages were read, follows its first copy within a few pages.
    Memory: the ids of the last rows.
    """

    rows: int = 0
    updated: int = 0
    doubled: int = 0
    scheduled: list[str] = field(default_factory=list)
    _recent: deque[str] = field(default_factory=lambda: deque(maxlen=_NEAR_ROWS))
    _near: set[str] = field(default_factory=set)

    def look(self, rows: Iterable[bytes]) -> None:
        """Look at records in the order in which they came."""
        for row in rows:
            head = read_head(row)
            self.rows += 1
            self.updated += head.status == "updated"
            if head.is_scheduled:
                self.scheduled.append(head.id)
            if head.id in self._near:
                self.doubled += 1
                continue
            if len(self._recent) == _NEAR_ROWS:
                self._near.discard(self._recent[0])
            self._recent.append(head.id)
            self._near.add(head.id)


def record_listing(
    model: ItemType, version: str, filters: JsonObject | None = None, *, flat: bool = False
) -> Listing:
    """Describe the listing of a model's records; nested where they can hold blocks.

    Source: nested pages take 30 records at most, others 500.
    """
    nested = model.may_hold_blocks and not flat
    chosen: dict[str, Parameter] = {"type": model.id}
    if filters:
        chosen["fields"] = filters
    query: dict[str, Parameter] = {"filter": chosen, "version": version, "order_by": "id_ASC"}
    if nested:
        query["nested"] = True
    return Listing("/items", query, NESTED_PAGE if nested else FLAT_PAGE)


async def export_records(run: ExportRun, models: Sequence[ItemType]) -> None:
    """Export the records of `models`: latest content, and published content that differs.

    Memory: the pages in the run's slots, a batch for each model under way, two in the queue.
    """
    run.progress.start("records", total=None, unit="records")

    async def read_model(model: ItemType, send: Send) -> None:
        reading = _Model(run, model, send)
        run.totals.append(await reading.export())
        run.scheduled.update(reading.seen.scheduled)

    await _side_by_side(run, models, read_model)


async def export_history(run: ExportRun, models: Sequence[ItemType]) -> None:
    """Export all versions of all records, model by model, and put their number in the totals."""
    run.progress.start("history", total=sum(one.records for one in run.totals), unit="records")

    async def read_model(model: ItemType, send: Send) -> None:
        await _History(run, model, send).export()

    await _side_by_side(run, models, read_model)
    await count_versions(run)


async def count_versions(run: ExportRun) -> None:
    """Put the numbers of versions into the totals."""
    counted = []
    for one in run.totals:
        versions = await to_thread.run_sync(run.writer.publish, "history", one.model)
        counted.append(dataclasses.replace(one, versions=versions))
    run.totals = counted


def in_locales(run: ExportRun, model: ItemType, rows: list[bytes]) -> list[bytes]:
    """Keep of records, or versions, the locales that were asked for."""
    wanted = run.options.locales
    return [keep_locales(row, model, wanted) for row in rows] if wanted else rows


@dataclass(slots=True)
class _Model:
    """One model under way."""

    run: ExportRun
    model: ItemType
    send: Send
    seen: Seen = field(default_factory=Seen)

    async def export(self) -> ModelTotals:
        filters = self.run.options.filters
        current = record_listing(self.model, "current", filters)
        total = await self._list("current", current, self._look)
        published = 0
        if self.seen.updated:
            listing = record_listing(self.model, "published", {**UPDATED, **filters})
            published = await self._list("published", listing, lambda _: None)
        model = self.model.api_key
        records = self.seen.rows - self.seen.doubled
        if records != total:
            reason = f"the API counts {total} records, {records} came"
            self.run.note_gap("model", model, reason)
        return ModelTotals(model, self.model.id, records, published, 0, total)

    def _look(self, rows: list[bytes]) -> None:
        self.seen.look(rows)
        self.run.progress.advance(len(rows))

    async def _list(
        self, kind: ChunkKind, listing: Listing, look: Callable[[list[bytes]], None]
    ) -> int:
        """Read one list to its end, from where an earlier run left it; give the API's total."""
        writer, model = self.run.writer, self.model.api_key
        note = f"total {kind} {model}"
        is_whole = writer.is_published(kind, model)
        start = await to_thread.run_sync(self._look_again, kind, look)
        if is_whole:
            known: int = writer.noted(note)
            return known
        sink = ListSink(self.send, kind, model)
        at = start

        async def take(rows: list[bytes]) -> None:
            nonlocal at
            look(rows)
            at += len(rows)
            await sink.take(in_locales(self.run, self.model, rows), at)

        totals: Totals = await read_listing(
            self.run.client, listing, take, self.run.slots, start=start
        )
        await to_thread.run_sync(writer.note, note, totals.last)
        await sink.close(at)
        return totals.last

    def _look_again(self, kind: ChunkKind, look: Callable[[list[bytes]], None]) -> int:
        """Look at the rows that an earlier run left; give their number."""
        count = 0
        if self.run.writer.has_rows(kind, self.model.api_key):
            for row in self.run.writer.rows(kind, self.model.api_key):
                look([row])
                count += 1
        return count


@dataclass(slots=True)
class _History:
    """The versions of one model's records under way."""

    run: ExportRun
    model: ItemType
    send: Send

    async def export(self) -> None:
        writer, key = self.run.writer, self.model.api_key
        if writer.is_published("history", key):
            return
        records = await to_thread.run_sync(self._records)
        done = writer.kept("history", key).at
        self.run.progress.advance(done)
        sink = ListSink(self.send, "history", key)

        async def take(index: int, versions: list[bytes]) -> None:
            await sink.take(versions, index + 1)
            self.run.progress.advance()

        with Spool() as spool:
            older = await to_thread.run_sync(self._older, spool)

            async def fetch(index: int) -> list[bytes]:
                known = None if older is None else older.take(*records[index])
                if known is not None:
                    return known
                return await read_versions(self.run, self.model, records[index][0])

            await InOrder(fetch, take, self.run.slots).run(range(done, len(records)))
        await sink.close(len(records))

    def _records(self) -> list[tuple[str, bytes]]:
        return [read_state(row) for row in self.run.writer.rows("current", self.model.api_key)]

    def _older(self, spool: Spool) -> OlderModel | None:
        return None if self.run.older is None else self.run.older.model(self.model, spool)


async def read_versions(run: ExportRun, model: ItemType, record_id: str) -> list[bytes]:
    """Read all versions of one record, newest first, as the API lists them."""
    versions: list[bytes] = []

    async def take(rows: list[bytes]) -> None:
        versions.extend(rows)

    query: Query = {"nested": True} if model.may_hold_blocks else {}
    listing = Listing(f"/items/{record_id}/versions", query, VERSION_PAGE)
    await read_listing(run.client, listing, take, Slots(1))
    return in_locales(run, model, versions)


async def _side_by_side(
    run: ExportRun,
    models: Sequence[ItemType],
    read_model: Callable[[ItemType, Send], Awaitable[None]],
) -> None:
    """Read several models at once and let one writer put their batches away."""
    limit = anyio.CapacityLimiter(_MODELS_AT_ONCE)

    async def read(model: ItemType, send: Send) -> None:
        async with limit:
            await read_model(model, send)

    async with writing(run) as send, anyio.create_task_group() as readers:
        for model in models:
            readers.start_soon(read, model, send)


async def read_schedules(run: ExportRun) -> None:
    """Fetch when and of what each pending publication and unpublishing is."""
    lines: list[bytes] = []

    async def fetch(record_id: str) -> list[bytes]:
        body = await run.client.get(f"/items/{record_id}/current-vs-published-state")
        _, included = slice_included(body)
        kinds = ("scheduled_publication", "scheduled_unpublishing")
        return [line for kind in kinds for line in included.get(kind, [])]

    async def take(_: str, found: list[bytes]) -> None:
        lines.extend(found)

    await InOrder(fetch, take, run.slots).run(sorted(run.scheduled))
    run.schedules = lines
