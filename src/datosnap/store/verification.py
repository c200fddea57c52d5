"""Check a snapshot, every byte of it, against its manifest, and name what differs.

Bytes that are as they were written are read as records too and counted, so that a defect in the
writing shows as well. All damages are collected: one bad file does not hide the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from typing import Literal, TypeAlias

from datosnap.errors import BackupError, CorruptSnapshotError
from datosnap.store import names
from datosnap.store.fingerprint import Fingerprint, fingerprint
from datosnap.store.formats import format_of
from datosnap.store.locations import Where, locate
from datosnap.store.manifest import FileEntry, Manifest
from datosnap.store.place import Place
from datosnap.store.snapshot import load_manifest

DamageKind: TypeAlias = Literal["missing", "damaged", "foreign", "unreadable", "miscounted"]


@dataclass(frozen=True, slots=True)
class Damage:
    """One file that is not as the manifest says, or that it does not name."""

    path: str
    kind: DamageKind
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what of it is not as it was written."""

    files: int
    bytes: int
    rows: int
    damages: tuple[Damage, ...]


def check(where: Where, on_bytes: Callable[[int], None] = lambda _: None) -> Verified:
    """Check the snapshot in a place; `on_bytes` is told how many bytes each step read.

    Memory: the manifest, and one block, or one row group; on an object store the list of names.
    Raises: SnapshotNotFoundError; UsageError for a newer format or an address that cannot be
    right; AccessRefusedError when a store refuses the manifest. Damage is returned.
    """
    place = locate(where)
    try:
        manifest = load_manifest(place)
    except CorruptSnapshotError as error:
        unknown = Damage(names.MANIFEST, "damaged", "a manifest as it was written", str(error))
        return Verified(1, 0, 0, (unknown,))
    return _Check(place, manifest, on_bytes).run()


class _Check:
    def __init__(self, place: Place, manifest: Manifest, on_bytes: Callable[[int], None]) -> None:
        self._place = place
        self._manifest = manifest
        self._on_bytes = on_bytes
        self._bytes = 0
        self._rows = 0

    def run(self) -> Verified:
        damages = [
            damage
            for entry in self._manifest.files
            for damage in (self._examine(entry),)
            if damage is not None
        ]
        damages.extend(self._foreign())
        damages.extend(_contradictions(self._manifest))
        return Verified(len(self._manifest.files) + 1, self._bytes, self._rows, tuple(damages))

    def _examine(self, entry: FileEntry) -> Damage | None:
        try:
            file = self._place.open(entry.path)
            if file is None:
                return Damage(entry.path, "missing", f"{entry.bytes} bytes", "no file")
            with file:
                return _compare(entry, fingerprint(file, self._count)) or self._recount(entry, file)
        except BackupError as error:
            return Damage(entry.path, "unreadable", f"{entry.bytes} bytes", str(error))

    def _count(self, size: int) -> None:
        self._bytes += size
        self._on_bytes(size)

    def _recount(self, entry: FileEntry, file: BufferedReader) -> Damage | None:
        if entry.rows is None:
            return None
        file.seek(0)
        rows = format_of(entry.path).count(file)
        self._rows += rows
        if rows == entry.rows:
            return None
        return Damage(entry.path, "miscounted", f"{entry.rows} rows", f"{rows} rows")

    def _foreign(self) -> Iterator[Damage]:
        named = {names.MANIFEST, *(entry.path for entry in self._manifest.files)}
        for path in sorted(self._place.walk()):
            if path not in named and not names.is_housekeeping(path) and not path.endswith("/"):
                yield Damage(path, "foreign", "no file", "a file that the manifest does not name")


def _compare(entry: FileEntry, found: Fingerprint) -> Damage | None:
    if found.bytes != entry.bytes:
        return Damage(entry.path, "damaged", f"{entry.bytes} bytes", f"{found.bytes} bytes")
    if found.sha256 != entry.sha256:
        return Damage(entry.path, "damaged", f"SHA-256 {entry.sha256}", f"SHA-256 {found.sha256}")
    if entry.kind == "asset" and entry.path != names.asset_path(found.md5):
        return Damage(entry.path, "damaged", "the MD5 of its name", f"MD5 {found.md5}")
    return None


def _contradictions(manifest: Manifest) -> Iterator[Damage]:
    held: Counter[tuple[str, str]] = Counter()
    for entry in manifest.files:
        if entry.model is not None:
            held[entry.kind, entry.model] += entry.rows or 0
    for one in manifest.facts.totals:
        for kind, expected in (
            ("current", one.records),
            ("published", one.published_copies),
            ("history", one.versions),
        ):
            found = held[kind, one.model]
            if found != expected:
                yield Damage(
                    names.MANIFEST,
                    "miscounted",
                    f"{expected} {kind} of {one.model}",
                    f"{found} in its files",
                )
