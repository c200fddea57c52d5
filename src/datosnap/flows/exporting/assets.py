"""Read the metadata of every upload and fetch the bytes behind it, several at a time.

One dead asset is a gap, not the end: its metadata stays, its bytes are listed as missing. Equal
bytes are stored once, under their md5; what an earlier run stored is not fetched again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import anyio
import msgspec
from anyio import to_thread
from anyio.streams.memory import MemoryObjectReceiveStream

from datosnap.api.assets import AssetClient
from datosnap.api.endpoints import UPLOAD_PAGE
from datosnap.core.budget import ListSize
from datosnap.core.entities import ItemType
from datosnap.core.jsontext import decode_object
from datosnap.core.references import Kind, find
from datosnap.core.remapping import translate_resource
from datosnap.errors import ApiError, NonsenseError
from datosnap.flows.exporting.records import Seen, note_difference
from datosnap.flows.exporting.run import ExportRun, ListSink, writing
from datosnap.flows.listing import Listing, read_listing
from datosnap.flows.opening import Opened
from datosnap.store.blobs import BlobSink
from datosnap.store.names import ChunkKind

UPLOADS = Listing("/uploads", {"order_by": "id_ASC"}, UPLOAD_PAGE)
_WITH_CONTENT: tuple[ChunkKind, ...] = ("current", "published", "history")
# Assets fetched at once; they do not touch the rate limit.
_AT_ONCE = 8
_TOTAL = "total uploads"


class _Attributes(msgspec.Struct):
    url: str
    size: int | None = None
    md5: str | None = None


class UploadHead(msgspec.Struct):
    """The little that fetching an upload's bytes needs to know."""

    id: str
    attributes: _Attributes


_UPLOAD = msgspec.json.Decoder(UploadHead)


@dataclass(slots=True)
class _Fetching:
    """The downloads of one export."""

    run: ExportRun
    assets: AssetClient
    # By MD5: an asset under way, and the uploads that wait for it.
    waiting: dict[str, list[UploadHead]] = field(default_factory=dict)
    failed: list[tuple[UploadHead, str]] = field(default_factory=list)

    async def work(self, queue: MemoryObjectReceiveStream[UploadHead]) -> None:
        async with queue:
            async for upload in queue:
                await self._fetch(upload)
                self.run.progress.advance()

    async def _fetch(self, upload: UploadHead) -> None:
        md5 = upload.attributes.md5
        if md5 is None:
            await self._download(upload)
        elif self.run.writer.has_asset(md5):
            return
        elif md5 in self.waiting:
            self.waiting[md5].append(upload)
        else:
            waiting = self.waiting[md5] = [upload]
            # The same bytes may still lie at another upload's address when one is dead.
            while waiting and not await self._download(waiting.pop(0)):
                pass
            del self.waiting[md5]

    async def _download(self, upload: UploadHead) -> bool:
        """Fetch one upload's bytes; tell whether they could be had."""
        wanted = upload.attributes
        sink = await to_thread.run_sync(self.run.writer.blob)
        try:
            if not await to_thread.run_sync(self._take_over, wanted, sink):
                await self.assets.download(wanted.url, sink, size=wanted.size, md5=wanted.md5)
            await to_thread.run_sync(sink.finish)
        except ApiError as error:
            await to_thread.run_sync(sink.abandon)
            self.failed.append((upload, str(error)))
            return False
        except BaseException:
            sink.abandon()
            raise
        return True

    def note_gaps(self) -> None:
        """Note which uploads have no bytes, from whatever address."""
        for upload, reason in self.failed:
            md5 = upload.attributes.md5
            if md5 is None or not self.run.writer.has_asset(md5):
                self.run.note_gap("asset", upload.id, reason)

    def _take_over(self, wanted: _Attributes, sink: BlobSink) -> bool:
        """Copy an asset that the older snapshot holds; tell whether it did."""
        older = self.run.older
        known = None if older is None else older.asset(wanted.md5, wanted.size)
        if older is None or known is None:
            return False
        for piece in known:
            sink.write(piece)
        older.reused_assets += 1
        return True


async def export_uploads(run: ExportRun) -> None:
    """Export the metadata of all uploads."""
    writer = run.writer
    run.progress.start("uploads", total=None, unit="uploads")
    if not writer.is_published("uploads", None):
        async with writing(run) as send:
            sink = ListSink(send, "uploads", None)
            seen = Seen()
            if writer.has_rows("uploads", None):
                await to_thread.run_sync(seen.look, writer.rows("uploads", None))
            at = writer.kept("uploads", None).at

            async def take(rows: list[bytes]) -> None:
                nonlocal at
                at += len(rows)
                await sink.take(seen.look(rows), at)
                run.progress.advance(len(rows))

            def expect(total: int) -> None:
                run.plan(ListSize(max(0, total - at), UPLOADS.page_size).calls)

            totals = await read_listing(
                run.client, UPLOADS, take, run.slots, start=at, on_total=expect
            )
            await to_thread.run_sync(writer.note, _TOTAL, totals.last)
            await sink.close(at)
    note_uploads(run, writer.noted(_TOTAL))


def note_uploads(run: ExportRun, total: int) -> None:
    """Count the uploads; note as a gap that the API counts others, or that none is left."""
    run.writer.note(_TOTAL, total)
    run.uploads = run.writer.publish("uploads", None)
    note_difference(run, "uploads", "", total, run.uploads)


async def export_assets(
    run: ExportRun, assets: AssetClient, only: Collection[str] | None = None
) -> None:
    """Fetch the bytes of the exported uploads, or of those whose ids are in `only`.

    Memory: one piece of each asset under way.
    """
    fetching = _Fetching(run, assets)
    run.progress.start("assets", total=run.uploads if only is None else len(only), unit="assets")
    send, receive = anyio.create_memory_object_stream[UploadHead](_AT_ONCE)
    async with anyio.create_task_group() as workers:
        with receive:
            for _ in range(_AT_ONCE):
                workers.start_soon(fetching.work, receive.clone())
        async with send:
            wanted = _heads(run.writer.rows("uploads", None), only)
            while (upload := await to_thread.run_sync(next, wanted, None)) is not None:
                await send.send(upload)
    fetching.note_gaps()


def _heads(rows: Iterable[bytes], only: Collection[str] | None) -> Iterator[UploadHead]:
    for row in rows:
        head = read_upload_head(row)
        if only is None or head.id in only:
            yield head


def read_upload_head(row: bytes) -> UploadHead:
    """Read where an upload's bytes lie, and what they should be.

    Raises: NonsenseError when it is no upload.
    """
    try:
        return _UPLOAD.decode(row)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NonsenseError(f"expected an upload, found {row[:80]!r}: {error}") from None


def referenced_uploads(
    run: ExportRun, opened: Opened, models: Sequence[ItemType]
) -> frozenset[str]:
    """Find the uploads that records of `models`, or the site's settings, name."""
    found: set[str] = set()
    for model in models:
        for kind in _WITH_CONTENT:
            for row in run.writer.rows(kind, model.api_key):
                attributes = decode_object(row).get("attributes") or {}
                references = find(attributes, model, opened.schema).references
                found |= {one.id for one in references if one.kind is Kind.UPLOAD}

    def note(kind: str, identifier: str) -> str:
        found.update([identifier] if kind == "upload" else [])
        return identifier

    translate_resource(decode_object(opened.site), note)
    return frozenset(found)
