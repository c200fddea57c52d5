"""Put costs into tables and beside the figures that the design asks for; judge nothing."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.export.contenders import CONTENDERS
from tests.bench.export.content import Shape
from tests.bench.export.measuring import Cost
from tests.bench.export.pages import Project

# Costs of each contender by round; a round that it sat out is missing.
Costs = Mapping[str, Mapping[int, Cost]]
Measure = Callable[[Cost], float]

_HEAD = f"{'':28}{'wall min / median / max':>26}{'CPU':>9}{'peak':>9}{'records':>11}{'written':>10}"
_MEASURES: Mapping[str, Measure] = {"wall": lambda one: one.wall_s, "CPU": lambda one: one.cpu_s}


@dataclass(frozen=True, slots=True)
class Ratio:
    """One contender's cost as a multiple of another's, and what the design asks of it."""

    above: str
    below: str
    measure: str
    bar: Mapping[Shape, str]


_RATIOS = (
    Ratio("js", "ndjson", "wall", {"nested": ">= 4", "flat": ">= 6"}),
    Ratio("dlt-parquet", "parquet", "wall", {"nested": ">= 12 (8 at 20,000)"}),
    Ratio("dlt-default", "parquet", "wall", {"nested": ">= 12 (8 at 20,000)"}),
    Ratio("dlt-jsonl", "ndjson", "wall", {}),
    Ratio("ndjson", "bare", "wall", {"nested": "<= 1.15", "flat": "<= 1.15"}),
    Ratio("ndjson", "bare", "CPU", {"nested": "<= 1.75", "flat": "<= 1.75"}),
    Ratio("parquet", "bare", "wall", {}),
    Ratio("parquet", "bare", "CPU", {"nested": "<= 2.2", "flat": "<= 2.2"}),
)


def tell(project: Project, costs: Costs) -> Iterator[str]:
    """Give the lines of one project's report.

    Units: ratios are medians over the rounds in which both ran, so that a busy machine weighs on
    both alike.
    """
    yield f"{project.records:,} records, {project.shape}, {project.page_size} a page"
    yield _HEAD
    names = {one.name: one.what for one in CONTENDERS}
    for name, by_round in costs.items():
        yield _row(names[name], list(by_round.values()), project.records)
    yield ""
    for ratio in _RATIOS:
        found = _pairs(ratio, costs)
        if found:
            label = f"{ratio.above} / {ratio.below}, {ratio.measure}"
            spread = f"{min(found):7.2f} / {statistics.median(found):.2f} / {max(found):.2f}"
            yield f"{label:28}{spread:>26}   {ratio.bar.get(project.shape, '')}".rstrip()
    yield ""


def _row(what: str, costs: Sequence[Cost], records: int) -> str:
    walls = [one.wall_s for one in costs]
    wall_s = statistics.median(walls)
    cpu_s = statistics.median(one.cpu_s for one in costs)
    peak_mb = max(one.peak_mb for one in costs)
    written_mb = max(one.written for one in costs) / 1024 / 1024
    spread = f"{min(walls):.2f} / {wall_s:.2f} / {max(walls):.2f} s"
    return (
        f"{what:28}{spread:>26}{cpu_s:7.2f} s{peak_mb:6.0f} MB"
        f"{records / wall_s:9,.0f}/s{written_mb:7.1f} MB"
    )


def _pairs(ratio: Ratio, costs: Costs) -> list[float]:
    above, below = costs.get(ratio.above, {}), costs.get(ratio.below, {})
    measure = _MEASURES[ratio.measure]
    return [measure(above[turn]) / measure(below[turn]) for turn in above.keys() & below.keys()]
