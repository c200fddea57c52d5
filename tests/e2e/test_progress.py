"""Progress of the installed command: events for programs, nothing that is secret in any of them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from datosnap.core.jsontext import JsonObject, decode_object
from tests.conftest import SampleProject
from tests.support.sandboxes import Ended, datosnap, reach

_EVENTS = {"phase", "progress", "plan", "retry", "gap", "said", "finished"}


def events(ended: Ended) -> list[JsonObject]:
    """Read stderr, every line of which must be an event."""
    return [decode_object(line) for line in ended.err.splitlines()]


def test_an_export_tells_its_phases_as_events(sample: SampleProject, tmp_path: Path) -> None:
    """Each line is a document with a time; the last one has the exit code; no token, no query."""
    ended = datosnap("export", "out", *sample.reach, "--log-json", "--json", folder=tmp_path)

    told = events(ended)
    assert ended.code == 0, ended.err
    assert {one["event"] for one in told} <= _EVENTS
    assert all(one["time"] <= after["time"] for one, after in pairwise(told))
    records = [one for one in told if one["event"] == "progress" and one["phase"] == "records"]
    assert records[-1]["done"] == sum(t["records"] for t in ended.document["facts"]["totals"])
    last = next(one for one in reversed(told) if one["event"] == "progress")
    assert 0 < last["calls"] <= ended.document["facts"]["api_calls"]
    assert (told[-1]["event"], told[-1]["exit_code"]) == ("finished", 0)
    assert sample.token not in ended.err
    assert "?" not in ended.err


def test_a_failure_is_the_last_event(sample: SampleProject, tmp_path: Path) -> None:
    """Its words and its code, and no line beside."""
    wrong = reach(sample.server, "wrong-token-canary")

    ended = datosnap("export", "out", *wrong, "--log-json", folder=tmp_path)

    last = events(ended)[-1]
    assert ended.code == last["exit_code"] == 12
    assert "refuses the token" in last["message"]
    assert "wrong-token-canary" not in ended.err


def test_a_short_run_without_a_terminal_says_nothing(sample: SampleProject, tmp_path: Path) -> None:
    """A line a minute is for runs of minutes."""
    assert datosnap("export", "out", *sample.reach, folder=tmp_path).err == ""
    assert datosnap("verify", "out", folder=tmp_path).err == ""


def test_reading_commands_tell_events_too(sample: SampleProject, tmp_path: Path) -> None:
    """Verify, show and diff know the option as well."""
    assert datosnap("export", "out", *sample.reach, "--quiet", folder=tmp_path).code == 0

    for command in (("verify", "out"), ("diff", "out", "out"), ("show", "out", "nope")):
        told = events(datosnap(*command, "--log-json", folder=tmp_path))
        assert [told[0]["event"], told[-1]["event"]] == ["phase", "finished"]
