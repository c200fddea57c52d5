"""Read a paged listing with several requests in flight and hand its pages over in order.

The first page tells the total and so the plan of all others. A page is fetched only when a slot
is free, and its slot is freed when it was consumed, which bounds memory however many listings
are read side by side.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import anyio

from datosnap.api.client import Query
from datosnap.core.jsontext import JsonObject, slice_page
from datosnap.errors import NonsenseError

Consume = Callable[[list[bytes]], Awaitable[None]]


class Reader(Protocol):
    """Someone who reads a path of the API; the client does."""

    async def get(self, path: str, query: Query | None = None) -> bytes:
        """Read `path`; give the body as it was sent."""
        ...


@dataclass(frozen=True, slots=True)
class Listing:
    """A paged listing: where, with which parameters, and how many rows a page."""

    path: str
    query: Query
    page_size: int


@dataclass(frozen=True, slots=True)
class Totals:
    """How many rows a listing claimed on its first and on its last page, and how many came."""

    first: int
    last: int
    rows: int

    @property
    def agree(self) -> bool:
        """Tell whether nothing seems to have come or gone while the listing was read."""
        return self.first == self.last == self.rows


class Slots:
    """How many pages may be held in memory at once, over all listings that share them."""

    def __init__(self, pages: int) -> None:
        self.pages = pages
        self._free = anyio.Semaphore(pages)

    async def take(self) -> None:
        """Wait for a free slot."""
        await self._free.acquire()

    def give_back(self) -> None:
        """Free a slot."""
        self._free.release()


async def read_listing(reader: Reader, listing: Listing, consume: Consume, slots: Slots) -> Totals:
    """Read all pages, several at a time, and consume them in order.

    Memory: at most `slots.pages` pages over all listings that share `slots`.
    Raises: NonsenseError when the API gives no total.
    """
    await slots.take()
    try:
        rows, first_total = await _fetch(reader, listing, 0)
        await consume(rows)
    finally:
        slots.give_back()
    reading = _Reading(reader, listing, consume, slots, rows=len(rows), last_total=first_total)
    async with anyio.create_task_group() as tasks:
        for turn, offset in enumerate(range(listing.page_size, first_total, listing.page_size)):
            await slots.take()
            if reading.exhausted:
                slots.give_back()
                break
            tasks.start_soon(reading.page, turn, offset)
    return Totals(first_total, reading.last_total, reading.rows)


class _Reading:
    """One listing under way: pages come in any order and are consumed in theirs."""

    def __init__(
        self,
        reader: Reader,
        listing: Listing,
        consume: Consume,
        slots: Slots,
        *,
        rows: int,
        last_total: int,
    ) -> None:
        self._reader = reader
        self._listing = listing
        self._consume = consume
        self._slots = slots
        self._done: dict[int, anyio.Event] = {-1: anyio.Event()}
        self._done[-1].set()
        self.rows = rows
        self.last_total = last_total
        # An empty page before the claimed end: the rest would be empty too.
        self.exhausted = False

    async def page(self, turn: int, offset: int) -> None:
        done = self._event(turn)
        try:
            rows, self.last_total = await _fetch(self._reader, self._listing, offset)
            await self._event(turn - 1).wait()
            del self._done[turn - 1]
            await self._consume(rows)
            self.rows += len(rows)
            self.exhausted = self.exhausted or not rows
        finally:
            self._slots.give_back()
        done.set()

    def _event(self, turn: int) -> anyio.Event:
        return self._done.setdefault(turn, anyio.Event())


async def _fetch(reader: Reader, listing: Listing, offset: int) -> tuple[list[bytes], int]:
    page: Query = {"page": {"offset": offset, "limit": listing.page_size}}
    body = await reader.get(listing.path, {**listing.query, **page})
    rows, meta = slice_page(body)
    return rows, _total(meta, listing.path)


def _total(meta: JsonObject, path: str) -> int:
    total = meta.get("total_count")
    if isinstance(total, bool) or not isinstance(total, int) or total < 0:
        raise NonsenseError(f"GET {path}: expected meta.total_count, found {total!r:.100}")
    return total
