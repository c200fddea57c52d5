"""Typed columns hold what a slow and obvious conversion gives, and never touch the records."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datosnap.core.jsontext import Json, JsonObject
from datosnap.store.columns.shape import Shape
from datosnap.store.columns.tables import Tables
from datosnap.store.names import LINKS, RECORDS, Table
from datosnap.store.parquet import Parquet
from tests.support.contents import LOCALES, Content, contents, records
from tests.support.encoding import decoded, encoded_tables
from tests.support.reference_columns import Reference

WILD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([2**63, -(2**63) - 1, 10**400, "", "0000-01-01", "2026-02-30", "soon"]),
    st.sampled_from(["2026-02-01", "1969-12-31T23:59:59.999Z", "99999-01-01T00:00:00Z"]),
    st.sampled_from([[], {}, [1], ["a", None], {"en": "x"}, {"red": "x"}, {"nl": 1}]),
)


@st.composite
def projects(draw: st.DrawFn) -> tuple[Content, list[JsonObject]]:
    """Draw a project's schema and a few records of one model, some of their values wild."""
    content = draw(contents())
    drawn = draw(st.lists(records(content.schema, content.model), max_size=3))
    for one in drawn:
        for key in one["attributes"]:
            if not draw(st.integers(0, 5)) and _is_plain(content, key):
                one["attributes"][key] = draw(WILD)
    return content, [content.record, *drawn]


def _is_plain(content: Content, key: str) -> bool:
    """Tell whether a value may be anything without the walk for blocks and links losing its way."""
    found = content.model.fields.get(key)
    kinds = {"string", "integer", "float", "boolean", "date", "date_time", "color", "lat_lon"}
    return found is not None and found.field_type in kinds


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(project=projects())
def test_columns_are_those_of_the_obvious_conversion(
    project: tuple[Content, list[JsonObject]],
) -> None:
    """Every column of every table has the values, nulls and misfits of the slow conversion."""
    content, given_records = project
    model = content.model
    texts = [
        json.dumps(one, separators=(",", ":"), ensure_ascii=False).encode() for one in given_records
    ]
    tables = Tables(Shape(content.schema, LOCALES))
    settings_ = Parquet("zstd", tables=tables)
    files, written = encoded_tables(settings_, [texts], model.api_key)

    reference = Reference(content.schema, LOCALES)
    main = _rows(files[None])
    assert decoded(settings_, files[None]) == texts
    for row, record in zip(main, given_records, strict=True):
        expected = reference.fields(model, record["attributes"], None)
        assert {key: row[key] for key in expected} == expected
    blocks = [one for record in given_records for one in reference.blocks(model, record)]
    for owner in content.schema.block_models:
        found = _rows(files.get(Table("blocks", owner.api_key)))
        for row in found:
            row.pop("_position")
        own = [row for name, row in blocks if name == owner.api_key]
        assert _sorted(found) == _sorted(own)
    links = [one for record in given_records for one in reference.links(model, record)]
    assert _sorted(_rows(files.get(LINKS))) == _sorted(links)
    slim = _rows(files[RECORDS])
    assert [one["id"] for one in slim] == [one["id"] for one in given_records]
    assert +reference.misfits == written.misfits


def _rows(data: bytes | None) -> list[dict[str, Json]]:
    return [] if data is None else pq.read_table(io.BytesIO(data)).to_pylist()


def _sorted(rows: Iterable[JsonObject]) -> list[JsonObject]:
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True, default=str))
