"""Write what belongs to models: several models at a time, the members of one in turn.

Schema writes are slow jobs, and two at once on one model refuse each other. Source: the official
importer runs two to six of them at a time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

import anyio

from datosnap.core.entities import related_id
from datosnap.core.jsontext import JsonObject

_MODELS_AT_ONCE = 4


async def each_in_turn(
    members: Iterable[JsonObject], write: Callable[[JsonObject], Awaitable[None]]
) -> None:
    """Write members of models, those of one model in the order in which they come."""
    by_model: dict[str, list[JsonObject]] = {}
    for one in members:
        by_model.setdefault(related_id(one, "item_type") or "", []).append(one)
    limit = anyio.CapacityLimiter(_MODELS_AT_ONCE)

    async def write_all(lane: list[JsonObject]) -> None:
        async with limit:
            for one in lane:
                await write(one)

    async with anyio.create_task_group() as tasks:
        for lane in by_model.values():
            tasks.start_soon(write_all, lane)
