"""Fetch all pages of records with httpx and do nothing with them: the floor of any exporter.

Run as a program: address, page size, model. Six clients, one connection each, as datosnap has;
prints the number of records that the API counts, and of bytes that came, decoded.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator

import httpx

_CLIENTS = 6


async def _fetch(base: str, size: int, model: str) -> None:
    asked = (
        f"{base}/items?filter%5Btype%5D={model}&version=current&nested={str(size == 30).lower()}"
    )
    async with httpx.AsyncClient() as first:
        body = (await first.get(_page(asked, 0, size))).content
    total: int = json.loads(body)["meta"]["total_count"]
    offsets = iter(range(size, total, size))
    counts = await asyncio.gather(*(_work(asked, offsets, size) for _ in range(_CLIENTS)))
    print(json.dumps({"rows": total, "bytes": len(body) + sum(counts)}))  # noqa: T201 - its answer


async def _work(asked: str, offsets: Iterator[int], size: int) -> int:
    count = 0
    async with httpx.AsyncClient() as client:
        for offset in offsets:
            answer = await client.get(_page(asked, offset, size))
            count += len(answer.raise_for_status().content)
    return count


def _page(asked: str, offset: int, size: int) -> str:
    return f"{asked}&page%5Boffset%5D={offset}&page%5Blimit%5D={size}"


if __name__ == "__main__":
    asyncio.run(_fetch(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
