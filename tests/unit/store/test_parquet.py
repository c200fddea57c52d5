"""Facts about the typed columns beside the records."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datosnap.errors import CorruptSnapshotError
from datosnap.store import parquet
from datosnap.store.columns.tables import Rows, Tables
from datosnap.store.columns.values import MOMENT, moment_of
from datosnap.store.names import ChunkKind
from datosnap.store.parquet import Parquet
from tests.support.encoding import decoded, encoded

ITEM = (
    b'{"id":"r1","type":"item","attributes":{"title":"T"},"relationships":{},"meta":{'
    b'"created_at":"2024-03-12T20:08:33.887+00:00","updated_at":"2024-03-12T21:08:33.887+01:00",'
    b'"published_at":null,"first_published_at":"2018-11-24T10:00:00Z","status":"updated",'
    b'"is_valid":false,"stage":"review","current_version":"v9"}}'
)
VERSION = (
    b'{"type":"item_version","id":"v1","attributes":{"id":"no"},"relationships":{"item":{"data":'
    b'{"type":"item","id":"r1"}}},"meta":{"created_at":"2024-03-12T20:08:33.887+00:00",'
    b'"is_current":true,"is_published":false}}'
)
UPLOAD = (
    b'{"id":"u1","type":"upload","attributes":{"filename":"a b.png","mime_type":"image/png",'
    b'"size":3000000000,"md5":"d41d8cd98f00b204e9800998ecf8427e","width":640,"height":null,'
    b'"created_at":"2024-03-12T20:08:33.887Z"}}'
)
MOMENT_1 = datetime(2024, 3, 12, 20, 8, 33, 887_000, tzinfo=UTC)


def table(record: bytes, kind: ChunkKind, model: str | None = None) -> list[dict[str, object]]:
    """Write one record and read the file as any Parquet reader would."""
    data = encoded(Parquet("zstd"), [[record]], kind, model)
    return pq.read_table(io.BytesIO(data)).to_pylist()


def rows_of(records: list[bytes]) -> Rows:
    """Make typed rows of records of a project whose shape nobody knows."""
    return Tables(None).of("current", "post").rows(records)


@pytest.mark.parametrize("kind", ["current", "published"])
def test_record_has_its_typed_columns(kind: ChunkKind) -> None:
    """Analysts find a record's state and times without reading JSON."""
    assert table(ITEM, kind, "blog_post") == [
        {
            "id": "r1",
            "_model": "blog_post",
            "_status": "updated",
            "_created_at": MOMENT_1,
            "_updated_at": MOMENT_1,
            "_published_at": None,
            "_first_published_at": datetime(2018, 11, 24, 10, tzinfo=UTC),
            "_is_valid": False,
            "_stage": "review",
            "_creator": None,
            "_current_version": "v9",
            "_position": None,
            "_parent_id": None,
            "_record": ITEM,
        }
    ]


def test_version_has_its_typed_columns() -> None:
    """A version tells which record it is of, and whether it is the current one."""
    assert table(VERSION, "history", "post") == [
        {
            "id": "v1",
            "_model": "post",
            "_record_id": "r1",
            "_created_at": MOMENT_1,
            "_editor": None,
            "_is_valid": None,
            "_is_current": True,
            "_is_published": False,
            "_published_from": None,
            "_published_until": None,
            "_record": VERSION,
        }
    ]


def test_upload_has_its_typed_columns() -> None:
    """Sizes beyond 32 bits fit; a missing height is null."""
    row = table(UPLOAD, "uploads")[0]

    assert {name: value for name, value in row.items() if value is not None} == {
        "id": "u1",
        "filename": "a b.png",
        "mime_type": "image/png",
        "size": 3_000_000_000,
        "md5": "d41d8cd98f00b204e9800998ecf8427e",
        "width": 640,
        "_created_at": MOMENT_1,
        "_record": UPLOAD,
    }
    assert {"basename", "url", "format", "tags", "author", "notes", "height"} <= row.keys()


@pytest.mark.parametrize(
    ("head", "misfits"),
    [
        (b"{}", 0),
        (b'{"id":null,"meta":{"created_at":null}}', 0),
        (b'{"id":5}', 1),
        (b'{"meta":{"created_at":"soon","status":1,"is_valid":"yes"}}', 3),
        (b'{"meta":{"created_at":"2024-03-12T20:08:33.887"}}', 1),
        (b'{"meta":{"created_at":"2024-03-12T20:08:33.887001Z"}}', 1),
        (b'{"meta":{"created_at":"99999-01-01T00:00:00Z"}}', 1),
        (b'{"meta":{"created_at":"0000-01-01T00:00:00Z"}}', 1),
        (b'{"meta":{"created_at":1710274113}}', 1),
        (b'{"meta":[]}', 1),
        (b"[1,2]", 1),
        (b"not JSON", 1),
        (b'{"id":"\\ud800"}', 1),
        (b'{"x":' + b"[" * 20_000 + b"]" * 20_000 + b"}", 1),
    ],
)
def test_what_does_not_fit_is_null_and_counted(head: bytes, misfits: int) -> None:
    """No odd value stops an export or is bent to fit: it is null, counted, and in the record."""
    typed = rows_of([ITEM, head, ITEM])

    assert typed.misfits.total() == misfits
    rows = pa.table(typed.arrays).to_pylist()
    assert rows[0] == rows[2]
    assert set(rows[1].values()) == {None, "post"}


def test_times_before_1970_fit() -> None:
    """Old dates are counted backwards, to the millisecond."""
    assert moment_of("1969-12-31T23:59:59.999Z") == -1
    assert moment_of("1970-01-01T01:00:00.001+01:00") == 1


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05T10:00:00.123+00:00",
        "2026-01-05T10:00:00.1Z",
        "2026-01-05 10:00:00+0100",
        "2026-01-05T10:00+14:30",
        "2026-01-05T10:00:00.120000+00:00",
        "20260105T100000Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999+12:00",
    ],
)
def test_a_moment_is_the_same_alone_and_beside_others(text: str) -> None:
    """Whole columns are read by Arrow where it can, and always as single values would be."""
    item = b'{"meta":{"created_at":"%b"}}' % text.encode()
    expected = moment_of(text)
    assert expected is not None
    for rows in ([item], [item, b'{"meta":{"created_at":"soon"}}']):
        column = rows_of(rows).arrays["_created_at"]
        assert column.type == MOMENT.arrow
        assert column.cast(pa.int64()).to_pylist() == [expected, None][: len(rows)]


def test_row_groups_are_bounded() -> None:
    """A file is many small groups, whatever the batches, and a long record ends its own."""
    data = encoded(
        Parquet("zstd", group_max_bytes=1000),
        [[b'{"id":"%03d"}' % n for n in range(500)], [b'"%b"' % (b"x" * 5000)] * 2],
    )
    groups = pq.ParquetFile(io.BytesIO(data)).metadata

    sizes = [groups.row_group(number).num_rows for number in range(groups.num_row_groups)]
    assert sizes == [84, 84, 84, 84, 84, 81, 1]


def test_record_column_has_neither_dictionary_nor_statistics() -> None:
    """The bytes are written once; columns of few values share theirs."""
    group = pq.ParquetFile(io.BytesIO(encoded(Parquet("zstd"), [[ITEM] * 50]))).metadata.row_group(
        0
    )
    columns = {group.column(n).path_in_schema: group.column(n) for n in range(group.num_columns)}

    assert not columns["_record"].has_dictionary_page
    assert columns["_record"].statistics is None
    assert columns["_status"].has_dictionary_page
    found = columns["_created_at"].statistics
    assert found is not None
    assert found.min == MOMENT_1
    assert {column.compression for column in columns.values()} == {"ZSTD"}


def _file(schema_table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(schema_table, sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("foreign", "words"),
    [
        (pa.table({"id": ["1"]}), "expected one binary column _record"),
        (pa.table({"_record": ["text"]}), "expected one binary column _record"),
        (pa.table({"_record": pa.array([b"{}", None])}), "expected a record in every row"),
    ],
)
def test_foreign_parquet_is_refused(foreign: pa.Table, words: str) -> None:
    """A Parquet file that is not ours is no source of records."""
    with pytest.raises(CorruptSnapshotError, match=words):
        decoded(Parquet("zstd"), _file(foreign))


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" * 10, b"{}\n" * 10])
def test_other_bytes_are_refused(data: bytes) -> None:
    """What is no Parquet at all is told as damage, not as a fault of ours."""
    with pytest.raises(CorruptSnapshotError, match="cannot read Parquet"):
        decoded(Parquet("zstd"), data)


def test_swollen_row_group_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group that would not fit the memory is refused by its size, before it is read."""
    data = encoded(Parquet("zstd"), [[b'{"id":"%03d"}' % n for n in range(500)]])
    monkeypatch.setattr(parquet, "_READABLE_GROUP_BYTES", 1000)

    with pytest.raises(CorruptSnapshotError, match="expected a row group of bounded size"):
        decoded(Parquet("zstd"), data)
