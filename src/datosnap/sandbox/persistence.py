"""Keep the state of a sandbox in a file, so that it outlives the process at any moment.

The state stays in memory and the file follows it. Before the answer to a request goes out,
whatever the request changed is written in one transaction, so that no client hears of a change
that a kill could take back. Everything is a row of one table (a shelf's name, a key, bytes):
nothing is ever asked of the file but all of it, once, at the start. Jobs are not kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from datosnap.core.jsontext import Json
from datosnap.errors import UsageError, quote
from datosnap.sandbox.persistence_shelves import Shelf, build, cards, shelf_named, shelves
from datosnap.sandbox.state import World
from datosnap.sandbox.tracked import Tracked

# "dato" in ASCII: tells our files from those of other programs.
_APPLICATION_ID = 0x6461746F
_VERSION = 1
_SCHEMA = f"""
CREATE TABLE things (
    number INTEGER PRIMARY KEY,
    shelf TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    UNIQUE (shelf, key)
);
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_VERSION};
"""
_PUT = (
    "INSERT INTO things (shelf, key, value) VALUES (?, ?, ?)"
    " ON CONFLICT (shelf, key) DO UPDATE SET value = excluded.value"
)
_DELETE = "DELETE FROM things WHERE shelf = ? AND key = ?"
_CLEAR = "DELETE FROM things WHERE shelf = ?"
# Entries keep the order in which they came, which a dictionary has and a listing shows.
_READ = "SELECT key, value FROM things WHERE shelf = ? ORDER BY number"
_CARDS = "cards"


@dataclass(slots=True)
class Keeper:
    """The file of one sandbox, which nobody else may open meanwhile."""

    _database: sqlite3.Connection
    _cards: dict[str, bytes] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a sandbox's file, or make an empty one.

        Raises: UsageError when it is something else, or another sandbox has it open.
        """
        try:
            # One thread at a time: the one that starts, then the one that answers.
            database = sqlite3.connect(path, timeout=0, check_same_thread=False)
        except sqlite3.Error as error:
            raise UsageError(f"cannot open {quote(str(path))}: {error}") from error
        try:
            _prepare(database, path)
        except sqlite3.Error as error:
            database.close()
            raise UsageError(f"cannot use {quote(str(path))}: {error}") from error
        except UsageError:
            database.close()
            raise
        return cls(database)

    @property
    def is_new(self) -> bool:
        """Tell whether no state was ever kept here."""
        return not self._rows(_CARDS)

    def load(self, world: World) -> None:
        """Put into an empty world what was kept."""
        self._cards = self._rows(_CARDS)
        build(world, self._cards)
        names = [row[0] for row in self._database.execute("SELECT DISTINCT shelf FROM things")]
        for name in names:
            if name == _CARDS:
                continue
            shelf = shelf_named(world, name)
            read = shelf.codec.read
            shelf.put(Tracked({key: read(value) for key, value in self._rows(name).items()}))
            self._known.add(name)

    def save(self, world: World) -> None:
        """Write what has changed since the last time, all of it or nothing.

        Raises: sqlite3.Error; what was not written is written the next time.
        """
        there = list(shelves(world))
        changed = [one for one in there if self._is_changed(one)]
        told = cards(world)
        gone = self._known - {one.name for one in there}
        if not changed and not gone and told == self._cards:
            return
        with self._database:
            self._database.executemany(_CLEAR, [(name,) for name in gone])
            for shelf in changed:
                self._write(shelf)
            self._write_cards(told)
        self._cards = told
        self._known = {one.name for one in there}
        for shelf in changed:
            _settle(shelf)

    def close(self) -> None:
        """Let the file go."""
        self._database.close()

    def _is_changed(self, shelf: Shelf) -> bool:
        held = shelf.held
        if not isinstance(held, Tracked) or shelf.name not in self._known:
            return True
        return bool(held.written or held.deleted)

    def _write(self, shelf: Shelf) -> None:
        held, write = shelf.held, shelf.codec.write
        keys: Iterable[str] = held
        if isinstance(held, Tracked) and shelf.name in self._known:
            self._delete(shelf.name, held.deleted)
            keys = held.written
        else:
            self._database.execute(_CLEAR, (shelf.name,))
        rows = ((shelf.name, key, write(held[key])) for key in keys)
        self._database.executemany(_PUT, rows)

    def _write_cards(self, told: dict[str, bytes]) -> None:
        self._delete(_CARDS, self._cards.keys() - told.keys())
        new = [(_CARDS, key, card) for key, card in told.items() if self._cards.get(key) != card]
        self._database.executemany(_PUT, new)

    def _delete(self, shelf: str, keys: Iterable[str]) -> None:
        self._database.executemany(_DELETE, [(shelf, key) for key in keys])

    def _rows(self, shelf: str) -> dict[str, bytes]:
        return dict(self._database.execute(_READ, (shelf,)))


@dataclass(frozen=True, slots=True)
class KeptApp:
    """An application whose answers go out only after what they tell is kept."""

    app: ASGIApp
    world: World
    keeper: Keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_kept(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.keeper.save(self.world)
            await send(message)

        await self.app(scope, receive, send_kept)


@contextmanager
def opened(path: Path) -> Iterator[Keeper]:
    """Hold a sandbox's file while the block lasts.

    Raises: UsageError when it is something else, or another sandbox has it open.
    """
    keeper = Keeper.open(path)
    try:
        yield keeper
    finally:
        keeper.close()


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    application = _number(database, "PRAGMA application_id")
    is_blank = not _number(database, "SELECT count(*) FROM sqlite_master")
    if is_blank and not application:
        database.executescript(_SCHEMA)
    elif (application, _number(database, "PRAGMA user_version")) != (_APPLICATION_ID, _VERSION):
        raise UsageError(
            f"expected the state of a sandbox in {quote(str(path))}, found another database"
        )
    # A killed process loses nothing; at a power failure the last transactions may be missing.
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")


def _number(database: sqlite3.Connection, question: str) -> int:
    found: int = database.execute(question).fetchone()[0]
    return found


def _settle(shelf: Shelf) -> None:
    held: dict[str, Json] = shelf.held
    if isinstance(held, Tracked):
        held.settle()
    else:
        shelf.put(Tracked(held))
