"""`datosnap export`: a project into a snapshot."""

from __future__ import annotations

from pathlib import Path

import click

from datosnap.cli.configuration import client_settings
from datosnap.cli.options import PATH, asked, connection_options, epilog, json_option, quiet_option
from datosnap.cli.output import Bars, number, print_facts, print_json, print_table, size
from datosnap.cli.running import run_flow
from datosnap.core.jsontext import Json, JsonObject
from datosnap.errors import IncompleteError
from datosnap.flows.connecting import connected
from datosnap.flows.export import ExportOptions, ExportReport, export_project


@click.command(epilog=epilog("datosnap export backups/2026-11-21 --history all"))
@click.argument("destination", type=PATH)
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
@click.option("--models", metavar="A,B", default="", help="Only these models, by api_key.")
@click.option(
    "--history",
    type=click.Choice(["none", "all"]),
    default="none",
    show_default=True,
    help="All versions of all records; costs a call a record.",
)
@click.option(
    "--assets",
    type=click.Choice(["all", "metadata"]),
    default="all",
    show_default=True,
    help="Whether the bytes of assets are fetched.",
)
@click.option("--include-secrets", is_flag=True, help="Keep secrets of webhooks, plugins, tokens.")
@json_option
@quiet_option
def export(destination: Path, **given: Json) -> None:
    """Export a whole project into DESTINATION: a new or empty folder."""
    settings = client_settings(asked(given), Path.cwd())
    options = ExportOptions(
        destination=destination,
        environment=given["environment"],
        chunk_format=given["chunk_format"],
        compression=given["compression"],
        models=tuple(one.strip() for one in given["models"].split(",") if one.strip()),
        history=given["history"] == "all",
        assets=given["assets"] == "all",
        include_secrets=given["include_secrets"],
        in_flight=given["in_flight"],
    )

    async def flow() -> ExportReport:
        async with connected(settings) as (client, assets):
            return await export_project(client, assets, options, bars)

    with Bars(quiet=given["quiet"]) as bars:
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
            ("API calls", f"{facts.api_calls:,} in {report.seconds:.1f} s"),
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
    }
