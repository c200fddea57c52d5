"""Facts about the rows of blocks, links, slim records, versions and uploads."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq

from datosnap.core.jsontext import JsonObject, encode
from datosnap.store.columns.tables import Tables
from datosnap.store.names import LINKS, RECORDS, Table
from datosnap.store.parquet import Parquet
from tests.support.encoding import encoded_tables
from tests.support.typed_tables import block, made, record, shape

NESTED = shape(
    [("body", "structured_text"), ("parts", "rich_text")],
    localized=["parts"],
    block=[("text", "string"), ("cta", "single_block"), ("to", "link")],
)


def document(*nodes: JsonObject) -> JsonObject:
    """Make a structured text."""
    return {"schema": "dast", "document": {"type": "root", "children": list(nodes)}}


def test_blocks_tell_where_they_stand() -> None:
    """A block inside a block has a row of its own, with its parent, place, path and depth."""
    inner = block({"text": "in", "to": "r7"}, "b2")
    outer = block({"text": "out", "cta": inner}, "b1")

    found = made(NESTED, record({"parts": {"en": [block({}, "b0"), outer]}}))

    rows = {row["id"]: row for row in found.quotes}
    assert {key: rows["b2"][key] for key in rows["b2"]} == {
        "id": "b2",
        "_model": "quote",
        "_record_id": "r1",
        "_record_model": "post",
        "_field": "parts",
        "_locale": "en",
        "_path": "parts.en.1.cta",
        "_parent_block_id": "b1",
        "_position": 0,
        "_depth": 2,
        "text": "in",
        "cta": None,
        "to": "r7",
    }
    assert (rows["b1"]["_position"], rows["b1"]["_depth"], rows["b1"]["cta"]) == (1, 1, "b2")
    assert rows["b1"]["_parent_block_id"] is None
    assert found.main[0]["parts"] == {"en": ["b0", "b1"], "zh-Hant-TW": None}
    assert found.written.tables == {Table("blocks", "quote"): 3, LINKS: 1, RECORDS: 1}


def test_structured_text_is_a_document_and_plain_words() -> None:
    """Blocks give way to their ids; lines are paragraphs, headings and code."""
    nodes: list[JsonObject] = [
        {"type": "heading", "children": [{"type": "span", "value": "Title"}]},
        {
            "type": "paragraph",
            "children": [
                {"type": "span", "value": "See "},
                {"type": "itemLink", "item": "r8", "children": [{"type": "span", "value": "it"}]},
                {"type": "inlineItem", "item": "r9"},
            ],
        },
        {"type": "code", "code": "let a"},
        {"type": "block", "item": block({"text": "x"}, "b1")},
        {"type": "block", "item": "b5"},
        {"type": "block", "item": None},
        {"type": "blockquote", "children": [{"type": "span", "value": None}]},
    ]
    found = made(NESTED, record({"body": document(*nodes)}))

    body = found.main[0]["body"]
    assert body["text"] == "Title\nSee it\nlet a"
    assert '{"type":"block","item":"b1"}' in body["document"]
    assert "attributes" not in body["document"]
    assert [row["_path"] for row in found.quotes] == ["body.document.children.3.item"]
    assert [(row["path"], row["target_id"]) for row in found.links] == [
        ("body.document.children.1.children.1.item", "r8"),
        ("body.document.children.1.children.2.item", "r9"),
    ]


def test_a_node_that_nobody_knows_is_read_as_its_parts() -> None:
    """A newer kind of node has words below it; what it holds is no block, and stays as it is."""
    same_beginning = {"id": "b1", "type": "item", "attributes": {"text": "x" * 60}}
    newer: JsonObject = {
        "type": "callout",
        "item": {**same_beginning, "kind": "none of ours"},
        "children": [{"type": "span", "value": "Mind"}, {"type": "paragraph", "children": []}],
    }
    relationships = {"item_type": {"data": {"type": "item_type", "id": "Q"}}}
    known = {**same_beginning, "relationships": relationships}

    found = made(NESTED, record({"body": document(newer, {"type": "block", "item": known})}))

    body = found.main[0]["body"]
    assert body["text"] == "Mind"
    assert '"kind":"none of ours"' in body["document"]
    assert body["document"].endswith('{"type":"block","item":"b1"}]}')
    assert [row["_path"] for row in found.quotes] == ["body.document.children.1.item"]


def test_links_are_told_apart_by_record_and_number() -> None:
    """Records without a link, empty lists and nulls among others move nobody's links."""
    of = shape(
        [("to", "link"), ("near", "links"), ("shots", "gallery")],
        block=[("text", "string")],
    )
    contents: list[JsonObject] = [
        {"to": None, "near": ["a", "b"], "shots": [{"upload_id": "u1"}, {}, {"upload_id": "u2"}]},
        {"to": "c", "near": None, "shots": None},
        {"near": [], "shots": []},
        {"to": "d", "near": ["e", "a", "f"], "shots": [{"alt": "none"}, {"upload_id": "u3"}]},
    ]

    found = made(of, *(record(one, f"r{number}") for number, one in enumerate(contents)))

    assert [(row["record_id"], row["path"], row["target_id"]) for row in found.links] == [
        ("r1", "to", "c"),
        ("r3", "to", "d"),
        ("r0", "near.0", "a"),
        ("r0", "near.1", "b"),
        ("r3", "near.0", "e"),
        ("r3", "near.1", "a"),
        ("r3", "near.2", "f"),
        ("r0", "shots.0.upload_id", "u1"),
        ("r0", "shots.2.upload_id", "u2"),
        ("r3", "shots.1.upload_id", "u3"),
    ]


def test_a_block_without_an_id_stays_in_its_document() -> None:
    """Nothing is left out of a document that could not be found elsewhere."""
    nameless = block({"text": "x"})
    del nameless["id"]

    found = made(NESTED, record({"body": document({"type": "block", "item": nameless})}))

    assert '"attributes":{"text":"x"}' in found.main[0]["body"]["document"]
    assert [row["id"] for row in found.quotes] == [None]


def test_blocks_within_a_locale_have_plain_values_of_that_locale() -> None:
    """A localized field of a block in a localized value is put to the locale it stands in."""
    of = shape(
        [("parts", "rich_text")],
        localized=["parts", "text", "to"],
        block=[("text", "string"), ("to", "link")],
    )
    parts = {"en": [block({"text": "a", "to": "r9"})], "nl": [block({"text": "b"})]}

    found = made(of, record({"parts": {"en": parts["en"]}}))

    assert found.quotes[0]["text"] == {"en": "a", "zh-Hant-TW": None}
    assert [(row["locale"], row["path"]) for row in found.links] == [("en", "parts.en.0.to")]
    assert found.written.misfits == {}


def test_blocks_of_unknown_models_are_counted() -> None:
    """A block whose model the schema does not have is named by its parent and counted."""
    found = made(NESTED, record({"parts": {"en": [block({}, "b1", "gone"), {"id": "b2"}]}}))

    assert found.main[0]["parts"] == {"en": ["b1", "b2"], "zh-Hant-TW": None}
    assert found.quotes == []
    assert found.written.misfits == {("post", "_record"): 2}


def test_links_tell_who_points_where() -> None:
    """Every edge has a row, with the block and field that it stands in."""
    of = shape(
        [
            ("cover", "file"),
            ("shots", "gallery"),
            ("seo", "seo"),
            ("near", "links"),
            ("parts", "rich_text"),
        ],
        localized=["seo"],
        block=[("to", "link")],
    )
    content = {
        "cover": {"upload_id": "u1"},
        "shots": [{"upload_id": None}, {"upload_id": "u2"}],
        "seo": {"en": {"image": "u3"}},
        "near": ["r2", "r3"],
        "parts": [block({"to": "r4"})],
    }

    found = made(of, record(content))

    assert [
        (row["field"], row["locale"], row["path"], row["kind"], row["target_id"])
        for row in found.links
    ] == [
        ("cover", None, "cover.upload_id", "upload", "u1"),
        ("shots", None, "shots.1.upload_id", "upload", "u2"),
        ("seo", "en", "seo.en.image", "upload", "u3"),
        ("near", None, "near.0", "record", "r2"),
        ("near", None, "near.1", "record", "r3"),
        ("to", None, "parts.0.to", "record", "r4"),
    ]
    assert {(row["record_id"], row["record_model"]) for row in found.links} == {("r1", "post")}
    assert [(row["block_id"], row["block_model"]) for row in found.links][-2:] == [
        (None, None),
        ("b1", "quote"),
    ]


def test_slim_rows_have_titles_where_the_model_has_one() -> None:
    """The title is the first there is in the order of the locales; a picture is none."""
    fields = [("name", "string"), ("cover", "file")]
    of = shape(fields, localized=["name"], title="name")
    found = made(of, record({"name": {"en": None, "zh-Hant-TW": "漢"}}), record({}))
    assert [row["title"] for row in found.slim] == ["漢", None]

    untitled = made(shape(fields, title="cover"), record({"name": "x", "cover": None}))
    assert [row["title"] for row in untitled.slim] == [None]


def test_models_without_rows_add_to_no_table() -> None:
    """A table is there when it has rows; published copies and versions add to none."""
    tables = Tables(shape([("near", "links")]))
    text = encode(record({"near": []}))
    files, _ = encoded_tables(Parquet("zstd", tables=tables), [[text]], "post")
    assert set(files) == {None, RECORDS}

    published = tables.of("published", "post").rows([text])
    assert published.tables == {}


def test_uploads_have_their_default_texts_in_either_form() -> None:
    """New projects keep them by member, older ones by locale."""
    new = {"alt": {"en": "A"}, "title": {"zh-Hant-TW": "T"}, "focal_point": {"x": 0, "y": 0}}
    old = {"en": {"alt": "A", "title": None}, "zh-Hant-TW": {"title": "T"}}
    texts = [
        encode({"id": "u1", "attributes": {"default_field_metadata": one, "tags": ["a"]}})
        for one in (new, old, {}, None)
    ]

    rows = Tables(shape()).of("uploads", None).rows(texts)

    table = pa.table(rows.arrays).to_pylist()
    both = ({"en": "A", "zh-Hant-TW": None}, {"en": None, "zh-Hant-TW": "T"})
    assert [(row["default_alt"], row["default_title"]) for row in table] == [
        both, both, (None, None), (None, None),
    ]  # fmt: skip
    assert table[0]["tags"] == ["a"]
    assert rows.misfits == {}


def test_a_locale_named_like_a_member_is_read_in_the_newer_form() -> None:
    """Of two readings of a place the one of today's projects is taken."""
    tables = Tables(shape(locales=("alt",)))
    text = encode({"id": "u1", "attributes": {"default_field_metadata": {"alt": {"alt": "A"}}}})

    rows = tables.of("uploads", None).rows([text])

    assert pa.table(rows.arrays).to_pylist()[0]["default_alt"] == {"alt": "A"}


def test_a_table_in_the_making_is_bounded() -> None:
    """However many tables there are, together they hold no more than one row group."""
    of = shape([("near", "links")], title=None)
    texts = [encode(record({"near": [f"t{n}" for n in range(20)]}, f"r{k:03}")) for k in range(300)]
    settings = Parquet("zstd", group_max_bytes=2_000, tables=Tables(of))

    files, written = encoded_tables(settings, [texts], "post")

    assert written.tables[LINKS] == 6_000
    groups = pq.ParquetFile(io.BytesIO(files[LINKS])).metadata
    assert groups.num_row_groups > 20
    statistics = groups.row_group(0).column(6).statistics
    assert statistics is not None
    assert statistics.has_min_max


def test_typed_columns_alone_have_larger_groups() -> None:
    """Without the records a group holds more of them, and no `_record`."""
    texts = [encode(record({"name": f"n{n}"}, f"r{n}")) for n in range(100)]
    tables = Tables(shape([("name", "string")]))
    groups = []
    for keeps_raw in (True, False):
        settings = Parquet("zstd", 500, tables, keeps_raw)
        data = encoded_tables(settings, [texts], "post")[0][None]
        file = pq.ParquetFile(io.BytesIO(data))
        assert ("_record" in file.schema_arrow.names) is keeps_raw
        assert settings.count(io.BytesIO(data)) == 100
        groups.append(file.metadata.num_row_groups)
    assert groups[0] > 2 * groups[1]
