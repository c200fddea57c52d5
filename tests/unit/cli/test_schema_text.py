"""An import is told how to treat a schema, and tells in few words what that comes to."""

from __future__ import annotations

import click
from click.testing import CliRunner, Result

from datosnap.cli.schema_text import SCHEMA_OPTIONS, schema_counts, show_differences
from datosnap.core.jsontext import JsonObject


def run(*arguments: str) -> Result:
    """Run a command that has only these options."""

    def command(schema: str, extras: tuple[str, ...]) -> None:
        click.echo(f"{schema} {extras}")

    for option in SCHEMA_OPTIONS:
        command = option(command)
    return CliRunner().invoke(click.command(command), list(arguments))


def step(act: str, *changes: str) -> JsonObject:
    """Write one line of a plan."""
    told = [{"name": one, "target": "1", "source": "2"} for one in changes]
    return {"act": act, "kind": "field", "name": "field post.title", "changes": told}


def test_silence_means_to_make_what_is_missing() -> None:
    """Nothing of the project's own comes unasked."""
    assert run().output == "create ()\n"


def test_extras_are_named_with_commas() -> None:
    """Spaces between them are no part of a name."""
    found = run("--schema", "match", "--with", "roles, webhooks")
    assert found.output == "match ('roles', 'webhooks')\n"


def test_an_unknown_extra_is_refused_by_name() -> None:
    """The message says which there are."""
    refused = run("--with", "roles,users")
    assert refused.exit_code == 2
    assert "expected some of build_triggers, webhooks, roles, found" in refused.output
    assert "users" in refused.output


def test_decisions_are_counted_in_words() -> None:
    """What does not occur is not told."""
    told = [step("create"), step("create"), step("differs", "hint")]
    assert schema_counts(told) == "2 to make, 1 other in the target, left as it is"
    assert schema_counts([]) == ""


def test_differences_are_shown_as_a_table() -> None:
    """Each with both sides; beyond forty only their number, and nothing when there are none."""

    def shown(*told: JsonObject) -> str:
        command = click.command(lambda: show_differences(told))
        return CliRunner().invoke(command).output

    assert shown(step("create")) == ""
    lines = shown(step("differs", "hint", "label")).splitlines()
    assert [" ".join(line.split()) for line in lines[-2:]] == [
        "differs field post.title hint 1 2",
        "differs field post.title label 1 2",
    ]
    assert "… and 5 more, which --json tells" in shown(step("update", *"x" * 45))
