"""Take in the bytes of one asset: counted, hashed, and resumed only on proof.

A transfer that broke off is continued when the server named a strong ETag and answers 206 for
exactly the missing range (RFC 9110, If-Range); in every other case it starts again, so that a
stored asset is never sewn together from two contents.
"""

from __future__ import annotations

import hashlib
import re
from typing import Protocol

import anyio.to_thread
import httpx

from datosnap.core.retrying import Failure, Kind
from datosnap.errors import quote

# A hop to a worker thread costs as much as writing some hundred KB.
_BATCH_BYTES = 1024 * 1024
_PARTIAL = 206
_RANGE_REFUSED = 416
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


class ByteSink(Protocol):
    """Where the bytes of one asset go; called in a worker thread, since it may block."""

    def write(self, data: bytes) -> object:
        """Take the next bytes."""
        ...

    def restart(self) -> None:
        """Forget everything written so far."""
        ...


class Receiver:
    """One asset on its way into a sink, over as many attempts as it takes.

    Memory: a batch of 1 MiB and the piece that filled it.
    """

    def __init__(
        self, sink: ByteSink, *, size: int | None, md5: str | None, max_bytes: int
    ) -> None:
        self._sink = sink
        self._size = size
        self._md5 = md5.lower() if md5 else None
        self._max_bytes = max_bytes if size is None else size
        self._received = 0
        self._hash = hashlib.md5(usedforsecurity=False)
        self._etag: str | None = None

    @property
    def missing(self) -> int:
        """Tell how many bytes are to come; 0 when nobody announced a size."""
        return 0 if self._size is None else self._size - self._received

    def headers(self) -> dict[str, str]:
        """Give the headers that ask for what is missing, when it can be asked for."""
        if self._received and self._etag:
            return {"Range": f"bytes={self._received}-", "If-Range": self._etag}
        return {}

    async def receive(self, response: httpx.Response) -> Failure | None:
        """Write the body of an answer; None when the asset is complete then.

        Raises: httpx.HTTPError when the connection breaks; what came before is kept.
        """
        failure = await self._begin(response) or await self._read(response)
        return failure or await self._finish(is_framed=_is_framed(response))

    async def _begin(self, response: httpx.Response) -> Failure | None:
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            return Failure(Kind.NONSENSE, f"encoded as {quote(encoding)}, which was not asked for")
        if self._size is None and not _is_framed(response):
            return Failure(Kind.NONSENSE, "neither its length nor its size is known")
        if response.status_code == _RANGE_REFUSED:
            return await self._mismatch("the host refuses the rest of what it began to send")
        if response.status_code == _PARTIAL:
            if not self._continues(response.headers.get("Content-Range", "")):
                return await self._mismatch("the host sent another range than the missing one")
        elif self._received:
            await self._restart()
        etag = response.headers.get("ETag", "")
        self._etag = etag if etag.startswith('"') and etag.isascii() else None
        return None

    def _continues(self, content_range: str) -> bool:
        found = _CONTENT_RANGE.fullmatch(content_range.strip())
        if found is None:
            return False
        first, last, total = map(int, found.groups())
        return first == self._received and last == total - 1 and self._size in (None, total)

    async def _read(self, response: httpx.Response) -> Failure | None:
        batch = bytearray()
        try:
            async for part in response.aiter_raw():
                batch += part
                if self._received + len(batch) > self._max_bytes:
                    return await self._mismatch(f"more than {self._max_bytes} bytes came")
                if len(batch) >= _BATCH_BYTES:
                    await self._flush(batch)
        except httpx.HTTPError:
            await self._flush(batch)
            raise
        await self._flush(batch)
        return None

    async def _finish(self, *, is_framed: bool) -> Failure | None:
        if self._size is not None and self._received < self._size:
            reason = f"expected {self._size} bytes, {self._received} came"
            if not is_framed:
                return Failure(Kind.TRUNCATED, reason)
            return await self._mismatch(reason)
        found = self._hash.hexdigest()
        if self._md5 is not None and found != self._md5:
            return await self._mismatch(f"expected MD5 {quote(self._md5)}, found {found!r}")
        return None

    async def _mismatch(self, reason: str) -> Failure:
        await self._restart()
        return Failure(Kind.MISMATCH, reason)

    async def _flush(self, batch: bytearray) -> None:
        data = bytes(batch)
        batch.clear()
        if data:
            await anyio.to_thread.run_sync(self._absorb, data)

    def _absorb(self, data: bytes) -> None:
        self._sink.write(data)
        self._hash.update(data)
        self._received += len(data)

    async def _restart(self) -> None:
        self._received = 0
        self._etag = None
        self._hash = hashlib.md5(usedforsecurity=False)
        await anyio.to_thread.run_sync(self._sink.restart)


def _is_framed(response: httpx.Response) -> bool:
    """Tell whether the end of the body can be told from a break of the connection."""
    is_chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
    return is_chunked or "Content-Length" in response.headers
