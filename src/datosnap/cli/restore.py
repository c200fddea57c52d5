"""`datosnap import`: a snapshot into another project."""

from __future__ import annotations

from pathlib import Path

import click

from datosnap.cli.configuration import client_settings
from datosnap.cli.options import (
    PATH,
    F,
    as_place,
    asked,
    connection_options,
    epilog,
    json_option,
    log_json_option,
    quiet_option,
)
from datosnap.cli.output import number, print_facts, print_json, print_table, size, watching
from datosnap.cli.running import run_flow
from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.remapping import IdPolicy
from datosnap.errors import IncompleteError
from datosnap.flows.connecting import connected
from datosnap.flows.restore import RestoreOptions, RestoreReport, restore_project
from datosnap.flows.restore_plan import Plan

# What an import and a clone alike are told of how to write.
_IMPORT = (
    click.option(
        "--ids",
        type=click.Choice([one.value for one in IdPolicy]),
        default=IdPolicy.AUTO.value,
        show_default=True,
        help="Keep ids where they can be kept, keep them or refuse, or always derive new ones.",
    ),
    click.option(
        "--allow-nonempty", is_flag=True, help="Add beside what the target holds already."
    ),
    click.option("--dry-run", is_flag=True, help="Print the plan and stop."),
    click.option("--state", type=PATH, help="Folder for the journal and the id map."),
)


def import_options(command: F) -> F:
    """Add the options that say how an import writes."""
    for option in reversed(_IMPORT):
        command = option(command)
    return command


def restore_options(
    snapshot: Path | str, environment: str | None, given: JsonObject
) -> RestoreOptions:
    """Build what an import is told from a command's arguments."""
    return RestoreOptions(
        snapshot=snapshot,
        environment=environment,
        ids=IdPolicy(given["ids"]),
        allow_nonempty=given["allow_nonempty"],
        dry_run=given["dry_run"],
        state=given["state"],
        in_flight=given["in_flight"],
    )


@click.command("import", epilog=epilog("datosnap import backups/2026-11-21 --dry-run"))
@click.argument("snapshot", type=as_place)
@connection_options
@import_options
@json_option
@quiet_option
@log_json_option
def restore(snapshot: Path | str, **given: Json) -> None:
    """Import SNAPSHOT into an empty project or environment.

    Prints the plan before anything is written. Interrupted, the same command goes on.
    """
    settings = client_settings(asked(given), Path.cwd())
    options = restore_options(snapshot, given["environment"], given)

    def show(plan: Plan) -> None:
        if not given["as_json"]:
            show_plan(plan)

    async def flow() -> RestoreReport:
        async with connected(settings, bars) as (client, assets):
            return await restore_project(client, assets, options, bars, show=show)

    with watching(quiet=given["quiet"], log_json=given["log_json"]) as bars:
        report = run_flow(flow)
    if given["as_json"]:
        print_json(as_document(report))
    elif not options.dry_run:
        show_report(report)
    if report.gaps:
        raise IncompleteError(
            f"{number(len(report.gaps), 'thing')} did not come over, or not whole"
        )


def show_plan(plan: Plan) -> None:
    """Print what an import will do."""
    print_facts(
        f"Plan: into {plan.project_name} ({plan.project_id}), environment {plan.environment_id}",
        [
            ("ids", f"{plan.ids_kept:,} kept, {plan.ids_derived:,} new ({plan.ids})"),
            ("locales", ", ".join(plan.locales)),
            (
                "schema",
                ", ".join(
                    (
                        number(len(plan.models), "model"),
                        number(plan.block_models, "block model"),
                        number(plan.fields, "field"),
                    )
                ),
            ),
            ("uploads", f"{plan.uploads:,}, {size(plan.asset_bytes)}"),
            ("written twice", f"{number(plan.second_writes, 'record')} (circles, newer drafts)"),
            ("API calls", f"about {plan.calls:,}"),
            ("left alone", "; ".join(plan.left_alone)),
            ("note", "; ".join(plan.notes)),
        ],
    )
    print_table(
        ("model", "records", "draft", "updated", "published"),
        [(one.model, one.records, one.draft, one.updated, one.published) for one in plan.models],
    )


def show_report(report: RestoreReport) -> None:
    """Print what an import wrote."""
    written = report.written
    print_facts(
        "Imported",
        [
            ("records", f"{written.records:,}, {number(written.second_writes, 'second write')}"),
            ("blocks", f"{written.blocks:,}"),
            ("links", f"{written.links:,} rewritten"),
            ("uploads", f"{written.uploads:,}, {size(written.asset_bytes)}"),
            ("id map", str(report.state / "id-map.ndjson") if report.state else ""),
            ("API calls", f"{report.calls:,} in {report.seconds:.1f} s"),
        ],
    )
    if report.gaps:
        click.echo(click.style(f"{number(len(report.gaps), 'gap')}:", fg="yellow"))
        print_table(("what", "id", "why"), [(gap.kind, gap.id, gap.reason) for gap in report.gaps])


def as_document(report: RestoreReport) -> JsonObject:
    """Give the report for programs.

    Shape: `{"plan": {…}, "written": {…}, "gaps": [{"kind", "id", "reason"}], "id_map", "calls",
    "seconds"}`; `id_map` is null after a dry run.
    """
    return {
        "plan": report.plan,
        "written": report.written,
        "gaps": report.gaps,
        "id_map": str(report.state / "id-map.ndjson") if report.state else None,
        "calls": report.calls,
        "seconds": round(report.seconds, 3),
    }
