"""The command line: one click group, and the one place where a failure becomes an exit code."""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys
import traceback

import click

from datosnap.cli.answers import stop_writing, unwritable
from datosnap.cli.events import LOG_JSON, write_event
from datosnap.cli.options import EXIT_CODES
from datosnap.cli.running import Interrupted
from datosnap.errors import BackupError, DiskError, UsageError

# Command -> module and attribute; imported when it is called, so that --help answers at once.
_COMMANDS = {
    "demo": ("datosnap.cli.demo", "demo"),
    "export": ("datosnap.cli.export", "export"),
    "import": ("datosnap.cli.restore", "restore"),
    "clone": ("datosnap.cli.clone", "clone"),
    "verify": ("datosnap.cli.verify", "verify"),
    "show": ("datosnap.cli.show", "show"),
    "diff": ("datosnap.cli.diff", "diff"),
    "convert": ("datosnap.cli.convert", "convert"),
    "query": ("datosnap.cli.query", "query"),
    "drill": ("datosnap.cli.drill", "drill"),
    "doctor": ("datosnap.cli.doctor", "doctor"),
    "sandbox": ("datosnap.cli.sandbox", "sandbox"),
}
_HELP = {
    "demo": "Watch a project go out and come back, without an account.",
    "export": "Export a whole project into a snapshot.",
    "import": "Import a snapshot into another project.",
    "clone": "Take one environment or project straight into another.",
    "verify": "Check every byte of a snapshot.",
    "show": "Tell what is in a snapshot, or print one record or upload.",
    "diff": "Compare the content of two snapshots.",
    "convert": "Write a snapshot anew in the other format.",
    "query": "Answer SQL about a snapshot, or about many at once.",
    "drill": "Prove that a snapshot can be restored.",
    "doctor": "Check token, role, limits and disk before they fail a run.",
    "sandbox": "Serve a local stand-in for the API.",
}

_DEFECT = "this is a defect of datosnap; please report it with the lines above"


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
    # Read when Arrow is loaded. Its own allocator holds on to what was freed: 40 MB of an export.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # Not every terminal or file knows every letter; content with one is no reason to fail.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(_exit_code(sys.argv[1:]))


def _exit_code(arguments: list[str]) -> int:
    # Events are for programs: then every line on stderr is one, the last word too.
    by_events = LOG_JSON in arguments
    code, words = 0, ""
    try:
        code = cli.main(arguments, prog_name="datosnap", standalone_mode=False) or 0
    except (Exception, Interrupted, KeyboardInterrupt) as failure:  # noqa: BLE001 - the one place
        if _is_of_output(failure):
            stop_writing()
        code, words = _ending(failure)
        if by_events:
            words = f"{_trace(failure, code)}{words}"
        else:
            _show(failure, code, words)
    if by_events:
        write_event("finished", exit_code=code, message=words)
    return code


def _ending(failure: BaseException) -> tuple[int, str]:
    """Give the exit code that says what happened, and words that say the same."""
    match failure:
        case click.ClickException():
            return UsageError.exit_code, failure.format_message()
        case Interrupted():
            return failure.exit_code, "interrupted; nothing is lost, and the same command goes on"
        case KeyboardInterrupt() | click.Abort():
            return Interrupted(signal.SIGINT).exit_code, "interrupted"
        case BackupError() if type(failure) is not BackupError:
            return failure.exit_code, str(failure)
        case OSError() if _is_of_output(failure):
            return DiskError.exit_code, str(unwritable(failure))
        case _:
            return BackupError.exit_code, _DEFECT


def _is_of_output(failure: BaseException) -> bool:
    """Tell whether the system refused to take what was printed."""
    if not isinstance(failure, OSError):
        return False
    frames = (frame for frame, _ in traceback.walk_tb(failure.__traceback__))
    return any(frame.f_code is click.echo.__code__ for frame in frames)


def _show(failure: BaseException, code: int, words: str) -> None:
    if isinstance(failure, click.ClickException):
        failure.show()
        return
    click.echo(_trace(failure, code), err=True, nl=False)
    for line in words.splitlines() or [""]:
        click.echo(f"datosnap: {line}", err=True)


def _trace(failure: BaseException, code: int) -> str:
    """Give the traceback of a defect; what is foreseen needs none."""
    return "".join(traceback.format_exception(failure)) if code == BackupError.exit_code else ""
