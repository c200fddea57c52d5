"""Every end of a command becomes an exit code, in words for a person or as an event."""

from __future__ import annotations

import signal
import sys

import click
import pytest

from datosnap.cli import main
from datosnap.cli.running import Interrupted
from datosnap.core.jsontext import decode_object
from datosnap.errors import BackupError, DiskError, UsageError

_ENDS = (
    (UsageError("not so"), 2, "not so"),
    (DiskError("the disk is full"), 14, "the disk is full"),
    (Interrupted(signal.SIGTERM), 143, "the same command goes on"),
    (KeyboardInterrupt(), 130, "interrupted"),
    (click.Abort(), 130, "interrupted"),
    (click.BadParameter("no such thing"), 2, "no such thing"),
    (BackupError("unforeseen"), 1, "this is a defect"),
    (ValueError("unforeseen"), 1, "this is a defect"),
    (UsageError(""), 2, ""),
)


@click.command()
@click.argument("which", type=int)
@click.option("--log-json", is_flag=True)
def ending(which: int, **_: bool) -> None:
    """End with the failure of that number, or well beyond the last."""
    if which < len(_ENDS):
        raise _ENDS[which][0]


def end(monkeypatch: pytest.MonkeyPatch, which: int, *options: str) -> int | str | None:
    """Run that command as any other; give the exit code of the process."""
    monkeypatch.setitem(main._COMMANDS, "ending", (__name__, "ending"))
    monkeypatch.setattr(sys, "argv", ["datosnap", "ending", str(which), *options])
    with pytest.raises(SystemExit) as ended:
        main.run()
    return ended.value.code


@pytest.mark.parametrize("which", range(len(_ENDS)))
def test_each_failure_has_its_code_and_words(
    which: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A defect alone is shown with its traceback."""
    _, code, words = _ENDS[which]

    assert end(monkeypatch, which) == code

    said = capsys.readouterr().err
    assert words in said
    assert ("Traceback" in said) == (code == 1)


@pytest.mark.parametrize("which", range(len(_ENDS)))
def test_each_end_is_one_event_when_events_are_asked_for(
    which: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing else is on stderr, so that a program can read every line."""
    _, code, words = _ENDS[which]

    assert end(monkeypatch, which, "--log-json") == code

    # click ends the line in which the terminal showed ^C; an empty one is no event.
    (line,) = filter(None, capsys.readouterr().err.splitlines())
    told = decode_object(line)
    assert (told["event"], told["exit_code"]) == ("finished", code)
    assert words in told["message"]
    assert ("Traceback" in told["message"]) == (code == 1)


@pytest.mark.parametrize("options", [(), ("--log-json",)])
def test_a_good_end_is_told_to_programs_alone(
    options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person sees the report; a program gets an event with the code 0."""
    assert end(monkeypatch, len(_ENDS), *options) == 0

    said = capsys.readouterr().err
    assert bool(said) == bool(options)
    assert not options or decode_object(said)["exit_code"] == 0


def test_every_command_is_listed_with_its_help() -> None:
    """The two tables name the same commands, and each can be loaded."""
    assert list(main._COMMANDS) == list(main._HELP)
    context = click.Context(main.cli)
    assert all(main.cli.get_command(context, name) for name in main.cli.list_commands(context))
    assert main.cli.get_command(context, "nonsense") is None
