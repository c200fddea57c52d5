"""Keep records in a temporary file, to be had again by id in any order.

A restore writes records in the order of their links, which is not the order of the snapshot;
this holds the bytes in one file, and where each stands in it on a shelf.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from datosnap.store.diskerrors import translating
from datosnap.store.shelf import Shelf

# A record is some 300 KB at most (source: the API's limits); this is 4 GB.
_SIZE_BITS = 32


class Spool:
    """A temporary file of records by key; gone when it is closed.

    Where each record stands, its place and size in one number, lies on the shelf.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._folder = Path(tempfile.gettempdir())
        with translating("create a temporary file in", self._folder):
            self._file = tempfile.TemporaryFile(prefix="datosnap-")  # noqa: SIM115 - closed below
        self._places = shelf.mapping(int)
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, kind: str, key: str, data: bytes) -> None:
        """Keep `data` under `kind` and `key`; a later one under the same key replaces it.

        Raises: DiskError when the temporary folder is full.
        """
        with translating("write to a temporary file in", self._folder):
            self._file.seek(self._end)
            self._file.write(data)
        self._places[_name(kind, key)] = self._end << _SIZE_BITS | len(data)
        self._end += len(data)

    def holds(self, kind: str, key: str) -> bool:
        """Tell whether there is something under `kind` and `key`."""
        return _name(kind, key) in self._places

    def get(self, kind: str, key: str) -> bytes:
        """Give what was kept.

        Raises: KeyError when there is nothing.
        """
        place, size = divmod(self._places[_name(kind, key)], 1 << _SIZE_BITS)
        with translating("read a temporary file in", self._folder):
            self._file.seek(place)
            return self._file.read(size)


def _name(kind: str, key: str) -> str:
    return f"{kind} {key}"
