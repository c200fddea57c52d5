"""Events: one JSON document a line, a second apart at least, and never more than is listed."""

from __future__ import annotations

import re

import pytest

from datosnap.api.client import Spent
from datosnap.cli.events import Events, write_event
from datosnap.core.jsontext import JsonObject, decode_object

Captured = pytest.CaptureFixture[str]


class Clock:
    """A clock that is set."""

    seconds = 0.0

    def __call__(self) -> float:
        """Read it."""
        return self.seconds


def events(captured: Captured) -> list[JsonObject]:
    """Give the events on stderr, without their times."""
    told = [decode_object(line) for line in captured.readouterr().err.splitlines()]
    return [{key: value for key, value in one.items() if key != "time"} for one in told]


def test_an_event_carries_its_time(capsys: Captured) -> None:
    """In UTC, with milliseconds, first in its line."""
    write_event("gap", kind="asset")

    line = capsys.readouterr().err
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00"
    assert re.fullmatch(rf'{{"time":"{moment}","event":"gap","kind":"asset"}}\n', line)


def test_progress_is_told_once_a_second_at_most(capsys: Captured) -> None:
    """Two and a half seconds make two events; the last word on a phase comes at its end."""
    clock = Clock()
    with Events(clock=clock) as log:
        log.advance(3)
        log.start("records", total=1000, unit="records")
        for step in range(1, 1001):
            clock.seconds = step / 400
            log.advance()
    told = events(capsys)

    assert told[0] == {"event": "phase", "phase": "records", "total": 1000, "unit": "records"}
    assert [one["done"] for one in told[1:]] == [400, 800, 1000]
    assert told[1]["per_s"] == 400
    assert told[1]["left_s"] == 1.5


def test_each_phase_ends_with_its_count(capsys: Captured) -> None:
    """Before the next one begins, the one before is told in full."""
    with Events(clock=Clock()) as log:
        log.start("records", total=None, unit="records")
        log.advance(7)
        log.expect(9)
        log.start("assets", total=1, unit="assets")
    told = events(capsys)

    assert [one["event"] for one in told] == ["phase", "progress", "phase", "progress"]
    assert (told[1]["phase"], told[1]["done"], told[1]["total"]) == ("records", 7, 9)


def test_repeated_requests_are_told_when_there_were_more(capsys: Captured) -> None:
    """Retries and refusals for haste, with the seconds waited, and not twice."""
    with Events(clock=Clock()) as log:
        log.spend(Spent(calls=5))
        log.spend(Spent(calls=9, retries=2, throttled=1, seconds_waited=1.23456))
        log.spend(Spent(calls=12, retries=2, throttled=1, seconds_waited=2.5))

    assert events(capsys) == [{"event": "retry", "retries": 2, "throttled": 1, "waited_s": 1.235}]


def test_a_wait_is_progress_too(capsys: Captured) -> None:
    """While nothing is done the calls are told all the same."""
    clock = Clock()
    with Events(clock=clock) as log:
        log.start("records", total=4, unit="records")
        log.plan(10)
        clock.seconds = 2
        log.spend(Spent(calls=4))
        told = events(capsys)

    assert told[1] == {"event": "plan", "calls": 10}
    assert (told[2]["calls"], told[2]["calls_left"], told[2]["left_s"]) == (4, 6, 3.0)


def test_gaps_and_words_are_events(capsys: Captured) -> None:
    """They are passed on as they come."""
    with Events(clock=Clock()) as log:
        log.gap("asset", "abc", "not found")
        log.say("a word")

    assert events(capsys) == [
        {"event": "gap", "kind": "asset", "id": "abc", "reason": "not found"},
        {"event": "said", "text": "a word"},
    ]
