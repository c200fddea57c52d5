"""Every way of keeping records gives back the very bytes, in order, without holding them all."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datosnap.errors import CorruptSnapshotError
from datosnap.store.chunks import RecordFormat
from datosnap.store.names import ChunkKind
from datosnap.store.ndjson import Ndjson
from datosnap.store.parquet import Parquet
from tests.support.encoding import decoded, encoded

FORMATS: tuple[RecordFormat, ...] = (
    Ndjson("none"),
    Ndjson("gzip"),
    Ndjson("zstd"),
    Parquet("zstd"),
    Parquet("none", group_max_bytes=1),
)
KINDS: tuple[tuple[ChunkKind, str | None], ...] = (
    ("current", "post"),
    ("published", "post"),
    ("history", "post"),
    ("uploads", None),
)
each_format = pytest.mark.parametrize("chunk_format", FORMATS, ids=repr)


SPACE = st.sampled_from(["", " ", "\t", "\r", "  \t "])
NUMBER = st.sampled_from(
    ["0", "-0", "1e2", "1.0", "1e400", "-1E-400", "18446744073709551616", "9" * 400, "0.1"]
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
STRING = st.one_of(
    TEXT.map(json.dumps),
    TEXT.map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.sampled_from([r'"\ud800"', r'"A\/"', '"\u2028\u202e\U0001f469\u200d\U0001f680"']),
)


def objects(value: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Make objects; some of their keys are those that typed columns look at."""
    key = st.one_of(STRING, st.sampled_from(['"id"', '"meta"', '"attributes"', '"created_at"']))
    member = st.tuples(key, SPACE, value).map(lambda one: f"{one[0]}{one[1]}:{one[1]}{one[2]}")
    return st.tuples(SPACE, st.lists(member, max_size=5)).map(
        lambda parts: f"{parts[0]}{{{parts[0]}" + ",".join(parts[1]) + f"{parts[0]}}}{parts[0]}"
    )


VALUE = st.recursive(
    st.one_of(STRING, NUMBER, st.sampled_from(["null", "true", "false"])),
    lambda inner: st.one_of(
        st.tuples(SPACE, st.lists(inner, max_size=4)).map(
            lambda parts: f"[{parts[0]}" + f"{parts[0]},".join(parts[1]) + f"{parts[0]}]"
        ),
        objects(inner),
    ),
    max_leaves=12,
)
RECORD = objects(VALUE).map(lambda text: text.encode("utf-8"))


@each_format
@settings(max_examples=50, deadline=None)
@given(of=st.sampled_from(KINDS), batches=st.lists(st.lists(RECORD, max_size=4), max_size=3))
def test_any_json_comes_back_byte_for_byte(
    chunk_format: RecordFormat, of: tuple[ChunkKind, str | None], batches: list[list[bytes]]
) -> None:
    """Big numbers, odd spaces, repeated keys, every script: the bytes are the same."""
    data = encoded(chunk_format, batches, *of)

    assert decoded(chunk_format, data) == [record for batch in batches for record in batch]


@each_format
def test_bytes_that_are_no_json_come_back_too(chunk_format: RecordFormat) -> None:
    """What is kept does not depend on being understood."""
    strange = [b"", b"\xff\xfe\x00", b"[" * 5000, b'{"id":', b"NaN", b"\r", b'{"id":"\\ud800"}']

    assert decoded(chunk_format, encoded(chunk_format, [strange])) == strange


@each_format
def test_files_are_the_same_on_every_run(chunk_format: RecordFormat) -> None:
    """No time and no chance gets into a file."""
    batches = [[b'{"id":"1"}', b'{"id":"2"}'], [b'{"id":"3"}']]

    assert encoded(chunk_format, batches) == encoded(chunk_format, batches)


class CountingFile(io.BytesIO):
    """A file that counts what was read of it."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.bytes_read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read and count."""
        data = super().read(size)
        self.bytes_read += len(data)
        return data


@pytest.mark.parametrize(
    "chunk_format", [*FORMATS[:3], Parquet("zstd", group_max_bytes=500_000)], ids=repr
)
def test_reading_holds_one_batch_at_a_time(chunk_format: RecordFormat) -> None:
    """The first record is there after a small part of a large file was read."""
    draw = Random(7)  # noqa: S311 - a repeatable draw is wanted
    batches = [[draw.randbytes(5000).hex().encode() for _ in range(50)] for _ in range(60)]
    file = CountingFile(encoded(chunk_format, batches))

    rows = chunk_format.rows(file)
    assert next(rows) == batches[0][0]

    assert file.bytes_read < len(file.getvalue()) / 8
    assert sum(1 for _ in rows) == 50 * 60 - 1


@each_format
def test_cut_file_is_refused_wherever_it_is_cut(chunk_format: RecordFormat) -> None:
    """A file that ends early never reads as a shorter one, unless whole lines were cut off."""
    records = [[b'{"id":"1","n":1}', b'{"id":"2","n":2}'], [b'{"id":"3","n":3}']]
    data = encoded(chunk_format, records)
    for size in range(1, len(data)):
        try:
            found = decoded(chunk_format, data[:size])
        except CorruptSnapshotError:
            continue
        assert isinstance(chunk_format, Ndjson)
        assert found == [record for batch in records for record in batch][: len(found)]


def _bomb(line: bytes, times: int) -> Iterator[bytes]:
    codec = pa.Codec("zstd")
    for _ in range(times):
        yield codec.compress(line, asbytes=True)


def test_line_without_end_is_refused_in_bounded_memory() -> None:
    """A few bytes that unpack to a line without end are refused before they fill the memory."""
    data = b"".join(_bomb(bytes(16 * 1024 * 1024), 40))
    assert len(data) < 100_000

    with pytest.raises(CorruptSnapshotError, match="expected a line, found none in 2"):
        decoded(Ndjson("zstd"), data)


@pytest.mark.parametrize(
    ("chunk_format", "command"),
    [
        (Ndjson("zstd"), ["zstd", "--decompress", "--stdout"]),
        (Ndjson("gzip"), ["gzip", "--decompress", "--stdout"]),
    ],
    ids=["zstd", "gzip"],
)
def test_any_tool_reads_the_frames_of_all_batches(
    chunk_format: RecordFormat, command: list[str]
) -> None:
    """The ordinary tool gives all lines, though each batch is a frame of its own."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    batches = [[f'{{"id":"{10 * n + k}"}}'.encode() for k in range(10)] for n in range(5)]

    found = subprocess.run(
        command, input=encoded(chunk_format, batches), capture_output=True, check=True
    )

    assert found.stdout.splitlines() == [record for batch in batches for record in batch]


def test_each_batch_is_one_frame() -> None:
    """A zstd file is as many frames as there were batches, each readable by itself."""
    batches = [[b"a" * 100], [b"b" * 200, b"c"], [b"d"]]
    frames = [encoded(Ndjson("zstd"), [batch]) for batch in batches]

    assert encoded(Ndjson("zstd"), batches) == b"".join(frames)
    assert decoded(Ndjson("zstd"), b"".join(frames[1:])) == [b"b" * 200, b"c", b"d"]


def test_parquet_pages_carry_checksums_that_are_verified() -> None:
    """Changed bytes of a page are noticed by the page's own checksum."""
    data = encoded(Parquet("none"), [[b'{"id":"%d"}' % n for n in range(1000)]])
    place = data.index(b'{"id":"500"}')
    changed = data[: place + 7] + b"9" + data[place + 8 :]

    assert pq.read_table(io.BytesIO(changed)).num_rows == 1000  # unverified, it is not noticed
    with pytest.raises(CorruptSnapshotError, match="CRC"):
        decoded(Parquet("none"), changed)
