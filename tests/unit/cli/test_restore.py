"""An import is told in lists and words what to do, and tells its plan and its end in as few."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from datosnap.cli.options import connection_options
from datosnap.cli.restore import (
    as_document,
    import_options,
    restore_options,
    show_plan,
    show_report,
)
from datosnap.core.jsontext import Json
from datosnap.core.matching import OnConflict, Publish
from datosnap.core.selecting import Selection
from datosnap.flows.restore import RestoreOptions
from tests.support.importing import exported, fork_of, imported
from tests.support.newsroom import change, delete, newsroom


def asked(*arguments: str) -> RestoreOptions:
    """Give what a command with these arguments asks for."""
    found: list[RestoreOptions] = []

    def command(**given: Json) -> None:
        found.append(restore_options(Path("out"), given["environment"], given))

    told = click.command(connection_options(import_options(command)))
    ended = CliRunner().invoke(told, list(arguments), catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    return found[0]


def test_silence_is_careful() -> None:
    """By default nothing is overwritten, deleted, left out or put before readers unasked."""
    options = asked()

    assert options == RestoreOptions(Path("out"))
    assert options.on_conflict is OnConflict.SKIP
    assert not any((options.mirror, options.allow_primary, options.allow_dangling))


def test_lists_are_named_with_commas_or_again_and_again() -> None:
    """An option for several things takes them in either way, each once."""
    options = asked("--models", "a,b", "--models", "b", "--records", "x,", "--locales", "en,it")

    assert options.selection == Selection(("a", "b"), ("x",))
    assert options.locales == ("en", "it")


def test_every_choice_arrives() -> None:
    """What is asked for is what the import is told."""
    words = "--mirror --yes --allow-primary --allow-dangling --with-dependencies --dry-run"
    choices = "--on-conflict fail --publish none --on-asset-error fail"
    options = asked(*words.split(), *choices.split())

    assert (options.on_conflict, options.publish) == (OnConflict.FAIL, Publish.NONE)
    assert options.mirror
    assert options.agreed
    assert options.allow_primary
    assert options.allow_dangling
    assert options.fail_on_asset
    assert options.dry_run
    assert options.selection.dependencies


def test_plan_and_report_say_what_becomes_of_each_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table counts what is made and left; what was edited is named, and told again at the end."""
    room = newsroom()
    exported(room.api, tmp_path / "out")
    place = fork_of(room.api, "edited")
    change(place, room.id("ann"), title="Anna")
    delete(place, room.id("four"))
    done = imported(place, tmp_path / "out")

    show_plan(done.report.plan)
    show_report(done.report)

    told = capsys.readouterr().out
    rows = {line.split()[0]: line.split()[1:] for line in told.splitlines() if line.split()}
    assert rows["article"] == ["4", "1", "0", "3", "0", "0"]
    assert rows["writer"] == ["2", "0", "0", "1", "1", "0"]
    assert f"record {room.id('ann')} of writer" in told
    assert "1 created" in told
    assert "1 gap" in told
    assert as_document(done.report)["written"].records == 1
