"""Draw progress on stderr, and write reports for people and for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import NoReturn, Self

import click
from tqdm import tqdm

from datosnap.core.jsontext import Json, encode_pretty

_KILO = 1000
_WIDTH_OF_LABELS = 14


class Bars:
    """Progress as bars on a terminal; silent when stderr is none or nobody wants it."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._off = quiet or not sys.stderr.isatty()
        self._bar: tqdm[NoReturn] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def start(self, phase: str, *, total: int | None, unit: str) -> None:
        """Begin a phase in a bar of its own."""
        self._close()
        self._bar = tqdm(
            desc=f"{phase:10}",
            total=total,
            unit=unit if unit == "B" else f" {unit}",
            unit_scale=unit == "B",
            leave=False,
            disable=self._off,
            dynamic_ncols=True,
            file=sys.stderr,
        )

    def expect(self, more: int) -> None:
        """Raise the total of the phase."""
        if self._bar is not None:
            self._bar.total = (self._bar.total or 0) + more
            self._bar.refresh()

    def advance(self, done: int = 1) -> None:
        """Count units as done."""
        if self._bar is not None:
            self._bar.update(done)

    def say(self, text: str) -> None:
        """Tell a person one line."""
        if not self._off:
            tqdm.write(text, file=sys.stderr)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def print_json(document: Json) -> None:
    """Print one JSON document on stdout."""
    click.echo(encode_pretty(document), nl=False)


def print_facts(title: str, facts: Iterable[tuple[str, str]]) -> None:
    """Print a title and labelled facts; a fact without a value is left out."""
    click.echo(click.style(title, bold=True))
    for label, value in facts:
        if value:
            click.echo(f"  {label:{_WIDTH_OF_LABELS}}{value}")


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str | int]]) -> None:
    """Print rows under their heads; numbers stand right."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *texts, strict=True)]
    click.echo(
        "  " + "  ".join(f"{head:{width}}" for head, width in zip(heads, widths, strict=True))
    )
    for row, cells in zip(rows, texts, strict=True):
        parts = [
            f"{cell:>{width}}" if isinstance(value, int) else f"{cell:{width}}"
            for value, cell, width in zip(row, cells, widths, strict=True)
        ]
        click.echo("  " + "  ".join(parts).rstrip())


def size(count: int) -> str:
    """Write a number of bytes for people."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < _KILO:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= _KILO
    return f"{amount:.1f} TB"


def number(count: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
