"""`datosnap query`: questions in SQL about a snapshot, or about many at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from anyio import to_thread

from datosnap.cli.answers import print_csv, print_objects, print_rows, stop_writing
from datosnap.cli.options import PATH, as_place, epilog, log_json_option, quiet_option
from datosnap.cli.output import number, print_json, watching
from datosnap.cli.running import run_flow
from datosnap.errors import UsageError, quote
from datosnap.flows.progress import FromThread
from datosnap.flows.reading import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datosnap.flows.query import TableShown
    from datosnap.store.duck import Answer

_TITLES = {
    "main": "Current content",
    "published": "What readers see, as published.NAME",
    "datosnap": "datosnap's own, also as datosnap.NAME",
}


@click.command(
    epilog=epilog('datosnap query backups/monday "select _status, count(*) from post group by 1"')
)
@click.argument("words", nargs=-1, metavar="[SNAPSHOT] [SQL]")
@click.option("--across", type=as_place, metavar="DIR", help="Ask all snapshots below DIR at once.")
@click.option("--csv", "as_csv", is_flag=True, help="Print rows as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print rows as one JSON document.")
@click.option("--parquet", type=PATH, metavar="FILE", help="Put rows into a new Parquet file.")
@click.option(
    "--rows", type=click.IntRange(1), default=50, show_default=True, help="Rows of a table shown."
)
@click.option("--memory", default="1GB", show_default=True, help="What DuckDB may use of it.")
@click.option("--no-verify", is_flag=True, help="Do not check files' hashes before reading.")
@quiet_option
@log_json_option
def query(
    words: tuple[str, ...],
    *,
    across: Path | str | None,
    as_csv: bool,
    as_json: bool,
    parquet: Path | None,
    rows: int,
    memory: str,
    no_verify: bool,
    quiet: bool,
    log_json: bool,
) -> None:
    """Answer SQL about SNAPSHOT; without SQL, list its tables and their columns.

    There is a table for each model and block model, and `records`, `links`, `uploads` and
    `versions` (also as `datosnap.NAME`); `published.NAME` has what readers see. With --across a
    column `_snapshot` says where a row is from.
    """
    where, sql = _asked(words, across)
    ways = Ways(as_csv=as_csv, as_json=as_json, parquet=parquet, rows=rows)
    if sql is None and (as_csv or parquet):
        raise UsageError("expected a statement beside --csv or --parquet; found none")
    try:
        from datosnap.flows import query as flows  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise UsageError(
            f"query needs {error.name}; install it with: pip install 'datosnap[query]'"
        ) from error
    options = ReadOptions(verify=not no_verify, workers=None)
    opening = flows.open_one if across is None else flows.open_across
    with watching(quiet=quiet, log_json=log_json) as watch:
        open_all = partial(opening, where, options, FromThread(watch))
        libraries = run_flow(partial(to_thread.run_sync, open_all))
    try:
        if sql is None:
            _list(flows.list_tables(libraries), as_json=as_json)
        else:
            run_flow(partial(flows.answer, libraries, sql, memory=memory, tell=ways.tell))
    except BrokenPipeError:  # whoever was reading has read enough
        stop_writing()


@dataclass(frozen=True, slots=True)
class Ways:
    """How an answer is wanted."""

    as_csv: bool
    as_json: bool
    parquet: Path | None
    rows: int

    def __post_init__(self) -> None:
        if sum((self.as_csv, self.as_json, self.parquet is not None)) > 1:
            raise UsageError("name one of --csv, --json and --parquet")

    def tell(self, answer: Answer) -> None:
        """Write the rows of an answer."""
        if self.parquet is not None:
            rows = answer.write_parquet(self.parquet)
            click.echo(f"{number(rows, 'row')} in {self.parquet}")
        elif self.as_csv:
            print_csv(answer.columns, answer.rows())
        elif self.as_json:
            print_objects(answer.columns, answer.rows())
        else:
            print_rows(answer.columns, answer.rows(), limit=self.rows)


def _asked(words: tuple[str, ...], across: Path | str | None) -> tuple[Path | str, str | None]:
    """Tell the place from the statement: with --across there is a statement alone."""
    found = list(words)
    if across is None and not found:
        raise UsageError("expected a SNAPSHOT, or --across DIR; found neither")
    where = as_place(found.pop(0)) if across is None else across
    if len(found) > 1:
        raise UsageError(
            f"expected one statement, found {len(found)}: {quote(found)}; put SQL between quotes"
        )
    return where, found[0] if found else None


def _list(tables: Sequence[TableShown], *, as_json: bool) -> None:
    if as_json:
        print_json(tables)
        return
    for space, title in _TITLES.items():
        listed = [(one.name, one.rows, len(one.columns)) for one in tables if one.space == space]
        click.echo(click.style(title, bold=True))
        print_rows(("table", "rows", "columns"), listed, limit=len(listed))
    for one in tables:
        if one.space == "main":
            click.echo(click.style(f"\n{one.name}", bold=True))
            told = [(column.name, column.type, column.comment) for column in one.columns]
            print_rows(("column", "type", "what it is"), told, limit=len(told))
