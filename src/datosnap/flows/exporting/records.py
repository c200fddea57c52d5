"""Read every record of every model, and what hangs on it: published copies, history, schedules.

Pages are cut into the bytes of their records, which are never parsed whole; models are read side
by side, each in the order of its ids, and one writer takes their batches in turn. A list that an
earlier run had begun goes on where that run's rows end.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

import anyio
from anyio import to_thread

from datosnap.api.client import Query
from datosnap.api.endpoints import FLAT_PAGE, NESTED_PAGE, VERSION_PAGE
from datosnap.api.query import Parameter
from datosnap.core.budget import ListSize
from datosnap.core.entities import ItemType
from datosnap.core.jsontext import (
    JsonObject,
    RecordHead,
    read_heads,
    read_state,
    slice_included,
)
from datosnap.core.localizing import keep_locales
from datosnap.errors import NonsenseError, RejectedError, quote
from datosnap.flows.exporting.hidden_blocks import hides_blocks, may_hide_blocks, with_blocks
from datosnap.flows.exporting.run import ExportRun, ListSink, Send, writing
from datosnap.flows.exporting.since import OlderModel
from datosnap.flows.listing import Listing, Totals, read_listing
from datosnap.flows.ordering import InOrder, Slots
from datosnap.store.manifest import ModelTotals
from datosnap.store.names import ChunkKind
from datosnap.store.shelf import Shelf
from datosnap.store.spool import Spool

# Models read side by side; most are a page or two.
_MODELS_AT_ONCE = 6
# A record may get a version while its versions are being read, but hardly each time.
_VERSION_TRIES = 5
NOT_FOUND = 404
# How far apart the copies of a row that came twice can be: some pages of the larger size.
_NEAR_ROWS = 3_000
_ID = re.compile(r"[A-Za-z0-9_-]+").fullmatch
UPDATED: JsonObject = {"_status": {"eq": "updated"}}


@dataclass(slots=True)
class Seen:
    """What later steps must know of a model's records.

    Rows come in the order of their ids, so that one that came twice, because others were put in
    before it while pages were read, follows its first copy within a few pages.
    Memory: the ids of the last rows, and of those that are scheduled.
    """

    rows: int = 0
    updated: int = 0
    scheduled: list[str] = field(default_factory=list)
    # The ids of the latest rows, and of as many before them.
    _near: set[str] = field(default_factory=set)
    _nearly: set[str] = field(default_factory=set)

    def look(self, rows: Iterable[bytes]) -> list[bytes]:
        """Look at records in the order in which they came; give those that came first.

        Raises: NonsenseError when one of them is no record, or has an id that no request can hold.
        """
        first: list[bytes] = []
        given = iter(rows)
        while page := list(islice(given, _NEAR_ROWS)):
            first += self._look_at(page)
        return first

    def _look_at(self, page: list[bytes]) -> list[bytes]:
        heads = read_heads(page)
        ids = [head.id for head in heads]
        # Ids become paths of requests: one with a slash would be a request for something else.
        strange = next((one for one in ids if not _ID(one)), None)
        if strange is not None:
            raise NonsenseError(f"expected the id of a record or upload, found {quote(strange)}")
        fresh = set(ids)
        if not (
            len(fresh) == len(ids) and self._near.isdisjoint(ids) and self._nearly.isdisjoint(ids)
        ):
            page, heads = self._without_doubles(page, heads)
            fresh = {head.id for head in heads}
        self._remember(fresh)
        self.rows += len(heads)
        self.updated += sum(head.status == "updated" for head in heads)
        self.scheduled += [head.id for head in heads if head.is_scheduled]
        return page

    def _without_doubles(
        self, page: list[bytes], heads: list[RecordHead]
    ) -> tuple[list[bytes], list[RecordHead]]:
        known = self._near | self._nearly
        kept: dict[str, tuple[bytes, RecordHead]] = {}
        for row, head in zip(page, heads, strict=True):
            if head.id not in known:
                kept.setdefault(head.id, (row, head))
        return [row for row, _ in kept.values()], [head for _, head in kept.values()]

    def _remember(self, ids: set[str]) -> None:
        if len(self._near) + len(ids) > _NEAR_ROWS:
            self._near, self._nearly = set(), self._near
        self._near |= ids


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
    run.progress.start("records", total=0, unit="records")

    async def read_model(model: ItemType, send: Send) -> None:
        reading = _Model(run, model, send)
        run.totals.append(await reading.export())
        run.scheduled.update(reading.seen.scheduled)

    await _side_by_side(run, models, read_model)


async def export_history(run: ExportRun, models: Sequence[ItemType]) -> None:
    """Export all versions of all records, model by model, and put their number in the totals."""
    records = sum(one.records for one in run.totals)
    run.progress.start("history", total=records, unit="records")
    run.plan(records)

    async def read_model(model: ItemType, send: Send) -> None:
        await _History(run, model, send).export()

    await _side_by_side(run, models, read_model)
    await count_versions(run)


def total_note(kind: ChunkKind, model: str) -> str:
    """Name the note that keeps the API's total of a list, for a run that goes on."""
    return f"total {kind} {model}"


def note_difference(run: ExportRun, kind: str, model: str, total: int, came: int) -> None:
    """Note as a gap that other numbers came than there should be; a gap noted before goes."""
    run.gaps = [one for one in run.gaps if (one.kind, one.id) != (kind, model)]
    if came != total:
        what = "uploads" if kind == "uploads" else "records"
        run.note_gap(kind, model, f"the API counts {total} {what}, {came} came")


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
        total = await self._list("current", current, self.seen)
        copies = Seen()
        if self.seen.updated or self.run.writer.has_rows("published", self.model.api_key):
            listing = record_listing(self.model, "published", {**UPDATED, **filters})
            await self._list("published", listing, copies)
        model = self.model.api_key
        note_difference(self.run, "model", model, total, self.seen.rows)
        note_difference(self.run, "published", model, self.seen.updated, copies.rows)
        return ModelTotals(model, self.model.id, self.seen.rows, copies.rows, 0, total)

    async def _list(self, kind: ChunkKind, listing: Listing, seen: Seen) -> int:
        """Read one list to its end, from where an earlier run left it; give the API's total."""
        writer, model = self.run.writer, self.model.api_key
        note = total_note(kind, model)
        is_whole = writer.is_published(kind, model)
        await to_thread.run_sync(self._look_again, kind, seen)
        if is_whole:
            known: int = writer.noted(note) or 0
            return known
        sink = ListSink(self.send, kind, model)
        at = start = writer.kept(kind, model).at
        version = "published" if kind == "published" else "current"
        is_suspect = may_hide_blocks(self.model)

        async def take(rows: list[bytes]) -> None:
            nonlocal at
            at += len(rows)
            whole = seen.look(rows)
            if is_suspect:
                whole = await with_blocks(self.run, self.model, whole, version)
            await sink.take(in_locales(self.run, self.model, whole), at)
            if kind == "current":
                self.run.progress.advance(len(rows))

        def expect(total: int) -> None:
            left = max(0, total - start)
            self.run.plan(ListSize(left, listing.page_size).calls)
            if kind == "current":
                self.run.progress.expect(total)

        totals: Totals = await read_listing(
            self.run.client, listing, take, self.run.slots, start=start, on_total=expect
        )
        await to_thread.run_sync(writer.note, note, totals.last)
        await sink.close(at)
        return totals.last

    def _look_again(self, kind: ChunkKind, seen: Seen) -> None:
        """Look at the rows that an earlier run left."""
        if self.run.writer.has_rows(kind, self.model.api_key):
            for row in self.run.writer.rows(kind, self.model.api_key):
                seen.look([row])


@dataclass(slots=True)
class _History:
    """The versions of one model's records under way."""

    run: ExportRun
    model: ItemType
    send: Send

    async def export(self) -> None:
        if not self.run.writer.is_published("history", self.model.api_key):
            await self._read()
        if self.run.options.consistent != "sweep":
            for record_id in self.run.writer.noted(self._lost_note) or []:
                self.run.note_gap("history", record_id, "deleted before its history was read")

    @property
    def _lost_note(self) -> str:
        return f"no history {self.model.api_key}"

    async def _read(self) -> None:
        writer, key = self.run.writer, self.model.api_key
        records = await to_thread.run_sync(self._records)
        done = writer.kept("history", key).at
        self.run.progress.advance(done)
        sink = ListSink(self.send, "history", key)

        async def take(index: int, versions: list[bytes]) -> None:
            if not versions:
                lost = {*(writer.noted(self._lost_note) or []), records[index][0]}
                await to_thread.run_sync(writer.note, self._lost_note, sorted(lost))
            await sink.take(versions, index + 1)
            self.run.progress.advance()

        with Shelf() as shelf, Spool(shelf) as spool:
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


async def read_versions(
    run: ExportRun, model: ItemType, record_id: str, *, nested: bool = False
) -> list[bytes]:
    """Read all versions of one record, newest first, as the API lists them.

    A record that is gone has none: whoever looks for changes afterwards sees that.
    Raises: NonsenseError when the number of versions is not what the API says, again and again.
    """
    versions: list[bytes] = []

    async def take(rows: list[bytes]) -> None:
        versions.extend(rows)

    query: Query = {"nested": True} if nested or model.may_hold_blocks else {}
    listing = Listing(f"/items/{record_id}/versions", query, VERSION_PAGE)
    for _ in range(_VERSION_TRIES):
        versions.clear()
        try:
            totals = await read_listing(run.client, listing, take, Slots(1))
        except RejectedError as error:
            if error.status != NOT_FOUND:
                raise
            return []
        if totals.agree and not nested and any(hides_blocks(model, one) for one in versions):
            return await read_versions(run, model, record_id, nested=True)
        if totals.agree:
            return in_locales(run, model, versions)
    raise NonsenseError(f"GET {listing.path}: expected {totals.last} versions, found {totals.rows}")


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
        try:
            body = await run.client.get(f"/items/{record_id}/current-vs-published-state")
        except RejectedError as error:
            if error.status != NOT_FOUND:
                raise
            return []  # deleted meanwhile, and its schedule with it
        _, included = slice_included(body)
        kinds = ("scheduled_publication", "scheduled_unpublishing")
        return [line for kind in kinds for line in included.get(kind, [])]

    async def take(_: str, found: list[bytes]) -> None:
        lines.extend(found)

    await InOrder(fetch, take, run.slots).run(sorted(run.scheduled))
    run.schedules = lines
