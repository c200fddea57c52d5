"""Measure what typed columns and tables cost: processor time to encode, and bytes on the disk.

Run it with `python -m tests.bench.bench_columns`; `--help` tells the rest. It judges nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import click

from datosnap.core.jsontext import encode
from datosnap.store.chunks import RecordFormat
from datosnap.store.columns.shape import Shape, read_shape
from datosnap.store.columns.tables import Tables
from datosnap.store.names import Table
from datosnap.store.ndjson import Ndjson
from datosnap.store.parquet import Parquet
from tests.bench.export.content import Shape as ContentShape
from tests.bench.export.content import record
from tests.bench.export.project import answers

_MODELS: Mapping[ContentShape, str] = {"nested": "article", "flat": "product"}
# About as many as an export hands to its writer at once.
_BATCH = 350


class _Sizes:
    """A sink that counts bytes."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, data: bytes) -> None:
        self.bytes += len(data)


@click.command()
@click.option("--records", type=int, default=4_000, show_default=True)
@click.option("--rounds", type=int, default=7, show_default=True, help="The cheapest one counts.")
def main(records: int, rounds: int) -> None:
    """Encode the content of the export benchmark in every way, and print what each costs."""
    for shape, model in _MODELS.items():
        rows = [record(shape, number) for number in range(records)]
        tables = Tables(_shape(shape))
        ways: dict[str, RecordFormat] = {
            "NDJSON.zst": Ndjson("zstd"),
            "Parquet, no fields": Parquet("zstd"),
            "Parquet": Parquet("zstd", tables=tables),
            "Parquet, no raw": Parquet("zstd", tables=tables, keeps_raw=False),
        }
        click.echo(f"{records:,} records, {shape}, {sum(map(len, rows)) / records:,.0f} bytes each")
        lines = 0
        for name, way in ways.items():
            cost_s, sizes = _cheapest(way, model, rows, rounds)
            whole = sum(sizes.values())
            lines = lines or whole
            parts = ", ".join(f"{part} {size / lines:.2f}" for part, size in sizes.items())
            click.echo(
                f"{name:20}{cost_s * 1e6 / records:7.1f} µs a record"
                f"{whole / lines:7.2f} of NDJSON.zst ({parts})"
            )


def _cheapest(
    way: RecordFormat, model: str, rows: Sequence[bytes], rounds: int
) -> tuple[float, dict[str, int]]:
    costs: list[float] = []
    for _ in range(rounds):
        begun = time.process_time()
        sizes = _encode(way, model, rows)
        costs.append(time.process_time() - begun)
    return min(costs), sizes


def _encode(way: RecordFormat, model: str, rows: Sequence[bytes]) -> dict[str, int]:
    main_sink = _Sizes()
    sinks: dict[Table, _Sizes] = {}
    encoder = way.encoder(
        main_sink, "current", model, lambda table: sinks.setdefault(table, _Sizes())
    )
    for start in range(0, len(rows), _BATCH):
        encoder.write(rows[start : start + _BATCH])
    encoder.finish()
    sizes = {"records": main_sink.bytes}
    for table, sink in sinks.items():
        name = "slim" if table.name == "records" else table.name
        sizes[name] = sizes.get(name, 0) + sink.bytes
    return sizes


def _shape(shape: ContentShape) -> Shape:
    site = answers(shape)["site"]
    of_kind = {
        kind: [encode(one) for one in site["included"] if one["type"] == kind]
        for kind in ("item_type", "field")
    }
    return read_shape(encode(site["data"]), of_kind["item_type"], of_kind["field"])


if __name__ == "__main__":
    main()
