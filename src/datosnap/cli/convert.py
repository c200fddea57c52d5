"""`datosnap convert`: a snapshot in the other format, the records the same to the byte."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from anyio import to_thread

from datosnap.cli.options import as_place, epilog, json_option, log_json_option, quiet_option
from datosnap.cli.output import number, print_facts, print_json, size, watching
from datosnap.cli.running import run_flow
from datosnap.flows.convert import Converted, ConvertOptions
from datosnap.flows.convert import convert as convert_snapshot
from datosnap.flows.progress import FromThread

if TYPE_CHECKING:
    from datosnap.store.names import ChunkFormat, Compression


@click.command(epilog=epilog("datosnap convert backups/monday monday-tables --format parquet"))
@click.argument("source", type=as_place)
@click.argument("destination", type=as_place)
@click.option(
    "--format",
    "chunk_format",
    type=click.Choice(["ndjson", "parquet"]),
    required=True,
    help="How the new snapshot keeps records.",
)
@click.option(
    "--compression",
    type=click.Choice(["zstd", "gzip", "none"]),
    default="zstd",
    show_default=True,
    help="How its files are compressed.",
)
@click.option("--no-raw", is_flag=True, help="Keep typed columns alone; nothing can be restored.")
@click.option("--workers", type=click.IntRange(1, 256), metavar="N", help="Processes at work.")
@click.option("--dask", metavar="ADDRESS", help="Let the workers of a Dask scheduler convert.")
@click.option("--restart", is_flag=True, help="Throw away what an unfinished run left.")
@json_option
@quiet_option
@log_json_option
def convert(
    source: Path | str,
    destination: Path | str,
    *,
    chunk_format: ChunkFormat,
    compression: Compression,
    no_raw: bool,
    workers: int | None,
    dask: str | None,
    restart: bool,
    as_json: bool,
    quiet: bool,
    log_json: bool,
) -> None:
    """Write SOURCE anew at DESTINATION in another format.

    Records stay the same to the byte, there and back. A conversion that was cut off goes on with
    the same command. Both places must be within reach of Dask's workers under the same name.
    """
    options = ConvertOptions(
        chunk_format, compression, workers, dask, restart, keeps_raw=not no_raw
    )

    async def flow() -> Converted:
        run = partial(convert_snapshot, source, destination, options, FromThread(bars))
        return await to_thread.run_sync(run)

    with watching(quiet=quiet, log_json=log_json) as bars:
        report = run_flow(flow)
    if as_json:
        print_json(
            {
                "destination": str(destination),
                "chunks": report.chunks,
                "bytes_before": report.bytes_before,
                "bytes_after": report.bytes_after,
                "facts": report.manifest.facts,
            }
        )
    else:
        _show(destination, report)


def _show(destination: Path | str, report: Converted) -> None:
    manifest = report.manifest
    print_facts(
        f"{destination} is a whole snapshot",
        [
            ("format", f"{manifest.chunk_format}, {manifest.compression}"),
            ("converted", number(report.chunks, "chunk")),
            ("size", f"{size(report.bytes_before)} before, {size(report.bytes_after)} now"),
        ],
    )
