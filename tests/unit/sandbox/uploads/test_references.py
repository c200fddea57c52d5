"""Tests of knowing who uses an upload."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records.index import index_of
from tests.unit.sandbox.uploads.studio import Studio, refused


def _file(upload_id: str) -> JsonObject:
    return {"upload_id": upload_id, "alt": None, "title": None, "custom_data": {}}


@pytest.fixture
def studio() -> Studio:
    """Give a project with models that hold uploads in every way."""
    made = Studio()
    made.model("card", {"photo": "file"}, block=True)
    made.model(
        "page",
        {"hero": "file", "photos": "gallery", "seo": "seo", "cards": "rich_text"},
    )
    return made


def _page(**values: object) -> JsonObject:
    return {"hero": None, "photos": [], "seo": None, "cards": [], **values}


def _block(block_id: str, upload_id: str) -> JsonObject:
    model = {"data": {"type": "item_type", "id": "card"}}
    attributes = {"photo": _file(upload_id)}
    return {
        "type": "item",
        "id": block_id,
        "attributes": attributes,
        "relationships": {"item_type": model},
    }


def _users(studio: Studio, upload_id: str, **query: str) -> list[str]:
    reply = studio.ask("GET", "/uploads/{id}/references", query=dict(query), id=upload_id)
    return [item["id"] for item in reply.body["data"]]


def test_every_place_counts_newest_first(studio: Studio) -> None:
    """Files, galleries, SEO images and files in blocks are uses, of drafts too."""
    used, other = studio.add("a.txt"), studio.add("b.txt")
    studio.record("r1", "page", _page(hero=_file(used)), None)
    studio.record("r2", "page", _page(photos=[_file(other), _file(used)]), None)
    studio.record("r3", "page", _page(seo={"title": "T", "image": used}), None)
    studio.record("r4", "page", _page(cards=[_block("b1", used)]), None)
    studio.record("r5", "page", _page(hero=_file(other)), None)

    assert _users(studio, used) == ["r4", "r3", "r2", "r1"]
    assert studio.list(filter={"fields": {"in_use": {"eq": "true"}}}) == ["b", "a"]


def test_version_decides_which_content_counts(studio: Studio) -> None:
    """Current content is asked by default; published and either can be."""
    now, before = studio.add("now.txt"), studio.add("before.txt")
    studio.record("r1", "page", _page(hero=_file(now)), _page(hero=_file(before)))

    assert (_users(studio, now), _users(studio, before)) == (["r1"], [])
    assert _users(studio, before, version="published") == ["r1"]
    assert _users(studio, now, version="published") == []
    assert _users(studio, before, version="published-or-current") == ["r1"]
    with pytest.raises(ApiFailure) as failure:
        _users(studio, now, version="newest")
    assert refused(failure)[0] == "INVALID_PARAMS"


def test_records_are_shown_nested_when_asked(studio: Studio) -> None:
    """Blocks of the records are ids, or objects with `nested`."""
    used = studio.add("a.txt")
    studio.record("r1", "page", _page(cards=[_block("b1", used)]), None)
    place = "/uploads/{id}/references"

    flat = studio.ask("GET", place, id=used).body["data"][0]
    nested = studio.ask("GET", place, query={"nested": "true"}, id=used).body["data"][0]

    assert flat["attributes"]["cards"] == ["b1"]
    assert nested["attributes"]["cards"][0]["attributes"]["photo"]["upload_id"] == used


@pytest.mark.parametrize("is_draft", [True, False])
def test_used_upload_cannot_be_destroyed(studio: Studio, *, is_draft: bool) -> None:
    """An upload in a draft, or only in published content, is in use and stays."""
    used = studio.add("a.txt")
    if is_draft:
        studio.record("r1", "page", _page(hero=_file(used)), None)
    else:
        studio.record("r1", "page", _page(), _page(hero=_file(used)))

    with pytest.raises(ApiFailure) as failure:
        studio.ask("DELETE", "/uploads/{id}", id=used)

    assert refused(failure)[0] == "UPLOAD_IS_CURRENTLY_IN_USE"
    assert studio.list() == ["a"]


def test_uses_follow_writes(studio: Studio) -> None:
    """A record that lets go of an upload frees it."""
    used = studio.add("a.txt")
    studio.record("r1", "page", _page(hero=_file(used), photos=[_file(used)]), None)
    assert _users(studio, used) == ["r1"]

    index_of(studio.main).remove("r1")

    assert _users(studio, used) == []
    assert studio.ask("DELETE", "/uploads/{id}", id=used).status == 200
