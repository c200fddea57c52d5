"""Remember which steps of a run are done, so that a stopped run can go on where it was.

Lines are only ever added. Each carries a sum over itself and all lines before it, so that a
changed, lost or exchanged one is noticed; a last line that was cut off is dropped, and its step
is done again. What a line claims must be durable before the line is written.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import Self

from datosnap.core.jsontext import JsonObject, decode_object, encode, encode_canonical
from datosnap.errors import (
    BackupError,
    CorruptSnapshotError,
    DiskError,
    NonsenseError,
    UsageError,
    quote,
)
from datosnap.store.diskerrors import translating
from datosnap.store.place import LocalPlace, put

_APPEND = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_SUM_DIGITS = 16


# Is given each step that was done before.
Take = Callable[[JsonObject], None]


@dataclass(frozen=True, slots=True)
class _Known:
    total: str
    size: int


class Journal:
    """The finished steps of one run. Memory: none of them."""

    def __init__(self, path: Path, known: _Known) -> None:
        self._path = path
        self._total = known.total
        self._size = known.size
        self._is_synced = True
        self._has_failed = False
        with translating("write", path):
            self._fd = os.open(path, _APPEND)
            os.truncate(path, known.size)  # a line that was cut off

    @classmethod
    def open(cls, path: Path, header: JsonObject, take: Take = lambda _: None) -> Self:
        """Open the journal of the run that `header` describes, or begin it in a folder that exists.

        `take` is given each step in it, in order; what it was given counts for nothing when this
        raises.
        Shape: lines `{"sum": …, "entry": {…}}`, the first one's entry being the header.
        Raises: UsageError when it belongs to another run; CorruptSnapshotError; DiskError.
        """
        file = LocalPlace(path.parent).open(path.name)
        if file is None:
            line, total = _line("", header)
            put(LocalPlace(path.parent), path.name, line)
            return cls(path, _Known(total, len(line)))
        with file:
            return cls(path, _read(path, file, header, take))

    def append(self, entry: JsonObject) -> None:
        """Add a finished step; it survives the end of the process, and after `sync` any end.

        Raises: DiskError; the step is not in the journal then.
        """
        line, total = _line(self._total, entry)
        try:
            with translating("write", self._path):
                self._write(line)
        except BaseException:
            self._take_back()
            raise
        self._total = total
        self._size += len(line)
        self._is_synced = False

    def sync(self) -> None:
        """Make all steps durable.

        Raises: DiskError.
        """
        self._ensure_open()
        if not self._is_synced:
            try:
                with translating("write", self._path):
                    os.fsync(self._fd)
            except BaseException:
                # The system may have dropped the lines, and a second try would not tell.
                self._has_failed = True
                self._drop()
                raise
            self._is_synced = True

    def close(self) -> None:
        """Make all steps durable and let go of the file; harmless when that is done.

        Raises: DiskError.
        """
        if self._fd < 0:
            return
        try:
            self.sync()
        finally:
            self._drop()

    def _write(self, line: bytes) -> None:
        self._ensure_open()
        view = memoryview(line)
        while view:
            view = view[os.write(self._fd, view) :]

    def _ensure_open(self) -> None:
        if self._has_failed:
            raise DiskError(f"could not write {quote(str(self._path))} before; the run must end")
        if self._fd < 0:
            raise BackupError(f"expected an open journal, found {quote(str(self._path))} closed")

    def _take_back(self) -> None:
        # Half a line in the middle would damage all that follows, so that nothing may follow.
        self._has_failed = self._fd >= 0 or self._has_failed
        with suppress(OSError):
            os.truncate(self._path, self._size)
        self._drop()

    def _drop(self) -> None:
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            with translating("close", self._path):
                os.close(fd)


def _line(total: str, entry: JsonObject) -> tuple[bytes, str]:
    text = encode(entry)
    total = _sum(total, text)
    return b'{"sum":"%b","entry":%b}\n' % (total.encode("ascii"), text), total


def _sum(before: str, text: bytes) -> str:
    return hashlib.sha256(before.encode("ascii") + text).hexdigest()[:_SUM_DIGITS]


def _read(path: Path, file: BufferedIOBase, header: JsonObject, take: Take) -> _Known:
    total, size, rest = "", 0, b""
    for number, line in enumerate(file, start=1):
        if not line.endswith(b"\n"):
            rest = line
            break
        entry = _entry(total, line[:-1])
        if entry is None:
            raise _damaged(path, f"in line {number}")
        if number == 1:
            _ensure_same(path, entry, header)
        else:
            take(entry)
        total = _line(total, entry)[1]
        size += len(line)
    # What was cut off is the beginning of a line, or of zeros where a disk lost power; a whole line
    # and any other byte is a changed line end.
    if not total or (_entry(total, rest[:-1]) is not None and not rest.endswith(b"\0")):
        raise _damaged(path, "at its end")
    return _Known(total, size)


def _entry(total: str, text: bytes) -> JsonObject | None:
    try:
        entry: JsonObject = decode_object(text)["entry"]
        line = _line(total, entry)[0]
    except (NonsenseError, KeyError, TypeError):
        return None
    return entry if line == text + b"\n" else None


def _damaged(path: Path, where: str) -> CorruptSnapshotError:
    return CorruptSnapshotError(
        f"journal {quote(str(path))} is damaged {where}; remove it to start over"
    )


def _ensure_same(path: Path, found: JsonObject, expected: JsonObject) -> None:
    if encode_canonical(found) == encode_canonical(expected):
        return
    keys = sorted({*found, *expected})
    differing = ", ".join(
        f"{key} {quote(found.get(key))} instead of {quote(expected.get(key))}"
        for key in keys
        if found.get(key) != expected.get(key)
    )
    raise UsageError(
        f"journal {quote(str(path))} belongs to another run: {differing}; "
        "finish that run, or remove the journal"
    )
