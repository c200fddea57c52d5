"""Write records into files of bounded size, whichever the format, and name each when durable.

Turning to the next file, hashing and publishing are done here, once for all formats. A writer
that failed stays failed, so that a snapshot can never be committed without what it was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from datosnap.errors import BackupError
from datosnap.store.chunks import Encoder, RecordFormat, check_record
from datosnap.store.manifest import FileEntry
from datosnap.store.names import ChunkKind, chunk_path
from datosnap.store.place import Draft, Place

# A damaged file costs this much at most, and a reader may work on as many files at a time.
CHUNK_MAX_BYTES = 64 * 1024 * 1024


@dataclass(slots=True)
class _OpenFile:
    draft: Draft
    encoder: Encoder
    rows: int = 0
    raw_bytes: int = 0


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
        self._misfits = 0
        self._state: Literal["open", "closed", "abandoned"] = "open"

    @property
    def is_closed(self) -> bool:
        """Tell whether all that was given is durable and nothing more will come."""
        return self._state == "closed"

    @property
    def misfits(self) -> int:
        """Give how many values had no place in typed columns; the records hold them as sent."""
        return self._misfits + (self._open.encoder.misfits if self._open else 0)

    @property
    def entries(self) -> tuple[FileEntry, ...]:
        """Give the files that are durable so far."""
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
            self._open.draft.discard()
            self._open = None

    def _add(self, batch: Sequence[bytes]) -> None:
        self._open = self._open or self._begin()
        self._open.encoder.write(batch)
        self._open.rows += len(batch)
        self._open.raw_bytes += sum(map(len, batch))
        if self._open.raw_bytes >= self._max_bytes:
            self._finish(self._open)

    def _begin(self) -> _OpenFile:
        draft = self._place.draft(self._path())
        try:
            return _OpenFile(draft, self._format.encoder(draft, self._kind, self._model))
        except BaseException:
            draft.discard()
            raise

    def _finish(self, file: _OpenFile) -> None:
        file.encoder.finish()
        sealed = file.draft.publish(self._path())
        self._entries.append(
            FileEntry(sealed.path, self._kind, self._model, file.rows, sealed.bytes, sealed.sha256)
        )
        self._misfits += file.encoder.misfits
        self._open = None

    def _ensure(self, *states: str) -> None:
        if self._state not in states:
            raise BackupError(
                f"expected an open writer of {self._kind}, found one that is {self._state}"
            )

    def _path(self) -> str:
        number = self._first_number + len(self._entries)
        return chunk_path(self._kind, self._model, number, self._format.extension)
