"""Write records into files of bounded size, whichever the format, and name each when durable.

Turning to the next file, hashing and publishing are done here, once for all formats. A writer
that failed stays failed, so that a snapshot can never be committed without what it was given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from datosnap.errors import BackupError
from datosnap.store.atomic import Sealed
from datosnap.store.chunks import Encoder, RecordFormat, check_record
from datosnap.store.manifest import FileEntry
from datosnap.store.names import ChunkKind, ColumnOf, Kind, Table, chunk_path, table_path
from datosnap.store.place import Draft, Place

# A damaged file costs this much at most, and a reader may work on as many files at a time.
CHUNK_MAX_BYTES = 64 * 1024 * 1024


@dataclass(slots=True)
class _OpenFile:
    draft: Draft
    encoder: Encoder
    tables: dict[Table, Draft]
    rows: int = 0
    raw_bytes: int = 0

    @property
    def drafts(self) -> tuple[Draft, ...]:
        return (self.draft, *self.tables.values())


class RotatingWriter:
    """Write the chunks of one kind and model.

    Memory: one batch, and what the format holds back.
    """

    def __init__(
        self,
        place: Place,
        chunk_format: RecordFormat,
        kind: ChunkKind,
        model: str | None,
        *,
        max_bytes: int = CHUNK_MAX_BYTES,
        first_number: int = 0,
    ) -> None:
        self._place = place
        self._format = chunk_format
        self._kind = kind
        self._model = model
        self._max_bytes = max_bytes
        self._first_number = first_number
        self._open: _OpenFile | None = None
        self._entries: list[FileEntry] = []
        self._finished = 0
        self._misfits: Counter[ColumnOf] = Counter()
        self._state: Literal["open", "closed", "abandoned"] = "open"

    @property
    def is_closed(self) -> bool:
        """Tell whether all that was given is durable and nothing more will come."""
        return self._state == "closed"

    @property
    def misfits(self) -> Mapping[ColumnOf, int]:
        """Count the values of durable files that had no place in typed columns.

        The records hold them as sent.
        """
        return self._misfits

    @property
    def entries(self) -> tuple[FileEntry, ...]:
        """Give the files that are durable so far, parts of tables among them."""
        return tuple(self._entries)

    def write(self, batch: Sequence[bytes]) -> None:
        """Add records, each the bytes of one JSON object without line breaks.

        Raises: NonsenseError, with nothing written, when a record could not be read back;
        DiskError.
        """
        self._ensure("open")
        for record in batch:
            check_record(record)
        if not batch:
            return
        try:
            self._add(batch)
        except BaseException:
            self.abandon()
            raise

    def close(self) -> tuple[FileEntry, ...]:
        """Make everything durable and name the files; none when there was no record.

        Raises: DiskError.
        """
        self._ensure("open", "closed")
        try:
            if self._open:
                self._finish(self._open)
        except BaseException:
            self.abandon()
            raise
        self._state = "closed"
        return self.entries

    def abandon(self) -> None:
        """Drop the file in the making; harmless when all is closed."""
        if self._state == "open":
            self._state = "abandoned"
        if self._open:
            self._open.encoder.abandon()
            for draft in self._open.drafts:
                draft.discard()
            self._open = None

    def _add(self, batch: Sequence[bytes]) -> None:
        self._open = self._open or self._begin()
        self._open.encoder.write(batch)
        self._open.rows += len(batch)
        self._open.raw_bytes += sum(map(len, batch))
        if self._open.raw_bytes >= self._max_bytes:
            self._finish(self._open)

    def _begin(self) -> _OpenFile:
        tables: dict[Table, Draft] = {}

        def open_table(table: Table) -> Draft:
            tables[table] = draft = self._place.draft(self._table_path(table))
            return draft

        draft = self._place.draft(self._path())
        try:
            encoder = self._format.encoder(draft, self._kind, self._model, open_table)
        except BaseException:
            draft.discard()
            raise
        return _OpenFile(draft, encoder, tables)

    def _finish(self, file: _OpenFile) -> None:
        written = file.encoder.finish()
        self._name(file.draft.publish(self._path()), self._kind, file.rows)
        for table, draft in file.tables.items():
            self._name(draft.publish(self._table_path(table)), "table", written.tables[table])
        self._misfits.update(written.misfits)
        self._finished += 1
        self._open = None

    def _name(self, sealed: Sealed, kind: Kind, rows: int) -> None:
        entry = FileEntry(sealed.path, kind, self._model, rows, sealed.bytes, sealed.sha256)
        self._entries.append(entry)

    def _ensure(self, *states: str) -> None:
        if self._state not in states:
            raise BackupError(
                f"expected an open writer of {self._kind}, found one that is {self._state}"
            )

    @property
    def _number(self) -> int:
        return self._first_number + self._finished

    def _path(self) -> str:
        return chunk_path(self._kind, self._model, self._number, self._format.extension)

    def _table_path(self, table: Table) -> str:
        assert self._model is not None, "only records of models have tables beside them"
        return table_path(table, self._model, self._number)
