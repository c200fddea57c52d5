"""Publish in bulk while later records are being written, so that neither waits for the other.

Batches are published one after the other, in the order of creation: the API goes through them in
the order given, and what a record links to must be public before it. A batch holds what it would
hold had everything been written before: how long an answer takes decides nothing, so that a run
that goes on finds its batches again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from datosnap.api.endpoints import BULK
from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.errors import BackupError, RejectedError
from datosnap.flows.restoring.publishing import (
    Refusals,
    batch_step,
    change,
    change_each,
    records_there,
    tell_refused,
)
from datosnap.flows.restoring.run import RestoreRun

# Noted before the first newer draft is written over what was published.
NEWER = "newer drafts"
# What the API says of a record that can be published when another one is public.
_WAITING = ("UNPUBLISHED_PARENT", "UNPUBLISHED_LINK")
# Batches that may wait to be published; beyond that writing waits too, and loses nothing by it.
_AHEAD = 16


@dataclass(frozen=True, slots=True)
class _Batch:
    ids: Sequence[str]
    published: anyio.Event


class Publisher:
    """Takes written records in the order of creation.

    Memory: the ids of a bounded number of batches.
    """

    def __init__(self, stream: MemoryObjectSendStream[_Batch]) -> None:
        self._stream = stream
        self._ids: list[str] = []
        self._published = anyio.Event()
        self._published.set()

    async def add(self, record_id: str) -> None:
        """Take one record; waits while too many batches do."""
        self._ids.append(record_id)
        if len(self._ids) == BULK:
            await self.hand_over()

    async def hand_over(self) -> anyio.Event:
        """Wait for no more records to fill the batch; give what tells when all of them are public.

        Those are public as far as the API will have them so.
        """
        if self._ids:
            batch = _Batch(self._ids, anyio.Event())
            self._ids, self._published = [], batch.published
            await self._stream.send(batch)
        return self._published


@asynccontextmanager
async def publishing(run: RestoreRun, step: str) -> AsyncIterator[Publisher]:
    """Publish what is given while the block lasts; all of it is public when the block has ended."""
    send, receive = anyio.create_memory_object_stream[_Batch](_AHEAD)
    # Closed last: a publication that fails cancels who gives, before it can meet a closed stream.
    with receive:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_publish_all, run, step, receive)
            async with send:
                publisher = Publisher(send)
                yield publisher
                await publisher.hand_over()


async def _publish_all(
    run: RestoreRun, step: str, receive: MemoryObjectReceiveStream[_Batch]
) -> None:
    refused: dict[str, BackupError] = {}
    latest: Refusals = {}
    async for batch in receive:
        latest = await _publish(run, batch.ids, step)
        refused.update(latest)
        batch.published.set()
    # What was refused in an earlier batch may have waited for something in a later one.
    if refused.keys() != latest.keys():
        waited = {one: refused.pop(one) for one in list(refused) if _waited(refused[one])}
        refused.update(await change_each(run, "publish", waited))
    tell_refused(run, "publish", refused)


def _waited(error: BackupError) -> bool:
    return isinstance(error, RejectedError) and error.has_code(*_WAITING)


async def _publish(run: RestoreRun, batch: Sequence[str], step: str) -> Refusals:
    """Publish a batch, unless that was done; give what the API will not publish.

    Then the batch is not done, and a run that goes on asks for it again.
    """
    name = batch_step(step, batch)
    if run.steps.is_done(name):
        return {}
    if run.steps.is_done(NEWER):
        batch = await _without_newer(run, batch)
    refused = await change(run, "publish", batch) if batch else {}
    if not refused:
        run.steps.note(name)
    return refused


async def _without_newer(run: RestoreRun, batch: Sequence[str]) -> list[str]:
    """Leave out what an earlier run wrote newer drafts of, which are not to become public.

    Whether it did is not always in the journal: the answer to its last writes may be lost.
    """
    drafts = [one for one in batch if run.decisions.works[one].draft]
    there = {one["id"]: one["meta"] for one in map(decode_object, await records_there(run, drafts))}
    newer: set[str] = set()
    for one in drafts:
        meta: JsonObject = there.get(run.translate("item", one)) or {}
        known = run.steps.wrote.get(one) or run.decisions.seen.get(one)
        is_same = known is not None and known.version == meta.get("current_version")
        if is_same and not run.steps.is_done(f"update:{one}"):
            continue
        newer.add(one)
        if meta.get("status") == "draft":
            run.note_gap("record", one, "was not published before its newer draft was written")
    return [one for one in batch if one not in newer]
