"""Build, find and show uploads, kept as the JSON:API objects that are answered.

What a read derives from elsewhere is put in when it is shown: the public URL, which follows the
sandbox's address, and the default metadata, which follows the site's locales and opt-ins.
"""

from __future__ import annotations

from datosnap.core.ids import from_random, is_portable
from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call
from datosnap.sandbox.failures import ApiFailure, invalid_field, invalid_format, not_found
from datosnap.sandbox.quotas import check_quota, stored_bytes
from datosnap.sandbox.state import z_time
from datosnap.sandbox.uploads.analysis import analyse
from datosnap.sandbox.uploads.labels import smart_tags
from datosnap.sandbox.uploads.metadata import Shape, shaped
from datosnap.sandbox.uploads.rights import sees

KIND = "upload"


def stored(call: Call, upload_id: str) -> JsonObject:
    """Give an upload as it is kept; one that may not be read is not there.

    Raises: ApiFailure, NOT_FOUND.
    """
    upload = call.environment.of_type(KIND).get(upload_id)
    if upload is None or not sees(call, upload):
        raise not_found()
    return upload


def shown(call: Call, upload: JsonObject) -> JsonObject:
    """Give an upload as a read shows it."""
    attributes = dict(upload["attributes"])
    # an asset that was loaded without its bytes stays where it was
    if attributes["path"] in call.project.blobs or "url" not in attributes:
        attributes["url"] = f"{call.world.base_url}{attributes['path']}"
    metadata = attributes["default_field_metadata"]
    fitting = shaped(metadata, Shape.of(call.environment))
    # equal but for the order of its keys: then in the order in which it came
    attributes["default_field_metadata"] = metadata if metadata == fitting else fitting
    return {**upload, "attributes": attributes}


def free_id(call: Call, wanted: str | None) -> str:
    """Give the id for a new upload: the one that was asked for, or one of ours.

    Raises: ApiFailure, when it is no version 4 UUID or is taken.
    """
    if wanted is None:
        return from_random(call.world.new_bytes(16))
    if not is_portable(wanted):
        raise invalid_format(f"#/data/id: {wanted!r} is not a valid identifier.")
    if wanted in call.environment.of_type(KIND):
        raise invalid_field(field="id", code="VALIDATION_UNIQUENESS", record_type="Upload")
    return wanted


def new_upload(call: Call, upload_id: str, path: str) -> JsonObject:
    """Build an upload from the bytes at its path, with everything else empty.

    Raises: ApiFailure, when nothing was PUT at the path.
    """
    now = z_time(call.world.clock())
    return {
        "id": upload_id,
        "type": KIND,
        "attributes": {
            **file_attributes(call, path),
            **dict.fromkeys(("author", "copyright", "notes")),
            "default_field_metadata": {},
            "tags": [],
            "created_at": now,
            "updated_at": now,
        },
        "relationships": {
            "creator": {"data": identity(call.actor)},
            "upload_collection": {"data": None},
        },
        # nothing scans files here, and nothing is claimed to have
        "meta": {"antivirus": dict.fromkeys(("status", "checked_at", "threat_name"))},
    }


def file_attributes(call: Call, path: str) -> JsonObject:
    """Give the attributes of an upload that follow from its file.

    Raises: ApiFailure, when nothing was PUT at the path, or the plan has no room for it.
    """
    body = call.project.blobs.get(path)
    if body is None:
        raise ApiFailure("INVALID_FIELD", {"field": "path", "code": "VALIDATION_INVALID"})
    # the second that keeps names apart, and its dash, are no part of the name
    file_name = path.rpartition("/")[2].partition("-")[2]
    limits, pending = call.project.limits, call.project.upload_requests
    if "uploadable_bytes" in limits and path in pending:
        check_quota(call, "uploadable_bytes", stored_bytes(call.project), len(body))
    facts = analyse(file_name, body)
    return {
        **dict.fromkeys(_UNKNOWN_HERE),
        **facts.attributes(),
        **names(file_name),
        "path": path,
        "smart_tags": smart_tags(facts.colors) if call.world.policy.smart_tags else [],
        "exif_info": {},
    }


def names(file_name: str) -> JsonObject:
    """Give both names of a file, with and without its extension."""
    stem, dot, _ = file_name.rpartition(".")
    return {"filename": file_name, "basename": stem if stem and dot else file_name}


def identity(resource: JsonObject) -> JsonObject:
    """Give type and id, as a relationship carries them."""
    return {"type": resource["type"], "id": resource["id"]}


# A video service or a picture model would fill these; there is none here.
_UNKNOWN_HERE = (
    "duration",
    "frame_rate",
    "blurhash",
    "thumbhash",
    "mux_playback_id",
    "mux_mp4_highest_res",
)
