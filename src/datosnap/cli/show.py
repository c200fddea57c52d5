"""`datosnap show`: what is in a snapshot, or one record or upload of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click
from anyio import to_thread

from datosnap.cli.options import as_place, epilog, json_option, log_json_option, quiet_option
from datosnap.cli.output import (
    number,
    print_facts,
    print_json,
    print_raw,
    print_table,
    size,
    watching,
)
from datosnap.cli.running import run_flow
from datosnap.core.jsontext import JsonObject
from datosnap.flows.progress import FromThread
from datosnap.flows.show import Copy, Description, describe, find_copies, pretty, pretty_copies
from datosnap.store.manifest import Manifest
from datosnap.store.names import ChunkKind

_TITLES: dict[ChunkKind, str] = {
    "current": "record of {model}, current content",
    "published": "record of {model}, published content",
    "history": "version of a record of {model}",
    "uploads": "upload",
}


@click.command(epilog=epilog("datosnap show backups/2026-11-21"))
@click.argument("snapshot", type=as_place)
@click.argument("identifier", metavar="[ID]", required=False)
@click.option("--history", is_flag=True, help="With ID: every version of the record too.")
@json_option
@quiet_option
@log_json_option
def show(
    snapshot: Path | str,
    *,
    identifier: str | None,
    history: bool,
    as_json: bool,
    quiet: bool,
    log_json: bool,
) -> None:
    """Tell what is in SNAPSHOT; with ID, print that record or upload as the API sent it.

    The first reads the manifest and the schema alone. With ID every copy is a JSON document of
    its own on stdout: current content, then published content where it differs.
    """
    if identifier is None:
        described = describe(snapshot)
        if as_json:
            print_json(as_document(snapshot, described))
        else:
            _show(snapshot, described)
        return

    async def flow() -> tuple[Copy, ...]:
        look = partial(find_copies, history=history, progress=FromThread(watch))
        return await to_thread.run_sync(look, snapshot, identifier)

    with watching(quiet=quiet, log_json=log_json) as watch:
        copies = run_flow(flow)
    if as_json:
        print_raw(pretty_copies(identifier, copies))
    else:
        for copy in copies:
            watch.say(_TITLES[copy.kind].format(model=copy.model))
            print_raw(pretty(copy.resource))


def _show(snapshot: Path | str, shown: Description) -> None:
    manifest, facts = shown.manifest, shown.manifest.facts
    print_facts(
        f"{facts.project_name or facts.project_id}, in {snapshot}",
        [
            ("project", f"{facts.project_id}, environment {facts.environment_id}"),
            ("taken", f"{facts.started_at} to {facts.finished_at}, datosnap {facts.tool_version}"),
            ("complete", "yes" if manifest.complete else "no"),
            ("consistency", facts.consistency),
            ("gaps", number(len(facts.gaps), "gap") if facts.gaps else ""),
            ("withheld", number(len(facts.withheld), "secret") if facts.withheld else ""),
            ("role", _role(facts.role)),
            ("options", _options(facts.options)),
            ("format", _format(manifest)),
            ("locales", ", ".join(shown.locales)),
            ("records", _records(shown)),
            ("uploads", _uploads(shown)),
            ("size", f"{size(shown.bytes)} in {number(len(manifest.files), 'file')}"),
            ("API calls", f"{facts.api_calls:,}"),
        ],
    )
    _show_models(shown)
    if facts.withheld:
        rows = [(one.kind, one.id, one.what) for one in facts.withheld]
        print_table(("withheld from", "id", "what"), rows)
    if facts.gaps:
        print_table(("gap", "id", "why"), [(one.kind, one.id, one.reason) for one in facts.gaps])


def _show_models(shown: Description) -> None:
    heads = ("model", "records", "published", "versions", "API counts", " on disk", "name")
    rows = [
        (
            one.model,
            one.records,
            one.published_copies,
            one.versions,
            one.api_total,
            f"{size(one.bytes):>8}",
            one.name,
        )
        for one in shown.models
    ]
    print_table(heads, rows)
    if shown.block_models:
        click.echo(f"  block models: {', '.join(shown.block_models)}")


def _options(options: JsonObject) -> str:
    """Tell what was asked for, where it was not left open."""
    told = {key: value for key, value in options.items() if value not in (None, False, [], "")}
    return ", ".join(
        f"{key} {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for key, value in told.items()
    )


def _role(told: JsonObject) -> str:
    """Tell as whom it was taken; the role is missing where somebody stands above roles."""
    role, actor = told.get("role") or {}, told.get("actor") or {}
    who = " ".join(str(actor[key]) for key in ("type", "id") if key in actor)
    return ", ".join(part for part in (str(role.get("name") or ""), who) if part)


def _format(manifest: Manifest) -> str:
    return f"{manifest.chunk_format}, {manifest.compression}, version {manifest.format_version}"


def _records(shown: Description) -> str:
    parts = (
        f"{sum(one.records for one in shown.models):,} of {number(len(shown.models), 'model')}",
        number(shown.kind("published").rows, "published copy", "published copies"),
        number(shown.kind("history").rows, "version"),
    )
    return ", ".join(parts)


def _uploads(shown: Description) -> str:
    assets = shown.kind("asset")
    stored = f"{number(assets.files, 'file')} of assets, {size(assets.bytes)}"
    return f"{shown.manifest.facts.uploads_total:,}, {stored}"


def as_document(snapshot: Path | str, shown: Description) -> JsonObject:
    """Give the description for programs.

    Shape: `{"snapshot", "complete", "format_version", "chunk_format", "compression", "facts":
    {…}, "locales", "models": [{"model", "name", "records", …}], "block_models", "kinds":
    [{"kind", "files", "rows", "bytes"}], "bytes"}`; `facts` as in the manifest.
    """
    manifest = shown.manifest
    return {
        "snapshot": str(snapshot),
        "complete": manifest.complete,
        "format_version": manifest.format_version,
        "chunk_format": manifest.chunk_format,
        "compression": manifest.compression,
        "facts": manifest.facts,
        "locales": shown.locales,
        "models": shown.models,
        "block_models": shown.block_models,
        "kinds": shown.kinds,
        "bytes": shown.bytes,
    }
