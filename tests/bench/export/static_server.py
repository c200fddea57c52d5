"""Send rendered pages with as little work as Python can do; for machines without nginx.

Run as a program: folder, port, encoding. It keeps every answer in memory from its first request
on, and understands exactly the requests of the contenders.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from urllib.parse import unquote

_END = b"\r\n\r\n"
_OFFSET = re.compile(r"page\[offset\]=(\d+)")
_NO_ROWS = re.compile(r"page\[limit\]=0(&|$)|_status")
_HEAD = (
    "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
    "X-RateLimit-Limit: 10000\r\nX-RateLimit-Remaining: 9999\r\n{encoding}\r\n"
)


class _Pages(asyncio.Protocol):
    """One connection."""

    def __init__(self, root: Path, encoding: str, kept: dict[str, bytes]) -> None:
        self._root = root
        self._encoding = encoding
        self._kept = kept
        self._waiting = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self._waiting = (self._waiting + data).split(_END)
        for request in requests:
            target = request.split(b" ", 2)[1].decode("ascii")
            assert self._transport is not None
            self._transport.write(self._answer(target))

    def _answer(self, target: str) -> bytes:
        if target not in self._kept:
            path, _, query = target.partition("?")
            self._kept[target] = self._read(path.strip("/"), unquote(query))
        return self._kept[target]

    def _read(self, path: str, query: str) -> bytes:
        if path.endswith("/items"):
            offset = _OFFSET.search(query)
            name = "total" if _NO_ROWS.search(query) else offset[1] if offset else "0"
            path = f"{path}/{name}"
        is_gzip = self._encoding == "gzip"
        file = self._root / f"{path}.json{'.gz' if is_gzip else ''}"
        body = file.read_bytes() if file.is_file() else b""
        encoding = "Content-Encoding: gzip\r\n" if is_gzip and body else ""
        status = "200 OK" if body else "404 Not Found"
        head = _HEAD.format(status=status, length=len(body), encoding=encoding)
        return head.encode("ascii") + body


async def _serve(root: Path, port: int, encoding: str) -> None:
    kept: dict[str, bytes] = {}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Pages(root, encoding, kept), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
