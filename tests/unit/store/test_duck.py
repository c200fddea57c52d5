"""Facts about the database in which people's statements run: what it can reach, what it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from datosnap.core.jsontext import Json, decode, encode
from datosnap.errors import UsageError
from datosnap.store.duck import Session, Source


@pytest.fixture
def session() -> Iterator[Session]:
    """Open a database without tables."""
    with Session(memory="200MB") as opened:
        yield opened


def source(label: str | None = None, **columns: list[Json]) -> Source:
    """Make rows of columns."""
    return Source(ds.dataset(pa.table(columns)), label=label)


def ask(session: Session, sql: str) -> list[tuple[Json, ...]]:
    """Give all rows of an answer."""
    return list(session.ask(sql).rows())


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM '{file}'",
        "SELECT * FROM read_parquet('{file}')",
        "SELECT * FROM glob('{folder}/*')",
        "COPY (SELECT 1) TO '{file}' (USE_TMP_FILE false)",
        "WITH x AS (COPY (SELECT 1) TO '{file}' (USE_TMP_FILE false)) SELECT * FROM x",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{file}' (USE_TMP_FILE false)",
        "EXPORT DATABASE '{folder}/all'",
        "ATTACH '{folder}/other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CREATE PERSISTENT SECRET s (TYPE s3)",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
    ],
)
def test_statement_reaches_no_file_and_no_network(
    session: Session, tmp_path: Path, sql: str
) -> None:
    """Whatever is asked, nothing is read, nothing written, and no setting is changed."""
    file = tmp_path / "secret.parquet"
    pq.write_table(pa.table({"a": [1]}), file)
    before = file.read_bytes()

    with pytest.raises(UsageError):
        ask(session, sql.format(file=file, folder=tmp_path))
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_variables_of_the_program_are_no_tables(session: Session) -> None:
    """A name in a statement is never looked up among Python's."""
    rows = pa.table({"a": [1]})

    with pytest.raises(UsageError, match="rows does not exist"):
        ask(session, "SELECT * FROM rows")
    assert rows.num_rows == 1


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("selec 1", "syntax error"),
        ("SELECT nix FROM post", "nix"),
        ("SELECT * FROM pots", "lists the tables"),
        ("SELECT 'x'::INTEGER", "Could not convert"),
        ("SELECT CAST(id AS INTEGER) FROM post", "Could not convert"),
        ("", "expected a statement that gives rows"),
    ],
)
def test_mistake_is_told_in_the_databases_words(session: Session, sql: str, words: str) -> None:
    """Whether it shows at once or with the first row, it is a wrong request and no defect."""
    session.add("main", "post", [source(id=["a", "b"])])

    with pytest.raises(UsageError, match=words):
        ask(session, sql)


def test_names_may_be_words_of_sql(session: Session) -> None:
    """Tables and columns named like keywords, or with quotes in them, work when quoted."""
    session.add("main", "select", [Source(ds.dataset(pa.table({"from": ["a"], 'a"b': ["c"]})))])
    session.add("datosnap", "table", [source(order=[3])])

    assert ask(session, 'SELECT "from", "a""b" FROM "select"') == [("a", "c")]
    assert ask(session, 'SELECT "order" FROM datosnap."table"') == [(3,)]


def test_records_themselves_are_left_out_of_views(session: Session) -> None:
    """`SELECT *` gives typed columns; the record stays in the file."""
    session.add("main", "post", [source(id=["a"], _record=[b"{}"])])

    assert session.ask("SELECT * FROM post").columns == ("id",)


def test_published_only_rows_are_those_of_that_status(session: Session) -> None:
    """What is a draft is no part of what readers see; changed records' copies are."""
    current = source(id=["a", "b", "c"], _status=["published", "draft", "updated"])
    copies = source(id=["c"], _status=["updated"])
    session.add("published", "post", [Source(current.data, published_only=True), copies])

    assert ask(session, "SELECT id FROM published.post ORDER BY id") == [("a",), ("c",)]


def test_snapshots_are_put_together_by_the_names_of_columns(session: Session) -> None:
    """A column that only some have is null elsewhere, members of structs too."""
    session.add(
        "main",
        "post",
        [
            source("mon", title=[{"en": "x"}]),
            source("it's", title=[{"en": "y", "it": "z"}], price=[3]),
        ],
    )

    rows = ask(session, "SELECT _snapshot, title.en, title.it, price FROM post ORDER BY 2")
    assert rows == [("mon", "x", None, None), ("it's", "y", "z", 3)]


def test_columns_that_changed_their_nature_are_text(session: Session) -> None:
    """A field that became localized is shown as text, instead of failing all its table."""
    kinds: list[list[Json]] = [["plain"], [{"en": "x"}], [["listed"]]]
    session.add("main", "post", [source(str(n), title=one) for n, one in enumerate(kinds)])

    titles = [str(row[0]) for row in ask(session, "SELECT title FROM post ORDER BY _snapshot")]
    assert titles[0] == "plain"
    assert "x" in titles[1]
    assert "listed" in titles[2]


@pytest.mark.parametrize(
    "kinds",
    [
        [[7], [date(2026, 1, 2)]],
        [[True], [datetime(2026, 1, 2, tzinfo=UTC)]],
        [[{"en": "x"}], [{"it": 1.5}], [{"it": date(2026, 1, 2)}]],
    ],
)
def test_numbers_that_became_days_are_text(session: Session, kinds: list[list[Json]]) -> None:
    """Also where only the second and the third snapshot are at odds."""
    session.add("main", "post", [source(str(n), day=one) for n, one in enumerate(kinds)])

    found = [str(row[0]) for row in ask(session, "SELECT day FROM post ORDER BY _snapshot")]
    assert len(found) == len(kinds)
    assert "2026-01-02" in found[-1]


def test_columns_of_one_name_are_told_apart(session: Session) -> None:
    """Each keeps a place of its own in what is written."""
    assert session.ask('SELECT 1 AS a, 2 AS a, 3 AS "a_1"').columns == ("a", "a_1", "a_1_1")


def test_moments_are_told_in_utc(session: Session) -> None:
    """Wherever the program runs, and as text that sorts."""
    moment = "TIMESTAMPTZ '2026-03-01 10:00:00.25+02'"

    (row,) = ask(session, f"SELECT {moment}, CAST({moment} AS VARCHAR), DATE '2026-03-01'")
    assert row == ("2026-03-01T08:00:00.250+00:00", "2026-03-01 08:00:00.25+00", "2026-03-01")


def test_large_numbers_keep_their_digits(session: Session) -> None:
    """Sums are numbers, and what 64 bits do not hold is text."""
    sql = "SELECT sum(i), sum(i)::HUGEINT * 1000000000000000, 1.5 FROM range(100000) t(i)"
    (row,) = ask(session, sql)

    assert row == (4999950000, str(4999950000 * 10**15), 1.5)


_ODD = """SELECT TIMESTAMP '2026-01-03 01:00:00' - TIMESTAMP '2026-01-01 00:00:00' AS age,
    '101'::BIT AS bits, 340282366920938463463374607431768211455::UHUGEINT AS huge,
    TIMETZ '01:02:03+02' AS clock, {'of': [INTERVAL 1 DAY], 'no': NULL} AS "in ""it"" too",
    MAP {'day': INTERVAL 1 DAY} AS map, union_value(day := 1) AS one_of,
    array_value(INTERVAL 1 DAY, NULL) AS pair, 1 AS age"""


def test_types_that_arrow_has_no_place_for_are_told_as_text(
    session: Session, tmp_path: Path
) -> None:
    """How long something took above all; in files too, and wherever in a value they stand."""
    days = ("2 days 01:00:00", "101", str(2**128 - 1), "01:02:03+02")
    (row,) = ask(session, _ODD)

    assert row == (*days, {"of": ["1 day"], "no": None}, {"day": "1 day"}, "1", ["1 day", None], 1)
    assert session.ask(_ODD).write_parquet(tmp_path / "odd.parquet") == 1
    (written,) = pq.read_table(tmp_path / "odd.parquet").to_pylist()
    assert tuple(written.values())[:4] == days
    assert list(written)[-1] == "age_1"


def test_each_type_of_the_database_is_told(session: Session, tmp_path: Path) -> None:
    """The least, the greatest and no value of each, as JSON and in a file."""
    sql = "SELECT * FROM test_all_types()"
    rows = ask(session, sql)

    assert len(rows) == 3
    assert set(rows[2]) == {None}
    assert decode(encode(rows)) is not None
    assert session.ask(sql).write_parquet(tmp_path / "all.parquet") == 3


def test_days_outside_of_pythons_calendar_are_told(session: Session) -> None:
    """A statement may reckon beyond the year 9999, and count finer than milliseconds."""
    sql = "SELECT DATE '10000-01-01', TIMESTAMP '2026-01-01 00:00:00.123456', 'infinity'::DATE"

    assert ask(session, sql) == [("10000-01-01", "2026-01-01T00:00:00.123456", "infinity")]


def test_answer_becomes_a_parquet_file_whole(session: Session, tmp_path: Path) -> None:
    """Types and all; a file that is there is never written over."""
    file = tmp_path / "out.parquet"
    query = "SELECT i, {'en': i::VARCHAR} AS title FROM range(100000) t(i)"

    assert session.ask(query).write_parquet(file) == 100_000
    assert pq.read_table(file).slice(99_999).to_pylist() == [
        {"i": 99_999, "title": {"en": "99999"}}
    ]
    with pytest.raises(UsageError, match="is there already"):
        session.ask(query).write_parquet(file)


def test_column_may_be_called_like_a_member_of_another(session: Session, tmp_path: Path) -> None:
    """Where a text and a number share a path in Parquet neither is encoded as the other."""
    file = tmp_path / "out.parquet"
    session.ask("SELECT 'x' AS \"a.b\", {'b': 2} AS a").write_parquet(file)

    assert pq.read_table(file).to_pylist() == [{"a.b": "x", "a": {"b": 2}}]


def test_large_answer_is_written_in_several_groups(session: Session, tmp_path: Path) -> None:
    """What waits in memory is bounded."""
    file = tmp_path / "out.parquet"
    session.ask("SELECT repeat('x', 500) AS x FROM range(50000)").write_parquet(file)

    assert pq.read_metadata(file).num_rows == 50_000
    assert pq.read_metadata(file).num_row_groups == 2


def test_answer_that_fails_leaves_no_file(session: Session, tmp_path: Path) -> None:
    """Neither a part of it nor a draft stays."""
    answer = session.ask(
        "SELECT CAST(i::VARCHAR || if(i = 99999, 'x', '') AS INT) FROM range(100000) t(i)"
    )

    with pytest.raises(UsageError):
        answer.write_parquet(tmp_path / "out.parquet")
    assert list(tmp_path.iterdir()) == []


def test_folder_for_what_does_not_fit_memory_is_gone_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies in the system's temporary folder while statements run, and no longer."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with Session(memory="200MB") as session:
        assert len(list(tmp_path.iterdir())) == 1
        ask(session, "SELECT 1")
    assert list(tmp_path.iterdir()) == []


def test_unusable_bound_of_memory_is_a_wrong_request() -> None:
    """What DuckDB does not take for a size is told."""
    with pytest.raises(UsageError, match="Memory must have a number"):
        Session(memory="much")


def test_statement_that_needs_more_memory_says_who_may_give_it() -> None:
    """DuckDB's own advice is about settings that a statement may not touch."""
    with (
        Session(memory="10MB") as session,
        pytest.raises(UsageError, match=r"(?s)Out of Memory.*--memory") as failure,
    ):
        ask(session, "SELECT list(i) FROM range(30000000) t(i)")

    assert "SET " not in str(failure.value)


def test_an_ended_session_can_be_interrupted() -> None:
    """A word that comes a moment too late does no harm."""
    with Session(memory="100MB") as session:
        assert list(session.ask("SELECT 1").rows()) == [(1,)]

    session.interrupt()
