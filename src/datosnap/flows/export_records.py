"""Read every record of every model, and what hangs on records: published copies and history.

Pages are cut into the bytes of their records, which are never parsed whole; models are read side
by side, each in the order of its ids, and one writer takes their batches in turn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import anyio
from anyio import to_thread
from anyio.streams.memory import MemoryObjectReceiveStream

from datosnap.api.client import Query
from datosnap.api.endpoints import FLAT_PAGE, NESTED_PAGE, VERSION_PAGE
from datosnap.api.query import Parameter
from datosnap.core.entities import ItemType
from datosnap.core.jsontext import read_head, slice_included
from datosnap.flows.export_run import ExportRun
from datosnap.flows.listing import Listing, Totals, read_listing
from datosnap.store.chunks import ChunkWriter, Kind
from datosnap.store.manifest import ModelTotals
from datosnap.store.snapshot_writer import SnapshotWriter

# About as much as one call of the writer takes: long enough to be worth a thread's turn.
_BATCH_BYTES = 4 * 1024 * 1024
# Batches that wait for the writer.
_QUEUE = 2
# Models read side by side; most are a page or two.
_MODELS_AT_ONCE = 6


@dataclass(slots=True)
class Seen:
    """What later steps must know of a model's records."""

    ids: list[str] = field(default_factory=list)
    scheduled: list[str] = field(default_factory=list)
    updated: int = 0
    distinct: int = 0


Batch = tuple[ChunkWriter, list[bytes]]
Write = Callable[[Batch], Awaitable[None]]


async def export_records(run: ExportRun, models: Sequence[ItemType]) -> dict[str, Seen]:
    """Export the records of `models`, latest content and differing published content.

    Shape: gives what was seen of each model, by its id.
    Memory: the pages in the run's slots, a batch of 4 MB for each model under way, two in the
    queue; the ids of all records.
    """
    seen = {one.id: Seen() for one in models}
    run.progress.start("records", total=None, unit="records")

    async def read_model(model: ItemType, write: Write) -> None:
        totals = await _Model(run, model, seen[model.id], write).export()
        run.totals.append(totals)
        if totals.records != totals.api_total:
            reason = f"the API counts {totals.api_total} records, {totals.records} came"
            run.note_gap("model", model.api_key, reason)

    await _side_by_side(models, read_model)
    await _export_schedules(run, [one for model in seen.values() for one in model.scheduled])
    return seen


async def export_history(
    run: ExportRun, models: Sequence[ItemType], seen: Mapping[str, Seen]
) -> None:
    """Export all versions of all records, model by model, and put their number in the totals."""
    run.progress.start("history", total=sum(one.records for one in run.totals), unit="records")
    versions: dict[str, int] = {}

    async def read_model(model: ItemType, write: Write) -> None:
        sink = _Sink(run.writer, "history", model.api_key, write)
        for record_id in seen[model.id].ids:
            listing = Listing(
                f"/items/{record_id}/versions", {"nested": model.may_hold_blocks}, VERSION_PAGE
            )
            await read_listing(run.client, listing, sink.take, run.slots)
            run.progress.advance()
        await sink.close()
        versions[model.id] = sink.rows

    await _side_by_side(models, read_model)
    run.totals = [
        dataclasses.replace(one, versions=versions.get(one.item_type_id, 0)) for one in run.totals
    ]


@dataclass(frozen=True, slots=True)
class _Model:
    """One model under way."""

    run: ExportRun
    model: ItemType
    seen: Seen
    write: Write

    async def export(self) -> ModelTotals:
        current = _Sink(self.run.writer, "current", self.model.api_key, self.write)

        async def take(rows: list[bytes]) -> None:
            self._look(rows)
            await current.take(rows)
            self.run.progress.advance(len(rows))

        totals = await self._read("current", {}, take)
        await current.close()
        self.seen.distinct = len(set(self.seen.ids))
        return ModelTotals(
            model=self.model.api_key,
            item_type_id=self.model.id,
            records=self.seen.distinct,
            published_copies=await self._published_copies(),
            versions=0,
            api_total=totals.last,
        )

    async def _published_copies(self) -> int:
        """Fetch the published content of records that were changed since: it differs."""
        if not self.seen.updated:
            return 0
        published = _Sink(self.run.writer, "published", self.model.api_key, self.write)
        updated: Query = {"fields": {"_status": {"eq": "updated"}}}
        await self._read("published", updated, published.take)
        await published.close()
        return published.rows

    async def _read(
        self,
        version: str,
        filters: Query,
        take: Callable[[list[bytes]], Awaitable[None]],
    ) -> Totals:
        nested = self.model.may_hold_blocks
        query: dict[str, Parameter] = {
            "filter": {"type": self.model.id, **filters},
            "version": version,
            "order_by": "id_ASC",
        }
        if nested:
            query["nested"] = True
        listing = Listing("/items", query, NESTED_PAGE if nested else FLAT_PAGE)
        return await read_listing(self.run.client, listing, take, self.run.slots)

    def _look(self, rows: Sequence[bytes]) -> None:
        for row in rows:
            head = read_head(row)
            self.seen.ids.append(head.id)
            self.seen.updated += head.status == "updated"
            if head.is_scheduled:
                self.seen.scheduled.append(head.id)


class _Sink:
    """Collects rows into batches for the writer; opens its chunk with the first row."""

    def __init__(self, writer: SnapshotWriter, kind: Kind, model: str, write: Write) -> None:
        self._open = partial(writer.chunks, kind, model)
        self._write = write
        self._chunk: ChunkWriter | None = None
        self._rows: list[bytes] = []
        self._bytes = 0
        self.rows = 0

    async def take(self, rows: list[bytes]) -> None:
        self._rows += rows
        self._bytes += sum(map(len, rows))
        self.rows += len(rows)
        if self._bytes >= _BATCH_BYTES:
            await self._flush()

    async def close(self) -> None:
        if self._rows:
            await self._flush()

    async def _flush(self) -> None:
        if self._chunk is None:
            self._chunk = self._open()
        rows, self._rows, self._bytes = self._rows, [], 0
        await self._write((self._chunk, rows))


async def _side_by_side(
    models: Sequence[ItemType], read_model: Callable[[ItemType, Write], Awaitable[None]]
) -> None:
    """Read several models at once and let one writer put their batches away."""
    limit = anyio.CapacityLimiter(_MODELS_AT_ONCE)
    send, receive = anyio.create_memory_object_stream[Batch](_QUEUE)

    async def read(model: ItemType) -> None:
        async with limit:
            await read_model(model, send.send)

    async with anyio.create_task_group() as both:
        both.start_soon(_write_batches, receive)
        async with send, anyio.create_task_group() as readers:
            for model in models:
                readers.start_soon(read, model)


async def _write_batches(receive: MemoryObjectReceiveStream[Batch]) -> None:
    opened: list[ChunkWriter] = []
    async with receive:
        async for chunk, rows in receive:
            if chunk not in opened:
                opened.append(chunk)
            await to_thread.run_sync(chunk.write, rows)
    for chunk in opened:
        await to_thread.run_sync(chunk.close)


async def _export_schedules(run: ExportRun, record_ids: Sequence[str]) -> None:
    """Fetch when and of what each pending publication and unpublishing is."""
    lines: list[bytes] = []
    for record_id in record_ids:
        body = await run.client.get(f"/items/{record_id}/current-vs-published-state")
        _, included = slice_included(body)
        for kind in ("scheduled_publication", "scheduled_unpublishing"):
            lines += included.get(kind, [])
    if lines:
        await to_thread.run_sync(run.writer.schedules, lines)
