"""`datosnap diff`: what differs between two snapshots."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click
from anyio import to_thread

from datosnap.cli.options import PATH, as_place, epilog, json_option, log_json_option, quiet_option
from datosnap.cli.output import number, print_json, print_table, watching
from datosnap.cli.running import run_flow
from datosnap.flows.compare import Comparison, compare_snapshots, read_id_map
from datosnap.flows.progress import FromThread

# `diff` has its own code for "they differ", which is no failure.
DIFFERENT = 5
_SHOWN = 50


@click.command(epilog=epilog("datosnap diff monday tuesday"))
@click.argument("left", type=as_place)
@click.argument("right", type=as_place)
@click.option("--id-map", type=PATH, help="The id-map.ndjson of the import from LEFT into RIGHT.")
@json_option
@quiet_option
@log_json_option
@click.pass_context
def diff(
    context: click.Context,
    left: Path | str,
    right: Path | str,
    *,
    id_map: Path | None,
    as_json: bool,
    quiet: bool,
    log_json: bool,
) -> None:
    """Compare the content of two snapshots; exit code 5 when it differs."""

    async def flow() -> Comparison:
        ids = await to_thread.run_sync(read_id_map, id_map)
        compare = partial(compare_snapshots, left, right, ids, FromThread(bars))
        return await to_thread.run_sync(compare)

    with watching(quiet=quiet, log_json=log_json) as bars:
        result = run_flow(flow)
    if as_json:
        print_json(result)
    else:
        show(result)
    if result.total:
        context.exit(DIFFERENT)


def show(result: Comparison) -> None:
    """Print what differs, or what was found equal."""
    compared = ", ".join(f"{count:,} {name}" for name, count in result.compared.items() if count)
    if result.total:
        click.echo(click.style(number(result.total, "difference"), fg="yellow", bold=True))
        told = result.differences[:_SHOWN]
        print_table(
            ("what", "id", "where", "left", "right"),
            [(one.kind, one.id, one.path, one.left, one.right) for one in told],
        )
        if result.total > len(told):
            click.echo(f"  … and {number(result.total - len(told), 'more')}")
    else:
        click.echo(click.style("No differences", fg="green", bold=True))
    click.echo(f"  compared      {compared}")
    click.echo(f"  left out      {', '.join(result.left_out)}")
