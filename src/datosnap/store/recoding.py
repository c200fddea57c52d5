"""Write one chunk of a snapshot anew in another format, wherever that is done.

What there is to do travels as a value, small enough for another process or another machine; what
was done comes back as the entries of a manifest, which the one who asked for it writes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from datosnap.store.chunk_making import ChunkTask
from datosnap.store.columns.shape import Shape
from datosnap.store.formats import format_named
from datosnap.store.locations import Where, locate
from datosnap.store.manifest import FileEntry, Manifest
from datosnap.store.names import ChunkFormat, ChunkKind, Compression, chunk_path, number_of
from datosnap.store.publishing import Published, Publisher
from datosnap.store.snapshot import Snapshot
from datosnap.store.views import shape_of

CHUNK_KINDS: Final[tuple[ChunkKind, ...]] = ("current", "published", "history", "uploads")


@dataclass(frozen=True, slots=True)
class Recoding:
    """One chunk that is to be written anew; `manifest` names that chunk and nothing else."""

    source: Where
    destination: Where
    manifest: Manifest
    kind: ChunkKind
    shape: Shape | None
    chunk_format: ChunkFormat
    compression: Compression
    keeps_raw: bool

    @property
    def entry(self) -> FileEntry:
        """Give what the manifest says of the chunk."""
        return self.manifest.files[0]

    @property
    def number(self) -> int:
        """Give the number of the chunk, which stays."""
        return number_of(self.entry.path)

    @property
    def path(self) -> str:
        """Give where the new chunk will be."""
        extension = format_named(self.chunk_format, self.compression).extension
        return chunk_path(self.kind, self.entry.model, self.number, extension)


def recodings(
    source: Where,
    snapshot: Snapshot,
    destination: Where,
    *,
    chunk_format: ChunkFormat,
    compression: Compression,
    keeps_raw: bool,
) -> Iterator[Recoding]:
    """Tell of every chunk of a snapshot how it is to be written anew."""
    manifest = snapshot.manifest
    slim = replace(manifest.facts, totals=(), gaps=(), withheld=())
    shape = shape_of(snapshot)
    for kind in CHUNK_KINDS:
        for entry in manifest.files:
            if entry.kind == kind:
                alone = replace(manifest, facts=slim, files=(entry,))
                yield Recoding(
                    _anywhere(source),
                    _anywhere(destination),
                    alone,
                    kind,
                    shape,
                    chunk_format,
                    compression,
                    keeps_raw,
                )


def recode(task: Recoding) -> Published:
    """Write a chunk anew, with the same records; give what a manifest has to say of it.

    Memory: one batch of rows, and what either format holds back.
    Raises: CorruptSnapshotError when the chunk is not as it was written; DiskError.
    """
    record_format = format_named(
        task.chunk_format, task.compression, task.shape, keeps_raw=task.keeps_raw
    )
    publisher = Publisher(locate(task.destination), record_format, sys.maxsize)
    chunk = _Chunk(Snapshot(locate(task.source), task.manifest), task)
    return ChunkTask(publisher, task.kind, task.entry.model, task.number, chunk).do()


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The rows of the chunk that a task is about."""

    snapshot: Snapshot
    task: Recoding

    @property
    def name(self) -> str:
        return self.task.entry.path

    @property
    def rows(self) -> int:
        return self.task.entry.rows or 0

    def read(self) -> Iterator[bytes]:
        return self.snapshot.rows(self.task.kind, self.task.entry.model)


def _anywhere(where: Where) -> Where:
    """Name a folder so that it is the same one for a process that stands elsewhere."""
    if isinstance(where, str) and "://" not in where:
        return Path(where).absolute()
    return where.absolute() if isinstance(where, Path) else where
