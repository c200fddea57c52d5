"""`datosnap clone`: one environment straight into another."""

from __future__ import annotations

from pathlib import Path

import click

from datosnap.cli import export, restore
from datosnap.cli.configuration import client_settings
from datosnap.cli.options import (
    as_place,
    asked,
    epilog,
    json_option,
    log_json_option,
    quiet_option,
    two_sided_options,
)
from datosnap.cli.output import number, print_json, watching
from datosnap.cli.running import run_flow
from datosnap.core.jsontext import Json, JsonObject
from datosnap.errors import IncompleteError
from datosnap.flows.clone import CloneOptions, CloneReport
from datosnap.flows.clone import clone as run
from datosnap.flows.export import ExportReport
from datosnap.flows.exporting.options import ExportOptions
from datosnap.flows.restoring.plan import Plan
from datosnap.store.manifest import Manifest


@click.command(
    epilog=epilog(
        "datosnap clone --source-environment main --destination-environment staging"
        " --create-environment"
    )
)
@two_sided_options
@click.option(
    "--create-environment",
    is_flag=True,
    help="Make the destination's environment, a fork of its primary one, unless it is there.",
)
@click.option("--keep", type=as_place, metavar="PATH", help="Keep the snapshot there.")
@click.option("--restart", is_flag=True, help="Throw a clone that was cut off away.")
@export.consistent_option
@export.allow_partial_option
@restore.import_options
@json_option
@quiet_option
@log_json_option
def clone(**given: Json) -> None:
    """Clone the source project or environment into the destination.

    Both are the project of DATOCMS_API_TOKEN unless options name another. Interrupted, the same
    command goes on.
    """
    source, destination = (
        client_settings(asked(given, side), Path.cwd()) for side in ("source", "destination")
    )
    shown = _Shown(as_json=given["as_json"])
    with watching(quiet=given["quiet"], log_json=given["log_json"]) as bars:
        report = run_flow(lambda: run(source, destination, clone_options(given), bars, show=shown))
    if given["as_json"]:
        print_json(as_document(report))
    elif not given["dry_run"]:
        restore.show_report(report.restored)
    restore.refuse_if_refused(report.restored)
    gaps = _gaps(report)
    if gaps:
        raise IncompleteError(f"the clone has {number(gaps, 'gap')}")


def clone_options(given: JsonObject) -> CloneOptions:
    """Build what a clone is told; of whole models alone no more is exported than these."""
    # The places of the snapshot are the clone's to choose.
    unplaced = Path()
    into = restore.restore_options(unplaced, given["destination_environment"], given)
    chosen = into.selection
    only = () if chosen.records or chosen.dependencies else tuple(chosen.models)
    return CloneOptions(
        ExportOptions(
            unplaced,
            environment=given["source_environment"],
            models=only,
            assets="referenced" if only else "all",
            consistent=given["consistent"],
            history=given["history"] == "replay",
            allow_partial=given["allow_partial"],
            in_flight=given["in_flight"],
        ),
        into,
        keep=given["keep"],
        create_environment=given["create_environment"],
        restart=given["restart"],
    )


class _Shown:
    """Prints what a clone has come to, unless one document is to come at the end."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def taken_before(self, manifest: Manifest) -> None:
        if not self._as_json:
            at = manifest.facts.started_at
            click.echo(f"Goes on from the snapshot taken at {at}; --restart takes a new one")

    def exported(self, report: ExportReport) -> None:
        if not self._as_json:
            export.show(report)

    def planned(self, plan: Plan) -> None:
        if not self._as_json:
            restore.show_plan(plan)


def _gaps(report: CloneReport) -> int:
    manifest = report.taken_before or (report.exported and report.exported.manifest)
    return len(report.restored.gaps) + (len(manifest.facts.gaps) if manifest else 0)


def as_document(report: CloneReport) -> JsonObject:
    """Give the report for programs.

    Shape: `{"environment", "snapshot", "exported": {…}, "restored": {…}}`; the last two as of an
    export and an import, `exported` null when an earlier run had taken the snapshot; `snapshot` is
    null when it was not to be kept.
    """
    return {
        "environment": report.environment,
        "snapshot": str(report.kept) if report.kept else None,
        "exported": export.as_document(report.exported) if report.exported else None,
        "restored": restore.as_document(report.restored),
    }
