"""`datosnap query` as installed: object stores, pipes, signals, and a missing extra."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

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


def test_missing_extra_is_named(place: Path) -> None:
    """Without DuckDB the command says how to get it."""
    (place / "absent").mkdir()
    (place / "absent" / "duckdb.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'duckdb'\", name='duckdb')\n"
    )
    without = {"PYTHONPATH": str(place / "absent")}

    told = expect(2, datosnap("query", "mon", _SQL, folder=place, variables=without)).err
    assert "pip install 'datosnap[query]'" in told


def test_letters_that_a_terminal_does_not_know_are_written_out(place: Path) -> None:
    """A table shows them as escapes; CSV is UTF-8 wherever it goes."""
    latin = {"PYTHONIOENCODING": "latin-1"}
    asked = ("query", "mon", "SELECT '№' AS x")

    assert expect(0, datosnap(*asked, folder=place, variables=latin)).out == "x\n\\u2116\n"
    assert expect(0, datosnap(*asked, "--csv", folder=place, variables=latin)).out == "x\n№\n"


@pytest.mark.parametrize(
    ("words", "first"),
    [(("SELECT * FROM range(10000000)", "--csv"), b"range\n"), ((), b"Current content\n")],
)
def test_reader_that_has_enough_is_no_failure(
    place: Path, words: tuple[str, ...], first: bytes
) -> None:
    """`query … | head` ends without a word, rows and the list of tables alike."""
    fields = {f"field_{number:04d}": "string" for number in range(2000)}
    write_tabled(place / "wide", {"post": Model(fields, ({},))})
    with subprocess.Popen(
        [COMMAND, "query", "wide", *words],
        cwd=place,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == first
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(_STOP_S) == 0


def test_long_question_can_be_stopped(place: Path) -> None:
    """Ctrl-C ends it soon, with the code of an interruption and without a traceback."""
    with subprocess.Popen(
        [COMMAND, "query", "mon", "SELECT * FROM range(1000000000000)", "--csv"],
        cwd=place,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"range\n"
        process.send_signal(signal.SIGINT)
        for _ in process.stdout:
            pass
        assert b"Traceback" not in process.stderr.read()
        assert process.wait(_STOP_S) == 128 + signal.SIGINT
