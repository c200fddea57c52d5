"""Create, change and delete uploads.

An upload is never changed in place: a write puts a new object in, so that forks keep theirs.
"""

from __future__ import annotations

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.failures import ApiFailure, invalid_field, invalid_format
from datosnap.sandbox.state import z_time
from datosnap.sandbox.uploads import rights
from datosnap.sandbox.uploads.analysis import is_video
from datosnap.sandbox.uploads.blobs import drop_unused, request_path, signed_url
from datosnap.sandbox.uploads.forms import CREATE, REQUEST, UPDATE, has_link, linkage
from datosnap.sandbox.uploads.metadata import Shape, Subject, check, merged, shaped
from datosnap.sandbox.uploads.references import is_used
from datosnap.sandbox.uploads.replacing import with_file
from datosnap.sandbox.uploads.resources import (
    KIND,
    free_id,
    identity,
    new_upload,
    shown,
    stored,
)
from datosnap.sandbox.uploads.tags import register_tags

_CREATED = 201
_UNNAMED = "file"
_PLAIN = ("author", "copyright", "notes")


def request_upload(call: Call) -> Reply:
    """Reserve a path for a file, and tell the URL that takes its bytes."""
    data = REQUEST.data(call.body)
    require_collection(call, linkage(data, "upload_collection"))
    rights.check_new(call, linkage(data, "upload_collection"))
    file_name = data.get("attributes", {}).get("filename") or _UNNAMED
    path = request_path(call.world, call.project, file_name)
    attributes = {"url": signed_url(call.world, path), "request_headers": {}}
    return Reply({"data": {"id": path, "type": "upload_request", "attributes": attributes}}, 201)


def create_upload(call: Call) -> Reply:
    """Make an upload of bytes that were PUT before."""
    data = CREATE.data(call.body)
    rights.check_new(call, linkage(data, "upload_collection"))
    upload_id, path = free_id(call, data.get("id")), data["attributes"]["path"]
    upload = _changed(call, new_upload(call, upload_id, path), data)
    _store(call, upload)
    # from now on the URL is that of an asset, whose bytes stay what was analysed
    call.project.upload_requests.pop(path, None)
    return Reply({"data": shown(call, upload)}, _CREATED)


def update_upload(call: Call) -> Reply:
    """Change an upload's metadata, and its file when another path is given."""
    before = stored(call, call.path["id"])
    data = UPDATE.data(call.body)
    if data["id"] != before["id"]:
        raise invalid_format(f"#/data/id: {data['id']!r} is not the id of the path.")
    _check_update(call, before, data)
    upload = _changed(call, with_file(call, before, data), data)
    upload["attributes"] |= _renamed(upload["attributes"], data)
    upload["attributes"]["updated_at"] = z_time(call.world.clock())
    _store(call, upload)
    if upload["attributes"]["path"] != before["attributes"]["path"]:
        drop_unused(call.project, before["attributes"]["path"])
    return Reply({"data": shown(call, upload)})


def destroy_upload(call: Call) -> Reply:
    """Delete an upload that no record uses."""
    upload = stored(call, call.path["id"])
    answer = shown(call, upload)
    remove(call, upload)
    return Reply({"data": answer})


def remove(call: Call, upload: JsonObject) -> None:
    """Take an upload out, with its bytes when nothing else has them.

    Raises: ApiFailure, UPLOAD_IS_CURRENTLY_IN_USE or INSUFFICIENT_PERMISSIONS.
    """
    rights.check(call, "delete", upload)
    if is_used(call.environment, upload["id"]):
        raise ApiFailure("UPLOAD_IS_CURRENTLY_IN_USE")
    del call.environment.of_type(KIND)[upload["id"]]
    drop_unused(call.project, upload["attributes"]["path"])


def require_collection(call: Call, link: Json) -> None:
    """Refuse a collection that does not exist.

    Raises: ApiFailure, INVALID_FIELD.
    """
    if link is not None and link["id"] not in call.environment.of_type("upload_collection"):
        raise invalid_field(field="upload_collection", code="VALIDATION_INVALID")


def check_move(call: Call, upload: JsonObject, link: Json) -> None:
    """Refuse to put an upload into another collection, or out of its own.

    Raises: ApiFailure, INSUFFICIENT_PERMISSIONS.
    """
    if link != upload["relationships"]["upload_collection"]["data"]:
        goal = link["id"] if link else None
        rights.check(call, "move", upload, move_to_upload_collection=goal)


def _check_update(call: Call, upload: JsonObject, data: JsonObject) -> None:
    sent = data.get("attributes", {})
    if sent.get("path", upload["attributes"]["path"]) != upload["attributes"]["path"]:
        rights.check(call, "replace_asset", upload)
    if sent.keys() - {"path"}:
        rights.check(call, "update", upload)
    if has_link(data, "upload_collection"):
        check_move(call, upload, linkage(data, "upload_collection"))
    if has_link(data, "creator") and (
        linkage(data, "creator") != upload["relationships"]["creator"]["data"]
    ):
        rights.check(call, "edit_creator", upload)


def _store(call: Call, upload: JsonObject) -> None:
    call.environment.of_type(KIND)[upload["id"]] = upload
    register_tags(call.environment, upload["attributes"]["tags"])


def _changed(call: Call, upload: JsonObject, data: JsonObject) -> JsonObject:
    """Give a new upload that has what the request says beside its file."""
    sent, attributes = data.get("attributes", {}), dict(upload["attributes"])
    attributes |= {name: sent[name] for name in _PLAIN if name in sent}
    if "tags" in sent:
        attributes["tags"] = list(dict.fromkeys(sent["tags"]))
    attributes["default_field_metadata"] = _metadata(call, attributes, sent)
    relationships = {**upload["relationships"], **_linked(call, data)}
    return {**upload, "attributes": attributes, "relationships": relationships}


def _metadata(call: Call, attributes: JsonObject, sent: JsonObject) -> JsonObject:
    shape = Shape.of(call.environment)
    kept = shaped(attributes["default_field_metadata"], shape)
    if "default_field_metadata" not in sent:
        return kept
    subject = Subject(attributes["is_image"], is_video(attributes["mime_type"]))
    check(sent["default_field_metadata"], shape, subject)
    return shaped(merged(kept, sent["default_field_metadata"]), shape)


def _linked(call: Call, data: JsonObject) -> JsonObject:
    linked: JsonObject = {}
    if has_link(data, "upload_collection"):
        require_collection(call, linkage(data, "upload_collection"))
        linked["upload_collection"] = {"data": linkage(data, "upload_collection")}
    if has_link(data, "creator"):
        linked["creator"] = {"data": _known_creator(call, linkage(data, "creator"))}
    return linked


def _known_creator(call: Call, link: JsonObject) -> JsonObject:
    actors = [identity(actor) for actor in (call.actor, *call.project.tokens.values())]
    if link["id"] not in call.project.of_type(link["type"]) and link not in actors:
        raise invalid_field(field="creator", code="VALIDATION_INVALID")
    return link


def _renamed(attributes: JsonObject, data: JsonObject) -> JsonObject:
    basename = data.get("attributes", {}).get("basename")
    if basename is None:
        return {}
    if not basename:
        raise invalid_field(field="basename", code="VALIDATION_REQUIRED")
    ending = attributes["filename"].rpartition(".")[2] if attributes["format"] else ""
    return {"basename": basename, "filename": f"{basename}.{ending}" if ending else basename}
