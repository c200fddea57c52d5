"""Make the tables of any snapshot readable on this disk.

Parquet on this disk is read where it is. Of Parquet on an object store those files are fetched
that are asked for. All else is converted once, typed columns alone. What was fetched or converted
stays in the user's cache, under the hash of the manifest it came from.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from datosnap.errors import CorruptSnapshotError, SnapshotNotFoundError
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
    snapshot, place = Snapshot.open(where), locate(where)
    typed = is_typed(snapshot.manifest)
    if typed and isinstance(place, LocalPlace):
        return _local(snapshot, place.root, options)
    cache = options.cache or Cache()
    name = f"{manifest_digest(snapshot.manifest)}-{_LAYOUT}"
    if typed:
        return Library(snapshot, _fetching(snapshot, where, cache.folder(name)))
    return _converted(where, cache, name, options, progress)


def _converted(
    where: Where, cache: Cache, name: str, options: ReadOptions, progress: Progress
) -> Library:
    """Open what was made of a snapshot for reading, made again when it has suffered since."""
    wanted = ConvertOptions("parquet", workers=options.workers, keeps_raw=False, keeps_assets=False)

    def make(folder: Path) -> None:
        convert(where, folder, wanted, progress)

    root = cache.entry(name, make, _is_whole)
    snapshot = Snapshot.open(root)

    def bring(entry: FileEntry) -> Path:
        if options.verify and not _is_as_written(snapshot, entry):
            cache.entry(name, make, lambda _: False)
        return root / entry.path

    return Library(snapshot, bring)


def _is_whole(root: Path) -> bool:
    """Tell whether all files are there, without a look at what is in them."""
    with suppress(SnapshotNotFoundError, CorruptSnapshotError, OSError):
        files = Snapshot.open(root).manifest.files
        return all((root / one.path).stat().st_size == one.bytes for one in files)
    return False


def _is_as_written(snapshot: Snapshot, entry: FileEntry) -> bool:
    try:
        snapshot.open_file(entry).close()
    except CorruptSnapshotError:
        return False
    return True


def _local(snapshot: Snapshot, root: Path, options: ReadOptions) -> Library:
    def bring(entry: FileEntry) -> Path:
        if options.verify:
            snapshot.open_file(entry).close()
        return root / entry.path

    return Library(snapshot, bring)


def _fetching(snapshot: Snapshot, where: Where, folder: Path) -> Bring:
    kept = Snapshot(LocalPlace(folder), snapshot.manifest)

    def bring(entry: FileEntry) -> Path:
        if not _is_as_written(kept, entry):  # not there yet, or not any more as it was
            carry(snapshot, entry, where, folder)
        return folder / entry.path

    return bring
