"""Let an import be told how to treat a schema, and tell people what that comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click

from datosnap.cli.output import print_table
from datosnap.core.jsontext import JsonObject
from datosnap.core.project_extras import EXTRAS
from datosnap.core.schema_matching import SchemaPolicy
from datosnap.errors import quote

# A schema may have hundreds of fields that differ; `--json` names them all.
_TOLD_MAX = 40
_WORDS = {
    "create": "to make",
    "update": "to bring to the snapshot's form",
    "differs": "other in the target, left as it is",
    "leave out": "left out",
}


def _names(_: click.Context, option: click.Parameter, value: str) -> tuple[str, ...]:
    names = tuple(one.strip() for one in value.split(",") if one.strip())
    for one in names:
        if one not in EXTRAS:
            expected = f"expected some of {', '.join(EXTRAS)}, found {quote(one)}"
            raise click.BadParameter(expected, param=option)
    return names


SCHEMA_OPTIONS = (
    click.option(
        "--schema",
        type=click.Choice([one.value for one in SchemaPolicy]),
        default=SchemaPolicy.CREATE.value,
        show_default=True,
        help="Make what the target lacks; also bring what differs; or touch no schema.",
    ),
    click.option(
        "--with",
        "extras",
        callback=_names,
        default="",
        metavar="KINDS",
        help="Bring roles,webhooks,build_triggers too, inactive.",
    ),
)


def schema_counts(schema: Sequence[JsonObject]) -> str:
    """Say in one line what an import will do to a target's schema and settings."""
    counts = Counter(one["act"] for one in schema)
    return ", ".join(f"{counts[act]} {words}" for act, words in _WORDS.items() if counts[act])


def show_differences(schema: Sequence[JsonObject]) -> None:
    """Print what the target has in another form than the snapshot."""
    rows = [
        (one["act"], one["name"], change["name"], change["target"], change["source"])
        for one in schema
        for change in one["changes"]
    ]
    if rows:
        titles = ("schema", "which", "differs in", "target has", "snapshot has")
        print_table(titles, rows[:_TOLD_MAX])
    if len(rows) > _TOLD_MAX:
        click.echo(f"… and {len(rows) - _TOLD_MAX} more, which --json tells")
