"""Facts about a snapshot opened by a program: records, tables, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import datosnap
from datosnap.errors import CorruptSnapshotError, SnapshotNotFoundError, UsageError
from datosnap.store.names import ChunkFormat
from tests.support.snapshots import files_under, flip
from tests.support.tabled import Model, write_tabled

_MODELS = {
    "post": Model({"title": "string*"}, ({"title": {"en": "One", "it": None}}, {"title": None})),
    "empty": Model({"title": "string"}),
}


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("chunk_format", ["ndjson", "parquet"])
def test_both_formats_open_alike(tmp_path: Path, chunk_format: ChunkFormat) -> None:
    """The same records, the same tables, the same typed rows."""
    write_tabled(tmp_path / "a", _MODELS, chunk_format)
    opened = datosnap.open_snapshot(tmp_path / "a")

    assert opened.models() == ("post", "empty")
    assert [one.name for one in opened.tables()] == [
        *("post", "empty", "records", "links", "uploads", "versions"),
    ]
    assert opened.manifest.chunk_format == chunk_format
    assert next(opened.records("post")).startswith(b'{"type":"item","id":"post-0"')
    assert [one["id"] for one in opened.records("post", decode=True)] == ["post-0", "post-1"]
    table = opened.dataset("post").to_table(columns=["id", "title"])
    assert table.to_pylist() == [
        {"id": "post-0", "title": {"en": "One", "it": None}},
        {"id": "post-1", "title": None},
    ]
    assert opened.dataset("empty").count_rows() == 0
    assert opened.dataset("empty").schema.field("title").type == "string"


def test_names_that_are_not_there_are_wrong_requests(tmp_path: Path) -> None:
    """The message says which there are."""
    write_tabled(tmp_path / "a", _MODELS)
    opened = datosnap.open_snapshot(tmp_path / "a")

    with pytest.raises(UsageError, match="post, empty, found 'nix'"):
        opened.records("nix")
    with pytest.raises(UsageError, match="expected a table of post"):
        opened.dataset("nix")
    with pytest.raises(SnapshotNotFoundError):
        datosnap.open_snapshot(tmp_path / "nowhere")


def test_damage_is_noticed_unless_nobody_looks(tmp_path: Path) -> None:
    """A data set is opened after the hash was seen; a file that is no Parquet never."""
    write_tabled(tmp_path / "a", _MODELS)
    path = next(one for one in files_under(tmp_path / "a") if one.startswith("records/post/"))
    file = tmp_path / "a" / path
    file.write_bytes(flip(file.read_bytes(), 8 * 8))

    with pytest.raises(CorruptSnapshotError, match="is damaged"):
        datosnap.open_snapshot(tmp_path / "a").dataset("post")
    trusting = datosnap.open_snapshot(tmp_path / "a", verify=False)
    assert trusting.dataset("post").count_rows() == 2
    file.write_bytes(b"no Parquet at all")
    with pytest.raises(CorruptSnapshotError, match="cannot read"):
        trusting.dataset("post")


def test_package_has_what_it_names_and_nothing_else() -> None:
    """What is documented is there, and a slip is an error as for any module."""
    assert all(getattr(datosnap, name) is not None for name in datosnap.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'open_snapshop'"):
        getattr(datosnap, "open_snapshop")  # noqa: B009 - mypy would refuse the attribute
