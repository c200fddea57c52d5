"""`datosnap query` as installed: ways out, many snapshots, object stores, and what goes wrong."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from datosnap.core.jsontext import decode
from tests.support.object_stores import S3
from tests.support.sandboxes import COMMAND, Ended, datosnap, environment
from tests.support.tabled import Model, write_tabled

_POSTS = {"post": Model({"title": "string"}, ({"title": "One"}, {"title": "Two"}))}
_SQL = "SELECT id, title FROM post ORDER BY id"
# A stopped question must be gone by then.
_STOP_S = 20


@pytest.fixture
def variables(tmp_path: Path) -> Mapping[str, str]:
    """Keep what a run leaves on the local disk inside the test's folder."""
    return {"XDG_CACHE_HOME": str(tmp_path / "cache"), "XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Write a small snapshot in Parquet."""
    write_tabled(tmp_path / "mon", _POSTS)
    return tmp_path


def expect(code: int, ended: Ended) -> Ended:
    """Assert the exit code, and that nothing is told with a traceback."""
    assert ended.code == code, f"{ended.out}\n{ended.err}"
    assert "Traceback" not in ended.err
    return ended


def test_rows_come_in_four_forms(place: Path) -> None:
    """A table for people, CSV, one JSON document, and a Parquet file that is never replaced."""
    ask = ("query", "mon", _SQL)

    table = expect(0, datosnap(*ask, folder=place)).out
    assert table == "id      title\npost-0  One\npost-1  Two\n"
    csv = expect(0, datosnap(*ask, "--csv", folder=place)).out
    assert csv == "id,title\npost-0,One\npost-1,Two\n"
    rows = decode(expect(0, datosnap(*ask, "--json", folder=place)).out)
    assert rows == [{"id": "post-0", "title": "One"}, {"id": "post-1", "title": "Two"}]
    expect(0, datosnap(*ask, "--parquet", "out.parquet", folder=place))
    assert pq.read_table(place / "out.parquet").to_pylist() == rows
    again = expect(2, datosnap(*ask, "--parquet", "out.parquet", folder=place))
    assert "is there already" in again.err


def test_without_a_statement_tables_are_listed(place: Path) -> None:
    """With columns, types, what people call them, and counts; as JSON on demand."""
    told = expect(0, datosnap("query", "mon", folder=place)).out
    assert "post         2" in told
    assert "Title: all about title" in told

    listed = decode(expect(0, datosnap("query", "mon", "--json", folder=place)).out)
    post = next(one for one in listed if (one["space"], one["name"]) == ("main", "post"))
    assert post["rows"] == 2


def test_snapshots_below_a_folder_are_asked_together(
    place: Path, variables: Mapping[str, str]
) -> None:
    """Whatever their format, and the statement is then the only word."""
    write_tabled(place / "tue", {"post": Model({"title": "string"}, ({"title": "3"},))}, "ndjson")
    sql = "SELECT _snapshot, count(*) AS n FROM post GROUP BY 1 ORDER BY 1"

    found = datosnap("query", "--across", ".", sql, "--csv", folder=place, variables=variables)
    assert expect(0, found).out == "_snapshot,n\nmon,2\ntue,1\n"
    both = datosnap("query", "--across", ".", "mon", sql, folder=place, variables=variables)
    assert "expected one statement, found 2" in expect(2, both).err


@pytest.mark.parametrize("chunk_format", ["ndjson", "parquet"])
def test_snapshot_on_an_object_store_is_asked_alike(
    s3: S3, place: Path, variables: Mapping[str, str], chunk_format: str
) -> None:
    """Itself, and with others below the same prefix; a second question fetches nothing again."""
    below = f"questions-{chunk_format}"
    target = s3.url(f"{below}/mon")
    command = ("convert", "mon", target, "--format", chunk_format)
    expect(0, datosnap(*command, folder=place, variables=variables))

    for _ in range(2):
        found = datosnap("query", target, _SQL, "--csv", folder=place, variables=variables)
        assert expect(0, found).out == "id,title\npost-0,One\npost-1,Two\n"
    across = ("query", "--across", s3.url(below), "SELECT DISTINCT _snapshot FROM post", "--csv")
    found = datosnap(*across, folder=place, variables=variables)
    assert expect(0, found).out == "_snapshot\nmon\n"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("mon", "SELEC 1"), 2, "syntax error"),
        (("mon", "SELECT * FROM pots"), 2, "lists the tables"),
        (("mon", "SELECT * FROM read_text('/etc/hostname')"), 2, "disabled"),
        (("nowhere", _SQL), 10, "nowhere"),
        ((), 2, "expected a SNAPSHOT"),
        (("mon", _SQL, "--csv", "--json"), 2, "name one of"),
        (("mon", _SQL, "--memory", "much"), 2, "Memory must have a number"),
    ],
)
def test_mistake_is_told_in_a_line_and_a_code(
    place: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    """Nothing of it is a defect of datosnap."""
    assert told in expect(code, datosnap("query", *words, folder=place)).err


def test_damaged_file_is_named_unless_nobody_looks(place: Path) -> None:
    """Hashes are checked first; --no-verify reads at once."""
    file = place / "mon" / "records" / "post" / "current-00000.parquet"
    columns = pq.read_metadata(file).row_group(0)
    data = bytearray(file.read_bytes())
    data[columns.column(columns.num_columns - 1).data_page_offset + 1] ^= 1
    file.write_bytes(data)
    sql = "SELECT count(*) FROM post"

    assert (
        "current-00000.parquet is damaged"
        in expect(4, datosnap("query", "mon", sql, folder=place)).err
    )
    expect(0, datosnap("query", "mon", sql, "--no-verify", folder=place))


def test_missing_extra_is_named(place: Path) -> None:
    """Without DuckDB the command says how to get it."""
    (place / "absent").mkdir()
    (place / "absent" / "duckdb.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'duckdb'\", name='duckdb')\n"
    )
    without = {"PYTHONPATH": str(place / "absent")}

    told = expect(2, datosnap("query", "mon", _SQL, folder=place, variables=without)).err
    assert "pip install 'datosnap[query]'" in told


def test_reader_that_has_enough_is_no_failure(place: Path) -> None:
    """`query … | head` ends without a word."""
    sql = "SELECT * FROM range(10000000)"
    with subprocess.Popen(
        [COMMAND, "query", "mon", sql, "--csv"],
        cwd=place,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"range\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(_STOP_S) == 0


def test_long_question_can_be_stopped(place: Path) -> None:
    """Ctrl-C ends it soon, with the code of an interruption."""
    endless = "(SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a != b)"
    with subprocess.Popen(
        [COMMAND, "query", "mon", "SELECT 1 UNION ALL " + endless, "--csv"],
        cwd=place,
        env=environment({"PYTHONUNBUFFERED": "1"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        # The head of the answer is written before its rows, so that the question is under way.
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(_STOP_S) == 128 + signal.SIGINT
