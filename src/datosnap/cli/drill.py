"""`datosnap drill`: can this snapshot be restored."""

from __future__ import annotations

from pathlib import Path

import click

from datosnap.cli import diff
from datosnap.cli.options import as_place, epilog, json_option, log_json_option, quiet_option
from datosnap.cli.output import number, print_facts, print_json, watching
from datosnap.cli.running import run_flow
from datosnap.core.jsontext import JsonObject
from datosnap.core.remapping import IdPolicy
from datosnap.errors import IncompleteError, UsageError
from datosnap.flows.round_trip import Returned


@click.command(epilog=epilog("datosnap export backups/today && datosnap drill backups/today"))
@click.argument("snapshot", type=as_place)
@click.option(
    "--ids",
    type=click.Choice([one.value for one in IdPolicy]),
    default=IdPolicy.REMAP.value,
    show_default=True,
    help="As for import; new ids prove that every reference is rewritten.",
)
@json_option
@quiet_option
@log_json_option
@click.pass_context
def drill(
    context: click.Context,
    snapshot: Path | str,
    *,
    ids: str,
    as_json: bool,
    quiet: bool,
    log_json: bool,
) -> None:
    """Restore SNAPSHOT into a sandbox, export that, and compare both; exit code 5 if they differ.

    Nothing is written anywhere but to this machine.
    """
    try:
        from datosnap.flows.drill import drill as run  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        raise UsageError(
            f"a drill needs {error.name}; install it with: pip install 'datosnap[sandbox]'"
        ) from error
    with watching(quiet=quiet, log_json=log_json) as bars:
        returned = run_flow(lambda: run(snapshot, IdPolicy(ids), bars))
    if as_json:
        print_json(as_document(returned))
    else:
        _show(snapshot, returned)
    if returned.comparison.total:
        context.exit(diff.DIFFERENT)
    if returned.restored.gaps:
        raise IncompleteError(f"{number(len(returned.restored.gaps), 'gap')} in the restored copy")


def _show(snapshot: Path | str, returned: Returned) -> None:
    written = returned.restored.written
    is_good = not returned.comparison.total and not returned.restored.gaps
    print_facts(
        f"{snapshot} {'can be restored' if is_good else 'comes back with losses'}",
        [
            ("records", f"{written.records:,}, {written.blocks:,} blocks"),
            ("links", f"{written.links:,} rewritten"),
            ("uploads", f"{written.uploads:,}"),
            ("seconds", f"{returned.restored.seconds + returned.exported.seconds:.1f}"),
        ],
    )
    diff.show(returned.comparison)
    for gap in returned.restored.gaps:
        click.echo(click.style(f"  gap: {gap.kind} {gap.id}: {gap.reason}", fg="yellow"))


def as_document(returned: Returned) -> JsonObject:
    """Give the report for programs.

    Shape: `{"equal", "written": {…}, "gaps": […], "compared": {…}, "differences": […], "total"}`.
    """
    comparison = returned.comparison
    return {
        "equal": not comparison.total and not returned.restored.gaps,
        "written": returned.restored.written,
        "gaps": returned.restored.gaps,
        "compared": comparison.compared,
        "differences": comparison.differences,
        "total": comparison.total,
    }
