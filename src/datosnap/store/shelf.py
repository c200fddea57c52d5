"""Keep values by key in a temporary file, so that memory does not grow with their number.

An import must know something of every record at once: its state, its links, its ids. A project may
have any number of them, so that they lie in tables of SQLite, of which a few pages are in memory.
The file has no name, and nothing of it outlives the process.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, ItemsView, Iterator, MutableMapping, ValuesView
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

import msgspec

from datosnap.core.jsontext import Json, decode, encode
from datosnap.errors import DiskError, quote
from datosnap.store.diskerrors import translating

T = TypeVar("T")

# Nothing needs to survive the process, so that nothing is ever synced or written twice.
_SETTINGS = (
    "pragma journal_mode = off",
    "pragma synchronous = off",
    "pragma locking_mode = exclusive",
    "pragma temp_store = file",
)
# Units: kibibytes. Measured: four times as much is a tenth faster at 200,000 records.
_CACHE = 4096
# Rows that are read at a time; a table may change between.
_ROWS = 500


_CREATE = "create table {table} (place integer primary key, key text unique, value blob)"
_ADD = "insert or ignore into {table} (key, value) values (?, ?)"
_REPLACE = "update {table} set value = ? where key = ?"
_DELETE = "delete from {table} where key = ?"
_CLEAR = "delete from {table}"
_GET = "select value from {table} where key = ?"
_PLACE = "select place from {table} where key = ?"
_AT = "select key from {table} where place = ?"
_ON = "select place, key, value from {table} where place > ? order by place limit ?"
_BY_KEY = "select key, key, value from {table} where key > ? order by key limit ?"


@dataclass(frozen=True, slots=True)
class Codec(Generic[T]):
    """How the values of a table become bytes, and values again."""

    encode: Callable[[T], bytes]
    decode: Callable[[bytes], T]


def codec_of(kind: type[T]) -> Codec[T]:
    """Give the codec of a type that msgspec knows: built-in ones, enumerations, dataclasses."""
    return Codec(msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(kind).decode)


class Shelf:
    """A temporary file of tables; gone when it is closed.

    Memory: 4 MB, whatever it holds. One thread at a time may use it, not always the same.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.gettempdir())
        self._numbers = count()
        with translating("create a temporary file in", self._folder):
            descriptor, name = tempfile.mkstemp(prefix="datosnap-")
            os.close(descriptor)
        self._path = Path(name)
        self._connection = sqlite3.connect(name, isolation_level=None, check_same_thread=False)
        for setting in (*_SETTINGS, f"pragma cache_size = -{_CACHE}", "begin exclusive"):
            self.rows(setting)
        # Where the system lets go of a name in use, no end of the process leaves the file behind.
        with suppress(OSError):
            self._path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()
        self._path.unlink(missing_ok=True)

    def table(self, codec: Codec[T]) -> Shelved[T]:
        """Make a table.

        Raises: DiskError when the temporary folder is full.
        """
        name = f"shelved_{next(self._numbers)}"
        self.rows(_CREATE.format(table=name))
        return Shelved(self, name, codec)

    def mapping(self, kind: type[T]) -> Shelved[T]:
        """Make a table of values of a type that msgspec knows.

        Raises: DiskError when the temporary folder is full.
        """
        return self.table(codec_of(kind))

    def keys(self) -> Shelved[None]:
        """Make a table of keys alone.

        Raises: DiskError when the temporary folder is full.
        """
        return self.table(_NOTHING)

    def rows(self, statement: str, *values: str | int | bytes) -> list[tuple[Json, ...]]:
        """Execute a statement and give the rows that it finds.

        Raises: DiskError when the temporary folder is full.
        """
        with self._translating():
            return self._connection.execute(statement, values).fetchall()

    def change(self, statement: str, *values: str | int | bytes) -> int:
        """Execute a statement and give the number of rows that it changed.

        Raises: DiskError when the temporary folder is full.
        """
        with self._translating():
            return self._connection.execute(statement, values).rowcount

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise DiskError(
                f"cannot keep records aside in a temporary file in {quote(str(self._folder))}:"
                f" {error}; free some space there, or name another folder by TMPDIR, and run the"
                f" same command again"
            ) from error


class Shelved(MutableMapping[str, T]):
    """A mapping that lies on a shelf, in the order in which its keys first came.

    It may be changed while it is walked through: what comes later is met, what is gone is not.
    """

    def __init__(self, shelf: Shelf, name: str, codec: Codec[T]) -> None:
        self._shelf = shelf
        self._codec = codec
        self._count = 0
        self._add = _ADD.format(table=name)
        self._replace = _REPLACE.format(table=name)
        self._delete = _DELETE.format(table=name)
        self._clear = _CLEAR.format(table=name)
        self._get = _GET.format(table=name)
        self._place = _PLACE.format(table=name)
        self._at = _AT.format(table=name)
        self._on = _ON.format(table=name)
        self._by_key = _BY_KEY.format(table=name)

    def __getitem__(self, key: str) -> T:
        found = self._shelf.rows(self._get, key)
        if not found:
            raise KeyError(key)
        return self._codec.decode(found[0][0])

    def __setitem__(self, key: str, value: T) -> None:
        data = self._codec.encode(value)
        added = self._shelf.change(self._add, key, data)
        self._count += added
        if not added:
            self._shelf.change(self._replace, data, key)

    def __delitem__(self, key: str) -> None:
        gone = self._shelf.change(self._delete, key)
        self._count -= gone
        if not gone:
            raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and bool(self._shelf.rows(self._place, key))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self._walk(self._on, 0))

    def items(self) -> ItemsView[str, T]:
        """Give keys with their values, some hundred at a time in memory."""
        return _Items(self)

    def values(self) -> ValuesView[T]:
        """Give the values, some hundred at a time in memory."""
        return _Values(self)

    def clear(self) -> None:
        """Empty the table."""
        self._shelf.change(self._clear)
        self._count = 0

    def pairs(self) -> Iterator[tuple[str, T]]:
        """Give keys with their values."""
        return self._walked(self._on, 0)

    def in_key_order(self) -> Iterator[tuple[str, T]]:
        """Give keys with their values by key, in the order of its bytes."""
        return self._walked(self._by_key, "")

    def place_of(self, key: str) -> int | None:
        """Tell the how many-th key this is, from 0, while nothing was ever deleted."""
        found = self._shelf.rows(self._place, key)
        return found[0][0] - 1 if found else None

    def at(self, place: int) -> str:
        """Give the key at a place. Raises: IndexError."""
        found = self._shelf.rows(self._at, place + 1)
        if not found:
            raise IndexError(place)
        key: str = found[0][0]
        return key

    def _walked(self, statement: str, after: str | int) -> Iterator[tuple[str, T]]:
        decode = self._codec.decode
        return ((key, decode(data)) for key, data in self._walk(statement, after))

    def _walk(self, statement: str, after: str | int) -> Iterator[tuple[str, bytes]]:
        while found := self._shelf.rows(statement, after, _ROWS):
            yield from ((key, data) for _, key, data in found)
            after = found[-1][0]


class _Items(ItemsView[str, T]):
    """Keys with their values, read in the order of the table and not one by one."""

    _mapping: Shelved[T]

    def __iter__(self) -> Iterator[tuple[str, T]]:
        return self._mapping.pairs()


class _Values(ValuesView[T]):
    """Values, read in the order of the table and not one by one."""

    _mapping: Shelved[T]

    def __iter__(self) -> Iterator[T]:
        return (value for _, value in self._mapping.pairs())


_NOTHING: Codec[None] = Codec(lambda _: b"", lambda _: None)
JSON: Codec[Json] = Codec(encode, decode)
TEXT: Codec[str] = Codec(lambda text: text.encode(), lambda data: data.decode())
BYTES: Codec[bytes] = Codec(lambda data: data, lambda data: data)
