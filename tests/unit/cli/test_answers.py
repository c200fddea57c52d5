"""Facts about how rows are written: for people, for programs, whatever is in them."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow.csv as pa_csv
import pytest

from datosnap.cli.answers import print_csv, print_objects, print_rows
from datosnap.core.jsontext import Json, decode
from datosnap.errors import DiskError

_COLUMNS = ("id", "title")


class Terminal(io.StringIO):
    """A stdout that somebody watches."""

    def isatty(self) -> bool:
        """Say that it is a terminal."""
        return True


def table(
    monkeypatch: pytest.MonkeyPatch,
    rows: Sequence[Sequence[Json]],
    *,
    columns: Sequence[str] = _COLUMNS,
    width: int = 80,
    limit: int = 50,
) -> list[str]:
    """Print rows on a terminal so wide; give the lines."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((width, 24)))
    print_rows(columns, rows, limit=limit)
    return screen.getvalue().splitlines()


def test_numbers_stand_right_and_text_stands_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Null is blank, objects are JSON."""
    lines = table(monkeypatch, [(1, "a"), (200, {"en": "x"}), (None, None)])

    assert lines == [" id  title", "  1  a", '200  {"en":"x"}', ""]


@pytest.mark.parametrize("width", [12, 20, 33, 79])
def test_table_fits_the_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """Cells are cut where they must be, by as much as they must be; wide letters count double."""
    rows = [("abc", "x" * 90), ("日本語の文字列です", "short")]
    lines = table(monkeypatch, rows, width=width + 4)

    assert max(len(line) for line in lines) <= width + 4
    assert "…" in lines[1]


def test_cell_is_never_cut_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of many columns is wider than a small terminal, and legible."""
    lines = table(monkeypatch, [["abcdefghij"] * 10], columns=["column_name"] * 10, width=40)

    assert lines[1].split() == ["abcde…"] * 10


def test_control_characters_are_shown_and_not_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Content cannot clear the screen, move the cursor or break the table."""
    lines = table(monkeypatch, [("a\x1b[2J", "one\ntwo\u202e")])

    assert lines[1] == "a\\x1b[2J  one\\ntwo\\u202e"


def test_more_rows_than_shown_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly as many rows as fit are no reason for a note."""
    rows = [(number, "x") for number in range(3)]

    assert len(table(monkeypatch, rows, limit=3)) == 4
    assert table(monkeypatch, rows, limit=2)[3].startswith("… more than the 2 rows")


def test_answer_without_rows_has_its_head(monkeypatch: pytest.MonkeyPatch) -> None:
    """People see which columns there would have been."""
    assert table(monkeypatch, []) == ["id  title"]


def test_csv_quotes_what_must_be(capsys: pytest.CaptureFixture[str]) -> None:
    """Line breaks and commas stay inside their cells."""
    print_csv(_COLUMNS, [(1, 'a,"b"\nc'), (None, [True, None])])

    assert capsys.readouterr().out == 'id,title\n1,"a,""b""\nc"\n,"[true,null]"\n'


def test_csv_tells_nothing_from_a_text_without_letters(capsys: pytest.CaptureFixture[str]) -> None:
    """A null is nothing between commas; alone in its row it is no empty line."""
    print_csv(_COLUMNS, [(None, ""), ("", None)])
    print_csv(("id",), [(None,), ("",)])

    assert capsys.readouterr().out == 'id,title\n,""\n"",\nid\n""\n""\n'


def test_csv_is_read_as_it_was_written(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Whatever ends a line to anybody, and in UTF-8."""
    texts = ["a\rb", "a\r\nb", " a ", "№ 漢", "a\u2028b", "'", "a\0b", ",", '"']
    print_csv(_COLUMNS, enumerate(texts))
    read = pa_csv.read_csv(
        io.BytesIO(capfdbinary.readouterr().out),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
    )

    assert read.column("title").to_pylist() == texts


def test_full_disk_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written is no defect of datosnap."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(DiskError, match="cannot write the answer"):
            print_csv(_COLUMNS, [(1, "a")])
        # What waits in the file cannot be written at its end either.
        with suppress(OSError):
            full.close()


@pytest.mark.parametrize("rows", [[], [(1, "ü")], [(1, None), (2, {"a": [1]})]])
def test_json_is_one_document(
    capsys: pytest.CaptureFixture[str], rows: Sequence[Sequence[Json]]
) -> None:
    """A list of objects, however many."""
    print_objects(_COLUMNS, rows)

    assert decode(capsys.readouterr().out) == [
        dict(zip(_COLUMNS, row, strict=True)) for row in rows
    ]
