"""Bring collections and uploads over: the bytes first, then their metadata under the new id."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream

from datosnap.core.entities import related_id
from datosnap.core.jsontext import JsonObject
from datosnap.core.matching_uploads import UploadAct, said_of
from datosnap.core.remapping import translate_resource
from datosnap.core.requests import create_body, update_body
from datosnap.errors import AccessRefusedError, ApiError, NonsenseError
from datosnap.flows.restoring.judging import Saying
from datosnap.flows.restoring.run import RestoreRun
from datosnap.flows.restoring.settings import create_once
from datosnap.flows.restoring.source import parents_first

# Uploads under way at once.
_AT_ONCE = 6


async def restore_collections(run: RestoreRun) -> None:
    """Create the folders of the media area that the target lacks, parents first."""
    for one in parents_first(run.source.resources["upload_collections"]):
        await create_once(run, one)


async def restore_uploads(run: RestoreRun) -> None:
    """Create every upload that the target lacks; one whose bytes are nowhere is a gap."""
    uploads = run.source.uploads
    run.progress.start("assets", total=len(uploads), unit="assets")
    send, receive = anyio.create_memory_object_stream[JsonObject](0)
    async with anyio.create_task_group() as workers:
        with receive:
            for _ in range(_AT_ONCE):
                workers.start_soon(_work, run, receive.clone())
        async with send:
            for one in uploads.values():
                await send.send(one)


async def _work(run: RestoreRun, queue: MemoryObjectReceiveStream[JsonObject]) -> None:
    async with queue:
        async for upload in queue:
            await _bring(run, upload)
            run.progress.advance()


async def _bring(run: RestoreRun, upload: JsonObject) -> None:
    act = run.decisions.uploads[upload["id"]]
    if act is UploadAct.SKIP:
        name = upload["attributes"].get("filename")
        reason = f"{name}: edited in the target, which was left as it is"
        run.note_gap("upload", upload["id"], reason)
    elif act is UploadAct.UPDATE:
        describe = partial(_describe, run, upload)
        await run.once(f"upload:{upload['id']}", describe, run.refusal("upload", upload["id"]))
    elif act is UploadAct.SEND:
        await _send(run, upload)


async def _send(run: RestoreRun, upload: JsonObject) -> None:
    attributes: JsonObject = upload["attributes"]
    entry = run.source.snapshot.asset_entry(attributes.get("md5") or "")
    if entry is None:
        _leave_out(run, upload, "the snapshot does not hold its bytes")
        return
    try:
        await run.once(f"upload:{upload['id']}", partial(_upload, run, upload, entry.bytes))
    except (ApiError, AccessRefusedError) as error:
        if run.fail_on_asset:
            raise
        _leave_out(run, upload, str(error))


def _leave_out(run: RestoreRun, upload: JsonObject, reason: str) -> None:
    run.ids.forget("upload", upload["id"])
    run.note_gap("upload", upload["id"], f"{upload['attributes'].get('filename')}: {reason}")


async def _upload(run: RestoreRun, upload: JsonObject, size: int) -> None:
    attributes: JsonObject = upload["attributes"]
    path = await _send_bytes(run, attributes["filename"], attributes["md5"], size)
    body = _body(run, upload)
    body["data"]["attributes"]["path"] = path
    target_id: str = body["data"]["id"]
    place = f"/uploads/{target_id}"
    answer = await run.create("/uploads", body, find=place)
    if answer["data"]["attributes"].get("basename") != attributes.get("basename"):
        renamed = {"basename": attributes["basename"]}
        answer = await run.update(place, update_body("upload", target_id, renamed))
    _note_said(run, target_id, answer)
    run.counts.uploads += 1
    run.counts.asset_bytes += size


async def _describe(run: RestoreRun, upload: JsonObject) -> None:
    """Say of an upload that the target has what the source says of it."""
    data = _body(run, upload)["data"]
    data["attributes"]["basename"] = upload["attributes"].get("basename")
    data.setdefault("relationships", {"upload_collection": {"data": None}})
    answer = await run.update(f"/uploads/{data['id']}", {"data": data})
    _note_said(run, data["id"], answer)


def _body(run: RestoreRun, upload: JsonObject) -> JsonObject:
    body = create_body(translate_resource(upload, run.translate))
    saying = Saying(run.site, run.ids, run.source.locales)
    body["data"]["attributes"] |= saying.metadata(upload["attributes"])
    return body


def _note_said(run: RestoreRun, target_id: str, answer: JsonObject) -> None:
    found: JsonObject = answer.get("data") or {}
    if isinstance(found.get("attributes"), dict):
        if run.source.texts is not None:
            run.source.texts.note(found)
        collection = related_id(found, "upload_collection")
        run.said[target_id] = said_of(found["attributes"], collection, run.source.locales)


async def _send_bytes(run: RestoreRun, filename: str, md5: str, size: int) -> str:
    """Ask for an address, put the bytes there and give the path that stands for them."""
    request = {"data": {"type": "upload_request", "attributes": {"filename": filename}}}
    # Asking twice only leaves an address unused.
    answer = await run.client.send("POST", "/upload-requests", request, repeatable=True)
    granted = answer.get("data") or {}
    address = (granted.get("attributes") or {}).get("url")
    if not isinstance(address, str) or not isinstance(granted.get("id"), str):
        raise NonsenseError("POST /upload-requests: expected an id and attributes.url")
    headers = granted["attributes"].get("request_headers") or {}

    def content() -> Iterator[bytes]:
        return run.source.snapshot.asset(md5)

    await run.assets.upload(address, headers, content, size)
    path: str = granted["id"]
    return path
