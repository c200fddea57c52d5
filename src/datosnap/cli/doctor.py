"""`datosnap doctor`: whether exports can run, and what to do where they cannot."""

from __future__ import annotations

from pathlib import Path

import click

from datosnap.cli.configuration import client_settings
from datosnap.cli.options import asked, connection_options, epilog, json_option
from datosnap.cli.output import print_json
from datosnap.cli.running import run_flow
from datosnap.core.jsontext import Json
from datosnap.flows.connecting import connected
from datosnap.flows.diagnosis import Check, State
from datosnap.flows.doctor import DoctorOptions, Examination, examine, impatient

_COLOURS: dict[State, str] = {"ok": "green", "warning": "yellow", "problem": "red"}


@click.command(epilog=epilog("datosnap doctor --destination backups"))
@connection_options
@click.option(
    "--destination", metavar="PLACE", help="Where exports go: checked for room and leave."
)
@click.option(
    "--remove-leftovers",
    is_flag=True,
    help="Destroy forks that exports left behind (environments named datosnap-backup-…).",
)
@json_option
@click.pass_context
def doctor(context: click.Context, /, **given: Json) -> None:
    """Check token, role, environment, limits, clock and disk; say what to do.

    The exit code is 0 when nothing is a problem, otherwise the one the first problem would cause.
    """
    settings = impatient(client_settings(asked(given), Path.cwd()))
    options = DoctorOptions(
        environment=given["environment"],
        destination=given["destination"],
        remove_leftovers=given["remove_leftovers"],
    )

    async def flow() -> Examination:
        async with connected(settings) as (client, _):
            return await examine(client, options, announce=_announce)

    examination = run_flow(flow)
    if given["as_json"]:
        print_json({"exit_code": examination.exit_code, "checks": examination.checks})
    else:
        for check in examination.checks:
            click.echo(_line(check))
    context.exit(examination.exit_code)


def _announce(text: str) -> None:
    click.echo(f"datosnap: {text}", err=True)


def _line(check: Check) -> str:
    """Write a check in one line."""
    state = click.style(f"{check.state:9}", fg=_COLOURS[check.state])
    advice = f"; {check.advice}" if check.advice else ""
    return f"{state}{check.name:13}{check.found}{advice}"
