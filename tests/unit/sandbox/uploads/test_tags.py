"""Tests of tags and smart tags."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.uploads.tags import register_tags
from tests.unit.sandbox.uploads.studio import Studio, refused


def _names(studio: Studio, path: str = "/upload-tags", **query: Json) -> list[str]:
    data = studio.ask("GET", path, query=query).body["data"]
    return [tag["attributes"]["name"] for tag in data]


def _create(studio: Studio, name: Json) -> Json:
    data = {"type": "upload_tag", "attributes": {"name": name}}
    return studio.ask("POST", "/upload-tags", data=data)


def test_created_tag_has_its_name_as_id() -> None:
    """A new tag's id is its name, and it is listed."""
    studio = Studio()

    reply = _create(studio, "foo")

    tag = {"id": "foo", "type": "upload_tag", "attributes": {"name": "foo"}}
    assert (reply.status, reply.body) == (201, {"data": tag})
    listed = studio.ask("GET", "/upload-tags").body
    assert listed == {"data": [tag], "meta": {"total_count": 1}}


def test_taken_name_is_refused() -> None:
    """A tag that exists, or that an upload has, cannot be created again."""
    studio = Studio()
    studio.add("a.txt", tags=["used"])

    with pytest.raises(ApiFailure) as failure:
        _create(studio, "used")
    assert refused(failure)[1]["code"] == "VALIDATION_UNIQUENESS"


def test_name_must_be_text() -> None:
    """A tag without a proper name is a format error."""
    with pytest.raises(ApiFailure) as failure:
        _create(Studio(), 5)
    assert refused(failure)[0] == "INVALID_FORMAT"


def test_using_a_tag_creates_it_for_good() -> None:
    """A tag that an upload was given stays when the upload loses it."""
    studio = Studio()
    upload_id = studio.add("a.txt", tags=["Bee", "ant"])
    studio.update(upload_id, tags=["cow"])

    assert _names(studio) == ["Bee", "ant", "cow"]
    assert _names(studio, filter={"query": "B"}) == ["Bee"]


def test_pages_of_tags() -> None:
    """Tags come 50 a page unless asked otherwise."""
    studio = Studio()
    register_tags(studio.main, [f"{number:03}" for number in range(60)])

    assert len(_names(studio)) == 50
    assert _names(studio, page={"offset": "58"}) == ["058", "059"]


def test_unknown_filter_is_refused() -> None:
    """Tags are filtered by query only."""
    with pytest.raises(ApiFailure) as failure:
        _names(Studio(), filter={"ids": "a"})
    assert refused(failure)[0] == "INVALID_PARAMS"


def test_smart_tags_come_from_uploads() -> None:
    """Smart tags are listed when an upload has them, and nothing here makes any up."""
    studio = Studio()
    upload_id = studio.add("a.txt")
    assert _names(studio, "/upload-smart-tags") == []

    uploads = studio.main.of_type("upload")
    attributes = {**uploads[upload_id]["attributes"], "smart_tags": ["fox"]}
    uploads[upload_id] = {**uploads[upload_id], "attributes": attributes}

    assert _names(studio, "/upload-smart-tags") == ["fox"]
