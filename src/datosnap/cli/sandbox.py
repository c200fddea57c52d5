"""`datosnap sandbox`: a local stand-in for the API, until it is stopped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from datosnap.cli.options import PATH, as_place, epilog
from datosnap.cli.output import number
from datosnap.errors import UsageError

if TYPE_CHECKING:
    from datosnap.flows.local_sandbox import Serving

_READY = """\
base URL     {url}
API token    {token}
JavaScript   const client = buildClient({{ apiToken: "{token}", baseUrl: "{url}" }});
DatoCMS CLI  npx datocms environments:list --api-token={token} --base-url={url}
datosnap     datosnap export first --base-url {url} --api-token {token}"""


@click.command(epilog=epilog("datosnap sandbox backups/first --port 4010 --persist work.db"))
@click.argument("snapshot", type=as_place, required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=4010, show_default=True)
@click.option("--sample", is_flag=True, help="Begin with the sample project.")
@click.option("--persist", type=PATH, metavar="FILE", help="Keep the state in FILE, and go on.")
@click.option("--rate-limit", is_flag=True, help="Allow 60 requests in 3 seconds, as the API does.")
@click.option("--async", "asynchronous", is_flag=True, help="Answer slow operations with jobs.")
def sandbox(
    snapshot: Path | str | None,
    port: int,
    *,
    sample: bool,
    persist: Path | None,
    rate_limit: bool,
    asynchronous: bool,
) -> None:
    """Serve a project on loopback, and print its address and tokens.

    It begins with SNAPSHOT, with the sample project, or empty.
    """
    if snapshot is not None and sample:
        raise UsageError("name a SNAPSHOT or --sample, not both")
    try:
        from datosnap.flows import local_sandbox  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the sandbox needs {error.name}; install it with: pip install 'datosnap[sandbox]'"
        ) from error
    try:
        local_sandbox.serve_sandbox(
            local_sandbox.Contents(snapshot, sample=sample, kept_in=persist),
            port=port,
            rate_limit=rate_limit,
            jobs="async" if asynchronous else "sync",
            ready=lambda serving: _tell(serving, persist),
        )
    except OSError as error:
        raise UsageError(
            f"cannot listen on port {port}: {os.strerror(error.errno or 0)}"
        ) from error


def _tell(serving: Serving, kept_in: Path | None) -> None:
    first, *others = serving.entrances
    click.echo(
        click.style(first.project, bold=True)
        + f": {number(first.records, 'record')}, {number(first.uploads, 'asset')}"
        + (f"; went on from {kept_in}" if serving.is_continued else "")
    )
    click.echo(_READY.format(url=serving.base_url, token=first.token))
    for other in others:
        click.echo(f"also         {other.token}    (project {other.project!r})")
    where = f"its content is kept in {kept_in}" if kept_in else "its content is in memory only"
    click.echo(f"Ctrl-C ends it; {where}.")
