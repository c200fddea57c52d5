"""Walks through content: every value is met, what did not change is the same object."""

from __future__ import annotations

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.records.content import all_blocks, flatten, rewrite, spots, transform
from datosnap.sandbox.records.references import upload_references
from datosnap.sandbox.records.schema_view import FieldView, schema_of
from tests.unit.sandbox.records.building import (
    UPLOAD,
    F,
    Lab,
    block,
    blocks_of,
    document,
    lab,
    paragraph,
    upload,
)


def rich_lab() -> tuple[Lab, JsonObject]:
    """Make a record with blocks in localized and plain values; give its stored content."""
    at = lab(locales=("en", "it"))
    rule = blocks_of("card")
    at.model(
        "card",
        F("text", localized=True),
        F("image", "file"),
        F("one", "single_block", localized=True, validators={"single_block_blocks": rule}),
        modular_block=True,
    )
    at.model(
        "page",
        F("title", localized=True),
        F("one", "single_block", validators={"single_block_blocks": rule}),
        F("body", "structured_text", localized=True, validators={"structured_text_blocks": rule}),
        F("pictures", "gallery"),
        F("seo", "seo"),
    )
    inner = block("card", {"text": "inner", "image": {"upload_id": upload(at, "in")}})
    page = at.create(
        "page",
        {
            "title": {"en": "a", "it": "b"},
            "one": block(
                "card", {"text": {"en": "c", "it": "d"}, "one": {"en": inner, "it": None}}
            ),
            "body": {
                "en": document({"type": "block", "item": block("card", {"one": inner})}),
                "it": document(paragraph("text")),
            },
            "pictures": [{"upload_id": UPLOAD}],
            "seo": {"image": upload(at, "og")},
        },
    )
    return at, at.environment.items[page["id"]].current.attributes


def test_every_value_is_met_with_path_and_locale() -> None:
    """Within a localized value the fields of blocks are plain, and in its locale."""
    at, content = rich_lab()
    schema = schema_of(at.environment)
    met = {one.path: one.locale for one in spots(schema, schema.model("model-page"), content)}
    assert met["title.it"] == "it"
    assert met["one"] is None
    assert met["one.0.text.en"] == "en"
    assert met["one.0.one.en.0.text"] == "en"
    assert met["body.en.0.one.0.image"] == "en"
    assert met["pictures"] is None


def test_values_that_are_missing_are_passed_over() -> None:
    """Content from before a field came is walked through without it."""
    at, content = rich_lab()
    schema = schema_of(at.environment)
    model = schema.model("model-page")
    part = {"title": content["title"]}
    assert [one.path for one in spots(schema, model, part)] == ["title.en", "title.it"]
    assert rewrite(schema, model, part, _keep) is part


def _keep(_field: FieldView, value: Json) -> Json:
    return value


def _shout(field: FieldView, value: Json) -> Json:
    return value.upper() if field.field_type == "string" and value else value


def test_rewriting_nothing_gives_the_same_object() -> None:
    """Unchanged content is not copied, which is how writers know."""
    at, content = rich_lab()
    schema = schema_of(at.environment)
    assert rewrite(schema, schema.model("model-page"), content, _keep) is content


def test_rewriting_reaches_all_depths() -> None:
    """Texts are changed in blocks of blocks, and the content it came from is left alone."""
    at, content = rich_lab()
    schema = schema_of(at.environment)
    model = schema.model("model-page")
    loud = rewrite(schema, model, content, _shout)
    texts = [one.value for one in spots(schema, model, loud) if one.field.field_type == "string"]
    assert {one for one in texts if one} == {"A", "B", "C", "D", "INNER"}
    assert content["title"] == {"en": "a", "it": "b"}
    assert loud["seo"] is content["seo"]


def test_transforming_tells_the_surroundings() -> None:
    """Attributes of every block come by, inner ones first, and whether a locale is around them."""
    at, content = rich_lab()
    schema = schema_of(at.environment)
    met: list[tuple[str, bool]] = []

    def change(around: Json, attributes: JsonObject) -> JsonObject:
        met.append((around.model.api_key, around.within_locale))
        return attributes

    assert transform(schema, schema.model("model-page"), content, change) == content
    assert met == [
        ("card", True),
        ("card", False),
        ("card", True),
        ("card", True),
        ("page", False),
    ]


def test_blocks_are_found_inner_first_and_flattened() -> None:
    """Each block is found once; a flat block within a locale shows ids where it holds blocks."""
    at, content = rich_lab()
    schema = schema_of(at.environment)
    placed = list(all_blocks(schema, schema.model("model-page"), content))
    assert len(placed) == 4
    outer = placed[3]
    inner = outer.block["attributes"]["one"]["id"]
    flat = flatten(outer.model, outer.block["attributes"], localized_outside=True)
    assert flat["one"] == inner
    assert outer.localized_outside


def test_uploads_are_found_wherever_they_are() -> None:
    """Files, galleries and SEO images count, in blocks too."""
    at, content = rich_lab()
    schema = schema_of(at.environment)
    found = list(upload_references(schema, schema.model("model-page"), content))
    assert sorted(found) == ["in", "in", "og", UPLOAD]
