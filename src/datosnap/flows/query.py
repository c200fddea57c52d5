"""Answer questions in SQL about one snapshot, or about many at once.

Only tables that a statement names are opened, so that a question about one model neither reads
nor fetches nor checks another one's files.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from anyio import get_cancelled_exc_class, to_thread

from datosnap.errors import CorruptSnapshotError, quote
from datosnap.flows.progress import Progress
from datosnap.flows.reading import ReadOptions, open_library
from datosnap.store.duck import Answer, Session, Source
from datosnap.store.gathering import snapshots_below
from datosnap.store.library import Library
from datosnap.store.locations import Where
from datosnap.store.views import Column, Space, View

# Who does not hear in this time waits for something else, such as a reader of what it writes.
_HEARD_S = 0.05
_INSISTENCE = 100
# A statement with one of these may speak of tables without naming them.
_ANY_TABLE = ("show", "information_schema", "duckdb_", "pg_", "sqlite_master", "query")


@dataclass(frozen=True, slots=True)
class TableShown:
    """A table as people are told of it; `rows` is None where only reading it would tell."""

    space: Space
    name: str
    rows: int | None
    columns: tuple[Column, ...]


def open_one(where: Where, options: ReadOptions, progress: Progress) -> dict[str | None, Library]:
    """Make the tables of one snapshot readable.

    Raises: as `open_library` does.
    """
    return {None: open_library(where, options, progress)}


def open_across(
    where: Where, options: ReadOptions, progress: Progress
) -> dict[str | None, Library]:
    """Make the tables of all snapshots below a place readable, each under its path from there.

    Raises: as `open_library` does.
    """
    libraries: dict[str | None, Library] = {}
    for label, one in snapshots_below(where).items():
        with _naming(label):
            libraries[label] = open_library(one, options, progress)
    return libraries


def list_tables(libraries: Mapping[str | None, Library]) -> tuple[TableShown, ...]:
    """Tell of all tables, those with a name in several snapshots once, columns of all of them."""
    return tuple(_shown([view for _, view in held]) for held in _by_name(libraries).values())


async def answer(
    libraries: Mapping[str | None, Library],
    sql: str,
    *,
    memory: str,
    tell: Callable[[Answer], None],
) -> None:
    """Carry a statement out and hand its rows to `tell`; cancelling ends both.

    Memory: DuckDB's up to `memory`, and one batch of rows.
    Raises: UsageError; CorruptSnapshotError when a file is not as it was written;
    AccessRefusedError, DiskError.
    """
    sessions: list[Session] = []
    has_ended = threading.Event()

    def run() -> None:
        try:
            with Session(memory=memory) as session:
                sessions.append(session)
                _add_views(session, libraries, sql)
                tell(session.ask(sql))
        finally:
            has_ended.set()

    try:
        await to_thread.run_sync(run, abandon_on_cancel=True)
    except get_cancelled_exc_class():
        _interrupt(sessions, has_ended)
        raise


def _interrupt(sessions: Sequence[Session], has_ended: threading.Event) -> None:
    """Interrupt until it is heard: between two batches nobody listens, and the word is lost."""
    for _ in range(_INSISTENCE):
        for session in sessions:
            session.interrupt()
        if has_ended.wait(_HEARD_S):
            return


def _add_views(session: Session, libraries: Mapping[str | None, Library], sql: str) -> None:
    for (space, name), held in _by_name(libraries).items():
        if _speaks_of(sql, name):
            session.add(space, name, list(_sources(libraries, held)))


def _by_name(
    libraries: Mapping[str | None, Library],
) -> dict[tuple[Space, str], list[tuple[str | None, View]]]:
    found: dict[tuple[Space, str], list[tuple[str | None, View]]] = {}
    views = [(label, view) for label, library in libraries.items() for view in library.views]
    theirs = {view.name for _, view in views if view.of_project}
    for label, view in views:
        if view.of_project or view.space != "main" or view.name not in theirs:
            found.setdefault((view.space, view.name), []).append((label, view))
    return found


def _sources(
    libraries: Mapping[str | None, Library], held: Sequence[tuple[str | None, View]]
) -> Iterator[Source]:
    for label, view in held:
        for part in view.parts:
            with _naming(label):
                data = libraries[label].dataset(view, part)
            yield Source(data, published_only=part.published_only, label=label)


@contextmanager
def _naming(label: str | None) -> Iterator[None]:
    """Say, where there are several, which snapshot it is that something is wrong with."""
    try:
        yield
    except CorruptSnapshotError as error:
        if label is None:
            raise
        raise CorruptSnapshotError(f"{quote(label)}: {error}") from error


def _speaks_of(sql: str, name: str) -> bool:
    lowered = sql.lower()
    return name.lower().replace('"', '""') in lowered or any(one in lowered for one in _ANY_TABLE)


def _shown(views: Sequence[View]) -> TableShown:
    columns = {one.name: one for view in views for one in view.columns}
    rows = [view.rows for view in views]
    known = [count for count in rows if count is not None]
    total = sum(known) if len(known) == len(rows) else None
    return TableShown(views[0].space, views[0].name, total, tuple(columns.values()))
