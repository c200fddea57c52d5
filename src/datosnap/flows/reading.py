"""Make the tables of any snapshot readable on this disk.

Parquet on this disk is read where it is. Of Parquet on an object store those files are fetched
that are asked for. All else is converted once, typed columns alone. What was fetched or converted
stays in the user's cache, under the hash of the manifest it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from datosnap.flows.convert import ConvertOptions, convert, manifest_digest
from datosnap.flows.progress import Progress
from datosnap.store.cache import Cache
from datosnap.store.carrying import carry
from datosnap.store.library import Bring, Library
from datosnap.store.locations import Where, locate
from datosnap.store.manifest import FileEntry
from datosnap.store.place import LocalPlace
from datosnap.store.snapshot import Snapshot
from datosnap.store.views import is_typed

# Of what datosnap makes for reading; another one when other columns come of the same snapshot.
_LAYOUT = 1


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Whether hashes are checked before files are read, and how what is read is made.

    Other processes than this one convert only where `workers` allows it: a program that may not
    be started a second time from its top cannot have any.
    """

    verify: bool = True
    workers: int | None = 1
    cache: Cache | None = None


def open_library(where: Where, options: ReadOptions, progress: Progress) -> Library:
    """Make the tables of a snapshot readable.

    Raises: SnapshotNotFoundError, CorruptSnapshotError, UsageError for a newer format or a
    snapshot whose tables cannot be made, AccessRefusedError, DiskError.
    """
    snapshot = Snapshot.open(where)
    cache = options.cache or Cache()
    name = f"{manifest_digest(snapshot.manifest)}-{_LAYOUT}"
    if not is_typed(snapshot.manifest):
        made = cache.entry(name, lambda folder: _make(where, folder, options, progress))
        return _local(Snapshot.open(made), made, options)
    place = locate(where)
    if isinstance(place, LocalPlace):
        return _local(snapshot, place.root, options)
    return Library(snapshot, _fetching(snapshot, where, cache.folder(name)))


def _make(where: Where, folder: Path, options: ReadOptions, progress: Progress) -> None:
    wanted = ConvertOptions("parquet", workers=options.workers, keeps_raw=False, keeps_assets=False)
    convert(where, folder, wanted, progress)


def _local(snapshot: Snapshot, root: Path, options: ReadOptions) -> Library:
    def bring(entry: FileEntry) -> Path:
        if options.verify:
            snapshot.open_file(entry).close()
        return root / entry.path

    return Library(snapshot, bring)


def _fetching(snapshot: Snapshot, where: Where, folder: Path) -> Bring:
    kept = Snapshot(LocalPlace(folder), snapshot.manifest)

    def bring(entry: FileEntry) -> Path:
        if not (folder / entry.path).is_file():
            carry(snapshot, entry, where, folder)
        kept.open_file(entry).close()
        return folder / entry.path

    return bring
