"""Write rows for people and for programs, as they come.

People get a table that fits their terminal, and no control characters out of strangers' content.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

import click

from datosnap.core.jsontext import Json, encode
from datosnap.errors import DiskError

_GAP = "  "
# A cell is never cut below this, whatever the terminal.
_LEAST = 6
# Where no terminal says how wide it is a table may be as wide as it likes, a cell may not.
_WIDEST_CELL = 60
# Every write is handed to the system at once; a line each would take longer than the question.
_WRITE_BYTES = 64 * 1024
# What begins a cell or a line, or ends one, to some reader of CSV.
_MUST_QUOTE = re.compile('[",\r\n]').search


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[Json]], *, limit: int) -> None:
    """Print up to `limit` rows as a table, and say when there are more."""
    source = iter(rows)
    shown = [[_cell(value) for value in row] for row in islice(source, limit)]
    numeric = [
        all(cell.is_number or not cell.text for cell in column)
        for column in zip(*shown, strict=True)
    ] or [False] * len(columns)
    heads = [_Cell(_visible(name), is_number=False) for name in columns]
    widths = _fit([max(map(len, column)) for column in zip(heads, *shown, strict=True)])
    for row in (heads, *shown):
        cells = (
            _padded(cell.text, width, right=right)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        )
        _put(_GAP.join(cells).rstrip() + "\n")
    if next(source, None) is not None:
        _put(f"… more than the {limit:,} rows that are shown; --rows N shows more\n")


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[Json]]) -> None:
    """Print rows as CSV in UTF-8; lists and objects stand as JSON, what is null as nothing.

    A text of no letters stands as two quotes. So does a null that is all there is of a row: many
    readers pass over lines with nothing in them.
    """
    lines = (",".join(map(_csv_cell, row)) or '""' for row in chain([columns], rows))
    _put_all(f"{line}\n".encode() for line in lines)


def print_objects(columns: Sequence[str], rows: Iterable[Sequence[Json]]) -> None:
    """Print rows as one JSON document: a list of objects, one a line."""
    _put_all(_document(columns, rows))


def unwritable(error: OSError) -> DiskError:
    """Say that stdout does not take the answer."""
    return DiskError(f"cannot write the answer: {error.strerror}; look at where stdout leads to")


def stop_writing() -> None:
    """Let go of a pipe that nobody reads from any more, so that no later flush fails on it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _document(columns: Sequence[str], rows: Iterable[Sequence[Json]]) -> Iterator[bytes]:
    opening = b"[\n"
    for row in rows:
        yield opening + encode(dict(zip(columns, row, strict=True)))
        opening = b",\n"
    yield b"[]\n" if opening == b"[\n" else b"\n]\n"


def _put_all(parts: Iterable[bytes]) -> None:
    """Write parts to stdout, many at once; what there is when one cannot be made comes first."""
    waiting = bytearray()
    try:
        for part in parts:
            waiting += part
            if len(waiting) >= _WRITE_BYTES:
                _put(bytes(waiting))
                waiting.clear()
    finally:
        _put(bytes(waiting))


def _put(text: bytes | str) -> None:
    """Write to stdout.

    Raises: DiskError; BrokenPipeError when nobody reads.
    """
    try:
        click.echo(text, nl=False)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritable(error) from error


class _Cell:
    """A text that is to be shown, and how wide it is on a terminal."""

    def __init__(self, text: str, *, is_number: bool) -> None:
        self.text = text
        self.is_number = is_number

    def __len__(self) -> int:
        return sum(map(_width, self.text))


def _cell(value: Json) -> _Cell:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return _Cell(_visible(_text(value)), is_number=is_number)


def _csv_cell(value: Json) -> str:
    if value is None:
        return ""
    text = _text(value)
    return '"' + text.replace('"', '""') + '"' if not text or _MUST_QUOTE(text) else text


def _text(value: Json) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case list() | dict():
            return encode(value).decode()
        case _:
            return str(value)


def _visible(text: str) -> str:
    """Write out what a terminal would obey instead of showing."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def _fit(widths: list[int]) -> list[int]:
    """Narrow the widest columns until the table fits."""
    if not sys.stdout.isatty():
        return [min(width, _WIDEST_CELL) for width in widths]
    room = shutil.get_terminal_size().columns - len(_GAP) * (len(widths) - 1)
    fitted = list(widths)
    while sum(fitted) > room and max(fitted) > _LEAST:
        widest = fitted.index(max(fitted))
        others = sorted(fitted)[:-1]
        second = max(others[-1] if others else 0, _LEAST)
        fitted[widest] = max(min(second, fitted[widest] - 1), fitted[widest] - sum(fitted) + room)
    return fitted


def _padded(text: str, width: int, *, right: bool) -> str:
    cut: list[str] = []
    used = 0
    for one in text:
        if used + _width(one) > width:
            while used + 1 > width:
                used -= _width(cut.pop())
            cut.append("…")
            used += 1
            break
        cut.append(one)
        used += _width(one)
    padding = " " * (width - used)
    shown = "".join(cut)
    return padding + shown if right else shown + padding


def _width(one: str) -> int:
    if unicodedata.combining(one):
        return 0
    return 2 if unicodedata.east_asian_width(one) in "WF" else 1
