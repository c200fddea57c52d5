"""Work is shared among a few writers, and begun in its order."""

from __future__ import annotations

from collections.abc import Iterator

import anyio
import pytest

from datosnap.flows.restoring.sharing import share


@pytest.mark.parametrize(("count", "writers"), [(0, 3), (2, 3), (20, 3), (5, 1)])
def test_everything_is_done_and_little_at_once(count: int, writers: int) -> None:
    """Each piece is begun once, in order, and taken only when a writer is free for it."""
    begun: list[int] = []
    busy: list[int] = []
    most = [0]
    taken = [0]

    def pieces() -> Iterator[int]:
        for one in range(count):
            taken[0] += 1
            yield one

    async def do(one: int) -> None:
        begun.append(one)
        busy.append(one)
        most[0] = max(most[0], len(busy))
        assert taken[0] == len(begun)
        await anyio.lowlevel.checkpoint()
        busy.remove(one)

    async def flow() -> None:
        await share(pieces(), do, writers=writers)

    anyio.run(flow)

    assert begun == list(range(count))
    assert most[0] == min(count, writers)
