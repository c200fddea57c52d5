"""Name those who are compared: how each is started, what it needs, how it tells what it did."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from datosnap.core.jsontext import JsonObject
from tests.bench.export.content import MODELS
from tests.bench.export.pages import Project

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the others are installed; None for those that are not here."""

    node: str | None
    node_modules: Path | None
    dlt_python: Path | None


@dataclass(frozen=True, slots=True)
class Task:
    """One run: which project, at which address, into which folder."""

    project: Project
    url: str
    folder: Path

    @property
    def about(self) -> list[str]:
        """Give what every program of ours is told: address, page size, model."""
        return [self.url, str(self.project.page_size), MODELS[self.project.shape]]

    @property
    def output(self) -> Path:
        """Give where the result goes."""
        return self.folder / "result"


@dataclass(frozen=True, slots=True)
class Contender:
    """One who fetches all records. `command` is None when it is not installed.

    `is_slow` marks those that need minutes where others need seconds; they run in fewer rounds.
    """

    name: str
    what: str
    command: Callable[[Task, Tools], list[str] | None]
    is_slow: bool = False


def rows(told: JsonObject) -> int:
    """Read from what a contender printed how many records it has."""
    if "facts" in told:
        return sum(one["records"] for one in told["facts"]["totals"])
    count: int = told["rows"]
    return count


def _datosnap(chunk_format: str) -> Callable[[Task, Tools], list[str]]:
    def command(task: Task, _: Tools) -> list[str]:
        return [
            str(Path(sys.executable).with_name("datosnap")),
            "export",
            str(task.output),
            *("--base-url", task.url),
            *("--api-token", "bench"),
            *("--format", chunk_format),
            *("--assets", "metadata"),
            "--quiet",
            "--json",
        ]

    return command


def _bare(task: Task, _: Tools) -> list[str]:
    return [sys.executable, str(_HERE / "bare.py"), *task.about]


def _js(task: Task, tools: Tools) -> list[str] | None:
    if tools.node is None or tools.node_modules is None:
        return None
    script = str(_HERE / "iterate.mjs")
    return [tools.node, script, str(tools.node_modules), *task.about, str(task.output)]


def _dlt(file_format: str, nesting: str) -> Callable[[Task, Tools], list[str] | None]:
    def command(task: Task, tools: Tools) -> list[str] | None:
        if tools.dlt_python is None:
            return None
        script = str(_HERE / "dlt_load.py")
        how = [file_format, nesting]
        return [str(tools.dlt_python), script, *task.about, str(task.output), *how]

    return command


CONTENDERS: tuple[Contender, ...] = (
    Contender("bare", "bare httpx fetch, 6 clients", _bare),
    Contender("ndjson", "datosnap, NDJSON.zst", _datosnap("ndjson")),
    Contender("parquet", "datosnap, Parquet", _datosnap("parquet")),
    Contender("js", "official client, JSON lines", _js),
    Contender("dlt-jsonl", "dlt, jsonl, one table", _dlt("jsonl", "0"), is_slow=True),
    Contender("dlt-parquet", "dlt, Parquet, one table", _dlt("parquet", "0"), is_slow=True),
    Contender("dlt-default", "dlt, Parquet, its tables", _dlt("parquet", "default"), is_slow=True),
)
