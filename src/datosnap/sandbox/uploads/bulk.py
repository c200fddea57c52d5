"""Do one thing to many uploads, and count how it went.

Like the real service, a bulk operation succeeds even when parts of it fail: the answer counts
them and does not say which.
Source: `uploads.md`, bulk; the batch limit of 200.
"""

from __future__ import annotations

from collections.abc import Callable

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.uploads import rights
from datosnap.sandbox.uploads.forms import (
    BULK_DESTROY,
    BULK_SET_COLLECTION,
    BULK_TAG,
    linkage,
)
from datosnap.sandbox.uploads.resources import KIND, stored
from datosnap.sandbox.uploads.tags import register_tags
from datosnap.sandbox.uploads.writing import check_move, remove, require_collection

BATCH_MAX = 200


def bulk_tag(call: Call) -> Reply:
    """Add tags to uploads."""
    data = BULK_TAG.data(call.body)
    tags: list[str] = data["attributes"]["tags"]

    def tag(upload: JsonObject) -> None:
        rights.check(call, "update", upload)
        attributes = upload["attributes"]
        joined = list(dict.fromkeys([*attributes["tags"], *tags]))
        _put(call, {**upload, "attributes": {**attributes, "tags": joined}})

    register_tags(call.environment, tags)
    return _each(call, data, tag)


def bulk_set_collection(call: Call) -> Reply:
    """Put uploads into a collection, or out of theirs."""
    data = BULK_SET_COLLECTION.data(call.body)
    link = linkage(data, "upload_collection")
    require_collection(call, link)

    def move(upload: JsonObject) -> None:
        check_move(call, upload, link)
        relationships = {**upload["relationships"], "upload_collection": {"data": link}}
        _put(call, {**upload, "relationships": relationships})

    return _each(call, data, move)


def bulk_destroy(call: Call) -> Reply:
    """Delete those of the uploads that no record uses."""
    return _each(call, BULK_DESTROY.data(call.body), lambda upload: remove(call, upload))


def _put(call: Call, upload: JsonObject) -> None:
    call.environment.of_type(KIND)[upload["id"]] = upload


def _each(call: Call, data: JsonObject, act: Callable[[JsonObject], None]) -> Reply:
    ids = [link["id"] for link in linkage(data, "uploads")]
    if not ids:
        raise ApiFailure("MISSING_UPLOAD_IDS")
    if len(ids) > BATCH_MAX:
        raise ApiFailure("TOO_MANY_OPERATIONS", {"limit": BATCH_MAX})
    failed = 0
    for upload_id in ids:
        try:
            act(stored(call, upload_id))
        except ApiFailure:
            failed += 1
    return Reply({"data": [], "meta": {"successful": len(ids) - failed, "failed": failed}})
