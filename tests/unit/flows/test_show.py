"""What is in a snapshot is told from its small files; one entry is found in the chunks."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.core.jsontext import decode_object, encode
from datosnap.errors import CorruptSnapshotError, SnapshotNotFoundError, UsageError
from datosnap.flows.progress import Silent
from datosnap.flows.show import Copy, describe, find_copies, pretty, pretty_copies
from datosnap.store.names import ChunkFormat, Compression
from datosnap.store.snapshot_writer import SnapshotWriter
from tests.support.snapshots import FORMATS, Content, facts, flip, record, write_snapshot

SCHEMA = (
    b'{"type":"item_type","id":"p","attributes":{"api_key":"post","name":"Post"}}',
    b'{"type":"item_type","id":"b","attributes":{"api_key":"quote","modular_block":true}}',
    b'{"type":"item_type","id":"a","attributes":{"api_key":"aside","modular_block":true}}',
)
SITE = b'{"type":"site","id":"1","attributes":{"locales":["en","pt-BR"]}}'
# What a reader that goes through floats, or through a value of any kind, would not give back.
ODD = (
    b'{"id":"odd","type":"item","attributes":{"big":18446744073709551617,"exact":1e2,'
    b'"zero":-0,"long":0.1000000000000000055511151231257827,"text":"\xe2\x84\x96","e":"\\u00e9"},'
    b'"meta":{"status":"draft"}}'
)


def version(number: int, of: str) -> bytes:
    """Make a version of a record."""
    owner = {"data": {"type": "item", "id": of}}
    return encode({"type": "item_version", "id": f"v-{number}", "relationships": {"item": owner}})


def write(
    root: Path, chunk_format: ChunkFormat = "ndjson", compression: Compression = "zstd"
) -> Path:
    """Write a snapshot of two models in which one id is in every place."""
    rows: tuple[tuple[str, str | None, tuple[bytes, ...]], ...] = (
        ("current", "post", (record(1), ODD, record(2))),
        ("current", "tag", (record(3),)),
        ("published", "post", (record(1), record(2))),
        ("history", "post", tuple(version(n, f"record-{n % 2 + 1}") for n in range(1200))),
        ("uploads", None, (record(3), record(9))),
    )
    with SnapshotWriter.begin(root, chunk_format=chunk_format, compression=compression) as writer:
        writer.resources("site", [SITE])
        writer.resources("item_types", SCHEMA)
        for kind, model, held in rows:
            chunk = writer.chunks(kind, model)  # type: ignore[arg-type] # plain text in the table
            chunk.write(held)
            chunk.close()
        writer.commit(facts(Content().totals, uploads=2))
    return root


def kinds(copies: tuple[Copy, ...]) -> list[tuple[str, str | None]]:
    """Give kind and model of each copy."""
    return [(one.kind, one.model) for one in copies]


def test_the_description_counts_what_the_manifest_counts(tmp_path: Path) -> None:
    """Models with their names and sizes, block models, locales, and files by kind."""
    shown = describe(write(tmp_path / "s"))

    entries = shown.manifest.files
    post, tag = shown.models
    assert (post.model, post.name, post.records, post.api_total) == ("post", "Post", 12, 12)
    assert (tag.model, tag.name, tag.records) == ("tag", "", 0)
    assert post.bytes == sum(one.bytes for one in entries if one.model == "post") > 0
    assert shown.block_models == ("aside", "quote")
    assert shown.locales == ("en", "pt-BR")
    assert shown.kind("history").rows == 1200
    assert shown.kind("uploads").files == 1
    assert shown.bytes == sum(one.bytes for one in entries)


def test_what_is_not_there_counts_as_nothing(tmp_path: Path) -> None:
    """A snapshot without history, schema and assets is described all the same."""
    write_snapshot(tmp_path / "s", content=Content(versions=(), assets=()))

    shown = describe(tmp_path / "s")

    assert (shown.kind("asset").files, shown.kind("asset").bytes) == (0, 0)
    assert shown.locales == shown.block_models == ()
    assert [one.name for one in shown.models] == ["", ""]


def test_a_description_reads_no_chunk(tmp_path: Path) -> None:
    """Chunks and assets may be damaged, or gone: the description is the same."""
    root = write(tmp_path / "s")
    before = describe(root)
    for folder in ("records", "history", "uploads"):
        for path in (root / folder).rglob("*.zst"):
            path.unlink()

    assert describe(root) == before


@pytest.mark.parametrize(("chunk_format", "compression"), FORMATS)
def test_all_copies_of_a_record_are_found(
    tmp_path: Path, chunk_format: ChunkFormat, compression: Compression
) -> None:
    """Current content, published content, and with history every version, byte for byte."""
    root = write(tmp_path / "s", chunk_format, compression)

    without = find_copies(root, "record-2", history=False, progress=Silent())
    with_history = find_copies(root, "record-2", history=True, progress=Silent())

    assert kinds(without) == [("current", "post"), ("published", "post")]
    assert [one.resource for one in without] == [record(2), record(2)]
    assert with_history[:2] == without
    assert [one.resource for one in with_history[2:]] == [
        version(number, "record-2") for number in range(1, 1200, 2)
    ]


def test_a_record_and_an_upload_may_share_an_id(tmp_path: Path) -> None:
    """Old projects number both: both are given."""
    found = find_copies(write(tmp_path / "s"), "record-3", history=False, progress=Silent())

    assert kinds(found) == [("current", "tag"), ("uploads", None)]


def test_a_version_is_found_by_its_own_id(tmp_path: Path) -> None:
    """It alone, and only where versions are looked at."""
    root = write(tmp_path / "s")

    (found,) = find_copies(root, "v-7", history=True, progress=Silent())

    assert found == Copy("history", "post", version(7, "record-2"))
    with pytest.raises(UsageError, match="--history looks at versions too"):
        find_copies(root, "v-7", history=False, progress=Silent())


def test_what_is_not_there_is_told_plainly(tmp_path: Path) -> None:
    """The message names the place and the id."""
    with pytest.raises(UsageError, match=r"has no record or upload with the id 'nope'$"):
        find_copies(write(tmp_path / "s"), "nope", history=True, progress=Silent())


def test_a_search_tells_how_far_it_is(tmp_path: Path) -> None:
    """In strides, so that telling costs nothing."""

    class Counting(Silent):
        rows = 0

        def advance(self, done: int = 1) -> None:
            self.rows += done

    counting = Counting()
    find_copies(write(tmp_path / "s"), "record-2", history=True, progress=counting)

    assert counting.rows == 1000


def test_a_damaged_chunk_is_never_searched(tmp_path: Path) -> None:
    """A changed bit is met before the first record of its file is looked at."""
    root = write(tmp_path / "s")
    path = next((root / "records" / "post").glob("current-*"))
    path.write_bytes(flip(path.read_bytes(), 99))

    with pytest.raises(CorruptSnapshotError, match="current-00000"):
        find_copies(root, "record-1", history=False, progress=Silent())


def test_without_a_snapshot_there_is_nothing_to_show(tmp_path: Path) -> None:
    """An empty folder is no snapshot."""
    with pytest.raises(SnapshotNotFoundError):
        describe(tmp_path)
    with pytest.raises(SnapshotNotFoundError):
        find_copies(tmp_path, "record-1", history=False, progress=Silent())


def test_indenting_changes_nothing_but_spaces() -> None:
    """Integers beyond 64 bits, exponents, signs, escapes: all as they were sent."""
    text = pretty(ODD)

    assert b'  "id": "odd",\n' in text
    for part in (b"18446744073709551617", b"1e2", b"-0", b"0.1000000000000000055511151231257827"):
        assert b": " + part in text
    assert b"".join(line.strip() for line in text.splitlines()).replace(b'": ', b'":') == ODD


def test_copies_in_one_document_are_as_they_were_sent() -> None:
    """One document with each resource inside, its numbers untouched."""
    text = pretty_copies("odd", [Copy("current", "post", ODD)])

    told = decode_object(text)
    assert told["id"] == "odd"
    assert [(one["kind"], one["model"]) for one in told["copies"]] == [("current", "post")]
    assert b'"big": 18446744073709551617' in text
    assert b'"long": 0.1000000000000000055511151231257827' in text
