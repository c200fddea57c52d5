"""Measure what a snapshot weighs in each format, what converting costs, and what a question reads.

Run it with `python -m tests.bench.bench_query`; it takes about four minutes and judges nothing.
The records are those of the export's benchmark. What a question reads is counted by the system,
where it has `/proc`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

import anyio
import click

from datosnap.core.jsontext import encode
from datosnap.flows.convert import ConvertOptions, convert
from datosnap.flows.progress import Silent
from datosnap.flows.query import answer, open_one
from datosnap.flows.reading import ReadOptions
from datosnap.store.duck import Answer
from datosnap.store.manifest import Manifest, ModelTotals
from datosnap.store.snapshot_writer import SnapshotWriter
from tests.bench.export.content import MODELS, Shape, record
from tests.bench.export.project import answers
from tests.support.snapshots import facts

_MODELS = {"nested": "article", "flat": "product"}
_QUESTIONS = {
    "nested": "SELECT avg(rating) FROM article",
    "flat": "SELECT sum(price) FROM product",
}
_BATCH = 500
T = TypeVar("T")
_READ = Path("/proc/self/io")


@click.command()
@click.option("--records", type=int, multiple=True, default=(20_000, 200_000), show_default=True)
@click.option("--shape", "shapes", type=click.Choice(list(MODELS)), multiple=True)
def main(*, records: tuple[int, ...], shapes: tuple[Shape, ...]) -> None:
    """Print sizes, times, and the share of a file's bytes that an aggregate reads."""
    click.echo("content  records   format           records MB  tables MB  of NDJSON  made in s")
    for shape in shapes or ("nested", "flat"):
        for count in records:
            with tempfile.TemporaryDirectory(prefix="datosnap-bench-") as name:
                _measure(shape, count, Path(name))


def _measure(shape: Shape, count: int, work: Path) -> None:
    first = _write(shape, count, work / "ndjson")
    before, about = _bytes(first, "current"), f"{shape:7}  {count:7,}"
    _line(about, "NDJSON.zst", first, before)
    ways = {
        "Parquet": ConvertOptions("parquet"),
        "Parquet, no raw": ConvertOptions("parquet", keeps_raw=False),
        "NDJSON.zst again": ConvertOptions("ndjson"),
    }
    for name, options in ways.items():
        source = work / ("Parquet" if name.endswith("again") else "ndjson")
        took_s, done = _timed(partial(convert, source, work / name, options, Silent()))
        _line(about, name, done.manifest, before, took_s=took_s)
    for name in ("Parquet", "Parquet, no raw"):
        _ask(shape, about, work / name)


def _write(shape: Shape, count: int, root: Path) -> Manifest:
    """Write the project of the export's benchmark as a snapshot."""
    site = answers(shape)["site"]
    model = _MODELS[shape]
    with SnapshotWriter.begin(root, chunk_format="ndjson") as writer:
        writer.resources("site", [encode(site["data"])])
        for kind, name in (("item_type", "item_types"), ("field", "fields")):
            writer.resources(name, [encode(one) for one in site["included"] if one["type"] == kind])
        chunk = writer.chunks("current", model)
        for batch in _batches(shape, count):
            chunk.write(batch)
        chunk.close()
        return writer.commit(facts([ModelTotals(model, MODELS[shape], count, 0, 0, count)]))


def _batches(shape: Shape, count: int) -> Iterator[list[bytes]]:
    rows = (record(shape, number) for number in range(count))
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _line(about: str, name: str, manifest: Manifest, before: int, *, took_s: float = 0.0) -> None:
    records, tables = (_bytes(manifest, kind) for kind in ("current", "table"))
    click.echo(
        f"{about}   {name:16} {records / 1e6:10.1f} {tables / 1e6:8.1f}"
        f"  {(records + tables) / before:9.2f} {took_s:10.1f}"
    )


def _bytes(manifest: Manifest, kind: str) -> int:
    return sum(one.bytes for one in manifest.files if one.kind == kind)


def _ask(shape: Shape, about: str, where: Path) -> None:
    """Ask for an aggregate over one column, with hashes left alone and checked first."""
    anyio.run(partial(answer, {}, "SELECT 1", memory="1GB", tell=_drain))  # loads what is needed
    size = sum(one.stat().st_size for one in where.glob("records/*/*.parquet"))
    sql = _QUESTIONS[shape]
    for verify in (False, True):
        libraries = open_one(where, ReadOptions(verify=verify), Silent())
        before = _read_so_far()
        ask = partial(answer, libraries, sql, memory="1GB", tell=_drain)
        took_s, _ = _timed(partial(anyio.run, ask))
        read = _read_so_far() - before
        how = "hashes checked first" if verify else "--no-verify"
        click.echo(
            f"{about}   {where.name:16} {how:20} {took_s:6.2f} s"
            f" {read / 1e6:8.2f} MB {read / size:7.1%} of the table's files   {sql}"
        )


def _drain(found: Answer) -> None:
    assert len(list(found.rows())) == 1


def _read_so_far() -> int:
    if not _READ.exists():
        return 0
    told = dict(line.split(": ") for line in _READ.read_text().splitlines())
    return int(told["rchar"])


def _timed(do: Callable[[], T]) -> tuple[float, T]:
    started = time.perf_counter()
    done = do()
    return time.perf_counter() - started, done


if __name__ == "__main__":
    main()
