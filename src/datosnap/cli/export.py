"""`datosnap export`: a project into a snapshot."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from datosnap.api.client import ClientSettings
from datosnap.cli.configuration import client_settings
from datosnap.cli.options import (
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
from datosnap.errors import IncompleteError
from datosnap.flows.connecting import connected
from datosnap.flows.estimate import Estimate
from datosnap.flows.export import (
    ExportReport,
    choose_models,
    estimate_export,
    export_project,
)
from datosnap.flows.exporting.options import ExportOptions
from datosnap.flows.opening import open_source

consistent_option = click.option(
    "--consistent",
    type=click.Choice(["sweep", "fork", "off"]),
    default="sweep",
    show_default=True,
    help="Fetch again what changed meanwhile, read from a fork, or do not look.",
)
allow_partial_option = click.option(
    "--allow-partial", is_flag=True, help="Accept a token that cannot see everything."
)


@click.command(epilog=epilog("datosnap export backups/2026-11-21 --history all"))
@click.argument("destination", type=as_place)
@connection_options
@click.option(
    "--format",
    "chunk_format",
    type=click.Choice(["ndjson", "parquet"]),
    default="ndjson",
    show_default=True,
    help="How records are kept.",
)
@click.option(
    "--compression",
    type=click.Choice(["zstd", "gzip", "none"]),
    default="zstd",
    show_default=True,
    help="Of NDJSON files; Parquet is always zstd.",
)
@click.option("--no-raw", is_flag=True, help="Parquet: typed columns only, for analysts.")
@click.option("--models", metavar="A,B", default="", help="Only these models, by api_key.")
@click.option("--exclude-models", metavar="A,B", default="", help="All but these models.")
@click.option(
    "--history",
    type=click.Choice(["none", "all"]),
    default="none",
    show_default=True,
    help="All versions of all records; costs a call a record.",
)
@click.option(
    "--assets",
    type=click.Choice(["all", "referenced", "metadata", "none"]),
    default="all",
    show_default=True,
    help="Whose bytes are fetched: of all, of those in use, of none; or no uploads at all.",
)
@click.option("--locales", metavar="A,B", default="", help="Only content in these locales.")
@click.option("--updated-since", metavar="DATE", help="Only records changed since.")
@click.option(
    "--since",
    type=as_place,
    metavar="PATH",
    help="Take what is unchanged from this older snapshot.",
)
@click.option("--estimate", is_flag=True, help="Print what it would cost, and stop.")
@click.option("--max-calls", type=click.IntRange(min=1), help="Make no more API calls than this.")
@consistent_option
@allow_partial_option
@click.option("--restart", is_flag=True, help="Throw an unfinished export away and start over.")
@click.option("--include-secrets", is_flag=True, help="Keep secrets of webhooks, plugins, tokens.")
@json_option
@quiet_option
@log_json_option
def export(destination: Path | str, **given: Json) -> None:
    """Export a whole project into DESTINATION: a new or empty folder."""
    settings = client_settings(asked(given), Path.cwd())
    options = ExportOptions(
        destination=destination,
        environment=given["environment"],
        chunk_format=given["chunk_format"],
        compression=given["compression"],
        keeps_raw=not given["no_raw"],
        models=_names(given["models"]),
        excluded_models=_names(given["exclude_models"]),
        history=given["history"] == "all",
        assets=given["assets"],
        locales=_names(given["locales"]),
        updated_since=given["updated_since"],
        since=given["since"],
        max_calls=given["max_calls"],
        include_secrets=given["include_secrets"],
        consistent=given["consistent"],
        allow_partial=given["allow_partial"],
        restart=given["restart"],
        in_flight=given["in_flight"],
        may_start_processes=True,
    )

    if given["estimate"]:
        show_estimate(settings, options, as_json=given["as_json"])
        return

    async def flow() -> ExportReport:
        async with connected(settings, bars) as (client, assets):
            return await export_project(client, assets, options, bars)

    with watching(quiet=given["quiet"], log_json=given["log_json"]) as bars:
        report = run_flow(flow)
    if given["as_json"]:
        print_json(as_document(report))
    else:
        show(report)
    gaps = report.manifest.facts.gaps
    if gaps:
        raise IncompleteError(
            f"the snapshot has {number(len(gaps), 'gap')}, listed in its manifest"
        )


def _names(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def show(report: ExportReport) -> None:
    """Print what was exported."""
    manifest, facts = report.manifest, report.manifest.facts
    records = sum(one.records for one in facts.totals)
    published = sum(one.published_copies for one in facts.totals)
    versions = sum(one.versions for one in facts.totals)
    assets = [one for one in manifest.files if one.kind == "asset"]
    print_facts(
        f"Exported {facts.project_name} into {report.destination}",
        [
            ("project", f"{facts.project_id}, environment {facts.environment_id}"),
            ("records", f"{records:,} of {number(len(facts.totals), 'model')}"),
            ("published", f"{published:,} copies that differ from the current ones"),
            ("versions", f"{versions:,}" if versions else ""),
            ("uploads", f"{facts.uploads_total:,}, {number(len(assets), 'file')}"),
            ("size", size(sum(one.bytes for one in manifest.files))),
            ("consistency", facts.consistency),
            ("withheld", number(len(facts.withheld), "secret") if facts.withheld else ""),
            (
                "API calls",
                f"{facts.api_calls:,} in {report.seconds:.1f} s, planned {report.planned.calls:,}",
            ),
            ("taken over", number(report.reused_assets, "asset") if report.reused_assets else ""),
        ],
    )
    if facts.gaps:
        click.echo(click.style(f"{number(len(facts.gaps), 'gap')}:", fg="yellow"))
        print_table(("what", "id", "why"), [(gap.kind, gap.id, gap.reason) for gap in facts.gaps])


def as_document(report: ExportReport) -> JsonObject:
    """Give the report for programs.

    Shape: `{"destination", "complete", "seconds", "manifest": {…}}`, the last as in the file but
    for the list of files, which is only counted.
    """
    manifest = report.manifest
    return {
        "destination": str(report.destination),
        "complete": manifest.complete,
        "seconds": round(report.seconds, 3),
        "files": len(manifest.files),
        "bytes": sum(one.bytes for one in manifest.files),
        "facts": manifest.facts,
        "planned_calls": report.planned.calls,
        "reused_assets": report.reused_assets,
    }


def show_estimate(settings: ClientSettings, options: ExportOptions, *, as_json: bool) -> None:
    """Print what an export would bring and cost."""

    async def flow() -> Estimate:
        async with connected(settings) as (client, _):
            opened = await open_source(client, options.environment)
            options.check_against(opened)
            models = choose_models(opened.schema, options.models, options.excluded_models)
            return await estimate_export(client, models, options)

    found = run_flow(flow)
    minutes = found.budget.minutes(settings.max_rate)
    if as_json:
        print_json({**asdict(found), "calls": found.budget.calls, "minutes": round(minutes, 2)})
        return
    cost = found.budget
    parts = ((cost.records, "records"), (cost.history, "history"), (cost.uploads, "uploads"))
    print_facts(
        "Estimate",
        [
            (
                "records",
                f"{sum(found.records.values()):,} of {number(len(found.records), 'model')}",
            ),
            ("updated", f"{found.updated:,}, read twice" if found.updated else ""),
            ("uploads", f"{found.uploads:,}, {size(found.asset_bytes)}" if found.uploads else ""),
            ("API calls", f"about {cost.calls:,}, {minutes:.1f} min at the rate limit"),
            ("of these", ", ".join(f"{calls:,} {what}" for calls, what in parts if calls)),
            ("spent on this", number(found.calls_spent, "call")),
        ],
    )
