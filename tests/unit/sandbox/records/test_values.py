"""The shape of every field type: what is taken, how it reads back, what is refused."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from tests.unit.sandbox.records.building import (
    UPLOAD,
    F,
    Lab,
    blocks_of,
    document,
    lab,
    paragraph,
    refusal,
)

VIDEO = {
    "provider": "youtube",
    "provider_uid": "abc",
    "url": "https://youtu.be/abc",
    "width": 640,
    "height": 360,
    "thumbnail_url": "https://img/abc.jpg",
    "title": "A film",
}
FILE: JsonObject = {
    "upload_id": UPLOAD,
    "alt": None,
    "title": None,
    "custom_data": {},
    "focal_point": None,
    "poster_time": None,
}


def read_back(field_type: str, value: Json, at: Lab | None = None) -> Json:
    """Write one value and give what is read."""
    at = at or lab()
    at.model("post", F("value", field_type))
    return at.get(at.create("post", {"value": value})["id"])["attributes"]["value"]


@pytest.mark.parametrize(
    ("field_type", "value"),
    [
        ("string", ""),
        ("string", "日本 🎈"),
        ("text", "a\nb"),
        ("slug", "a_b-c"),
        ("boolean", False),
        ("integer", 0),
        ("integer", 2**53),
        ("float", 0.1),
        ("float", 7),
        ("float", 1e21),
        ("date", "2026-02-01"),
        ("date_time", "2026-02-01T10:00:00+01:00"),
        ("date_time", "2026-02-01T10:00:00.123Z"),
        ("json", '{"a": [1, 2]}'),
        ("json", "1e400"),
        ("json", "9" * 5000),
        ("color", {"red": 0, "green": 128, "blue": 255, "alpha": 255}),
        ("lat_lon", {"latitude": 45.07, "longitude": -7.68}),
        ("seo", {"title": "T", "image": UPLOAD, "twitter_card": "summary", "no_index": False}),
        ("seo", {}),
        ("seo", {"title": None}),
        ("video", VIDEO),
        ("file", {**FILE, "focal_point": {"x": 0.5, "y": 0}}),
        ("gallery", []),
        ("gallery", [FILE, FILE]),
        ("links", []),
    ],
)
def test_value_reads_back_as_written(field_type: str, value: Json) -> None:
    """What is written in full comes back equal."""
    assert read_back(field_type, value) == value


@pytest.mark.parametrize(
    ("field_type", "empty"),
    [
        ("string", None),
        ("structured_text", None),
        ("single_block", None),
        ("seo", None),
        ("file", None),
        ("gallery", []),
        ("links", []),
        ("rich_text", []),
    ],
)
def test_null_is_legal_everywhere(field_type: str, empty: Json) -> None:
    """Null empties every field; lists read as empty lists."""
    assert read_back(field_type, None) == empty


def test_file_is_completed_with_nulls() -> None:
    """A file written by its upload's id alone reads with all its members."""
    assert read_back("file", {"upload_id": UPLOAD}) == FILE
    assert read_back("gallery", [{"upload_id": UPLOAD, "alt": "x"}]) == [{**FILE, "alt": "x"}]


@pytest.mark.parametrize(
    ("field_type", "value"),
    [
        ("string", 1),
        ("text", ["a"]),
        ("boolean", "true"),
        ("boolean", 1),
        ("integer", 1.5),
        ("integer", True),
        ("float", "1"),
        ("date", "2026-02-30"),
        ("date", "20260201"),
        ("date", 20260201),
        ("date_time", "2026-02-01"),
        ("date_time", "2026-02-01T99:00:00Z"),
        ("date_time", 5),
        ("json", {"a": 1}),
        ("json", "{a}"),
        ("json", "NaN"),
        ("json", "[" * 100_000),
        ("color", {"red": 0, "green": 0, "blue": 0}),
        ("color", {"red": 0, "green": 0, "blue": 0, "alpha": 256}),
        ("color", "#fff"),
        ("lat_lon", {"latitude": 91, "longitude": 0}),
        ("lat_lon", {"latitude": 1, "longitude": 0, "height": 1}),
        ("lat_lon", {"latitude": "1", "longitude": 0}),
        ("seo", {"title": "x" * 321}),
        ("seo", {"title": 5}),
        ("seo", {"twitter_card": "app"}),
        ("seo", {"image": "ghost"}),
        ("seo", {"image": 5}),
        ("seo", {"no_index": 1}),
        ("seo", {"keywords": "a"}),
        ("video", {"provider": "youtube"}),
        ("video", {**VIDEO, "provider": "tiktok"}),
        ("video", {**VIDEO, "width": "wide"}),
        ("file", UPLOAD),
        ("file", {"alt": "x"}),
        ("file", {"upload_id": "ghost"}),
        ("file", {"upload_id": UPLOAD, "focal_point": {"x": 2, "y": 0}}),
        ("file", {"upload_id": UPLOAD, "custom_data": "x"}),
        ("file", {"upload_id": UPLOAD, "caption": "x"}),
        ("gallery", {"upload_id": UPLOAD}),
        ("link", "ghost"),
        ("link", 5),
        ("links", "ghost"),
        ("links", ["ghost"]),
    ],
)
def test_other_shapes_are_refused(field_type: str, value: Json) -> None:
    """A value of another shape is refused with the field, the reason and the value itself."""
    with pytest.raises(ApiFailure) as refused:
        read_back(field_type, value)
    code, details = refusal(refused.value)
    assert code == "INVALID_FIELD"
    assert details["errors"]
    assert {key: details[key] for key in details if key != "errors"} == {
        "field": "value",
        "field_id": "post.value",
        "field_label": "Value",
        "field_type": field_type,
        "code": "INVALID_FORMAT",
        "message": "Value not acceptable for this field type",
        "failing_value": value,
    }


def test_wrong_shapes_are_refused_together() -> None:
    """One answer tells everything that is wrong."""
    at = lab()
    at.model("post", F("a", "integer"), F("b", "boolean"))
    with pytest.raises(ApiFailure) as refused:
        at.create("post", {"a": "x", "b": "y"})
    assert [details["field"] for _, details in refused.value.problems] == ["a", "b"]


def test_drafts_cannot_hold_wrong_shapes() -> None:
    """A model that saves invalid drafts is as strict about shapes as any other."""
    at = lab()
    at.model("post", F("a", "integer"), draft_saving_active=True)
    with pytest.raises(ApiFailure):
        at.create("post", {"a": "x"})


def test_legacy_projects_ignore_offsets_and_milliseconds() -> None:
    """Without the opt-in flags a time is in the project's zone, to the second."""
    legacy: JsonObject = {"improved_timezone_management": False, "milliseconds_in_datetime": False}
    at = lab(**legacy)
    assert read_back("date_time", "2026-07-01T10:00:00.5-05:00", at) == "2026-07-01T10:00:00+01:00"


def test_time_without_offset_gets_the_project_zone() -> None:
    """A time that names no offset is in the project's zone."""
    assert read_back("date_time", "2026-07-01T10:00:00") == "2026-07-01T10:00:00+01:00"
    assert read_back("date_time", "2026-07-01T10:00:00.25") == "2026-07-01T10:00:00.250+01:00"


def test_unknown_zone_means_utc() -> None:
    """A time zone that the system does not know is read as UTC."""
    at = lab()
    at.environment.site["attributes"]["timezone"] = "Nowhere/Else"
    assert read_back("date_time", "2026-07-01T10:00:00", at) == "2026-07-01T10:00:00+00:00"


def test_links_point_to_records() -> None:
    """A link is an id of a record that exists, as plain text."""
    at = lab()
    allowed = {"item_types": ["model-author"]}
    at.model("author", F("name"))
    at.model(
        "post",
        F("author", "link", validators={"item_item_type": allowed}),
        F("others", "links", validators={"items_item_type": allowed}),
    )
    author = at.create("author", {"name": "Mark"})["id"]
    post = at.create("post", {"author": author, "others": [author, author]})
    assert post["attributes"] == {"author": author, "others": [author, author]}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", "a\0b"),
        ("seo", {"title": "\0"}),
        ("structured_text", document(paragraph("\0"))),
        ("structured_text", document({"type": "code", "code": "\0"})),
    ],
)
def test_a_nul_is_refused_in_any_text(kind: str, value: Json) -> None:
    """The field is named; a text that only spells one is fine."""
    at = lab()
    rules: JsonObject = {"structured_text_blocks": blocks_of(), "structured_text_links": {}}
    at.model("post", F("value", kind, validators=rules if kind == "structured_text" else {}))

    with pytest.raises(ApiFailure) as caught:
        at.create("post", {"value": value})

    code, details = refusal(caught.value)
    assert (code, details["field"]) == ("INVALID_FIELD", "value")
    at.model("other", F("value"))
    assert at.create("other", {"value": "\\u0000"})["attributes"]["value"] == "\\u0000"
