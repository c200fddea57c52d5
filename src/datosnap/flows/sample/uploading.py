"""Put the sample's pictures and documents into the media library, in nested collections.

Every upload goes the API's way: a request for an address, the bytes, then the upload itself under
an id of ours, with its metadata in the shape of new projects (a focal point for all locales).
"""

from __future__ import annotations

from collections.abc import Iterator

from datosnap.core.jsontext import JsonObject
from datosnap.flows.sample.catalogue import Catalogue
from datosnap.flows.sample.desk import AssetStore, Desk
from datosnap.flows.sample.identities import identity, linkage
from datosnap.flows.sample.papers import paper
from datosnap.flows.sample.pictures.scenes import picture
from datosnap.flows.sample.schema import resource

_MIME_TYPES = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "csv": "text/csv",
}
_COPIED = ("author", "copyright", "notes", "tags")


async def build_collections(desk: Desk) -> None:
    """Create the folders of the media library, parents first."""
    for position, row in enumerate(desk.catalogue.settings["collections"], 1):
        parent = row.get("parent")
        parent_id = identity("upload_collection", parent) if parent else None
        request = resource(
            "upload_collection",
            identity("upload_collection", row["key"]),
            {"label": row["label"], "position": position},
            {"parent": linkage("upload_collection", parent_id)},
        )
        await desk.create("/upload-collections", request)


async def build_uploads(desk: Desk, assets: AssetStore) -> None:
    """Draw, send and describe every upload."""
    for row in desk.catalogue.uploads:
        await _build_upload(desk, assets, row)


def asset(row: JsonObject, catalogue: Catalogue) -> tuple[str, bytes]:
    """Give an upload's file name and its bytes."""
    if "file" in row:
        return row["file"], paper(row["file"], catalogue)
    width, height = row["size"]
    drawn = picture(row["scene"], row["palette"], row["seed"], width, height)
    return f"{row['key']}.png", drawn


def upload_request(row: JsonObject, path: str) -> JsonObject:
    """Write the creation of an upload whose bytes are at `path`."""
    attributes = {"path": path, **{key: row[key] for key in _COPIED if key in row}}
    if metadata := _metadata(row):
        attributes["default_field_metadata"] = metadata
    inside = row.get("in")
    held = (
        {"upload_collection": linkage("upload_collection", identity("upload_collection", inside))}
        if inside
        else {}
    )
    return resource("upload", identity("upload", row["key"]), attributes, held)


async def _build_upload(desk: Desk, assets: AssetStore, row: JsonObject) -> None:
    file_name, content = asset(row, desk.catalogue)
    asked = await desk.order(
        "/upload-requests", resource("upload_request", None, {"filename": file_name})
    )
    place = asked["data"]
    headers = {
        "Content-Type": _MIME_TYPES[file_name.rpartition(".")[2]],
        **place["attributes"]["request_headers"],
    }

    def pieces() -> Iterator[bytes]:
        yield content

    await assets.upload(place["attributes"]["url"], headers, pieces, len(content))
    await desk.create("/uploads", upload_request(row, place["id"]))


def _metadata(row: JsonObject) -> JsonObject:
    members: JsonObject = {name: row[name] for name in ("alt", "title") if name in row}
    if "custom" in row:
        members["custom_data"] = row["custom"]
    if "focal" in row:
        x, y = row["focal"]
        members["focal_point"] = {"x": x, "y": y}
    return members
