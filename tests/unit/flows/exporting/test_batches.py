"""Rows go to the writer in batches, and are made durable by the clock, not by their number."""

from __future__ import annotations

import anyio
import pytest

from datosnap.flows.exporting import run
from datosnap.flows.exporting.run import Batch, ListSink, Send

pytestmark = pytest.mark.anyio

ROW = b'{"id":"1"}'


class Sent:
    """A sink, and what it hands over."""

    def __init__(self, room: int = 100) -> None:
        self.now = 0.0
        stream, self._receive = anyio.create_memory_object_stream[Batch](room)
        self._stream = stream
        self.sink = ListSink(Send(stream), "current", "post", lambda: self.now)

    def batches(self) -> list[Batch]:
        """Give what was handed over since the last time."""
        found = []
        while self._receive.statistics().current_buffer_used:
            found.append(self._receive.receive_nowait())
        return found

    def close(self) -> None:
        """Let go of both ends."""
        self._stream.close()
        self._receive.close()


async def test_a_full_batch_goes_at_once_and_is_not_yet_durable() -> None:
    """Rows are handed over by the megabyte, and made durable when half a second is over."""
    sent = Sent()
    big = ROW + b" " * run._BATCH_BYTES
    await sent.sink.take([ROW], 1)
    assert sent.batches() == []
    await sent.sink.take([big], 2)
    assert sent.batches() == [Batch("current", "post", [ROW, big], 2, is_mark=False)]
    sent.now = 0.5
    await sent.sink.take([ROW], 3)
    assert sent.batches() == [Batch("current", "post", [ROW], 3, is_mark=True)]
    await sent.sink.close(3)
    assert sent.batches() == [Batch("current", "post", [], 3, is_mark=True, is_last=True)]
    assert sent.sink.rest() is None
    sent.close()


async def test_what_was_never_made_durable_is_left_to_do() -> None:
    """At an early end the rest is put away, and with it what was handed over but not marked."""
    sent = Sent()
    assert sent.sink.rest() is None
    big = ROW + b" " * run._BATCH_BYTES
    await sent.sink.take([big], 1)
    assert [one.is_mark for one in sent.batches()] == [False]
    assert sent.sink.rest() == Batch("current", "post", [], 1, is_mark=True)
    await sent.sink.take([ROW], 2)
    assert sent.sink.rest() == Batch("current", "post", [ROW], 2, is_mark=True)
    sent.close()


async def test_a_batch_that_never_got_there_is_left_to_do() -> None:
    """A run that is stopped while it waits for the writer keeps its rows, in their order."""
    sent = Sent(room=0)
    sent.now = 1.0
    with anyio.CancelScope() as stopping:
        stopping.cancel()
        await sent.sink.take([ROW], 7)
    assert stopping.cancelled_caught
    assert sent.sink.rest() == Batch("current", "post", [ROW], 7, is_mark=True)
    sent.close()
