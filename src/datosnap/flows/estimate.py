"""Ask the API how much there is, and tell what an export of it would cost, without exporting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datosnap.api.client import Client
from datosnap.api.endpoints import RESOURCES, UPLOAD_PAGE, VERSION_PAGE
from datosnap.core.budget import Budget, ListSize, budget
from datosnap.core.entities import ItemType
from datosnap.flows.exporting.assets import UPLOADS, read_upload_head
from datosnap.flows.exporting.records import UPDATED, record_listing
from datosnap.flows.listing import read_listing, read_total
from datosnap.flows.ordering import InOrder, Slots

# Environment, schema and role.
OPENING_CALLS = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an export would bring and cost; `calls_spent` is what finding out did cost.

    Units: bytes of all assets together; those that lie in the snapshot once may be fewer.
    """

    records: dict[str, int]
    updated: int
    uploads: int
    asset_bytes: int
    budget: Budget
    calls_spent: int


async def estimate(
    client: Client, models: Sequence[ItemType], *, history: bool, uploads: bool, consistency: int
) -> Estimate:
    """Estimate an export from the totals of its lists; two calls a model and the uploads' pages.

    Versions are not counted by the API: one call a record is reckoned with.
    """
    sizes: list[ListSize] = []
    updated: list[ListSize] = []

    async def fetch(model: ItemType) -> tuple[ListSize, ListSize]:
        current = record_listing(model, "current")
        total = await read_total(client, current)
        second = record_listing(model, "current", UPDATED)
        newer = await read_total(client, second) if model.draft_mode_active else 0
        return ListSize(total, current.page_size), ListSize(newer, current.page_size)

    async def take(_: ItemType, found: tuple[ListSize, ListSize]) -> None:
        sizes.append(found[0])
        updated.append(found[1])

    await InOrder(fetch, take, Slots(6)).run(models)
    count, asset_bytes = await _uploads(client) if uploads else (0, 0)
    rows = sum(one.rows for one in sizes)
    return Estimate(
        records={model.api_key: one.rows for model, one in zip(models, sizes, strict=True)},
        updated=sum(one.rows for one in updated),
        uploads=count,
        asset_bytes=asset_bytes,
        budget=budget(
            settings=OPENING_CALLS + len(RESOURCES),
            current=sizes,
            published=updated,
            uploads=ListSize(count, UPLOAD_PAGE) if uploads else None,
            scheduled=0,
            versions=[ListSize(1, VERSION_PAGE)] * rows if history else (),
            consistency=consistency,
        ),
        calls_spent=client.spent.calls,
    )


async def _uploads(client: Client) -> tuple[int, int]:
    count = size = 0

    async def take(rows: list[bytes]) -> None:
        nonlocal count, size
        count += len(rows)
        size += sum(read_upload_head(row).attributes.size or 0 for row in rows)

    await read_listing(client, UPLOADS, take, Slots(2))
    return count, size
