"""Export the same pages with datosnap and with others, in turns, and print what each cost.

Run it with `python -m tests.bench.export`; `--help` tells the rest. It judges nothing.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from tests.bench.export.contenders import CONTENDERS, Contender, Task, Tools, rows
from tests.bench.export.measuring import Cost, run
from tests.bench.export.pages import PAGE_SIZES, Encoding, Project, render
from tests.bench.export.report import tell
from tests.bench.export.serving import served

_TOP = Path(__file__).resolve().parents[3]
_NODE_MODULES = _TOP / "tests" / "contract" / "js" / "node_modules"
_PATH = click.Path(path_type=Path)
_NAMES = [one.name for one in CONTENDERS]


@click.command()
@click.option("--records", type=int, multiple=True, default=(20_000, 200_000), show_default=True)
@click.option("--shape", "shapes", type=click.Choice(list(PAGE_SIZES)), multiple=True)
@click.option("--only", type=click.Choice(_NAMES), multiple=True, help="Only these contenders.")
@click.option("--rounds", type=int, default=5, show_default=True)
@click.option("--slow-rounds", type=int, default=1, show_default=True, help="Of dlt.")
@click.option("--encoding", type=click.Choice(["gzip", "identity"]), default="gzip")
@click.option("--nginx/--no-nginx", default=True, help="Serve by nginx where it is installed.")
@click.option("--pages", type=_PATH, default=None, help="Keep rendered pages here for later runs.")
@click.option("--node-modules", type=_PATH, default=_NODE_MODULES, help="With the client.")
@click.option("--dlt-python", type=_PATH, default=None, help="A Python that dlt is installed in.")
def main(
    *,
    records: tuple[int, ...],
    shapes: tuple[str, ...],
    only: tuple[str, ...],
    rounds: int,
    slow_rounds: int,
    encoding: Encoding,
    nginx: bool,
    pages: Path | None,
    node_modules: Path,
    dlt_python: Path | None,
) -> None:
    """Measure exports of static pages, side by side."""
    has_client = (node_modules / "@datocms" / "cma-client-node").is_dir()
    tools = Tools(shutil.which("node"), node_modules if has_client else None, dlt_python)
    chosen = [one for one in CONTENDERS if not only or one.name in only]
    projects = [
        Project(shape, count, encoding)
        for count in records
        for shape in PAGE_SIZES
        if not shapes or shape in shapes
    ]
    with tempfile.TemporaryDirectory(prefix="datosnap-bench-") as name:
        work = Path(name)
        root = (pages or work / "pages").resolve()
        for project in projects:
            render(root, project)
        with served(root, encoding, work, by_nginx=nginx) as (server, url):
            click.echo(f"{server}, {encoding}, {os.cpu_count()} processors")
            for project in projects:
                bench = _Bench(project, f"{url}/{project.name}", work, tools)
                costs = bench.measure(chosen, rounds, slow_rounds)
                click.echo("\n".join(tell(project, costs)))


class _Bench:
    """The turns of all contenders over one project."""

    def __init__(self, project: Project, url: str, work: Path, tools: Tools) -> None:
        self._project = project
        self._url = url
        self._work = work
        self._tools = tools

    def measure(
        self, chosen: Sequence[Contender], rounds: int, slow_rounds: int
    ) -> dict[str, dict[int, Cost]]:
        """Let each run once a round, one after the other; give the costs by name and round."""
        costs: dict[str, dict[int, Cost]] = {}
        for turn in range(rounds):
            for one in chosen:
                if one.is_slow and turn >= slow_rounds:
                    continue
                cost = self._run(one)
                if cost is None:
                    if not turn:
                        click.echo(f"{one.what}: not installed here, left out")
                    continue
                costs.setdefault(one.name, {})[turn] = cost
        return costs

    def _run(self, contender: Contender) -> Cost | None:
        with tempfile.TemporaryDirectory(dir=self._work) as name:
            task = Task(self._project, self._url, Path(name))
            command = contender.command(task, self._tools)
            if command is None:
                return None
            cost, told = run(command, task.folder, task.output)
        if rows(told) != self._project.records:
            raise RuntimeError(
                f"{contender.name}: expected {self._project.records}, got {rows(told)}"
            )
        return cost


if __name__ == "__main__":
    main()
