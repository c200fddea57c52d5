"""Facts about how the columns of Parquet files are encoded."""

from __future__ import annotations

import io
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datosnap.store.encodings import Encodings
from datosnap.store.row_groups import RowGroups
from tests.support.encoding import MemorySink

_TEXT = pa.field("body", pa.string(), metadata={"field_type": "text"})
_FILE = pa.struct([("upload_id", pa.string()), ("custom_data", pa.string()), ("size", pa.int64())])
_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("_status", pa.string()),
        pa.field("title", pa.struct([("en", pa.string()), ("it", pa.string())])),
        _TEXT,
        pa.field("gallery", pa.list_(_FILE)),
        pa.field("_record", pa.binary()),
    ]
)


def rows() -> list[dict[str, object]]:
    """Make rows with ids in order and texts of few words, as people's are."""
    draw = Random(3)  # noqa: S311 - a repeatable draw is wanted
    words = ["".join(draw.choices("aeiounrstlm", k=draw.randint(2, 9))) for _ in range(900)]
    weights = [1 / rank for rank in range(1, 901)]  # unevenly used, as words are
    ids = sorted(f"{draw.getrandbits(128):032x}" for _ in range(3_000))
    return [
        {
            "id": one,
            "_status": "draft",
            "title": {"en": " ".join(draw.choices(words, weights, k=5)), "it": None},
            "body": " ".join(draw.choices(words, weights, k=draw.randint(20, 60))),
            "gallery": [{"upload_id": f"u{one}", "custom_data": "{}", "size": len(one)}],
            "_record": b"{}",
        }
        for one in ids
    ]


@pytest.fixture(scope="module")
def table() -> pa.RecordBatch:
    """Give the rows as Arrow has them."""
    return pa.RecordBatch.from_pylist(rows(), schema=_SCHEMA)


def written(table: pa.RecordBatch, *, presses_hard: bool = False) -> bytes:
    """Write a file of them."""
    sink = MemorySink()
    groups = RowGroups(sink, _SCHEMA, "zstd", presses_hard=presses_hard)
    groups.add(table)
    groups.finish()
    return sink.data


def test_texts_are_told_by_their_paths() -> None:
    """Ids share beginnings, other texts have their lengths apart, repeated ones a dictionary."""
    found = Encodings.of(_SCHEMA)

    assert found.dictionaries == ["_status", "gallery.list.element.custom_data"]
    assert found.texts == {
        "id": "DELTA_BYTE_ARRAY",
        "title.en": "DELTA_LENGTH_BYTE_ARRAY",
        "title.it": "DELTA_LENGTH_BYTE_ARRAY",
        "body": "DELTA_LENGTH_BYTE_ARRAY",
        "gallery.list.element.upload_id": "DELTA_LENGTH_BYTE_ARRAY",
    }
    assert set(found.statistics) == {
        *(*found.dictionaries, *found.texts, "gallery.list.element.size"),
    } - {"body"}


def test_columns_of_a_file_are_encoded_as_chosen(table: pa.RecordBatch) -> None:
    """The paths are those that Parquet knows the leaves by, or nothing would come of it."""
    group = pq.ParquetFile(io.BytesIO(written(table))).metadata.row_group(0)
    columns = {group.column(n).path_in_schema: group.column(n) for n in range(group.num_columns)}
    chosen = Encodings.of(_SCHEMA)

    assert set(columns) == {*chosen.dictionaries, *chosen.texts, *chosen.statistics, "_record"}
    for path, encoding in chosen.texts.items():
        assert encoding in columns[path].encodings, path
    for path in chosen.dictionaries:
        assert columns[path].has_dictionary_page, path
    assert {path for path, one in columns.items() if one.statistics is None} == {"body", "_record"}


def test_texts_weigh_less_than_plain_ones(table: pa.RecordBatch) -> None:
    """Ids in order and texts with their lengths apart leave less to compress."""
    plain = io.BytesIO()
    whole = pa.Table.from_batches([table])
    pq.write_table(whole, plain, compression="zstd", compression_level=3, use_dictionary=False)

    assert len(written(table)) < 0.98 * len(plain.getvalue())


@pytest.mark.parametrize("presses_hard", [False, True])
def test_values_come_back(table: pa.RecordBatch, *, presses_hard: bool) -> None:
    """Every value is read as it was, pressed hard or not."""
    data = written(table, presses_hard=presses_hard)

    assert pq.read_table(io.BytesIO(data)).to_pylist() == table.to_pylist()


def test_files_pressed_hard_are_smaller(table: pa.RecordBatch) -> None:
    """What holds no records is pressed as far as it pays."""
    assert len(written(table, presses_hard=True)) < len(written(table))
