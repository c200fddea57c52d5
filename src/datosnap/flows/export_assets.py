"""Read the metadata of every upload and fetch the bytes behind it, several at a time.

One dead asset is a gap, not the end: its metadata stays, its bytes are listed as missing. Equal
bytes are stored once, under their md5.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import anyio
import msgspec
from anyio import to_thread
from anyio.streams.memory import MemoryObjectReceiveStream

from datosnap.api.assets import AssetClient
from datosnap.api.endpoints import UPLOAD_PAGE
from datosnap.errors import ApiError, NonsenseError
from datosnap.flows.export_run import ExportRun
from datosnap.flows.listing import Listing, read_listing

# Assets fetched at once; they do not touch the rate limit.
_AT_ONCE = 8


class _Attributes(msgspec.Struct):
    url: str
    size: int | None = None
    md5: str | None = None


class _Upload(msgspec.Struct):
    id: str
    attributes: _Attributes


_UPLOAD = msgspec.json.Decoder(_Upload)


@dataclass(slots=True)
class _Fetching:
    """The downloads of one export."""

    run: ExportRun
    assets: AssetClient
    known: set[str] = field(default_factory=set)

    async def work(self, queue: MemoryObjectReceiveStream[_Upload]) -> None:
        async with queue:
            async for upload in queue:
                await self._fetch(upload)
                self.run.progress.advance()

    async def _fetch(self, upload: _Upload) -> None:
        wanted = upload.attributes
        if wanted.md5 is not None:
            if wanted.md5 in self.known:
                return
            self.known.add(wanted.md5)
        sink = await to_thread.run_sync(self.run.writer.blob)
        try:
            await self.assets.download(wanted.url, sink, size=wanted.size, md5=wanted.md5)
        except ApiError as error:
            await to_thread.run_sync(sink.abandon)
            self.known.discard(wanted.md5 or "")
            self.run.note_gap("asset", upload.id, str(error))
        except BaseException:
            sink.abandon()
            raise
        else:
            await to_thread.run_sync(sink.finish)


async def export_uploads(run: ExportRun, assets: AssetClient, *, with_bytes: bool) -> None:
    """Export the metadata of all uploads and, with `with_bytes`, what they hold.

    Memory: a page of metadata and one piece of each asset under way.
    """
    fetching = _Fetching(run, assets)
    run.progress.start("assets", total=0, unit="assets")
    send, receive = anyio.create_memory_object_stream[_Upload](_AT_ONCE)
    chunk = await to_thread.run_sync(run.writer.chunks, "uploads", None)

    async def take(rows: list[bytes]) -> None:
        if rows:
            await to_thread.run_sync(chunk.write, rows)
        if with_bytes:
            run.progress.expect(len(rows))
            for row in rows:
                await send.send(_head(row))

    async with anyio.create_task_group() as workers:
        with receive:
            for _ in range(_AT_ONCE):
                workers.start_soon(fetching.work, receive.clone())
        async with send:
            listing = Listing("/uploads", {"order_by": "_created_at_ASC"}, UPLOAD_PAGE)
            totals = await read_listing(run.client, listing, take, run.slots)
    await to_thread.run_sync(chunk.close)
    run.uploads = totals.rows
    if not totals.agree:
        run.note_gap("uploads", "", f"the API counts {totals.last} uploads, {totals.rows} came")


def _head(row: bytes) -> _Upload:
    try:
        return _UPLOAD.decode(row)
    except msgspec.DecodeError as error:
        raise NonsenseError(f"expected an upload, found {row[:80]!r}: {error}") from None
