"""`datosnap import`: a snapshot into another project."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
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
from datosnap.cli.schema_text import SCHEMA_OPTIONS, schema_counts, show_differences
from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.matching import OnConflict, Publish
from datosnap.core.remapping import IdPolicy
from datosnap.core.schema_matching import SchemaPolicy
from datosnap.core.selecting import Selection
from datosnap.errors import IncompleteError, UsageError
from datosnap.flows.connecting import connected
from datosnap.flows.restore import RestoreOptions, RestoreReport, restore_project
from datosnap.flows.restoring.plan import Plan
from datosnap.flows.restoring.run import Counts

# Of a long list so many are printed.
_SHOWN = 10
# What an import and a clone alike are told of how to write.
_IMPORT = (
    click.option(
        "--ids",
        type=click.Choice([one.value for one in IdPolicy]),
        default=IdPolicy.AUTO.value,
        show_default=True,
        help="Keep ids where they can be kept, keep them or refuse, or always derive new ones.",
    ),
    *SCHEMA_OPTIONS,
    click.option(
        "--on-conflict",
        type=click.Choice([one.value for one in OnConflict]),
        default=OnConflict.SKIP.value,
        show_default=True,
        help="What was edited in the target: leave and tell, overwrite, or refuse to begin.",
    ),
    click.option(
        "--publish",
        type=click.Choice([one.value for one in Publish]),
        default=Publish.AS_SOURCE.value,
        show_default=True,
        help="What readers shall see: what the source's did, nothing new, or everything.",
    ),
    click.option("--models", metavar="KEY,…", multiple=True, help="Only records of these models."),
    click.option("--records", metavar="ID,…", multiple=True, help="Only these records."),
    click.option(
        "--with-dependencies", is_flag=True, help="Also what the selected records refer to."
    ),
    click.option("--locales", metavar="CODE,…", multiple=True, help="Write these locales only."),
    click.option(
        "--mirror", is_flag=True, help="Delete records that the snapshot does not have; see --yes."
    ),
    click.option("--yes", is_flag=True, help="Agree to the deletions of the printed plan."),
    click.option(
        "--on-asset-error",
        type=click.Choice(["skip", "fail"]),
        default="skip",
        show_default=True,
        help="An upload that cannot be sent: tell it at the end, or stop.",
    ),
    click.option("--allow-primary", is_flag=True, help="Write into what readers see."),
    click.option("--allow-dangling", is_flag=True, help="Leave out links to what is not selected."),
    click.option(
        "--id-map", type=PATH, metavar="FILE", help="Go by the id-map.ndjson of an earlier import."
    ),
    click.option(
        "--rewrite-text",
        is_flag=True,
        help="Bring addresses of assets and ids inside text and JSON up to date, too.",
    ),
    click.option(
        "--history",
        type=click.Choice(["none", "replay"]),
        default="none",
        show_default=True,
        help="Write old versions of new records too, dated and signed by this import.",
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
        schema=SchemaPolicy(given["schema"]),
        selection=Selection(
            _listed(given["models"]), _listed(given["records"]), given["with_dependencies"]
        ),
        locales=_listed(given["locales"]) or None,
        on_conflict=OnConflict(given["on_conflict"]),
        publish=Publish(given["publish"]),
        extras=given["extras"],
        mirror=given["mirror"],
        agreed=given["yes"],
        allow_primary=given["allow_primary"],
        allow_dangling=given["allow_dangling"],
        fail_on_asset=given["on_asset_error"] == "fail",
        replay=given["history"] == "replay",
        rewrite_text=given["rewrite_text"],
        id_map=given["id_map"],
        dry_run=given["dry_run"],
        state=given["state"],
        in_flight=given["in_flight"],
    )


def _listed(given: Sequence[str]) -> tuple[str, ...]:
    """Take lists with commas, of an option that may be repeated, as one list."""
    return tuple(dict.fromkeys(part for one in given for part in one.split(",") if part))


@click.command("import", epilog=epilog("datosnap import backups/2026-11-21 --dry-run"))
@click.argument("snapshot", type=as_place)
@connection_options
@import_options
@json_option
@quiet_option
@log_json_option
def restore(snapshot: Path | str, **given: Json) -> None:
    """Import SNAPSHOT into a project or environment.

    Prints the plan before anything is written. Interrupted, the same command goes on; repeated, it
    writes only what differs, and nothing over what was edited in the target unless asked to.
    """
    settings = client_settings(asked(given), Path.cwd())
    options = restore_options(snapshot, given["environment"], given)

    show = partial(_show, as_json=given["as_json"], options=options)

    async def flow() -> RestoreReport:
        async with connected(settings, bars) as (client, assets):
            return await restore_project(client, assets, options, bars, show=show)

    with watching(quiet=given["quiet"], log_json=given["log_json"]) as bars:
        report = run_flow(flow)
    if given["as_json"]:
        print_json(as_document(report))
    elif not options.dry_run:
        show_report(report)
    refuse_if_refused(report)
    if report.gaps:
        raise IncompleteError(
            f"{number(len(report.gaps), 'thing')} did not come over, or not whole"
        )


def _show(plan: Plan, *, as_json: bool, options: RestoreOptions) -> None:
    """Print the plan; as a document only where no report with it will follow."""
    if not as_json:
        show_plan(plan)
        return
    is_refused = plan.refusals or (plan.deletes and not options.agreed)
    if is_refused and not options.dry_run:
        print_json({"plan": plan})


def refuse_if_refused(report: RestoreReport) -> None:
    """Tell by the exit code that a dry run found reasons not to begin. Raises: UsageError."""
    if report.plan.refusals:
        raise UsageError("\n".join(report.plan.refusals))


def show_plan(plan: Plan) -> None:
    """Print what an import will do."""
    print_facts(
        f"Plan: into {plan.project_name} ({plan.project_id}), environment {plan.environment_id}",
        [
            ("ids", f"{plan.ids_kept:,} kept, {plan.ids_derived:,} new ({plan.ids})"),
            ("locales", _locales(plan)),
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
            ("", schema_counts(plan.schema)),
            ("uploads", _uploads(plan)),
            ("written twice", f"{number(plan.second_writes, 'record')} (circles, newer drafts)"),
            ("API calls", f"about {plan.calls:,}"),
            ("left alone", "; ".join(plan.left_alone)),
            ("by hand", "; ".join(plan.by_hand)),
            ("note", "; ".join(plan.notes)),
        ],
    )
    show_differences(plan.schema)
    print_table(
        ("model", "records", "create", "update", "unchanged", "skip", "delete"),
        [
            (one.model, one.records, one.create, one.update, one.unchanged, one.skip, one.delete)
            for one in plan.models
        ],
    )
    if plan.conflicts:
        edited = number(len(plan.conflicts), "thing")
        click.echo(click.style(f"{edited} edited in the target:", fg="yellow"))
        for one in plan.conflicts[:_SHOWN]:
            click.echo(f"  {one}")


def _uploads(plan: Plan) -> str:
    acts = plan.upload_plan
    return (
        f"{acts.send:,} to send ({size(plan.asset_bytes)}), {acts.reuse:,} there already,"
        f" {acts.update:,} to describe anew, {acts.skip:,} left alone"
    )


def _records(written: Counts) -> str:
    return (
        f"{written.records:,} created, {written.updated:,} updated, {written.deleted:,} deleted,"
        f" {number(written.second_writes, 'second write')}"
    )


def _in_text(written: Counts) -> str:
    if not (written.addresses_in_text or written.ids_in_text):
        return ""
    addresses = number(written.addresses_in_text, "address", "addresses")
    return f"{addresses} and {number(written.ids_in_text, 'id')} rewritten"


def _locales(plan: Plan) -> str:
    added = f" (new there: {', '.join(plan.added_locales)})" if plan.added_locales else ""
    return ", ".join(plan.locales) + added


def show_report(report: RestoreReport) -> None:
    """Print what an import wrote."""
    written = report.written
    print_facts(
        "Imported",
        [
            ("records", _records(written)),
            ("blocks", f"{written.blocks:,}"),
            ("versions", f"{written.versions:,} old ones" if written.versions else ""),
            ("links", f"{written.links:,} rewritten"),
            ("in text", _in_text(written)),
            ("uploads", f"{written.uploads:,}, {size(written.asset_bytes)}"),
            ("by hand", "; ".join(report.plan.by_hand)),
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
