"""Tests of listing uploads: pages, order and filters."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from tests.unit.sandbox.uploads.files import plain_png
from tests.unit.sandbox.uploads.studio import Studio, refused


@pytest.fixture
def studio() -> Studio:
    """Give a project with a text, a picture and a video, made in this order."""
    made = Studio()
    made.add("notes.txt", b"some longer words", tags=["a", "b"], author="Ann")
    made.watch.advance(60)
    made.add(
        "fox.png", plain_png(8, 4), tags=["b"], default_field_metadata={"alt": {"it": "Volpe"}}
    )
    made.watch.advance(60)
    made.add("clip.mp4", b"film")
    return made


def _fields(**conditions: Json) -> JsonObject:
    return {"filter": {"fields": conditions}}


def test_newest_comes_first(studio: Studio) -> None:
    """Without an order the last created upload is the first listed."""
    assert studio.list() == ["clip", "fox", "notes"]


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ("_created_at_ASC", ["notes", "fox", "clip"]),
        ("_updated_at_DESC", ["clip", "fox", "notes"]),
        ("size_ASC", ["clip", "notes", "fox"]),
        ("basename_DESC", ["notes", "fox", "clip"]),
        ("is_image_DESC,filename_ASC", ["fox", "clip", "notes"]),
        ("width_ASC", ["fox", "clip", "notes"]),
    ],
)
def test_order_can_be_chosen(studio: Studio, rule: str, names: list[str]) -> None:
    """Uploads are sorted by one or more fields, those without a value last."""
    assert studio.list(order_by=rule) == names


def test_ids_can_order_an_export(studio: Studio) -> None:
    """Ordering by id is stable, whatever the order of creation."""
    by_id = studio.ask("GET", "/uploads", query={"order_by": "id_ASC"}).body["data"]

    assert [upload["id"] for upload in by_id] == sorted(upload["id"] for upload in by_id)


@pytest.mark.parametrize("rule", ["size", "size_UP", "colors_ASC", "_ASC"])
def test_unknown_order_is_refused(studio: Studio, rule: str) -> None:
    """An order that is not known is an error, not another order."""
    with pytest.raises(ApiFailure) as failure:
        studio.list(order_by=rule)
    assert refused(failure) == ("INVALID_ORDERING", {"order_by": rule})


def test_pages_are_cut_and_counted() -> None:
    """A page has 30 uploads unless asked otherwise, and always tells the total."""
    studio = Studio()
    for number in range(32):
        studio.add(f"{number}.txt")

    first = studio.ask("GET", "/uploads").body
    rest = studio.list(page={"offset": "30", "limit": "500"})
    none = studio.ask("GET", "/uploads", query={"page": {"limit": "0"}}).body

    assert (len(first["data"]), first["meta"]) == (30, {"total_count": 32})
    assert rest == ["1", "0"]
    assert none == {"data": [], "meta": {"total_count": 32}}


@pytest.mark.parametrize(
    "page",
    [{"limit": "501"}, {"limit": "-1"}, {"offset": "x"}, {"limit": ["1"]}, {"limit": ""}, "5"],
)
def test_wrong_page_is_refused(studio: Studio, page: Json) -> None:
    """A page beyond 500, or that is no number, is an error."""
    with pytest.raises(ApiFailure) as failure:
        studio.list(page=page)
    assert refused(failure)[0] == "INVALID_PARAMS"


def test_ids_filter_takes_a_list(studio: Studio) -> None:
    """Only the uploads that are named are given, in the usual order."""
    data = studio.ask("GET", "/uploads").body["data"]
    wanted = [data[0]["id"], data[2]["id"], "unknown"]

    assert studio.list(filter={"ids": ",".join(wanted)}) == ["clip", "notes"]
    assert studio.list(filter={"ids": wanted}) == ["clip", "notes"]


@pytest.mark.parametrize(
    ("text", "names"),
    [("FOX", ["fox"]), ("volpe", ["fox"]), ("ann", ["notes"]), ("b", ["fox", "notes"])],
)
def test_query_searches_names_texts_and_tags(studio: Studio, text: str, names: list[str]) -> None:
    """A search looks at names, default metadata, author and tags, whatever the case."""
    assert studio.list(filter={"query": text}) == names


@pytest.mark.parametrize(
    ("conditions", "names"),
    [
        ({"filename": {"eq": "fox.png"}}, ["fox"]),
        ({"filename": {"neq": "fox.png"}}, ["clip", "notes"]),
        ({"basename": {"matches": "O"}}, ["fox", "notes"]),
        ({"format": {"in": ["png", "txt"]}}, ["fox", "notes"]),
        ({"format": {"not_in": "png,txt"}}, ["clip"]),
        ({"format": {"notIn": ["png"]}}, ["clip", "notes"]),
        ({"author": {"exists": "true"}}, ["notes"]),
        ({"author": {"matches": "nn"}}, ["notes"]),
        ({"width": {"exists": "false"}}, ["clip", "notes"]),
        ({"width": {"gt": "7", "lte": "8"}}, ["fox"]),
        ({"size": {"lt": "18", "gte": "4"}}, ["clip", "notes"]),
        ({"size": {"eq": "17"}}, ["notes"]),
        ({"is_image": {"eq": "true"}}, ["fox"]),
        ({"in_use": {"eq": "false"}}, ["clip", "fox", "notes"]),
        ({"tags": {"contains": "a"}}, ["notes"]),
        ({"tags": {"eq": "b"}}, ["fox"]),
        ({"tags": {"all_in": ["a", "b"]}}, ["notes"]),
        ({"tags": {"any_in": ["a", "b"]}}, ["fox", "notes"]),
        ({"tags": {"not_in": ["a"]}}, ["clip", "fox"]),
        ({"upload_collection": {"exists": "true"}}, []),
        ({"_created_at": {"gt": "2026-01-05T10:00:59Z"}}, ["clip", "fox"]),
        ({"_updated_at": {"eq": "2026-01-05T10:01:59Z"}}, ["fox"]),
        ({"_updated_at": {"neq": "2026-01-05T10:01:59Z"}}, ["clip", "notes"]),
        ({"_created_at": {"exists": "true"}, "format": {"eq": "txt"}}, ["notes"]),
    ],
)
def test_fields_filter(studio: Studio, conditions: JsonObject, names: list[str]) -> None:
    """Each field is compared in its own way: texts, numbers, flags, tags, minutes."""
    assert studio.list(**_fields(**conditions)) == names


def test_md5_finds_an_upload(studio: Studio) -> None:
    """The question a client asks before it uploads twice is answered."""
    data = studio.ask("GET", "/uploads").body["data"]
    md5 = data[1]["attributes"]["md5"]

    assert studio.list(**_fields(md5={"eq": md5})) == ["fox"]


def test_collection_finds_its_uploads(studio: Studio) -> None:
    """Uploads are found by their collection and by their id."""
    upload_id = studio.ask("GET", "/uploads").body["data"][0]["id"]
    studio.update(upload_id, {"upload_collection": studio.collection("c1")})

    assert studio.list(**_fields(upload_collection={"eq": "c1"})) == ["clip"]
    assert studio.list(**_fields(id={"in": [upload_id]})) == ["clip"]


@pytest.mark.parametrize(
    "asked",
    [
        {"fields": {"unknown": {"eq": "a"}}},
        {"fields": {"md5": {"gt": "a"}}},
        {"fields": {"md5": "a"}},
        {"fields": {"size": {"eq": "many"}}},
        {"fields": "md5"},
    ],
)
def test_unknown_field_filter_is_refused(studio: Studio, asked: JsonObject) -> None:
    """A filter that cannot be applied is an error, never the whole list."""
    with pytest.raises(ApiFailure) as failure:
        studio.list(filter=asked)
    assert refused(failure)[0] == "INVALID_FILTER_FIELDS_PARAM"


@pytest.mark.parametrize("asked", [{"typo": "a"}, "md5"])
def test_unknown_filter_is_refused(studio: Studio, asked: Json) -> None:
    """Another filter than ids, query and fields is an error."""
    with pytest.raises(ApiFailure) as failure:
        studio.list(filter=asked)
    assert refused(failure)[0] == "INVALID_PARAMS"
