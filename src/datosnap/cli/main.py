"""The command line: one click group, and the one place where a failure becomes an exit code."""

from __future__ import annotations

import importlib
import signal
import sys
import traceback

import click

from datosnap.cli.options import EXIT_CODES
from datosnap.cli.running import Interrupted
from datosnap.errors import BackupError, UsageError

# Command -> module and attribute; imported when it is called, so that --help answers at once.
_COMMANDS = {
    "demo": ("datosnap.cli.demo", "demo"),
    "export": ("datosnap.cli.export", "export"),
    "import": ("datosnap.cli.restore", "restore"),
    "verify": ("datosnap.cli.verify", "verify"),
    "diff": ("datosnap.cli.diff", "diff"),
    "sandbox": ("datosnap.cli.sandbox", "sandbox"),
}
_HELP = {
    "demo": "Watch a project go out and come back, without an account.",
    "export": "Export a whole project into a snapshot.",
    "import": "Import a snapshot into another project.",
    "verify": "Check every byte of a snapshot.",
    "diff": "Compare the content of two snapshots.",
    "sandbox": "Serve a local stand-in for the API.",
}


class _Commands(click.Group):
    """Commands whose modules are loaded when they are needed."""

    def list_commands(self, _: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_HELP.items()))


@click.command(
    cls=_Commands,
    epilog=f"{EXIT_CODES}\n\nStart with: datosnap demo",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="datosnap", message="datosnap %(version)s")
def cli() -> None:
    """Whole, checkable backups of DatoCMS projects, and their way back."""


def run() -> None:
    """Run the command line and end the process with its exit code."""
    sys.exit(_exit_code(sys.argv[1:]))


def _exit_code(arguments: list[str]) -> int:
    try:
        return cli.main(arguments, prog_name="datosnap", standalone_mode=False) or 0
    except (Exception, Interrupted, KeyboardInterrupt) as failure:  # noqa: BLE001 - the one place
        return _told(failure)


def _told(failure: BaseException) -> int:
    """Tell a person what happened, and give the exit code that says the same."""
    match failure:
        case click.ClickException():
            failure.show()
            return UsageError.exit_code
        case Interrupted():
            _complain("interrupted; nothing is lost, and the same command goes on")
            return failure.exit_code
        case KeyboardInterrupt() | click.Abort():
            _complain("interrupted")
            return Interrupted(signal.SIGINT).exit_code
        case BackupError() if type(failure) is not BackupError:
            _complain(str(failure))
            return failure.exit_code
        case _:
            traceback.print_exception(failure)
            _complain("this is a defect of datosnap; please report it with the lines above")
            return BackupError.exit_code


def _complain(text: str) -> None:
    for line in text.splitlines() or [""]:
        click.echo(f"datosnap: {line}", err=True)
