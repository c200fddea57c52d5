"""Keep the rows of one list as they arrive, so that a run that was cut off can go on with it.

Rows go into work files beside the snapshot, a zstd frame a batch, bounded in size like chunks. A
mark tells how far they are durable; whoever opens an intake at a mark finds what was kept until
then and nothing that came after.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from datosnap.errors import CorruptSnapshotError, quote
from datosnap.store.atomic import make_folders, sync_folder
from datosnap.store.chunks import check_record
from datosnap.store.diskerrors import translating
from datosnap.store.ndjson import Ndjson

if TYPE_CHECKING:
    from io import BufferedReader

_OPEN = (
    os.O_RDWR
    | os.O_CREAT
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_FORMAT = Ndjson("zstd")
# The first files are such parts of a whole one: whoever makes chunks of them has work early.
_FIRST_PARTS = (4, 4, 2)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far an intake is durable; `at` is how far its reader had come, in its own units.

    Units: `rows` has the number of rows of each file, the last one being the file in the making;
    `bytes` and `raw_bytes` (before compression) are of that file.
    """

    rows: tuple[int, ...] = (0,)
    bytes: int = 0
    raw_bytes: int = 0
    at: int = 0


@dataclass(frozen=True, slots=True)
class WorkFile:
    """One work file, and how many rows it has; once another has followed it never changes."""

    path: Path
    rows: int
    record_format: Ndjson

    @property
    def name(self) -> str:
        """Give the file's name."""
        return self.path.name

    @contextmanager
    def opened(self) -> Iterator[BufferedReader]:
        """Open it, for reading.

        Raises: DiskError.
        """
        with translating("read", self.path), self.path.open("rb") as file:
            yield file

    def read(self) -> Iterator[bytes]:
        """Give its rows, in order.

        Memory: one block of lines.
        Raises: CorruptSnapshotError when it was changed; DiskError.
        """
        found = 0
        try:
            with self.opened() as file:
                for row in self.record_format.rows(file):
                    yield row
                    found += 1
        except CorruptSnapshotError as error:
            raise self._damaged(str(error)) from error
        if found < self.rows:
            raise self._damaged(f"expected {self.rows} rows, found {found}")

    def _damaged(self, why: str) -> CorruptSnapshotError:
        return CorruptSnapshotError(
            f"the work file {quote(str(self.path))} was changed: {why}; start over with --restart"
        )


class Intake:
    """The rows of one list, in order, as work files.

    Raises: CorruptSnapshotError when rows that `mark` claims are gone; DiskError.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        mark: Mark,
        *,
        segment_max_bytes: int,
        record_format: Ndjson = _FORMAT,
    ) -> None:
        self._folder = folder
        self._format = record_format
        self._name = name
        self._segment_max_bytes = segment_max_bytes
        self._mark = mark
        self._rows = list(mark.rows)
        self._raw_bytes = mark.raw_bytes
        self._unsynced: list[int] = []
        with translating("write", folder):
            make_folders(folder.parent, folder)
            self._fd = self._open(self._segment)
            self._ensure_whole(mark)
            os.ftruncate(self._fd, mark.bytes)
            os.lseek(self._fd, 0, os.SEEK_END)

    @property
    def rows(self) -> int:
        """Give how many rows there are, durable or not."""
        return sum(self._rows)

    @property
    def files(self) -> tuple[WorkFile, ...]:
        """Give the work files; to the last one rows are still added."""
        return tuple(
            WorkFile(self._folder / self._file(number), rows, self._format)
            for number, rows in enumerate(self._rows)
        )

    @property
    def _segment(self) -> int:
        return len(self._rows) - 1

    @property
    def _max_bytes(self) -> int:
        part = _FIRST_PARTS[self._segment] if self._segment < len(_FIRST_PARTS) else 1
        return self._segment_max_bytes // part

    @property
    def mark(self) -> Mark:
        """Give how far the rows are durable."""
        return self._mark

    def add(self, batch: Sequence[bytes]) -> None:
        """Add rows, each the bytes of one JSON object without line breaks.

        Raises: NonsenseError, with nothing added, when a row could not be read back; DiskError.
        """
        for row in batch:
            check_record(row)
        if not batch:
            return
        if self._raw_bytes >= self._max_bytes:
            self._turn()
        with translating("write", self._folder / self._file(self._segment)):
            self._format.lines(_Descriptor(self._fd)).write(batch)
        self._raw_bytes += sum(map(len, batch))
        self._rows[-1] += len(batch)

    def sync(self, at: int) -> Mark:
        """Make all rows durable, and give the mark that says so.

        Raises: DiskError.
        """
        with translating("write", self._folder / self._file(self._segment)):
            for fd in (*self._unsynced, self._fd):
                os.fsync(fd)
            self._close_unsynced()
            sync_folder(self._folder)
            size = os.fstat(self._fd).st_size
        self._mark = Mark(tuple(self._rows), size, self._raw_bytes, at)
        return self._mark

    def read(self) -> Iterator[bytes]:
        """Give the rows back, in order.

        Memory: one block of lines.
        Raises: CorruptSnapshotError when a work file was changed; DiskError.
        """
        for file in self.files:
            yield from file.read()

    def close(self) -> None:
        """Let go of the files; they stay."""
        with suppress(OSError):
            self._close_unsynced()
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            with suppress(OSError):
                os.close(fd)

    def remove(self) -> None:
        """Remove the work files.

        Raises: DiskError.
        """
        self.close()
        for file in self.files:
            with translating("remove", file.path):
                file.path.unlink(missing_ok=True)

    def _ensure_whole(self, mark: Mark) -> None:
        found = os.fstat(self._fd).st_size
        if found < mark.bytes:
            self.close()
            raise CorruptSnapshotError(
                f"expected {mark.bytes} bytes or more in {quote(self._file(self._segment))},"
                f" found {found}; start over with --restart"
            )

    def _turn(self) -> None:
        self._unsynced.append(self._fd)
        self._rows.append(0)
        self._raw_bytes = 0
        with translating("write", self._folder):
            self._fd = self._open(self._segment)
            os.ftruncate(self._fd, 0)

    def _open(self, segment: int) -> int:
        return os.open(self._folder / self._file(segment), _OPEN, 0o666)

    def _file(self, segment: int) -> str:
        return f"{self._name}-{segment:05d}.zst"

    def _close_unsynced(self) -> None:
        while self._unsynced:
            os.close(self._unsynced.pop())


@dataclass(frozen=True, slots=True)
class _Descriptor:
    """A file that the encoder writes to."""

    fd: int

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self.fd, view) :]
