"""Every validator: what it holds against a value, and what it lets pass."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from tests.unit.sandbox.records.building import (
    UPLOAD,
    F,
    Lab,
    block,
    blocks_of,
    document,
    lab,
    paragraph,
    refusal,
    upload,
)


def verdict(at: Lab, field_type: str, name: str, params: JsonObject, value: Json) -> str | None:
    """Write one value under one validator; give the inner code of the refusal or None."""
    model = f"post{len(at.environment.of_type('item_type'))}"
    at.model(model, F("value", field_type, validators={name: params}))
    try:
        at.create(model, {"value": value})
    except ApiFailure as failure:
        inner: str = refusal(failure)[1]["code"]
        return inner
    return None


TEXT = document(paragraph("abcd"))
EMPTY_TEXT = document(paragraph(" "))

PASSES: list[tuple[str, str, JsonObject, Json]] = [
    ("string", "required", {}, "x"),
    ("boolean", "required", {}, False),
    ("integer", "required", {}, 0),
    ("structured_text", "required", {}, TEXT),
    ("string", "length", {"min": 2, "max": 3}, "ab"),
    ("string", "length", {"eq": 2}, "ab"),
    ("string", "length", {"min": 2}, None),
    ("string", "length", {"min": 2}, ""),
    ("string", "length", {"min": 2, "max": None}, "abc"),
    ("structured_text", "length", {"eq": 4}, TEXT),
    ("integer", "number_range", {"min": 1, "max": 5}, 5),
    ("float", "number_range", {"min": 0.5}, 0.5),
    ("date", "date_range", {"min": "2026-01-01", "max": "2026-12-31"}, "2026-01-01"),
    ("date", "date_range", {"max": "2026-12-31T00:00:00Z"}, "2026-01-01"),
    (
        "date_time",
        "date_time_range",
        {"min": "2026-01-01T00:00:00Z"},
        "2026-01-01T01:00:00+01:00",
    ),
    ("string", "enum", {"values": ["a", "b"]}, "b"),
    ("string", "format", {"predefined_pattern": "email"}, "a@b.ch"),
    ("string", "format", {"predefined_pattern": "url"}, "https://x.y/z"),
    ("string", "format", {"custom_pattern": r"\A\h+\z"}, "beef"),
    ("string", "format", {"custom_pattern": r"(?<year>\d{4})"}, "in 2026"),
    ("string", "format", {"custom_pattern": "^b$"}, "a\nb"),
    ("string", "format", {"custom_pattern": "(unreadable"}, "x"),
    ("slug", "slug_format", {"custom_pattern": r"\A[A-Z]+\z"}, "ABC"),
    ("slug", "slug_format", {"predefined_pattern": "webpage_slug"}, "a-b"),
    ("slug", "slug_title_field", {"title_field_id": "x"}, "a"),
    ("gallery", "size", {"min": 1, "multiple_of": 1}, [{"upload_id": UPLOAD}]),
    ("file", "extension", {"extensions": [".PNG"]}, {"upload_id": UPLOAD}),
    ("file", "extension", {"predefined_list": "image"}, {"upload_id": UPLOAD}),
    ("file", "file_size", {"max_value": 2, "max_unit": "KB"}, {"upload_id": UPLOAD}),
    (
        "file",
        "image_dimensions",
        {"width_min_value": 200, "height_max_value": 100},
        {"upload_id": UPLOAD},
    ),
    (
        "file",
        "image_aspect_ratio",
        {"eq_ar_numerator": 2, "eq_ar_denominator": 1},
        {"upload_id": UPLOAD},
    ),
    (
        "file",
        "image_aspect_ratio",
        {"min_ar_numerator": 1, "min_ar_denominator": 1},
        {"upload_id": UPLOAD},
    ),
    (
        "file",
        "required_alt_title",
        {"alt": True, "title": False},
        {"upload_id": UPLOAD, "alt": "x"},
    ),
    ("seo", "required_seo_fields", {"title": True, "image": False}, {"title": "x"}),
    ("seo", "title_length", {"max": 3}, {"title": "abc"}),
    ("seo", "title_length", {"min": 3}, {"description": "x"}),
    ("seo", "description_length", {"max": 3}, {"description": "abc"}),
    ("seo", "image_dimensions", {"width_min_value": 100}, {"image": UPLOAD}),
    ("seo", "file_size", {"max_value": 1, "max_unit": "B"}, {"title": "no image"}),
    ("text", "sanitized_html", {"sanitize_before_validation": False}, "<p>fine</p>"),
]


@pytest.mark.parametrize(("field_type", "name", "params", "value"), PASSES)
def test_value_passes(field_type: str, name: str, params: JsonObject, value: Json) -> None:
    """A value that meets its validator is saved."""
    assert verdict(lab(), field_type, name, params, value) is None


FAILS: list[tuple[str, str, JsonObject, Json]] = [
    ("string", "required", {}, None),
    ("string", "required", {}, ""),
    ("structured_text", "required", {}, None),
    ("structured_text", "required", {}, EMPTY_TEXT),
    ("file", "required", {}, None),
    ("string", "length", {"min": 2}, "a"),
    ("string", "length", {"max": 2}, "abc"),
    ("string", "length", {"eq": 2}, "a"),
    ("structured_text", "length", {"max": 3}, TEXT),
    ("integer", "number_range", {"min": 1}, 0),
    ("float", "number_range", {"max": 1.5}, 1.6),
    ("date", "date_range", {"min": "2026-01-02"}, "2026-01-01"),
    ("date", "date_range", {"max": "2025-01-02"}, "2026-01-01"),
    ("date_time", "date_time_range", {"max": "2026-01-01T00:00:00Z"}, "2026-01-01T00:00:00-01:00"),
    ("string", "enum", {"values": ["a", "b"]}, "c"),
    ("string", "format", {"predefined_pattern": "email"}, "a b"),
    ("string", "format", {"predefined_pattern": "url"}, "x.y"),
    ("string", "format", {"custom_pattern": r"\A\d+\z", "description": "Digits"}, "x"),
    ("slug", "slug_format", {"predefined_pattern": "webpage_slug"}, "A b"),
    ("gallery", "size", {"min": 1}, []),
    ("file", "extension", {"extensions": ["jpg"]}, {"upload_id": UPLOAD}),
    ("file", "extension", {"predefined_list": "video"}, {"upload_id": UPLOAD}),
    ("file", "file_size", {"max_value": 1, "max_unit": "KB"}, {"upload_id": UPLOAD}),
    ("file", "file_size", {"min_value": 1, "min_unit": "MB"}, {"upload_id": UPLOAD}),
    ("file", "image_dimensions", {"width_max_value": 100}, {"upload_id": UPLOAD}),
    (
        "file",
        "image_aspect_ratio",
        {"eq_ar_numerator": 1, "eq_ar_denominator": 1},
        {"upload_id": UPLOAD},
    ),
    (
        "file",
        "image_aspect_ratio",
        {"max_ar_numerator": 1, "max_ar_denominator": 1},
        {"upload_id": UPLOAD},
    ),
    ("file", "required_alt_title", {"alt": True, "title": True}, {"upload_id": UPLOAD, "alt": "x"}),
    ("seo", "required_seo_fields", {"title": True}, {"description": "x"}),
    ("seo", "required_seo_fields", {"title": True}, None),
    ("seo", "title_length", {"max": 3}, {"title": "abcd"}),
    ("seo", "description_length", {"min": 3}, {"description": "ab"}),
    ("seo", "image_dimensions", {"height_min_value": 101}, {"image": UPLOAD}),
    ("text", "sanitized_html", {"sanitize_before_validation": False}, "<script>x</script>"),
    ("text", "sanitized_html", {}, '<a href="javascript:x">'),
    ("text", "sanitized_html", {}, "<p onclick=x>"),
]


@pytest.mark.parametrize(("field_type", "name", "params", "value"), FAILS)
def test_value_fails(field_type: str, name: str, params: JsonObject, value: Json) -> None:
    """A value that does not meet its validator is refused by its name."""
    code = "VALIDATION_" + name.upper()
    at = lab()
    at.model("post", F("value", field_type, validators={name: params}))
    with pytest.raises(ApiFailure) as refused:
        at.create("post", {"value": value})
    details = refusal(refused.value)[1]
    assert (details["field"], details["code"]) == ("value", code)
    assert details["message"]
    assert "errors" not in details


def test_slug_is_held_to_its_usual_form() -> None:
    """Without a validator of its own a slug still has to look like one."""
    at = lab()
    at.model("post", F("slug", "slug"))
    with pytest.raises(ApiFailure) as refused:
        at.create("post", {"slug": "No Slug"})
    assert refusal(refused.value)[1]["code"] == "VALIDATION_SLUG_FORMAT"


def test_html_is_sanitised_before_validation_where_asked() -> None:
    """A field that sanitises keeps what is left."""
    at = lab()
    params = {"sanitize_before_validation": True}
    at.model("post", F("html", "text", validators={"sanitized_html": params}))
    made = at.create("post", {"html": '<p onclick="x">a</p><script>b</script>'})
    assert made["attributes"]["html"] == "<p>a</p>"


def test_aspect_ratio_of_the_unmeasured_is_not_judged() -> None:
    """An upload without width and height passes what is about them."""
    at = lab()
    upload(at, "pdf", width=None, height=None, format="pdf")
    ratio = {"eq_ar_numerator": 1, "eq_ar_denominator": 1}
    assert verdict(at, "file", "image_aspect_ratio", ratio, {"upload_id": "pdf"}) is None
    sides = {"width_min_value": 9999}
    assert verdict(at, "file", "image_dimensions", sides, {"upload_id": "pdf"}) is None


@pytest.mark.parametrize(
    "metadata",
    [
        {"alt": {"en": "x"}, "title": {"en": None}},
        {"en": {"alt": "x", "title": None}, "it": None},
    ],
)
def test_alt_of_the_upload_serves_too(metadata: JsonObject) -> None:
    """The upload's own text stands in where the record has none, in both its shapes."""
    at = lab(locales=("en", "it"))
    upload(at, "told", default_field_metadata=metadata)
    rule = {"required_alt_title": {"alt": True}}
    at.model("plain", F("image", "file", validators=rule))
    at.model("local", F("image", "file", localized=True, validators=rule))

    assert at.create("plain", {"image": {"upload_id": "told"}})["id"]
    assert at.create("local", {"image": {"en": {"upload_id": "told"}}})["id"]
    with pytest.raises(ApiFailure) as refused:
        at.create("local", {"image": {"it": {"upload_id": "told"}}})
    assert refusal(refused.value)[1]["field"] == "image.it"


def test_unique_value_is_held_once_per_locale() -> None:
    """Two records cannot share a value in one locale; in different locales they can."""
    at = lab(locales=("en", "it"))
    rule: JsonObject = {"unique": {}}
    at.model("post", F("slug", "slug", localized=True, validators=rule), F("code", validators=rule))
    first = at.create("post", {"slug": {"en": "a"}, "code": "x"})
    assert at.create("post", {"slug": {"it": "a"}})["id"]
    for attributes in ({"slug": {"en": "a"}}, {"code": "x"}):
        with pytest.raises(ApiFailure) as refused:
            at.create("post", attributes)
        assert refusal(refused.value)[1]["code"] == "VALIDATION_UNIQUE"

    at.update(first["id"], {"slug": {"en": "a"}, "code": "x"})
    at.update(first["id"], {"slug": {"en": "b"}, "code": None})
    taken_over = at.create("post", {"slug": {"en": "a"}, "code": "x"})
    at.data("DELETE", f"/items/{taken_over['id']}")
    assert at.create("post", {"slug": {"en": "a"}, "code": "x"})["id"]


def test_published_value_stays_taken() -> None:
    """A value that is still published cannot be used by another record."""
    at = lab()
    at.model("post", F("code", validators={"unique": {}}))
    at.model("other", F("code", validators={"unique": {}}))
    first = at.create("post", {"code": "x"})
    at.publish(first["id"])
    at.update(first["id"], {"code": "y"})
    with pytest.raises(ApiFailure):
        at.create("post", {"code": "x"})
    assert at.create("other", {"code": "x"})["id"]


def test_blocks_may_share_unique_values() -> None:
    """Uniqueness is a matter of records."""
    at = lab()
    at.model("card", F("code", validators={"unique": {}}), modular_block=True)
    at.model("page", F("cards", "rich_text", validators={"rich_text_blocks": blocks_of("card")}))
    assert at.create("page", {"cards": [block("card", {"code": "x"})] * 2})["id"]


@pytest.mark.parametrize(
    ("field_type", "name"),
    [("link", "item_item_type"), ("links", "items_item_type")],
)
def test_links_of_other_models_are_refused(field_type: str, name: str) -> None:
    """A link to a record of a model that is not named is refused, even in a draft."""
    at = lab()
    at.model("author", F("name"))
    at.model("other", F("name"))
    other = at.create("other", {})["id"]
    at.model(
        "post",
        F("to", field_type, validators={name: blocks_of("author")}),
        draft_saving_active=True,
    )
    value = other if field_type == "link" else [other]
    with pytest.raises(ApiFailure) as refused:
        at.create("post", {"to": value})
    assert refusal(refused.value)[1]["code"] == "VALIDATION_" + name.upper()


def test_invalid_draft_is_saved_where_the_model_says_so() -> None:
    """With `draft_saving_active` what validators refuse is saved, and flagged."""
    at = lab()
    at.model("post", F("title", validators={"required": {}}), draft_saving_active=True)
    draft = at.create("post", {})
    assert draft["meta"]["is_valid"] is False
    assert draft["meta"]["is_current_version_valid"] is False
    assert at.update(draft["id"], {"title": "x"})["meta"]["is_current_version_valid"] is True


def test_all_complaints_come_together() -> None:
    """One answer names every field that validators hold something against."""
    at = lab()
    required: JsonObject = {"required": {}}
    at.model("card", F("text", validators=required), modular_block=True)
    at.model(
        "post",
        F("title", validators=required),
        F("cards", "rich_text", validators={"rich_text_blocks": blocks_of("card")}),
    )
    with pytest.raises(ApiFailure) as refused:
        at.create("post", {"cards": [block("card"), block("card", {"text": "x"}), block("card")]})
    fields = [details["field"] for _, details in refused.value.problems]
    assert fields == ["title", "cards.0.text", "cards.2.text"]


def test_required_is_asked_of_each_locale_there_is() -> None:
    """A required localized field must be filled in every locale of the record, and only there."""
    at = lab(locales=("en", "it"))
    at.model("post", F("title", localized=True, validators={"required": {}}))
    assert at.create("post", {"title": {"it": "x"}})["id"]
    with pytest.raises(ApiFailure) as refused:
        at.create("post", {"title": {"it": "x", "en": None}})
    assert refusal(refused.value)[1]["field"] == "title.en"


def test_text_of_links_alone_is_not_blank() -> None:
    """A document that holds only an inline record satisfies `required`."""
    at = lab()
    rules = {"required": {}, "structured_text_links": blocks_of("page")}
    at.model("page", F("title"))
    at.model("post", F("body", "structured_text", validators=rules))
    page = at.create("page", {})["id"]
    body = document(paragraph({"type": "inlineItem", "item": page}))
    assert at.create("post", {"body": body})["id"]


def test_gone_upload_is_not_judged() -> None:
    """A kept file whose upload was deleted meanwhile does not stop an update."""
    at = lab()
    rules: JsonObject = {"extension": {"extensions": ["png"]}}
    at.model("post", F("image", "file", validators=rules), F("title"))
    post = at.create("post", {"image": {"upload_id": upload(at, "gone")}})["id"]
    del at.environment.of_type("upload")["gone"]
    assert at.update(post, {"title": "x"})["meta"]["is_valid"] is True


def test_empty_format_asks_nothing() -> None:
    """A format without a pattern lets every text pass."""
    assert verdict(lab(), "string", "format", {}, "x") is None


def test_galleries_are_judged_file_by_file() -> None:
    """One picture that does not fit is enough."""
    at = lab()
    upload(at, "pdf", format="pdf")
    pictures = [{"upload_id": UPLOAD}, {"upload_id": "pdf"}]
    rule = {"predefined_list": "image"}
    assert verdict(at, "gallery", "extension", rule, pictures) == "VALIDATION_EXTENSION"
    assert verdict(at, "gallery", "extension", rule, pictures[:1]) is None
