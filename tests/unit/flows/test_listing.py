"""Reading a paged listing: in order, bounded, and honest about totals."""

from __future__ import annotations

from collections.abc import Mapping

import anyio
import pytest

from datosnap.api.client import Query
from datosnap.core.jsontext import encode
from datosnap.errors import NonsenseError
from datosnap.flows.listing import Listing, Totals, read_listing
from datosnap.flows.ordering import Slots

_LISTING = Listing("/items", {"version": "current"}, 10)


class Paged:
    """An API with so many rows; later pages answer sooner, and it notes who is ahead of whom."""

    def __init__(self, rows: int, *, claimed: int | None = None) -> None:
        self.rows = rows
        self.claimed = rows if claimed is None else claimed
        self.asked: list[int] = []
        self.consumed: list[int] = []
        self.lead = 0

    async def get(self, path: str, query: Query | None = None) -> bytes:
        """Answer a page."""
        page = (query or {})["page"]
        assert isinstance(page, Mapping)
        offset, limit = int(str(page["offset"])), int(str(page["limit"]))
        self.asked.append(offset)
        self.lead = max(self.lead, len(self.asked) - len(self.consumed) // limit)
        for _ in range(max(0, 50 - offset // 10)):
            await anyio.lowlevel.checkpoint()
        rows = [{"id": str(one)} for one in range(offset, min(offset + limit, self.rows))]
        return encode({"data": rows, "meta": {"total_count": self.claimed}})

    async def consume(self, rows: list[bytes]) -> None:
        """Take a page."""
        self.consumed += [int(row.split(b'"')[3]) for row in rows]


def read(api: Paged, slots: int = 4) -> Totals:
    """Read the whole listing."""

    async def run() -> Totals:
        return await read_listing(api, _LISTING, api.consume, Slots(slots))

    return anyio.run(run)


@pytest.mark.parametrize("rows", [0, 1, 10, 11, 237])
def test_every_row_is_consumed_once_and_in_order(rows: int) -> None:
    """Pages arrive in any order and are handed over in theirs."""
    api = Paged(rows)

    totals = read(api)

    assert api.consumed == list(range(rows))
    assert totals == Totals(rows, rows, rows)
    assert totals.agree


def test_no_page_is_asked_for_twice_and_none_too_many() -> None:
    """237 rows in pages of 10 cost 24 calls."""
    api = Paged(237)

    read(api)

    assert sorted(api.asked) == list(range(0, 237, 10))


def test_reader_never_runs_further_ahead_than_its_slots() -> None:
    """With four slots, never more than four pages are under way or waiting."""
    api = Paged(500)

    read(api, slots=4)

    assert api.lead <= 4 + 1


def test_a_total_that_promises_too_much_ends_and_is_told() -> None:
    """A claim of a billion rows ends at the first empty page; the totals do not agree."""
    api = Paged(25, claimed=1_000_000_000)

    totals = read(api)

    assert api.consumed == list(range(25))
    assert not totals.agree
    assert len(api.asked) < 20


def test_a_total_that_promises_too_little_is_told() -> None:
    """More rows on the only page than were claimed is no agreement."""
    assert not read(Paged(5, claimed=3)).agree


@pytest.mark.parametrize("claimed", ["5", None, -1, True, 1.5])
def test_a_listing_without_a_number_is_nonsense(claimed: object) -> None:
    """A total that is no whole number is refused."""

    class Broken(Paged):
        async def get(self, path: str, query: Query | None = None) -> bytes:
            return encode({"data": [], "meta": {"total_count": claimed}})

    with pytest.raises(NonsenseError, match="total_count"):
        read(Broken(0))
