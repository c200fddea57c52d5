"""Tests of bulk operations on uploads."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.failures import ApiFailure
from tests.unit.sandbox.uploads.studio import Studio, refused


def _links(*upload_ids: str) -> JsonObject:
    return {"data": [{"type": "upload", "id": upload_id} for upload_id in upload_ids]}


def _counts(successful: int, failed: int) -> JsonObject:
    return {"data": [], "meta": {"successful": successful, "failed": failed}}


def test_tags_are_added() -> None:
    """Tags join those that are there; unknown uploads are counted as failures."""
    studio = Studio()
    one, two = studio.add("a.txt", tags=["x"]), studio.add("b.txt")
    data = {
        "type": "upload_bulk_tag_operation",
        "attributes": {"tags": ["y", "x"]},
        "relationships": {"uploads": _links(one, two, "unknown")},
    }

    reply = studio.ask("POST", "/uploads/bulk/tag", data=data)

    assert reply.body == _counts(2, 1)
    assert studio.find(one)["tags"] == ["x", "y"]
    assert studio.find(two)["tags"] == ["y", "x"]


@pytest.mark.parametrize("collection_id", ["c1", None])
def test_collection_is_set(collection_id: str | None) -> None:
    """Uploads are put into a collection, or out of any."""
    studio = Studio()
    collection = studio.collection("c1")
    upload_id = studio.add("a.txt")
    studio.update(upload_id, {"upload_collection": None if collection_id else collection})
    target = collection if collection_id else None
    data = {
        "type": "upload_bulk_set_upload_collection_operation",
        "relationships": {"uploads": _links(upload_id), "upload_collection": {"data": target}},
    }

    reply = studio.ask("POST", "/uploads/bulk/set-upload-collection", data=data)

    upload = studio.ask("GET", "/uploads/{id}", id=upload_id).body["data"]
    assert reply.body == _counts(1, 0)
    assert upload["relationships"]["upload_collection"]["data"] == target


def test_unused_uploads_are_destroyed() -> None:
    """Uploads in use stay and are counted as failures."""
    studio = Studio()
    used, free = studio.add("a.txt"), studio.add("b.txt")
    studio.model("page", {"hero": "file"})
    studio.record("r1", "page", {"hero": {"upload_id": used}}, None)
    relationships = {"uploads": _links(used, free)}
    data = {"type": "upload_bulk_destroy_operation", "relationships": relationships}

    assert studio.ask("POST", "/uploads/bulk/destroy", data=data).body == _counts(1, 1)
    assert studio.list() == ["a"]


@pytest.mark.parametrize(
    ("count", "code"), [(0, "MISSING_UPLOAD_IDS"), (201, "TOO_MANY_OPERATIONS"), (200, None)]
)
def test_batches_hold_one_to_two_hundred(count: int, code: str | None) -> None:
    """A batch names at least one upload and at most 200."""
    studio = Studio()
    uploads = _links(*(f"u{number}" for number in range(count)))
    data = {"type": "upload_bulk_destroy_operation", "relationships": {"uploads": uploads}}

    if code is None:
        assert studio.ask("POST", "/uploads/bulk/destroy", data=data).body == _counts(0, 200)
        return
    with pytest.raises(ApiFailure) as failure:
        studio.ask("POST", "/uploads/bulk/destroy", data=data)
    assert refused(failure)[0] == code


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/uploads/bulk/tag", "upload_bulk_tag_operation"),
        ("/uploads/bulk/set-upload-collection", "upload_bulk_set_upload_collection_operation"),
        ("/uploads/bulk/destroy", "upload_bulk_destroy_operation"),
    ],
)
def test_incomplete_operations_are_refused(path: str, kind: str) -> None:
    """An operation must name its uploads, and what to do with them."""
    with pytest.raises(ApiFailure) as failure:
        Studio().ask("POST", path, data={"type": kind})
    assert refused(failure)[0] == "INVALID_FORMAT"
