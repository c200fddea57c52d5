"""Facts about the columns of fields: their names, their types, and what does not fit them."""

from __future__ import annotations

import io
import pickle
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datosnap.core.entities import Schema
from datosnap.core.jsontext import Json, encode
from datosnap.store.columns.shape import Shape, read_shape
from datosnap.store.columns.tables import Tables
from tests.support.typed_tables import LOCALES, made, record, shape

FILE = {
    "upload_id": "u1",
    "alt": "Alt",
    "title": None,
    "custom_data": {"a": "b"},
    "focal_point": {"x": 0.5, "y": 1},
    "poster_time": None,
}


@pytest.mark.parametrize(
    ("field_type", "value", "expected"),
    [
        ("string", "", ""),
        ("boolean", False, False),
        ("integer", -(2**63), -(2**63)),
        ("float", 1, 1.0),
        ("date", "2024-02-29", date(2024, 2, 29)),
        ("date_time", "2024-02-29T23:00:00-02:00", datetime(2024, 3, 1, 1, tzinfo=UTC)),
        ("json", '{"a":NaN}', '{"a":NaN}'),
        (
            "color",
            {"red": 1, "green": 2, "blue": 3},
            {"red": 1, "green": 2, "blue": 3, "alpha": None},
        ),
        ("lat_lon", {"latitude": 1.5, "longitude": -2}, {"latitude": 1.5, "longitude": -2.0}),
        ("file", FILE, {**FILE, "custom_data": '{"a":"b"}', "focal_point": {"x": 0.5, "y": 1.0}}),
        ("gallery", [], []),
        ("link", "r9", "r9"),
        ("links", ["r9", "r8"], ["r9", "r8"]),
        ("rich_text", ["b1", "b2"], ["b1", "b2"]),
        ("single_block", "b1", "b1"),
        ("something_new", {"any": [1]}, '{"any":[1]}'),
        ("something_new", None, None),
    ],
)
def test_a_value_is_in_its_column(field_type: str, value: Json, expected: Json) -> None:
    """Each type of field has values of a type of its own; a type that is not known has JSON."""
    found = made(shape([("one", field_type)]), record({"one": value}), record({"one": None}))

    assert found.main[0]["one"] == expected
    assert found.main[1]["one"] is None
    assert found.written.misfits == {}


@pytest.mark.parametrize(
    ("field_type", "text"),
    [
        ("string", b"5"),
        ("boolean", b'"yes"'),
        ("integer", b"9223372036854775808"),
        ("integer", b"1.0"),
        ("integer", b"true"),
        ("float", b"1e400"),
        ("date", b'"10000-01-01"'),
        ("date", b'"0000-01-01"'),
        ("date", b'"2026-02-30"'),
        ("date", b"20260101"),
        ("date_time", b'"2026-02-01T10:00:00"'),
        ("date_time", b'"0001-01-01T00:00:00+05:00"'),
        ("date_time", b'"9999-12-31T23:59:59-05:00"'),
        ("json", b"{}"),
        ("color", b'{"red":"x"}'),
        ("file", b'["u1"]'),
        ("links", b'["r1",null]'),
        ("structured_text", b'{"document":5}'),
        ("structured_text", b"{}"),
        ("structured_text", b'{"document":{"type":"root","style":"\xff"}}'),
        ("structured_text", b'{"document":{"type":null}}'),
        ("something_new", b'"\xff"'),
    ],
)
def test_what_does_not_fit_is_null_counted_and_kept(field_type: str, text: bytes) -> None:
    """An odd value is null in its column alone, told by model and column, whole in `_record`."""
    of = shape([("one", field_type), ("other", "string")])
    odd = b'{"id":"r1","attributes":{"one":%b,"other":"here"}}' % text

    found = made(of, odd, record({"one": None, "other": "there"}))

    assert found.main[0]["one"] is None
    assert [row["other"] for row in found.main] == ["here", "there"]
    assert found.main[0]["_record"] == odd
    assert found.written.misfits == {("post", "one"): 1}


def test_a_record_that_cannot_be_read_is_one_misfit() -> None:
    """What even JSON readers refuse has no columns, is counted once, and is kept as it is."""
    odd = b'{"id":"r1","attributes":{"one":"\\ud800"}}'

    found = made(shape([("one", "string")]), odd, b"[]")

    assert [row["_record"] for row in found.main] == [odd, b"[]"]
    assert {row["one"] for row in found.main} == {None}
    assert found.written.misfits == {("post", "_record"): 2}


def test_localized_values_are_members_of_a_struct() -> None:
    """There is one member a locale of the project, whatever the records have."""
    of = shape([("title", "string")], localized=["title"])

    found = made(
        of,
        record({"title": {"zh-Hant-TW": "漢", "en": None}}),
        record({"title": {}}),
        record({"title": None}),
        record({}),
    )

    assert [row["title"] for row in found.main] == [
        {"en": None, "zh-Hant-TW": "漢"},
        {"en": None, "zh-Hant-TW": None},
        None,
        None,
    ]
    assert found.written.misfits == {}


def test_a_locale_that_the_project_has_no_more_is_counted() -> None:
    """Content of a locale that is gone has no column; the other locales are not touched by it."""
    of = shape([("title", "string")], localized=["title"])

    found = made(of, record({"title": {"en": "a", "nl": "b"}}), record({"title": "plain"}))

    assert found.main[0]["title"] == {"en": "a", "zh-Hant-TW": None}
    assert found.main[1]["title"] is None
    assert found.written.misfits == {("post", "title"): 2}


def test_without_locales_a_localized_field_is_json() -> None:
    """A struct needs members; content that should not be there is kept as its text."""
    of = shape([("title", "string")], localized=["title"], locales=())

    assert made(of, record({"title": {"en": "a"}})).main[0]["title"] == '{"en":"a"}'


def test_fields_named_like_our_columns_have_a_prefix() -> None:
    """No field hides an identity, and none is lost; words of SQL are names like others."""
    names = ["id", "_status", "_record", "_PATH", "select", "table"]
    of = shape([(name, "string") for name in names])

    row = made(of, record({name: name for name in names})).main[0]

    assert row["id"] == "r1"
    assert row["_status"] is None
    assert [row[f"field:{name}"] for name in names[:4]] == names[:4]
    assert [row["select"], row["table"]] == ["select", "table"]


def test_a_field_named_position_is_read_as_what_it_is() -> None:
    """Where a field stands at the place of something of ours, the field has it."""
    plain = made(shape(), record({"position": 3, "parent_id": "r0"})).main[0]
    assert (plain["_position"], plain["_parent_id"]) == (3, "r0")

    of = shape([("position", "string")])
    row = made(of, record({"position": "first", "parent_id": "r0"})).main[0]
    assert (row["_position"], row["position"], row["_parent_id"]) == (None, "first", "r0")


def test_two_hundred_fields_are_two_hundred_columns() -> None:
    """A wide model is a wide table."""
    names = [f"field_{number}" for number in range(200)]
    of = shape([(name, "integer") for name in names])

    row = made(of, record({name: number for number, name in enumerate(names)})).main[0]

    assert [row[name] for name in names] == list(range(200))


def test_records_older_than_the_schema_are_read() -> None:
    """Attributes that are no fields any more are passed over, those that are missing are null."""
    found = made(shape([("new", "string")]), record({"old": 5, "created_at": "x"}))

    assert found.main[0]["new"] is None
    assert found.written.misfits == {}


def test_members_that_are_null_have_null_columns() -> None:
    """Where an object should stand and null does, there is nothing, and that is no misfit."""
    odd = b'{"id":5,"meta":null,"attributes":null,"relationships":{"creator":{"data":null}}}'

    found = made(shape([("one", "string")]), odd)

    assert {
        value for name, value in found.main[0].items() if name not in {"_model", "_record"}
    } == {None}
    assert found.written.misfits == {("post", "id"): 1}


def test_columns_follow_from_the_shape_alone() -> None:
    """Tables of chunks with nothing in common but their model can be read as one."""
    of = shape([("title", "string"), ("size", "integer")], localized=["title"])
    first = made(of, record({"title": {"en": "a"}, "size": 1}))
    second = made(of, record({}), record({"title": 5, "size": "x"}))

    tables = [pq.read_table(io.BytesIO(one.files[None])) for one in (first, second)]
    assert tables[0].schema.equals(tables[1].schema, check_metadata=True)
    assert pa.concat_tables(tables).num_rows == 3
    assert [*Tables(of).of("current", "post").fields] == list(tables[0].schema)[:-1]


def test_columns_have_comments() -> None:
    """What people see of a field stands beside its column."""
    of = shape([("title", "string")], localized=["title"])

    found = pq.read_schema(io.BytesIO(made(of, record({})).files[None])).field("title").metadata

    assert found == {
        b"label": b"TITLE",
        b"field_type": b"string",
        b"hint": b"",
        b"localized": b"true",
    }


def test_tables_travel_to_other_processes() -> None:
    """What makes columns can be sent to where chunks are converted."""
    there: Tables = pickle.loads(pickle.dumps(Tables(shape([("one", "string")]))))  # noqa: S301 - made here

    assert "one" in [one.name for one in there.of("current", "post").fields]


def test_a_shape_is_read_from_what_a_snapshot_keeps() -> None:
    """Locales stay in the project's order, each once."""
    site = encode({"id": "1", "attributes": {"locales": ["it", "en", "it"]}})

    assert read_shape(site, [], []) == Shape(Schema({}), ("it", "en"))
    assert shape().locales == LOCALES
