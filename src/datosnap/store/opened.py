"""Give programs a snapshot to work with: records as bytes or values, tables as Arrow data sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, overload

import pyarrow.dataset as ds

from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.errors import UsageError, quote
from datosnap.store.library import Library
from datosnap.store.manifest import Manifest
from datosnap.store.snapshot import Snapshot
from datosnap.store.views import View


class OpenSnapshot:
    """A snapshot as `datosnap.open_snapshot` gives it; it holds no file open.

    `library` makes its tables readable, when they are asked for.
    """

    def __init__(self, snapshot: Snapshot, library: Callable[[], Library]) -> None:
        self._snapshot = snapshot
        self._make = library
        self._library: Library | None = None

    @property
    def manifest(self) -> Manifest:
        """Give what the snapshot says of itself: when, of what, whether it is complete."""
        return self._snapshot.manifest

    def models(self) -> tuple[str, ...]:
        """Give the api_keys of the models whose records it holds."""
        return self._snapshot.models()

    def tables(self) -> tuple[View, ...]:
        """Describe the tables of current content: of models, of block models, and datosnap's own.

        Raises: as `dataset` does.
        """
        return tuple(one for one in self._tables.views if one.space == "main")

    def dataset(self, table: str) -> ds.Dataset:
        """Open a table of `tables`; its files were verified then.

        Raises: UsageError when there is none of this name; CorruptSnapshotError,
        AccessRefusedError, DiskError.
        """
        view = self._tables.view(table)
        (part,) = view.parts
        return self._tables.dataset(view, part)

    @overload
    def records(self, model: str, *, decode: Literal[False] = False) -> Iterator[bytes]: ...
    @overload
    def records(self, model: str, *, decode: Literal[True]) -> Iterator[JsonObject]: ...
    def records(
        self, model: str, *, decode: bool = False
    ) -> Iterator[bytes] | Iterator[JsonObject]:
        """Give the current records of a model: the API's own bytes, or what they say.

        Decoded numbers may have lost digits; the bytes never do.
        Memory: one block of lines, or one row group.
        Raises: UsageError when there is no such model; CorruptSnapshotError, DiskError.
        """
        if model not in self.models():
            raise UsageError(
                f"expected a model of {', '.join(self.models())}, found {quote(model)}"
            )
        rows = self._snapshot.rows("current", model)
        return map(decode_object, rows) if decode else rows

    @property
    def _tables(self) -> Library:
        if self._library is None:
            self._library = self._make()
        return self._library
