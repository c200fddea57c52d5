"""The options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from datosnap.core.jsontext import Json, JsonObject

F = TypeVar("F", bound=Callable[..., Json])

EXIT_CODES = (
    "Exit codes: 0 complete, 2 usage, 3 finished with gaps, 4 corrupt snapshot, 5 differences,"
    " 10 no snapshot, 11 locked, 12 access refused, 13 API failed, 14 disk, 130/143 interrupted."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options of a command ask for; None where they are silent.

    `side` is `source` or `destination` where a command has two projects.
    """

    api_token: str | None = None
    profile: str | None = None
    config_file: str | None = None
    environment: str | None = None
    base_url: str | None = None
    in_flight: int = 8
    max_rate: float | None = None
    side: str | None = None

    def option(self, name: str) -> str:
        """Give an option's name, as this side has it."""
        return f"--{self.side}-{name}" if self.side else f"--{name}"


def epilog(example: str) -> str:
    """Write the end of a command's help: an example and the exit codes."""
    return f"\b\nExample:\n  {example}\n\n{EXIT_CODES}"


def connection_options(command: F) -> F:
    """Add the options that say which project is meant, as the official tool names them."""
    return _with(command, (*_PROJECT, *_MANNERS))


def two_sided_options(command: F) -> F:
    """Add the options that say which two projects are meant, `--source-…` and `--destination-…`."""
    sides = [_of_side(side, *one) for side in ("source", "destination") for one in _SIDE]
    return _with(command, (*sides, *_MANNERS))


def _with(command: F, options: Sequence[Callable[[F], F]]) -> F:
    for option in reversed(options):
        command = option(command)
    return command


def _of_side(side: str, name: str, metavar: str, text: str) -> Callable[[F], F]:
    return click.option(f"--{side}-{name}", metavar=metavar, help=text.format(side=side))


def asked(given: JsonObject, side: str | None = None) -> Asked:
    """Take the connection options out of a command's arguments, those of one side if it has two."""
    taken = {name: given[name] for name in Asked.__dataclass_fields__ if name in given}
    if side is None:
        return Asked(**taken)
    ours = {name: given[f"{side}_{name}"] for name in _OF_A_SIDE}
    return Asked(**{**taken, **ours, "side": side})


def as_place(value: str | Path) -> Path | str:
    """Take a folder, or an address such as `s3://bucket/prefix`, which no path may become."""
    return value if isinstance(value, str) and "://" in value else Path(value)


json_option = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
quiet_option = click.option("--quiet", is_flag=True, help="Draw no progress.")
log_json_option = click.option(
    "--log-json", is_flag=True, help="Tell progress as JSON events, one a line, on stderr."
)
PATH = click.Path(path_type=Path)

_PROJECT = (
    click.option("--api-token", metavar="TOKEN", help="API token of the project."),
    click.option("--profile", metavar="ID", help="Profile whose token and base URL are used."),
    click.option(
        "-e", "--environment", metavar="ID", help="Environment; the primary one when left out."
    ),
    click.option("--base-url", metavar="URL", help="Address of the API, for a sandbox."),
)
# Name, metavar and help of the options that each of two projects has.
_SIDE = (
    ("api-token", "TOKEN", "API token of the {side}."),
    ("profile", "ID", "Profile of the {side}: its token and base URL."),
    ("environment", "ID", "Environment of the {side}; the primary one when left out."),
    ("base-url", "URL", "Address of the {side}'s API, for a sandbox."),
)
_OF_A_SIDE = tuple(name.replace("-", "_") for name, _, _ in _SIDE)
_MANNERS = (
    click.option("--config-file", metavar="PATH", help="Instead of ./datocms.config.json."),
    click.option(
        "--in-flight",
        type=click.IntRange(1, 32),
        default=8,
        show_default=True,
        help="Requests under way at once.",
    ),
    click.option(
        "--max-rate",
        type=click.FloatRange(min=0, min_open=True),
        metavar="N",
        help="Requests per second, to leave room for editors.",
    ),
)
