"""`datosnap query` and `datosnap convert` as commands: their ways out, and what goes wrong."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from datosnap.cli.main import _exit_code
from datosnap.core.jsontext import decode
from tests.support.sandboxes import Ended
from tests.support.tabled import Model, write_tabled

_POSTS = {"post": Model({"title": "string"}, ({"title": "One"}, {"title": "Two"}))}
_SQL = "SELECT id, title FROM post ORDER BY id"


class Commands:
    """The command line in this process, in a folder with a small snapshot."""

    def __init__(self, folder: Path, captured: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._captured = captured

    def __call__(self, *words: str, code: int = 0) -> Ended:
        """Run a command, and assert how it ends, without a traceback."""
        self._captured.readouterr()
        found = _exit_code(list(words))
        told = self._captured.readouterr()
        assert found == code, told.err
        assert "Traceback" not in told.err
        return Ended(found, told.out, told.err)


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Commands:
    """Write a small snapshot in Parquet, `mon`, and stand beside it."""
    write_tabled(tmp_path / "mon", _POSTS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Commands(tmp_path, capsys)


def test_rows_come_in_four_forms(run: Commands) -> None:
    """A table for people, CSV, one JSON document, and a Parquet file that is never replaced."""
    ask = ("query", "mon", _SQL)

    assert run(*ask).out == "id      title\npost-0  One\npost-1  Two\n"
    assert run(*ask, "--csv").out == "id,title\npost-0,One\npost-1,Two\n"
    rows = decode(run(*ask, "--json").out)
    assert rows == [{"id": "post-0", "title": "One"}, {"id": "post-1", "title": "Two"}]
    assert run(*ask, "--parquet", "out.parquet").out == "2 rows in out.parquet\n"
    assert pq.read_table("out.parquet").to_pylist() == rows
    assert "is there already" in run(*ask, "--parquet", "out.parquet", code=2).err


def test_without_a_statement_tables_are_listed(run: Commands) -> None:
    """With columns, types, what people call them, and counts; as JSON on demand."""
    told = run("query", "mon").out
    assert "post         2" in told
    assert "Title: all about title" in told

    listed = decode(run("query", "mon", "--json").out)
    post = next(one for one in listed if (one["space"], one["name"]) == ("main", "post"))
    assert post["rows"] == 2


def test_snapshots_below_a_folder_are_asked_together(run: Commands) -> None:
    """Whatever their format, and the statement is then the only word."""
    tuesday = {"post": Model({"title": "string"}, ({"title": "3"},))}
    write_tabled(run.folder / "tue", tuesday, "ndjson")
    sql = "SELECT _snapshot, count(*) AS n FROM post GROUP BY 1 ORDER BY 1"

    assert run("query", "--across", ".", sql, "--csv").out == "_snapshot,n\nmon,2\ntue,1\n"
    both = run("query", "--across", ".", "mon", sql, code=2)
    assert "expected one statement, found 2" in both.err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("mon", "SELEC 1"), 2, "syntax error"),
        (("mon", "SELECT * FROM pots"), 2, "lists the tables"),
        (("mon", "SELECT * FROM read_text('/etc/hostname')"), 2, "disabled"),
        (("nowhere", _SQL), 10, "nowhere"),
        ((), 2, "expected a SNAPSHOT"),
        (("mon", _SQL, "--csv", "--json"), 2, "name one of"),
        (("mon", "--csv"), 2, "expected a statement"),
        (("mon", "--parquet", "new.parquet"), 2, "expected a statement"),
        (("mon", _SQL, "--memory", "much"), 2, "Memory must have a number"),
    ],
)
def test_mistake_is_told_in_a_line_and_a_code(
    run: Commands, words: tuple[str, ...], code: int, told: str
) -> None:
    """Nothing of it is a defect of datosnap."""
    assert told in run("query", *words, code=code).err


def test_damaged_file_is_named_unless_nobody_looks(run: Commands) -> None:
    """Hashes are checked first; --no-verify reads at once."""
    file = run.folder / "mon" / "records" / "post" / "current-00000.parquet"
    columns = pq.read_metadata(file).row_group(0)
    data = bytearray(file.read_bytes())
    data[columns.column(columns.num_columns - 1).data_page_offset + 1] ^= 1
    file.write_bytes(data)
    sql = "SELECT count(*) FROM post"

    assert "current-00000.parquet is damaged" in run("query", "mon", sql, code=4).err
    run("query", "mon", sql, "--no-verify")


def test_conversion_tells_what_became_of_it(run: Commands) -> None:
    """In words and as JSON; without the records themselves on demand."""
    assert "there is a whole snapshot" in run("convert", "mon", "there", "--format", "ndjson").out
    told = decode(run("convert", "mon", "slim", "--format", "parquet", "--no-raw", "--json").out)

    assert (told["destination"], told["chunks"]) == ("slim", 1)
    assert told["bytes_after"] < told["bytes_before"]
    refused = run("convert", "slim", "back", "--format", "ndjson", code=2)
    assert "--no-raw" in refused.err
    assert (
        "already holds a snapshot"
        in run("convert", "mon", "slim", "--format", "parquet", code=2).err
    )
