"""Write the records: each once where links allow it, twice where they run in circles.

Published content goes first and is published in bulk, the newer draft of an `updated` record
after it, so that both states come back. What the API refuses is a gap with its reason; the
links of others to it are left out and told too. Order: the importer's notes of the API reference.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Sequence
from dataclasses import replace
from functools import partial

import anyio

from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.core.planning import Order
from datosnap.core.rebuilding import Rebuilt
from datosnap.errors import RejectedError
from datosnap.flows.restore_publishing import publish
from datosnap.flows.restore_run import RestoreRun
from datosnap.flows.restore_source import RecordState

Write = Callable[[RecordState], Awaitable[None]]
Refused = Callable[[RecordState, RejectedError], None]


async def restore_records(run: RestoreRun) -> None:
    """Create, publish and complete all records."""
    order = run.source.order
    writing = _Writing(run, order)
    run.progress.start("records", total=len(order.ids), unit="records")
    waiting: list[str] = []
    for wave in order.waves:
        # Without drafts a record is public at once, and may only link to what is public too.
        if any(_is_public_at_once(run, one) for one in wave):
            await publish(run, waiting, "publish")
            waiting = []
        await _at_once(run, wave, "create", writing.create, writing.not_created)
        waiting += [one for one in wave if _needs_publishing(run, one)]
    await publish(run, waiting, "publish")
    # In circles a link can be written, and then published, only when its target is there.
    completed = [one for one in order.ids if one in order.deferred]
    await _at_once(run, completed, "complete", writing.complete, writing.not_rewritten)
    await publish(run, [one for one in completed if _needs_publishing(run, one)], "publish again")
    updated = [one for one in order.ids if run.source.records[one].status == "updated"]
    await _at_once(run, updated, "update", writing.update, writing.not_rewritten)


def _is_public_at_once(run: RestoreRun, record_id: str) -> bool:
    return not run.source.records[record_id].model.draft_mode_active


def _needs_publishing(run: RestoreRun, record_id: str) -> bool:
    state = run.source.records[record_id]
    brought = run.ids.find("item", record_id) is not None
    return brought and state.is_published and state.model.draft_mode_active


async def _at_once(
    run: RestoreRun, ids: Sequence[str], step: str, write: Write, refused: Refused
) -> None:
    """Write several records at a time; those of a tree or sorted model one after the other."""
    lanes: dict[str, list[RecordState]] = {}
    for one in ids:
        state = run.source.records[one]
        lanes.setdefault(state.model.id if state.model.is_ordered else one, []).append(state)
    limit = anyio.CapacityLimiter(run.in_flight)

    async def work(lane: list[RecordState]) -> None:
        for state in lane:
            async with limit:
                await run.once(f"{step}:{state.id}", partial(write, state), partial(refused, state))

    async with anyio.create_task_group() as tasks:
        for lane in lanes.values():
            tasks.start_soon(work, lane)


class _Writing:
    """The three ways in which a record is written."""

    def __init__(self, run: RestoreRun, order: Order) -> None:
        self._run = run
        self._deferred = order.deferred

    async def create(self, state: RecordState) -> None:
        """Create a record with its base content, links to later records left out."""
        run = self._run
        record = self._base(state)
        rebuilt = self._rebuilt(record, state, self._deferred.get(state.id, ()))
        body = run.rebuilder.create_body(record, state.model, rebuilt)
        await run.create("/items", body, find=f"/items/{body['data']['id']}")
        run.counts.records += 1
        self._count(state, rebuilt)
        run.progress.advance()

    def not_created(self, state: RecordState, error: RejectedError) -> None:
        """Note a record that the API refused; nothing may point to it."""
        self._run.ids.forget("item", state.id)
        self._run.note_gap("record", state.id, f"{state.model.api_key}: {error}")

    async def complete(self, state: RecordState) -> None:
        """Write the base content again, now with all its links."""
        await self._write_again(state, self._base(state))

    async def update(self, state: RecordState) -> None:
        """Write the newer draft over the published content."""
        await self._write_again(state, self._record("current", state.id))

    def not_rewritten(self, state: RecordState, error: RejectedError) -> None:
        """Note a record that exists, but whose second write the API refused."""
        self._run.note_gap("record", state.id, f"{state.model.api_key}, second write: {error}")

    async def _write_again(self, state: RecordState, record: JsonObject) -> None:
        run = self._run
        if run.ids.find("item", state.id) is None:
            return
        rebuilt = self._rebuilt(record, state)
        body = run.rebuilder.update_body(record, rebuilt.attributes)
        await run.update(f"/items/{body['data']['id']}", body)
        run.counts.second_writes += 1
        self._count(state, rebuilt)

    def _rebuilt(
        self, record: JsonObject, state: RecordState, later: Container[str] = ()
    ) -> Rebuilt:
        rebuilt = self._run.rebuilder.content(record, state.model, later)
        if not self._run.source.waits_for_parent(state):
            return rebuilt
        # It is put under its parent with its position, when it is public.
        return replace(rebuilt, attributes={**rebuilt.attributes, "parent_id": None})

    def _count(self, state: RecordState, rebuilt: Rebuilt) -> None:
        run = self._run
        run.counts.blocks += rebuilt.blocks
        run.counts.links += rebuilt.rewritten
        for one in rebuilt.dangling:
            where = ".".join(map(str, one.path))
            run.note_gap(
                "link", state.id, f"{where}: {one.kind} {one.id} did not come over; left out"
            )

    def _base(self, state: RecordState) -> JsonObject:
        kind = "published" if self._run.spool.holds("published", state.id) else "current"
        return self._record(kind, state.id)

    def _record(self, kind: str, record_id: str) -> JsonObject:
        return decode_object(self._run.spool.get(kind, record_id))
