"""Keep assets under the hash of their bytes, once per content.

An asset's own file name stays data. Several assets may arrive at a time, each into its own sink;
what arrived twice is kept once, and what arrived in part leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from types import MappingProxyType

from datosnap.errors import BackupError, NonsenseError
from datosnap.store.manifest import FileEntry
from datosnap.store.names import asset_path, blob_draft
from datosnap.store.place import Draft, Place

# Enough for several downloads to end at once without waiting for each other's fsync.
_LOCKS = 16


@dataclass(frozen=True, slots=True)
class Blob:
    """What arrived: the hashes and the size of its bytes."""

    md5: str
    sha256: str
    bytes: int


class BlobShelf:
    """All assets of one snapshot in the making; `on_kept` hears of each when it is durable.

    Memory: one entry per content.
    """

    def __init__(
        self,
        place: Place,
        known: Mapping[str, FileEntry] = MappingProxyType({}),
        on_kept: Callable[[str, FileEntry], None] = lambda _md5, _entry: None,
    ) -> None:
        self._place = place
        self._on_kept = on_kept
        self._numbers = itertools.count()
        self._entries: dict[str, FileEntry] = dict(known)
        self._locks = tuple(Lock() for _ in range(_LOCKS))
        self._open: set[BlobSink] = set()

    @property
    def entries(self) -> tuple[FileEntry, ...]:
        """Give the assets that are durable, in order of their paths."""
        return tuple(sorted(self._entries.values(), key=lambda entry: entry.path))

    def holds(self, md5: str) -> bool:
        """Tell whether an asset is durable."""
        return md5 in self._entries

    @property
    def open_count(self) -> int:
        """Give how many assets are arriving."""
        return len(self._open)

    def sink(self) -> BlobSink:
        """Begin an asset.

        Raises: DiskError.
        """
        sink = BlobSink(self, self.draft())
        self._open.add(sink)
        return sink

    def draft(self) -> Draft:
        """Begin a file whose name is not known yet.

        Raises: DiskError.
        """
        return self._place.draft(blob_draft(next(self._numbers)))

    def keep(self, sink: BlobSink, draft: Draft, blob: Blob) -> None:
        """Publish an asset, unless the same bytes are here already.

        Raises: NonsenseError when other bytes with the same MD5 are; DiskError.
        """
        with self._locks[int(blob.md5[0], 16)]:
            known = self._entries.get(blob.md5)
            if known is None:
                sealed = draft.publish(asset_path(blob.md5))
                self._entries[blob.md5] = FileEntry(
                    sealed.path, "asset", None, None, sealed.bytes, sealed.sha256
                )
                self._on_kept(blob.md5, self._entries[blob.md5])
        self.forget(sink)
        draft.discard()
        if known is not None and known.sha256 != blob.sha256:
            raise NonsenseError(
                f"expected one content under MD5 {blob.md5}, found a second one with SHA-256 "
                f"{blob.sha256}; the first one, {known.sha256}, is kept"
            )

    def forget(self, sink: BlobSink) -> None:
        """Take a sink off the list of those that are open."""
        self._open.discard(sink)

    def abandon(self) -> None:
        """Drop all that is arriving."""
        for sink in tuple(self._open):
            sink.abandon()


class BlobSink:
    """Take the bytes of one asset."""

    def __init__(self, shelf: BlobShelf, draft: Draft) -> None:
        self._shelf = shelf
        self._draft: Draft | None = draft
        self._begin()

    def write(self, data: bytes) -> None:
        """Add bytes.

        Raises: DiskError.
        """
        self._current().write(data)
        self._md5.update(data)
        self._bytes += len(data)

    def restart(self) -> None:
        """Forget what was written, before the asset is sent again.

        Raises: DiskError.
        """
        self._current().discard()
        self._draft = self._shelf.draft()
        self._begin()

    def finish(self) -> Blob:
        """Keep the asset, durable, and tell its hashes.

        Raises: NonsenseError when another content has the same MD5; DiskError.
        """
        draft, self._draft = self._current(), None
        blob = Blob(self._md5.hexdigest(), draft.sha256, self._bytes)
        self._shelf.keep(self, draft, blob)
        return blob

    def abandon(self) -> None:
        """Leave nothing behind; harmless after `finish`."""
        if self._draft is not None:
            self._draft.discard()
            self._draft = None
        self._shelf.forget(self)

    def _begin(self) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._bytes = 0

    def _current(self) -> Draft:
        if self._draft is None:
            raise BackupError("expected an open asset, found one that is finished or abandoned")
        return self._draft
