"""Leave the records themselves out of a snapshot: typed columns alone take their place.

A run reads its own records again, so they are chunks of NDJSON until all else is there. The
manifest then names files of typed columns in their place, and the chunks go when it is durable: a
run that is cut off before that has lost nothing.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from datosnap.store import names
from datosnap.store.chunk_making import ChunkMaker, ChunkTask
from datosnap.store.chunks import RecordFormat
from datosnap.store.manifest import FileEntry, Manifest
from datosnap.store.names import ChunkKind
from datosnap.store.place import Place
from datosnap.store.publishing import Published, Publisher, rows_of

_CHUNK_KINDS: tuple[ChunkKind, ...] = get_args(ChunkKind)
# What a run keeps records in until its end.
WORKING_FORMAT: Final = "ndjson"
_WORKING = ".ndjson.zst"


def slim(
    place: Place, entries: Sequence[FileEntry], columns: RecordFormat, maker: ChunkMaker
) -> Published:
    """Write typed columns of all records that lie in chunks; give the files there are then.

    Memory: one batch of rows, and what the format holds back.
    Raises: CorruptSnapshotError when a chunk was changed; DiskError.
    """
    tasks = tuple(_tasks(place, entries, columns))
    others = tuple(one for one in entries if not one.path.endswith(_WORKING))
    if not tasks:
        return Published(others)
    written = maker.finish([maker.begin(task) for task in tasks[:-1]], tasks[-1])
    return Published((*others, *written.entries), written.misfits)


def _tasks(
    place: Place, entries: Sequence[FileEntry], columns: RecordFormat
) -> Iterator[ChunkTask]:
    publisher = Publisher(place, columns, sys.maxsize)
    numbers: Counter[tuple[ChunkKind, str | None]] = Counter()
    for entry in entries:
        if entry.kind in _CHUNK_KINDS and entry.path.endswith(_WORKING):
            key = (entry.kind, entry.model)
            yield ChunkTask(publisher, *key, numbers[key], _Chunk(place, entry))
            numbers[key] += 1


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The rows of a chunk."""

    place: Place
    entry: FileEntry

    @property
    def name(self) -> str:
        return self.entry.path

    @property
    def rows(self) -> int:
        return self.entry.rows or 0

    def read(self) -> Iterator[bytes]:
        return rows_of(self.place, (self.entry,))


def drop_raw(place: Place, manifest: Manifest) -> None:
    """Remove the chunks that typed columns took the place of.

    Raises: AccessRefusedError, DiskError.
    """
    if manifest.keeps_raw:
        return
    named = {entry.path for entry in manifest.files}
    for path in tuple(place.walk()):
        if path not in named and path.endswith(_WORKING) and names.is_ours(path):
            place.remove(path)
