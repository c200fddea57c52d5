"""`datosnap demo`: the main job, without an account."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from datosnap.cli import diff
from datosnap.cli.options import PATH, epilog, json_option
from datosnap.cli.output import Bars, number, print_json, print_table, size
from datosnap.cli.running import run_flow
from datosnap.core.jsontext import JsonObject
from datosnap.errors import IncompleteError, UsageError

if TYPE_CHECKING:
    from datosnap.flows.demo import DemoReport, RoundTrip

_NAME = "datosnap-demo"
_NEXT = """\
Look inside:
  zstdcat {folder}/lanterna-ndjson/records/article/current-00000.ndjson.zst | head -1
  datosnap verify {folder}/lanterna-ndjson
Your own project, and then an empty one:
  export DATOCMS_API_TOKEN=…    (project settings, API tokens)
  datosnap export backups/first && datosnap verify backups/first
  datosnap import backups/first --dry-run --api-token …"""


@click.command(epilog=epilog("datosnap demo"))
@click.option("--dir", "folder", type=PATH, help="Folder for the snapshots; must not exist yet.")
@json_option
def demo(folder: Path | None, *, as_json: bool) -> None:
    """Export a sample project in both formats, import it into empty projects and compare.

    Everything happens on this machine: a sandbox stands in for the API.
    """
    try:
        from datosnap.flows.demo import run_demo  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the demo needs {error.name}; install it with: pip install 'datosnap[sandbox]'"
        ) from error
    place = folder or _free_folder()
    if place.exists():
        raise UsageError(f"{place} exists already; name a folder that does not, with --dir")
    with Bars(quiet=as_json) as bars:
        report = run_flow(lambda: run_demo(place, bars))
    if as_json:
        print_json(as_document(report))
    else:
        _show(report)
    if report.differences or any(trip.restored.gaps for trip in report.trips):
        raise IncompleteError("the copies differ from the original; the lines above say where")


def _free_folder() -> Path:
    names = (f"{_NAME}-{one}" if one > 1 else _NAME for one in count(1))
    return next(place for place in map(Path, names) if not place.exists())


def _show(report: DemoReport) -> None:
    sample = report.sample
    click.echo(
        click.style("Lanterna", bold=True)
        + f", a sample magazine: {number(sample.models, 'model')},"
        f" {number(sample.block_models, 'block model')}, {number(sample.records, 'record')},"
        f" {number(sample.uploads, 'asset')}"
    )
    heads = ("", *(f"{one.chunk_format} → {one.restored.plan.ids} ids" for one in report.trips))
    print_table(heads, _rows(report.trips))
    for trip in report.trips:
        if trip.comparison.total:
            diff.show(trip.comparison)
        for gap in trip.restored.gaps:
            click.echo(click.style(f"  gap: {gap.kind} {gap.id}: {gap.reason}", fg="yellow"))
    nothing_lost = not report.differences
    verdict = "Nothing was lost" if nothing_lost else "Something was lost"
    click.echo(
        click.style(verdict, fg="green" if nothing_lost else "red", bold=True)
        + f": {number(report.differences, 'difference')} after {len(report.trips)} round trips,"
        f" {report.calls:,} API calls, {report.seconds:.1f} s"
    )
    click.echo(f"\nThe files are in {report.folder}/\n" + _NEXT.format(folder=report.folder))


def _rows(trips: Sequence[RoundTrip]) -> list[tuple[str, ...]]:
    def row(label: str, cells: Sequence[str]) -> tuple[str, ...]:
        return (label, *(f"{cell:>20}" for cell in cells))

    blank = [""] * len(trips)

    facts = [trip.exported.manifest.facts for trip in trips]
    written = [trip.restored.written for trip in trips]
    sizes = [sum(one.bytes for one in trip.exported.manifest.files) for trip in trips]
    return [
        row("out", blank),
        row("  records", [f"{sum(t.records for t in one.totals):,}" for one in facts]),
        row("  versions", [f"{sum(t.versions for t in one.totals):,}" for one in facts]),
        row("  snapshot", [size(one) for one in sizes]),
        row("  API calls", [f"{one.api_calls:,}" for one in facts]),
        row("  seconds", [f"{trip.exported.seconds:.1f}" for trip in trips]),
        row("back", blank),
        row("  records", [f"{one.records:,}" for one in written]),
        row("  blocks", [f"{one.blocks:,}" for one in written]),
        row("  links rewritten", [f"{one.links:,}" for one in written]),
        row("  ids replaced", [f"{trip.restored.plan.ids_derived:,}" for trip in trips]),
        row("  assets", [f"{one.uploads:,}" for one in written]),
        row("  API calls", [f"{trip.restored.calls:,}" for trip in trips]),
        row("  seconds", [f"{trip.restored.seconds:.1f}" for trip in trips]),
        row("compared", [f"{sum(trip.comparison.compared.values()):,}" for trip in trips]),
        row("differences", [f"{trip.comparison.total:,}" for trip in trips]),
    ]


def as_document(report: DemoReport) -> JsonObject:
    """Give the report for programs.

    Shape: `{"folder", "sample": {…}, "trips": [{"format", "ids", "snapshot", "written",
    "differences", …}], "calls", "seconds", "differences"}`.
    """
    return {
        "folder": str(report.folder),
        "sample": report.sample,
        "trips": [
            {
                "format": trip.chunk_format,
                "ids": trip.restored.plan.ids.value,
                "snapshot": str(trip.snapshot),
                "totals": trip.exported.manifest.facts.totals,
                "written": trip.restored.written,
                "gaps": trip.restored.gaps,
                "compared": trip.comparison.compared,
                "differences": trip.comparison.total,
            }
            for trip in report.trips
        ],
        "calls": report.calls,
        "seconds": round(report.seconds, 3),
        "differences": report.differences,
    }
