"""Read a paged listing with several requests in flight and hand its pages over in order.

The first page tells the total and so the plan of all others.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from datosnap.api.client import Query
from datosnap.core.jsontext import JsonObject, slice_page
from datosnap.errors import NonsenseError
from datosnap.flows.ordering import InOrder, Slots

Consume = Callable[[list[bytes]], Awaitable[None]]
_Page = tuple[list[bytes], int]


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
    """How many rows a listing claimed at first and at last, and how many there are with us."""

    first: int
    last: int
    rows: int

    @property
    def agree(self) -> bool:
        """Tell whether nothing seems to have come or gone while the listing was read."""
        return self.first == self.last == self.rows


async def read_listing(
    reader: Reader,
    listing: Listing,
    consume: Consume,
    slots: Slots,
    *,
    start: int = 0,
    on_total: Callable[[int], None] = lambda _: None,
) -> Totals:
    """Read all pages from row `start` on, several at a time, and consume them in order.

    `on_total` hears what the first page tells of their number.

    Memory: at most as many pages as `slots` over all listings that share it.
    Raises: NonsenseError when the API gives no total.
    """
    reading = _Reading(reader, listing, consume, rows=start)
    await slots.take()
    try:
        first = await reading.fetch(start)
        on_total(first[1])
        await reading.take(start, first)
    finally:
        slots.give_back()
    rest = range(start + listing.page_size, first[1], listing.page_size)
    pages = InOrder(reading.fetch, reading.take, slots)
    reading.on_empty = pages.end
    await pages.run(rest)
    return Totals(first[1], reading.last_total, reading.rows)


async def read_total(reader: Reader, listing: Listing) -> int:
    """Ask how many rows a listing has, and for none of them."""
    page: Query = {"page": {"limit": 0}}
    return _page(await reader.get(listing.path, {**listing.query, **page}), listing.path)[1]


class _Reading:
    """One listing under way."""

    def __init__(self, reader: Reader, listing: Listing, consume: Consume, *, rows: int) -> None:
        self._reader = reader
        self._listing = listing
        self._consume = consume
        self.rows = rows
        self.last_total = 0
        self.on_empty: Callable[[], None] = lambda: None

    async def fetch(self, offset: int) -> _Page:
        page: Query = {"page": {"offset": offset, "limit": self._listing.page_size}}
        body = await self._reader.get(self._listing.path, {**self._listing.query, **page})
        return _page(body, self._listing.path)

    async def take(self, _: int, page: _Page) -> None:
        rows, self.last_total = page
        await self._consume(rows)
        self.rows += len(rows)
        if not rows:
            # Before the claimed end: the rest would be empty too.
            self.on_empty()


def _page(body: bytes, path: str) -> _Page:
    rows, meta = slice_page(body)
    return rows, _total(meta, path)


def _total(meta: JsonObject, path: str) -> int:
    total = meta.get("total_count")
    if isinstance(total, bool) or not isinstance(total, int) or total < 0:
        raise NonsenseError(f"GET {path}: expected meta.total_count, found {total!r:.100}")
    return total
