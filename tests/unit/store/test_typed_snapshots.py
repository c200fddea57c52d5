"""A snapshot names the tables beside its records, and follows them when records are revised."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from datosnap.core.jsontext import encode
from datosnap.store.columns.shape import Shape
from datosnap.store.manifest import Misfit
from datosnap.store.snapshot import Snapshot
from datosnap.store.snapshot_writer import SnapshotWriter
from datosnap.store.verification import check
from tests.support.snapshots import facts, files_under
from tests.support.typed_tables import block, record, shape

SHAPE = shape([("parts", "rich_text"), ("size", "integer")], block=[("text", "string")])
POSTS = [
    encode(record({"parts": [block({"text": "x"}, f"b{n}")], "size": "odd"}, f"r{n}"))
    for n in range(20)
]
IDENTITY = {"project": "1"}


def begin(root: Path, of: Shape | None = SHAPE) -> SnapshotWriter:
    """Begin a Parquet snapshot of small chunks."""
    return SnapshotWriter.begin(
        root, chunk_format="parquet", shape=of, chunk_max_bytes=1_500, identity=IDENTITY
    )


def keep(writer: SnapshotWriter, posts: list[bytes]) -> None:
    """Add posts as they come, a few at a time."""
    for start in range(0, len(posts), 5):
        writer.keep("current", "post", posts[start : start + 5])


def tables(root: Path) -> list[str]:
    """List the parts of tables."""
    return [one for one in files_under(root) if one.startswith("tables/")]


def test_tables_are_files_of_the_snapshot(tmp_path: Path) -> None:
    """Each chunk has its parts, which are counted and vouched for; misfits are in the manifest."""
    with begin(tmp_path) as writer:
        keep(writer, POSTS)
        assert writer.publish("current", "post") == 20
        assert list(writer.rows("current", "post")) == POSTS
        manifest = writer.commit(facts())

    named = {one.path: one for one in manifest.files if one.kind == "table"}
    assert sorted(named) == tables(tmp_path)
    chunks = len([one for one in manifest.files if one.kind == "current"])
    assert chunks > 1
    assert len(named) == 2 * chunks
    assert sum(one.rows or 0 for one in named.values() if "blocks" in one.path) == 20
    assert {one.model for one in named.values()} == {"post"}
    assert manifest.misfits == (Misfit("post", "size", 20),)
    assert check(tmp_path).damages == ()
    assert list(Snapshot.open(tmp_path).rows("current", "post")) == POSTS


def test_a_damaged_table_is_noticed(tmp_path: Path) -> None:
    """A changed byte of a table is damage, although no record is lost by it."""
    with begin(tmp_path) as writer:
        keep(writer, POSTS)
        writer.publish("current", "post")
        writer.commit(facts())
    path = tmp_path / tables(tmp_path)[0]
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    assert [one.path for one in check(tmp_path).damages] == [tables(tmp_path)[0]]


def test_tables_follow_records_that_are_revised(tmp_path: Path) -> None:
    """Rows of tables go with the chunks they were made of; misfits are those of what is there."""
    fixed = [encode(record({"parts": [], "size": 1}, "r1"))]
    with begin(tmp_path) as writer:
        keep(writer, POSTS)
        writer.publish("current", "post")
        before = tables(tmp_path)
        assert writer.revise("current", "post", fixed) == 1
        manifest = writer.commit(facts())

    after = tables(tmp_path)
    assert not set(before) & set(after)
    assert [pq.read_table(tmp_path / one)["id"].to_pylist() for one in after] == [["r1"]]
    assert manifest.misfits == ()
    assert check(tmp_path).damages == ()


def test_a_run_that_goes_on_keeps_tables_and_misfits(tmp_path: Path) -> None:
    """What was published before is not made again, and what did not fit is not forgotten."""
    with begin(tmp_path) as writer:
        keep(writer, POSTS)
        writer.publish("current", "post")
    with begin(tmp_path) as writer:
        assert writer.publish("current", "post") == 20
        manifest = writer.commit(facts())

    assert manifest.misfits == (Misfit("post", "size", 20),)
    assert check(tmp_path).damages == ()


def test_tables_of_a_cut_off_list_are_dropped(tmp_path: Path) -> None:
    """Parts that no journal names are made anew with their chunks."""
    with begin(tmp_path) as writer:
        keep(writer, POSTS)
        writer.mark("current", "post", 20)
        assert tables(tmp_path)
    with begin(tmp_path) as writer:
        assert tables(tmp_path) == []
        writer.publish("current", "post")
        writer.commit(facts())

    assert check(tmp_path).damages == ()


def test_without_a_shape_there_are_no_tables(tmp_path: Path) -> None:
    """Records of a project that nobody described have the columns that all projects have."""
    with begin(tmp_path, None) as writer:
        keep(writer, POSTS)
        writer.publish("current", "post")
        manifest = writer.commit(facts())

    assert tables(tmp_path) == []
    assert manifest.misfits == ()
