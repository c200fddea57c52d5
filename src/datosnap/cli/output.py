"""Draw progress on stderr, and write reports for people and for programs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self

import click
from tqdm import tqdm

from datosnap.cli.events import Events
from datosnap.core.jsontext import Json, encode_pretty
from datosnap.core.metering import Meter, Reading

if TYPE_CHECKING:
    from datosnap.api.client import Spent

_KILO = 1000
_WIDTH_OF_LABELS = 14
# In a log nobody watches; a run of hours should not fill it.
_LINE_EVERY_S = 60.0


def watching(*, quiet: bool, log_json: bool) -> Bars | Events:
    """Choose who is told of progress: a program, a person or nobody."""
    return Events() if log_json else Bars(quiet=quiet)


class Bars:
    """Progress for a person: bars on a terminal, elsewhere a line a minute, or nothing.

    Units: `clock` in seconds.
    """

    def __init__(self, *, quiet: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._is_terminal = not quiet and sys.stderr.isatty()
        self._is_told = not quiet and not self._is_terminal
        self._clock = clock
        self._meter = Meter(clock())
        self._told_at = clock()
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
        self._meter.start(phase, total=total, unit=unit, now=self._clock())
        if self._is_terminal:
            self._bar = tqdm(
                desc=f"{phase:10}",
                total=total,
                unit=unit if unit == "B" else f" {unit}",
                unit_scale=unit == "B",
                leave=False,
                dynamic_ncols=True,
                file=sys.stderr,
            )

    def expect(self, more: int) -> None:
        """Raise the total of the phase."""
        self._meter.expect(more)
        if self._bar is not None:
            self._bar.total = (self._bar.total or 0) + more
            self._bar.refresh()

    def advance(self, done: int = 1) -> None:
        """Count units as done."""
        self._meter.advance(done)
        if self._bar is not None:
            self._bar.update(done)
        self._tell()

    def plan(self, calls: int) -> None:
        """Take over how many calls the run is planned to cost."""
        self._meter.plan(calls)

    def spend(self, spent: Spent) -> None:
        """Take over what the run has cost so far."""
        self._meter.spend(spent.calls)
        if self._bar is not None:
            self._bar.set_postfix_str(_price(self._meter.read(self._clock())))
        self._tell()

    def gap(self, kind: str, identifier: str, reason: str) -> None:
        """Leave the gap to the report, which lists all of them."""

    def say(self, text: str) -> None:
        """Tell a person one line."""
        if self._is_terminal:
            tqdm.write(text, file=sys.stderr)

    def _tell(self) -> None:
        """Write a line when there is nobody watching and the last one was long ago."""
        now = self._clock()
        if self._is_told and self._meter.has_begun and now - self._told_at >= _LINE_EVERY_S:
            self._told_at = now
            click.echo(f"datosnap: {progress_line(self._meter.read(now))}", err=True)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def progress_line(reading: Reading) -> str:
    """Write how far a run is, for people.

    Shape: `records 12,300 of 40,000, 210 a second, 410 calls, 90 left, 3 min left`.
    """
    show = size if reading.unit == "B" else "{:,}".format
    done = show(reading.done)
    parts = [
        f"{reading.phase} {done}"
        if reading.total is None
        else f"{reading.phase} {done} of {show(reading.total)}",
        "" if reading.per_s is None else f"{show(round(reading.per_s))} a second",
        _price(reading),
        "" if reading.left_s is None else f"{duration(reading.left_s)} left",
    ]
    return ", ".join(part for part in parts if part)


def _price(reading: Reading) -> str:
    if not reading.calls:
        return ""
    of_plan = "" if reading.calls_left is None else f" of {reading.calls + reading.calls_left:,}"
    return f"{reading.calls:,}{of_plan} calls"


def duration(seconds: float) -> str:
    """Write a time for people, in its two largest units at most."""
    minutes, rest_s = divmod(max(0, round(seconds)), 60)
    hours, rest_min = divmod(minutes, 60)
    if hours:
        return f"{hours} h {rest_min} min"
    return f"{minutes} min" if minutes else f"{rest_s} s"


def print_json(document: Json) -> None:
    """Print one JSON document on stdout."""
    click.echo(encode_pretty(document), nl=False)


def print_raw(text: bytes) -> None:
    """Print JSON text on stdout as it is."""
    click.echo(text, nl=False)


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
