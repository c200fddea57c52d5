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
from datosnap.flows.restoring.publishing import publish
from datosnap.flows.restoring.run import RestoreRun

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
    async for batch in receive:
        await publish(run, batch.ids, step)
        batch.published.set()
