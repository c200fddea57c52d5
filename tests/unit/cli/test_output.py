"""Progress and reports as people see them: bars, a line a minute, facts, tables, sizes."""

from __future__ import annotations

import io
import sys

import pytest

from datosnap.api.client import Spent
from datosnap.cli.events import Events
from datosnap.cli.output import (
    Bars,
    duration,
    number,
    print_facts,
    print_json,
    print_raw,
    print_table,
    progress_line,
    size,
    watching,
)
from datosnap.core.metering import Meter, Reading


class Terminal(io.StringIO):
    """A stderr that somebody watches."""

    def isatty(self) -> bool:
        """Say that it is a terminal."""
        return True


class Clock:
    """A clock that is set."""

    seconds = 0.0

    def __call__(self) -> float:
        """Read it."""
        return self.seconds


def records(bars: Bars, done: int) -> None:
    """Begin a phase of 40,000 records and count some as done."""
    bars.start("records", total=40_000, unit="records")
    bars.advance(done)


def test_on_a_terminal_a_bar_shows_records_and_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Phase, count, price and plan stand in the bar, and it is gone at the end."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)

    with Bars(clock=Clock()) as bars:
        records(bars, 12_000)
        bars.plan(500)
        bars.spend(Spent(calls=410))
        bars.expect(5)
        bars.say("a word")
        drawn = screen.getvalue()

    assert "records" in drawn
    assert "12000/40000" in drawn
    assert "410 of 500 calls" in drawn
    assert "40005" in drawn
    assert "a word\n" in drawn
    assert screen.getvalue().endswith("\r")


def test_bytes_are_scaled_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A phase of bytes is drawn in thousands of them."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)

    with Bars(clock=Clock()) as bars:
        bars.start("verify", total=4_000_000, unit="B")

        assert "4.00M" in screen.getvalue()


def test_without_a_terminal_there_is_a_line_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    """However often it is told, a log gets one line in sixty seconds."""
    clock = Clock()
    with Bars(clock=clock) as bars:
        records(bars, 300)
        bars.gap("asset", "1", "gone")
        bars.say("a word for somebody who watches")
        for second in range(1, 131):
            clock.seconds = second
            bars.advance(100)
            bars.spend(Spent(calls=second))

    assert capsys.readouterr().err.splitlines() == [
        "datosnap: records 6,300 of 40,000, 105 a second, 59 calls, 5 min left",
        "datosnap: records 12,300 of 40,000, 102 a second, 119 calls, 4 min left",
    ]


def test_a_run_that_only_waits_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    """The price alone makes a line, so that a long wait does not look like a hang."""
    clock = Clock()
    with Bars(clock=clock) as bars:
        bars.spend(Spent(calls=1))
        bars.start("records", total=None, unit="records")
        clock.seconds = 61
        bars.spend(Spent(calls=7))

    assert capsys.readouterr().err == "datosnap: records 0, 7 calls\n"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_quiet_says_nothing(is_terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a parameter of the test
    """Neither a bar nor a line nor a word."""
    screen = Terminal() if is_terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    clock = Clock()

    with Bars(quiet=True, clock=clock) as bars:
        records(bars, 100)
        bars.say("a word")
        clock.seconds = 600
        bars.advance()
        bars.expect(1)
        bars.spend(Spent(calls=1))

    assert screen.getvalue() == ""


def test_events_are_chosen_by_their_option() -> None:
    """`--log-json` asks for events, whatever else is said."""
    assert isinstance(watching(quiet=False, log_json=True), Events)
    assert isinstance(watching(quiet=True, log_json=False), Bars)


def test_a_line_of_bytes_tells_sizes() -> None:
    """Bytes are written as sizes, and what is not known is left out."""
    meter = Meter(0.0)
    meter.start("verify", total=40_000_000, unit="B", now=0.0)
    meter.advance(10_000_000)

    assert progress_line(meter.read(5.0)) == "verify 10.0 MB of 40.0 MB, 2.0 MB a second, 15 s left"


def test_a_line_before_anything_happened_is_short() -> None:
    """Nothing is foretold."""
    reading = Reading("read", "records", 0, None, None, 0, None, None)

    assert progress_line(reading) == "read 0"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (-3, "0 s"), (59.4, "59 s"), (60, "1 min"), (3599, "59 min"), (7500, "2 h 5 min")],
)
def test_durations_are_told_in_two_units_at_most(seconds: float, words: str) -> None:
    """Seconds below a minute, minutes below an hour."""
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_500_000, "2.5 MB"), (7 * 10**12, "7.0 TB")],
)
def test_sizes_are_told_in_thousands(count: int, words: str) -> None:
    """Each unit is a thousand of the one before."""
    assert size(count) == words


def test_numbers_agree_with_their_nouns() -> None:
    """One gap, two gaps, and nouns that make their plural otherwise."""
    assert [number(count, "gap") for count in (0, 1, 2_000)] == ["0 gaps", "1 gap", "2,000 gaps"]
    assert number(2, "copy", "copies") == "2 copies"


def test_facts_without_a_value_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """A label alone would say nothing."""
    print_facts("Title", [("records", "5"), ("withheld", "")])

    assert capsys.readouterr().out == "Title\n  records       5\n"


def test_numbers_stand_right_in_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Text stands left, and no line ends in spaces."""
    print_table(("model", "n", "why"), [("post", 5, "x"), ("a", 1200, "")])

    assert capsys.readouterr().out.splitlines() == [
        "  model  n     why",
        "  post      5  x",
        "  a      1200",
    ]


def test_json_is_one_document(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A report is indented; text that is JSON already is printed as it is."""
    print_json({"a": 1})
    print_raw(b'{"n":18446744073709551616}\n')

    assert capfdbinary.readouterr().out == b'{\n  "a": 1\n}\n{"n":18446744073709551616}\n'
