"""Write a snapshot anew in the other format: the same records, to the byte, and all else with them.

Chunks are independent, so that they are converted side by side, by whoever `executors` chose. The
files are named by this process alone, and the manifest, which makes them a snapshot, comes last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from datosnap.core.jsontext import JsonObject
from datosnap.errors import UsageError, quote
from datosnap.flows.executors import executing
from datosnap.flows.progress import Progress
from datosnap.store.carrying import carry
from datosnap.store.locations import Where, locate
from datosnap.store.manifest import FileEntry, Manifest, SnapshotFacts, encode
from datosnap.store.names import ChunkFormat, Compression
from datosnap.store.place import LocalPlace
from datosnap.store.publishing import Published
from datosnap.store.recoding import CHUNK_KINDS, Recoding, recode, recodings
from datosnap.store.snapshot import Snapshot
from datosnap.store.snapshot_writer import SnapshotWriter

# How long a request to stop may go unheard.
_LISTEN_S = 0.5


@dataclass(frozen=True, slots=True)
class ConvertOptions:
    """What is wanted of the new snapshot, and who converts; `dask` is a scheduler's address."""

    chunk_format: ChunkFormat
    compression: Compression = "zstd"
    workers: int | None = None
    dask: str | None = None
    restart: bool = False
    keeps_raw: bool = True
    keeps_assets: bool = True


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of a conversion: the new manifest, and how large the chunks were and are."""

    manifest: Manifest
    chunks: int
    bytes_before: int
    bytes_after: int


def convert(
    source: Where, destination: Where, options: ConvertOptions, progress: Progress
) -> Converted:
    """Convert a snapshot; a run that was cut off goes on when it is asked for again.

    Raises: UsageError, with nothing touched, when it cannot be converted or something is in the
    way; SnapshotNotFoundError, CorruptSnapshotError, SnapshotLockedError, AccessRefusedError,
    DiskError.
    """
    snapshot = Snapshot.open(source)
    snapshot.ensure_raw()
    _ensure_apart(source, destination)
    manifest = snapshot.manifest
    with SnapshotWriter.begin(
        destination,
        chunk_format=options.chunk_format,
        compression=options.compression,
        keeps_raw=options.keeps_raw,
        identity=_identity(manifest, options),
        restart=options.restart,
    ) as writer:
        progress.start("convert", total=sum(one.bytes for one in manifest.files), unit="B")
        job = _Job(snapshot, source, destination, options, writer, progress)
        job.chunks()
        job.others()
        written = writer.commit(_facts(manifest))
    return Converted(written, len(_chunks(manifest)), _chunk_bytes(manifest), _chunk_bytes(written))


def manifest_digest(manifest: Manifest) -> str:
    """Give a hash that two snapshots share only when they hold the same."""
    return hashlib.sha256(encode(manifest)).hexdigest()


@dataclass(frozen=True, slots=True)
class _Job:
    snapshot: Snapshot
    source: Where
    destination: Where
    options: ConvertOptions
    writer: SnapshotWriter
    progress: Progress

    def chunks(self) -> None:
        """Convert what is not yet converted."""
        tasks = [task for task in self._tasks() if not self._is_done(task.entry, task.path)]
        with executing(
            workers=self.options.workers,
            dask=self.options.dask,
            pieces=len(tasks),
            work_bytes=sum(task.entry.bytes for task in tasks),
        ) as executor:
            try:
                self._run(executor, tasks)
            except BrokenExecutor as error:
                raise UsageError(
                    "a worker process ended before its work did, perhaps for want of memory; what"
                    " is done is kept: run the command again, with fewer --workers"
                ) from error

    def others(self) -> None:
        """Bring over what is the same in every format."""
        for entry in self.snapshot.manifest.files:
            if self._is_same(entry) and not self._is_done(entry, entry.path):
                self.writer.adopt(carry(self.snapshot, entry, self.source, self.destination), {})
                self.progress.advance(entry.bytes)

    def _is_same(self, entry: FileEntry) -> bool:
        if entry.kind == "asset":
            return self.options.keeps_assets
        return entry.kind not in {*CHUNK_KINDS, "table"}

    def _tasks(self) -> Iterator[Recoding]:
        return recodings(
            self.source,
            self.snapshot,
            self.destination,
            chunk_format=self.options.chunk_format,
            compression=self.options.compression,
            keeps_raw=self.options.keeps_raw,
        )

    def _is_done(self, entry: FileEntry, path: str) -> bool:
        done = self.writer.holds(path)
        if done:
            self.progress.advance(entry.bytes)
        return done

    def _run(self, executor: Executor, tasks: list[Recoding]) -> None:
        running = {executor.submit(recode, task): task for task in tasks}
        waiting: set[Future[Published]] = set(running)
        while waiting:
            done, waiting = wait(waiting, _LISTEN_S, FIRST_COMPLETED)
            self.progress.advance(0)  # this is where a request to stop is heard
            for future in done:
                self._name(running[future], future.result())

    def _name(self, task: Recoding, written: Published) -> None:
        # The chunk last: its name says, to a run that goes on, that the others are named too.
        for entry in sorted(written.entries, key=lambda one: one.path == task.path):
            self.writer.adopt(entry, written.misfits if entry.path == task.path else {})
        self.progress.advance(task.entry.bytes)


def _ensure_apart(source: Where, destination: Where) -> None:
    old, new = locate(source), locate(destination)
    if isinstance(old, LocalPlace) and isinstance(new, LocalPlace):
        # A link may lead into the source under another name.
        is_inside = new.root.resolve().is_relative_to(old.root.resolve())
    else:
        outer, inner = urlsplit(str(old)), urlsplit(str(new))
        is_inside = inner._replace(path="") == outer._replace(path="") and PurePosixPath(
            inner.path
        ).is_relative_to(outer.path)
    if is_inside:
        raise UsageError(
            f"expected a destination outside of {quote(str(old))}, found {quote(str(new))};"
            " choose another place"
        )


def _identity(manifest: Manifest, options: ConvertOptions) -> JsonObject:
    return {
        "convert": manifest_digest(manifest),
        "chunk_format": options.chunk_format,
        "compression": options.compression,
        "keeps_raw": options.keeps_raw,
        "keeps_assets": options.keeps_assets,
    }


def _facts(manifest: Manifest) -> SnapshotFacts:
    origin = f"{manifest.chunk_format} {manifest.compression}, {manifest_digest(manifest)}"
    return replace(manifest.facts, options={**manifest.facts.options, "converted_from": origin})


def _chunks(manifest: Manifest) -> list[FileEntry]:
    return [entry for entry in manifest.files if entry.kind in CHUNK_KINDS]


def _chunk_bytes(manifest: Manifest) -> int:
    return sum(entry.bytes for entry in _chunks(manifest))
