"""Facts about questions in SQL: which tables there are, whatever the snapshot's format or place."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import anyio
import pytest
from anyio import from_thread

from datosnap.core.jsontext import Json
from datosnap.errors import CorruptSnapshotError, SnapshotNotFoundError, UsageError
from datosnap.flows.progress import Silent
from datosnap.flows.query import answer, list_tables, open_across, open_one
from datosnap.flows.reading import ReadOptions
from datosnap.store.cache import Cache
from datosnap.store.duck import Answer
from datosnap.store.library import Library
from datosnap.store.locations import Where
from datosnap.store.names import ChunkFormat
from tests.support.object_stores import MemoryStore
from tests.support.snapshots import files_under, flip, write_snapshot
from tests.support.tabled import Model, write_tabled

_PATIENCE_S = 20
_BLOCK = {
    "type": "item",
    "id": "b1",
    "attributes": {"text": "wörds"},
    "relationships": {"item_type": {"data": {"type": "item_type", "id": "quote"}}},
}
_MODELS = {
    "post": Model(
        {"title": "string*", "price": "integer", "body": "rich_text", "author": "link"},
        (
            {"title": {"en": "One", "it": None}, "price": 1, "body": [_BLOCK], "author": "table-0"},
            {"title": {"en": "Two", "it": "Due"}, "price": "much", "body": [], "author": None},
            {"title": {"en": "Three"}},
        ),
        ("published", "draft", "updated"),
        ({"title": {"en": "Old three"}},),
    ),
    "table": Model({"order": "string", "id": "string"}, ({"order": "x", "id": "own"},)),
    "links": Model({"url": "string"}, ({"url": "https://example.com"},)),
    "empty": Model({"title": "string*", "when": "date_time"}),
    "quote": Model({"text": "text"}, is_block=True),
}


@pytest.fixture
def options(tmp_path: Path) -> ReadOptions:
    """Keep what is made for reading inside the test's folder."""
    return ReadOptions(cache=Cache(tmp_path / "cache"))


def ask(libraries: dict[str | None, Library], sql: str) -> list[tuple[Json, ...]]:
    """Give all rows of an answer."""
    rows: list[tuple[Json, ...]] = []

    def tell(found: Answer) -> None:
        rows.extend(found.rows())

    anyio.run(partial(answer, libraries, sql, memory="200MB", tell=tell))
    return rows


@pytest.fixture(
    params=["parquet", "ndjson", "old parquet", "object store", "ndjson far away"], scope="module"
)
def libraries(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str | None, Library]:
    """Open the same content from every format and place."""
    kind, folder = str(request.param), tmp_path_factory.mktemp("asked")
    where: Where = folder / "snapshot"
    if kind in {"object store", "ndjson far away"}:
        where = MemoryStore().place()
    chunk_format: ChunkFormat = "ndjson" if "ndjson" in kind else "parquet"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        write_tabled(where, _MODELS, chunk_format, shaped=kind != "old parquet")
    return open_one(where, ReadOptions(cache=Cache(folder / "cache")), Silent())


def test_same_questions_have_the_same_answers(libraries: dict[str | None, Library]) -> None:
    """Typed columns, blocks, links and slim records, whatever the format and the place."""
    assert ask(libraries, "SELECT id, title.en, price, _status FROM post ORDER BY id") == [
        ("post-0", "One", 1, "published"),
        ("post-1", "Two", None, "draft"),
        ("post-2", "Three", None, "updated"),
    ]
    assert ask(libraries, "SELECT text, _record_id, _path FROM quote") == [
        ("wörds", "post-0", "body.0")
    ]
    assert ask(libraries, "SELECT title.en FROM published.post ORDER BY 1") == [
        ("Old three",),
        ("One",),
    ]
    assert ask(libraries, "SELECT target_id FROM datosnap.links") == [("table-0",)]
    assert ask(libraries, "SELECT model, count(*) FROM records GROUP BY 1 ORDER BY 1") == [
        ("links", 1),
        ("post", 3),
        ("table", 1),
    ]


def test_model_hides_a_table_of_ours_and_no_more(libraries: dict[str | None, Library]) -> None:
    """`links` is the project's own model, and ours has its place beside it."""
    assert ask(libraries, "SELECT url FROM links") == [("https://example.com",)]


def test_words_of_sql_are_names_when_quoted(libraries: dict[str | None, Library]) -> None:
    """A field named like one of our columns has a prefix."""
    assert ask(libraries, 'SELECT id, "order", "field:id" FROM "table"') == [
        ("table-0", "x", "own")
    ]


def test_empty_model_has_its_columns_and_no_rows(libraries: dict[str | None, Library]) -> None:
    """Questions about it are answered instead of refused."""
    assert ask(libraries, 'SELECT title.it, "when", _created_at FROM "empty"') == []
    assert ask(libraries, "SELECT count(*) FROM published.empty") == [(0,)]


def test_tables_are_told_with_what_people_say_of_them(tmp_path: Path, options: ReadOptions) -> None:
    """Names, counts, types, labels and hints; of blocks too, and in every space."""
    write_tabled(tmp_path / "a", _MODELS)
    tables = list_tables(open_one(tmp_path / "a", options, Silent()))

    told = {(one.space, one.name): one for one in tables}
    assert {name for space, name in told if space == "main"} == {
        *_MODELS,
        "records",
        "uploads",
        "versions",
    }
    assert {name for space, name in told if space == "published"} == {*_MODELS} - {"quote"}
    post = told["main", "post"]
    assert post.rows == 3
    assert told["published", "post"].rows is None
    title = next(one for one in post.columns if one.name == "title")
    assert (title.type, title.comment) == (
        "struct<en: string, it: string>",
        "Title: all about title",
    )


def test_statement_may_look_for_tables_itself(tmp_path: Path, options: ReadOptions) -> None:
    """Then all of them are there."""
    write_tabled(tmp_path / "a", _MODELS)
    libraries = open_one(tmp_path / "a", options, Silent())

    names = [str(row[0]) for row in ask(libraries, "SHOW TABLES")]
    assert set(names) >= {*_MODELS, "records"}


def test_only_files_of_tables_that_are_named_are_read(tmp_path: Path, options: ReadOptions) -> None:
    """Damage to one model's file ends questions about it, and no other."""
    write_tabled(tmp_path / "a", _MODELS)
    damage(tmp_path / "a", "records/post/")
    libraries = open_one(tmp_path / "a", options, Silent())

    assert ask(libraries, 'SELECT count(*) FROM "table"') == [(1,)]
    with pytest.raises(CorruptSnapshotError, match=r"records/post/current-00000\.parquet"):
        ask(libraries, "SELECT count(*) FROM post")


def test_hashes_are_not_looked_at_on_demand(tmp_path: Path) -> None:
    """A changed record that nobody asks for goes unnoticed then, and the question is answered."""
    write_tabled(tmp_path / "a", _MODELS)
    damage(tmp_path / "a", "records/table/", bit=40 * 8)
    trusting = ReadOptions(verify=False, cache=Cache(tmp_path / "cache"))

    libraries = open_one(tmp_path / "a", trusting, Silent())
    assert ask(libraries, 'SELECT count(*) FROM "table"') == [(1,)]


def test_conversion_is_made_once(tmp_path: Path, options: ReadOptions) -> None:
    """The second question reads what the first one made; another snapshot has its own."""
    write_tabled(tmp_path / "a", _MODELS, "ndjson")
    sql = "SELECT count(*) FROM post"
    assert ask(open_one(tmp_path / "a", options, Silent()), sql) == [(3,)]
    made = {path: (tmp_path / "cache" / path).stat().st_mtime_ns for path in kept(tmp_path)}
    assert ask(open_one(tmp_path / "a", options, Silent()), sql) == [(3,)]

    assert {path: (tmp_path / "cache" / path).stat().st_mtime_ns for path in kept(tmp_path)} == made
    write_tabled(tmp_path / "b", {"post": Model()}, "ndjson")
    assert ask(open_one(tmp_path / "b", options, Silent()), sql) == [(0,)]


def test_object_store_is_asked_for_named_tables_once(tmp_path: Path, options: ReadOptions) -> None:
    """What was fetched stays, verified; what is not asked for is not fetched."""
    store = MemoryStore()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        write_tabled(store.place(), _MODELS)
    for _ in range(2):
        ask(open_one(store.place(), options, Silent()), 'SELECT * FROM "table"')

    read = [call for call in store.calls if call.startswith("read backups") and ".parquet" in call]
    assert read == ["read backups/a/b/records/table/current-00000.parquet"]
    assert [path for path in kept(tmp_path) if path.endswith(".parquet")] == [
        f"{kept(tmp_path)[0].partition('/')[0]}/records/table/current-00000.parquet"
    ]


@pytest.mark.parametrize("file", ["records/post", "manifest"])
def test_damaged_snapshot_among_many_is_named(
    tmp_path: Path, options: ReadOptions, file: str
) -> None:
    """Its files have the same names as those of all others."""
    for night in ("mon", "tue", "wed"):
        write_tabled(tmp_path / "nights" / night, _MODELS)
    damage(tmp_path / "nights" / "tue", file)

    with pytest.raises(CorruptSnapshotError, match=r"^'tue': "):
        ask(open_across(tmp_path / "nights", options, Silent()), "SELECT count(*) FROM post")


def test_copy_that_was_damaged_in_the_cache_is_fetched_again(
    tmp_path: Path, options: ReadOptions
) -> None:
    """It is checked whenever it is read, and says nothing about the snapshot itself."""
    store = MemoryStore()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        write_tabled(store.place(), _MODELS)
    sql = 'SELECT "field:id" FROM "table"'
    assert ask(open_one(store.place(), options, Silent()), sql) == [("own",)]
    whole = (tmp_path / "cache" / kept(tmp_path)[0]).read_bytes()
    damage(tmp_path / "cache", next(path for path in kept(tmp_path) if "table" in path))

    assert ask(open_one(store.place(), options, Silent()), sql) == [("own",)]
    assert (tmp_path / "cache" / kept(tmp_path)[0]).read_bytes() == whole


@pytest.mark.parametrize("suffers", ["bit", "cut", "file", "manifest"])
def test_conversion_that_suffered_in_the_cache_is_made_again(
    tmp_path: Path, options: ReadOptions, suffers: str
) -> None:
    """Whoever tidies up a cache folder, or fails in it, makes no snapshot a damaged one."""
    write_tabled(tmp_path / "a", _MODELS, "ndjson")
    sql = "SELECT count(*) FROM post"
    ask(open_one(tmp_path / "a", options, Silent()), sql)
    before = kept(tmp_path)
    named = "manifest" if suffers == "manifest" else "records/post"
    file = tmp_path / "cache" / next(path for path in before if named in path)
    if suffers == "bit":
        file.write_bytes(flip(file.read_bytes(), 64))
    elif suffers == "cut":
        file.write_bytes(file.read_bytes()[:100])
    else:
        file.unlink()

    assert ask(open_one(tmp_path / "a", options, Silent()), sql) == [(3,)]
    assert kept(tmp_path) == before
    assert ask(open_one(tmp_path / "a", options, Silent()), sql) == [(3,)]


def test_many_snapshots_are_asked_at_once(tmp_path: Path, options: ReadOptions) -> None:
    """Each row says where it is from; formats, locales and schemas may differ."""
    price: Sequence[dict[str, Json]] = ({"price": 1}, {"price": 2})
    write_tabled(tmp_path / "n" / "mon", {"post": Model({"price": "integer"}, price)}, "ndjson")
    write_tabled(
        tmp_path / "n" / "tue",
        {"post": Model({"price": "string*", "more": "string"}, ({"price": {"de": "drei"}},))},
        locales=("de",),
    )
    write_snapshot(tmp_path / "n" / "wed")
    libraries = open_across(tmp_path / "n", options, Silent())

    assert ask(libraries, "SELECT _snapshot, count(*) FROM post GROUP BY 1 ORDER BY 1") == [
        ("mon", 2),
        ("tue", 1),
        ("wed", 12),
    ]
    assert ask(libraries, "SELECT price FROM post WHERE _snapshot = 'mon' ORDER BY 1") == [
        ("1",),
        ("2",),
    ]
    post = next(one for one in list_tables(libraries) if one.name == "post")
    assert post.rows == 15
    assert {"price", "more"} <= {one.name for one in post.columns}


def test_model_of_one_snapshot_is_not_mixed_with_a_table_of_ours(
    tmp_path: Path, options: ReadOptions
) -> None:
    """Where any snapshot has a model of such a name, the name means that model everywhere."""
    write_tabled(tmp_path / "n" / "mon", {"links": _MODELS["links"]})
    author = Model({"other": "link"}, ({"other": "author-0"},))
    write_tabled(tmp_path / "n" / "tue", {"author": author})
    libraries = open_across(tmp_path / "n", options, Silent())

    assert ask(libraries, "SELECT _snapshot, url FROM links") == [("mon", "https://example.com")]
    assert ask(libraries, "SELECT _snapshot, target_id FROM datosnap.links") == [
        ("tue", "author-0")
    ]


def test_locales_of_any_code_are_members(tmp_path: Path, options: ReadOptions) -> None:
    """With dashes and scripts, when quoted."""
    post = Model({"title": "string*"}, ({"title": {"zh-Hant-TW": "題", "en": None}},))
    write_tabled(tmp_path / "a", {"post": post}, locales=("zh-Hant-TW", "en"))
    libraries = open_one(tmp_path / "a", options, Silent())

    sql = 'SELECT title."zh-Hant-TW", title.en FROM post'
    assert ask(libraries, sql) == [("題", None)]


def test_no_snapshot_is_told(tmp_path: Path, options: ReadOptions) -> None:
    """Neither at the place nor below it."""
    with pytest.raises(SnapshotNotFoundError):
        open_one(tmp_path, options, Silent())
    with pytest.raises(SnapshotNotFoundError):
        open_across(tmp_path, options, Silent())


def test_unknown_table_is_a_wrong_request(tmp_path: Path, options: ReadOptions) -> None:
    """The database's words, and where to find the names."""
    write_tabled(tmp_path / "a", _MODELS)

    with pytest.raises(UsageError, match="lists the tables"):
        ask(open_one(tmp_path / "a", options, Silent()), "SELECT * FROM pots")


def test_table_of_two_hundred_fields_is_no_trouble(tmp_path: Path, options: ReadOptions) -> None:
    """All of its columns are there."""
    fields = {f"field_{number}": "string" for number in range(200)}
    write_tabled(tmp_path / "a", {"wide": Model(fields, ({"field_199": "last"},))})
    libraries = open_one(tmp_path / "a", options, Silent())

    assert ask(libraries, "SELECT field_0, field_199 FROM wide") == [(None, "last")]


@pytest.mark.anyio
async def test_answer_that_is_given_up_ends(tmp_path: Path, options: ReadOptions) -> None:
    """Cancelling does not wait for the last row, and nobody goes on reading them."""
    write_tabled(tmp_path / "a", _MODELS)
    libraries = open_one(tmp_path / "a", options, Silent())
    begun, ended = anyio.Event(), threading.Event()

    def tell(found: Answer) -> None:
        try:
            from_thread.run_sync(begun.set)
            for _ in found.rows():
                pass
        except UsageError:
            ended.set()

    sql = "SELECT * FROM range(1000000000000)"
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(partial(answer, libraries, sql, memory="200MB", tell=tell))
        await begun.wait()
        tasks.cancel_scope.cancel()
    assert ended.wait(_PATIENCE_S)


def damage(root: Path, prefix: str, bit: int = 8 * 8) -> None:
    """Change a bit of the first file whose path begins so."""
    file = root / next(path for path in files_under(root) if path.startswith(prefix))
    file.write_bytes(flip(file.read_bytes(), bit))


def kept(tmp_path: Path) -> list[str]:
    """List what is in the cache."""
    return files_under(tmp_path / "cache")
