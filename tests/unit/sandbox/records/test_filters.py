"""Field filters: every operator of every kind of value, and what is refused."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from tests.unit.sandbox.records.building import (
    ACTOR,
    UPLOAD,
    F,
    Lab,
    document,
    lab,
    paragraph,
    refusal,
)

FULL: JsonObject = {
    "string": "Hello world",
    "text": "Some text",
    "slug": "hello",
    "boolean": True,
    "integer": 5,
    "float": 1.5,
    "date": "2026-02-01",
    "date_time": "2026-02-01T10:00:30+00:00",
    "file": {"upload_id": UPLOAD},
    "gallery": [{"upload_id": UPLOAD}],
    "lat_lon": {"latitude": 45.07, "longitude": 7.68},
    "color": {"red": 0, "green": 0, "blue": 0, "alpha": 0},
    "json": "{}",
    "seo": {"title": "x"},
    "structured_text": document(paragraph("body")),
}


def filter_lab() -> Lab:
    """Make two records: one with a value in every field, one with none."""
    at = lab()
    at.model(
        "post",
        *(F(kind, kind) for kind in FULL),
        F("link", "link", validators={"item_item_type": {"item_types": ["model-post"]}}),
        F("links", "links", validators={"items_item_type": {"item_types": ["model-post"]}}),
        sortable=True,
    )
    empty = at.create("post", {})["id"]
    at.create("post", {**FULL, "link": empty, "links": [empty]})
    return at


def chosen(at: Lab, name: str, operators: Json, **query: Json) -> str:
    """Filter by one field; tell whether the full and the empty record are found."""
    ids = at.list_ids(filter={"type": "post", "fields": {name: operators}}, **query)
    full, empty = list(at.environment.items)[::-1]
    return ("F" if full in ids else "") + ("E" if empty in ids else "")


CASES: list[tuple[str, JsonObject, str]] = [
    ("string", {"eq": "Hello world"}, "F"),
    ("string", {"neq": "Hello world"}, "E"),
    ("string", {"in": ["Hello world", "x"]}, "F"),
    ("string", {"not_in": ["Hello world"]}, "E"),
    ("string", {"matches": {"pattern": "WORLD"}}, "F"),
    ("string", {"matches": "hello"}, "F"),
    ("string", {"matches": {"pattern": "WORLD", "case_sensitive": "true"}}, ""),
    ("string", {"matches": {"pattern": "^H.*d$", "regexp": "true"}}, "F"),
    ("string", {"not_matches": {"pattern": "world"}}, "E"),
    ("string", {"is_blank": "true"}, "E"),
    ("string", {"is_blank": "false"}, "F"),
    ("string", {"is_present": "true"}, "F"),
    ("text", {"matches": {"pattern": "some"}}, "F"),
    ("structured_text", {"matches": {"pattern": "body"}}, "F"),
    ("slug", {"eq": "hello"}, "F"),
    ("slug", {"in": "hello,other"}, "F"),
    ("boolean", {"eq": "true"}, "F"),
    ("boolean", {"eq": "false"}, ""),
    ("integer", {"gt": "4"}, "F"),
    ("integer", {"gt": "5"}, ""),
    ("integer", {"gte": "5", "lte": "5"}, "F"),
    ("integer", {"lt": "6"}, "F"),
    ("float", {"eq": "1.5"}, "F"),
    ("float", {"neq": "1.5"}, "E"),
    ("date", {"eq": "2026-02-01"}, "F"),
    ("date", {"lt": "2026-02-02"}, "F"),
    ("date_time", {"eq": "2026-02-01T10:00:59Z"}, "F"),
    ("date_time", {"gt": "2026-02-01T10:00:59Z"}, "F"),
    ("date_time", {"gt": "2026-02-01T10:01:00Z"}, ""),
    ("date_time", {"exists": "false"}, "E"),
    ("file", {"eq": UPLOAD}, "F"),
    ("file", {"not_in": [UPLOAD]}, "E"),
    ("file", {"exists": "true"}, "F"),
    ("gallery", {"any_in": [UPLOAD, "x"]}, "F"),
    ("gallery", {"eq": [UPLOAD]}, "F"),
    ("gallery", {"exists": "false"}, "E"),
    ("links", {"all_in": ["x"]}, ""),
    ("links", {"not_in": ["x"]}, "FE"),
    ("link", {"exists": "true"}, "F"),
    ("lat_lon", {"near": {"latitude": "45", "longitude": "7.7", "radius": "10000"}}, "F"),
    ("lat_lon", {"near": {"latitude": "45", "longitude": "8.7", "radius": "10000"}}, ""),
    ("color", {"exists": "true"}, "F"),
    ("json", {"exists": "false"}, "E"),
    ("seo", {"exists": "true"}, "F"),
    ("position", {"eq": "2"}, "F"),
    ("position", {"gt": "0"}, "FE"),
    ("parent", {"exists": "false"}, "FE"),
    ("_status", {"in": ["draft", "updated"]}, "FE"),
    ("_status", {"notIn": ["draft"]}, ""),
    ("_is_valid", {"eq": "true"}, "FE"),
    ("_created_at", {"exists": "true"}, "FE"),
    ("_created_at", {"gte": "2026-03-01T10:00:59Z"}, "FE"),
    ("_created_at", {"lt": "2026-03-01T10:00:59Z"}, ""),
    ("_updated_at", {"gt": "2026-03-01T09:00:00Z"}, "FE"),
    ("_published_at", {"exists": "true"}, ""),
    ("_first_published_at", {"exists": "false"}, "FE"),
    ("_publication_scheduled_at", {"exists": "false"}, "FE"),
    ("_unpublishing_scheduled_at", {"exists": "true"}, ""),
    ("_creator", {"eq": ACTOR}, "FE"),
    ("_creator", {"neq": ACTOR}, ""),
]


@pytest.mark.parametrize(("name", "operators", "expected"), CASES)
def test_operators_choose_records(name: str, operators: JsonObject, expected: str) -> None:
    """Each operator finds the record with the value, that without, both or none."""
    assert chosen(filter_lab(), name, operators) == expected


def test_conditions_add_up() -> None:
    """A record must meet all conditions."""
    at = filter_lab()
    fields = {"string": {"matches": "hello"}, "integer": {"gt": "9"}}
    assert at.list_ids(filter={"type": "post", "fields": fields}) == []


def test_ids_are_compared() -> None:
    """`id` is a field like any other, over all models."""
    at = filter_lab()
    full, empty = list(at.environment.items)[::-1]
    assert at.list_ids(filter={"fields": {"id": {"in": [full]}}}) == [full]
    assert at.list_ids(filter={"fields": {"id": {"neq": full}}}) == [empty]


def test_localized_value_is_compared_in_the_locale() -> None:
    """The listing's locale says which value counts."""
    at = lab(locales=("en", "it"))
    at.model("post", F("title", localized=True))
    at.create("post", {"title": {"it": "ciao"}})
    at.create("post", {"title": {"it": "ciao", "en": "hi"}})
    assert chosen(at, "title", {"eq": "ciao"}) == ""
    assert chosen(at, "title", {"eq": "ciao"}, locale="it") == "FE"
    assert chosen(at, "title", {"eq": "hi"}) == "F"


def test_published_value_is_compared_in_the_published_list() -> None:
    """The version that is listed is the one that is looked at."""
    at = lab()
    at.model("post", F("title"))
    post = at.create("post", {"title": "old"})["id"]
    at.publish(post)
    at.update(post, {"title": "new"})
    query: JsonObject = {"type": "post", "fields": {"title": {"eq": "old"}}}
    assert at.list_ids(filter=query) == []
    assert at.list_ids(filter=query, version="published") == [post]


@pytest.mark.parametrize(
    ("name", "operators"),
    [
        ("ghost", {"eq": "x"}),
        ("string", {"like": "x"}),
        ("string", "x"),
        ("string", {"matches": {"regexp": "true"}}),
        ("string", {"matches": {"pattern": "(", "regexp": "true"}}),
        ("string", {"is_blank": "maybe"}),
        ("integer", {"eq": "x"}),
        ("integer", {"gt": ["1"]}),
        ("date", {"eq": "soon"}),
        ("date_time", {"eq": "soon"}),
        ("boolean", {"eq": "1"}),
        ("color", {"eq": "red"}),
        ("lat_lon", {"near": {"latitude": "1"}}),
        ("lat_lon", {"near": "here"}),
        ("_creator", {"in": ["x"]}),
        ("_creator", {"eq": "x"}),
    ],
)
def test_unreadable_filters_are_refused(name: str, operators: Json) -> None:
    """A filter that means nothing is refused rather than ignored."""
    with pytest.raises(ApiFailure) as refused:
        chosen(filter_lab(), name, operators)
    code, details = refusal(refused.value)
    assert (code, details["field"]) == ("INVALID_FILTER_FIELDS_PARAM", name)


def test_model_fields_need_a_single_model() -> None:
    """Fields of models cannot be filtered by across models."""
    at = filter_lab()
    for query in ({"fields": {"string": {"eq": "x"}}}, {"type": "post", "fields": "string"}):
        with pytest.raises(ApiFailure) as refused:
            at.list_ids(filter=query)
        assert refusal(refused.value)[0] == "INVALID_FILTER_FIELDS_PARAM"
