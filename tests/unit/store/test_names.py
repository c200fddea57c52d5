"""Facts about the paths of a snapshot."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datosnap.errors import BackupError
from datosnap.store.names import (
    LINKS,
    RECORDS,
    Kind,
    Table,
    asset_path,
    belongs,
    chunk_path,
    is_housekeeping,
    is_ours,
    model_folder,
    model_of,
    resource_path,
    table_path,
)

MD5 = "d41d8cd98f00b204e9800998ecf8427e"
HOSTILE = (
    "",
    ".",
    "..",
    "../../etc",
    "%2e%2e%2f",
    "/absolute",
    "C:\\x",
    "nul",
    "con",
    "com1",
    "a\x00b",
    "a\nb",
    "Post",
    "1st",
    "_hidden",
    "~65",
    "x" * 300,
    "é" * 100,
    "\u202egnp",
    "a b",
    ".datosnap.lock",
)


def test_layout_is_the_documented_one() -> None:
    """Every kind of file has its place."""
    assert resource_path("menu_items") == "project/menu_items.ndjson"
    assert chunk_path("current", "post", 0, "parquet") == "records/post/current-00000.parquet"
    assert chunk_path("published", "a_b", 12, "ndjson") == "records/a_b/published-00012.ndjson"
    assert chunk_path("history", "post", 3, "ndjson.gz") == "history/post/00003.ndjson.gz"
    assert chunk_path("uploads", None, 123456, "parquet") == "uploads/uploads-123456.parquet"
    assert table_path(LINKS, "post", 0) == "tables/links/post-00000.parquet"
    assert table_path(RECORDS, "post", 7) == "tables/records/post-00007.parquet"
    quotes = Table("blocks", "Quote")
    assert table_path(quotes, "post", 0) == "tables/blocks/~51uote/post-00000.parquet"
    assert asset_path(MD5) == f"assets/d4/{MD5}"


@pytest.mark.parametrize("name", ["", "../x", "Site", "a-b", "a/b", "a\n"])
def test_resource_name_that_is_not_plain_is_a_defect(name: str) -> None:
    """The names of resources are ours; any other is refused before it becomes a path."""
    with pytest.raises(BackupError, match="plain resource name"):
        resource_path(name)


@pytest.mark.parametrize("md5", ["", "../../x", MD5.upper(), MD5 + "0", MD5 + "\n"])
def test_hash_that_is_none_is_a_defect(md5: str) -> None:
    """Only a hash names an asset's file."""
    with pytest.raises(BackupError, match="MD5"):
        asset_path(md5)


def test_chunks_have_a_model_exactly_when_they_hold_records() -> None:
    """A missing or needless model is refused."""
    with pytest.raises(BackupError, match="model"):
        chunk_path("current", None, 0, "parquet")
    with pytest.raises(BackupError, match="model"):
        chunk_path("uploads", "post", 0, "parquet")


def test_plain_api_key_is_its_folder() -> None:
    """Ordinary models are found under their own name."""
    assert model_folder("blog_post2") == "blog_post2"


@pytest.mark.parametrize("api_key", HOSTILE)
def test_hostile_api_key_becomes_a_tame_folder(api_key: str) -> None:
    """No name leads out of its folder, names a device, or is too long for a disk."""
    folder = model_folder(api_key)

    assert re.fullmatch(r"[a-z0-9_~]{1,100}", folder)
    assert folder not in {"con", "nul", "com1"}
    assert folder != api_key
    path = chunk_path("current", api_key, 0, "parquet")
    assert path.split("/") == ["records", folder, "current-00000.parquet"]
    assert belongs(path, "current", api_key)
    assert is_ours(path)


@given(st.text(max_size=60), st.text(max_size=60))
def test_folders_are_reversible_and_never_shared(first: str, second: str) -> None:
    """The folder tells the api_key, unless it is too long; two keys never share one."""
    assert model_of(model_folder(first)) in {first, None}
    assert (model_folder(first) == model_folder(second)) == (first == second)


def test_escaping_is_readable() -> None:
    """A person recognises the model in the escaped folder."""
    assert model_folder("Post") == "~50ost"
    assert model_folder("a.b") == "a~2eb"
    assert model_folder("con") == "~63on"
    assert model_of("~50ost") == "Post"
    assert model_of(model_folder("x" * 300)) is None


@pytest.mark.parametrize(
    ("path", "kind", "model"),
    [
        ("project/site.ndjson", "resource", None),
        ("records/post/current-00000.ndjson.zst", "current", "post"),
        ("records/~50ost/published-00001.parquet", "published", "Post"),
        ("history/post/00000.ndjson", "history", "post"),
        ("uploads/uploads-00000.ndjson.gz", "uploads", None),
        ("tables/links/post-00000.parquet", "table", "post"),
        ("tables/blocks/quote/~50ost-00003.parquet", "table", "Post"),
        ("schedules.ndjson", "schedules", None),
        (f"assets/d4/{MD5}", "asset", None),
    ],
)
def test_path_belongs_to_its_kind_and_model_alone(path: str, kind: Kind, model: str | None) -> None:
    """What a manifest says of a file must fit the file's path."""
    kinds: tuple[Kind, ...] = (
        "resource", "current", "published", "history", "uploads", "table", "schedules", "asset",
    )  # fmt: skip
    assert [one for one in kinds if belongs(path, one, model)] == [kind]
    assert not belongs(path, kind, "other" if model else "post")
    assert not belongs(path, kind, None if model else "post")
    assert not belongs(path + "\n", kind, model)
    assert not belongs("../" + path, kind, model)


def test_asset_belongs_only_under_its_own_first_digits() -> None:
    """An asset in another asset's folder is not ours."""
    assert not belongs(f"assets/00/{MD5}", "asset", None)


@pytest.mark.parametrize(
    "path",
    [
        "project/site.ndjson",
        "project/.site.ndjson.draft",
        "records/post/current-00000.ndjson.zst",
        "records/post/.current-00000.ndjson.zst.draft",
        "assets/.blob-17.draft",
        f"assets/d4/.{MD5}.draft",
        ".manifest.json.draft",
        ".datosnap-unfinished.json",
        "..datosnap-holder.json.draft",
        "records/",
        "records/post/",
        "tables/blocks/quote/.post-00000.parquet.draft",
        "tables/",
        "tables/links/",
        "tables/blocks/quote/",
        "assets/d4/",
    ],
)
def test_remains_of_a_run_are_ours(path: str) -> None:
    """All that a stopped run can have left is known as such."""
    assert is_ours(path)


@pytest.mark.parametrize(
    "path",
    [
        "manifest.json",
        "notes.txt",
        "records/post/notes.txt",
        "project/site.json",
        "assets/d4/photo.png",
        "records",
        "photos/",
        "tables/quote/post-00000.parquet",
        "tables/links/post-00000.ndjson",
        "assets/photos/",
        "records/post/current-00000.ndjson.zst/x",
    ],
)
def test_anything_else_is_not_ours(path: str) -> None:
    """What a run of ours cannot have written is somebody's, and is never removed."""
    assert not is_ours(path)


def test_housekeeping_is_no_part_of_a_snapshot() -> None:
    """The lock, its holder and the mark are known, and nothing else."""
    assert is_housekeeping(".datosnap.lock")
    assert is_housekeeping("..datosnap-holder.json.draft")
    assert not is_housekeeping("manifest.json")
    assert not is_housekeeping("records/.datosnap.lock")
