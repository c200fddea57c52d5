"""Tell what is in a snapshot, from its manifest and its small files; or find one entry in it.

A description reads no chunk, so that it costs the same for ten records and for ten million. An
entry is looked for in the chunks, each of which is checked against its hash before it is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from datosnap.core.entities import read_schema, related_id
from datosnap.core.jsontext import JsonObject, decode_object, read_head
from datosnap.errors import UsageError, quote
from datosnap.flows.progress import Progress
from datosnap.store.locations import Where
from datosnap.store.manifest import Manifest, ModelTotals
from datosnap.store.names import ChunkKind
from datosnap.store.snapshot import Snapshot

# Records looked at between two words on how far the search is.
_STRIDE = 500


@dataclass(frozen=True, slots=True)
class ModelShown:
    """How much of one model there is; `bytes` as they lie on the disk."""

    model: str
    name: str
    records: int
    published_copies: int
    versions: int
    api_total: int
    bytes: int


@dataclass(frozen=True, slots=True)
class KindShown:
    """How much of one kind of file there is; `rows` is 0 for assets."""

    kind: str
    files: int
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Description:
    """What is in a snapshot."""

    manifest: Manifest
    locales: tuple[str, ...]
    models: tuple[ModelShown, ...]
    block_models: tuple[str, ...]
    kinds: tuple[KindShown, ...]

    @property
    def bytes(self) -> int:
        """Give the size of all files that the manifest names."""
        return sum(one.bytes for one in self.kinds)

    def kind(self, name: str) -> KindShown:
        """Give how much of one kind there is."""
        empty = KindShown(name, 0, 0, 0)
        return next((one for one in self.kinds if one.kind == name), empty)


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of what was looked for: the bytes of its resource, as the API sent them."""

    kind: ChunkKind
    model: str | None
    resource: bytes


def describe(where: Where) -> Description:
    """Tell what is in the snapshot at `root`.

    Memory: the manifest and the schema.
    Raises: SnapshotNotFoundError, CorruptSnapshotError, UsageError for a newer format, DiskError.
    """
    snapshot = Snapshot.open(where)
    manifest = snapshot.manifest
    schema = read_schema(map(decode_object, snapshot.resources("item_types")), ())
    names = {one.api_key: one.name for one in schema.models}
    by_model: Counter[str] = Counter()
    for entry in manifest.files:
        if entry.model is not None:
            by_model[entry.model] += entry.bytes
    return Description(
        manifest=manifest,
        locales=_locales(snapshot),
        models=tuple(
            _model(one, names.get(one.model, ""), by_model[one.model])
            for one in manifest.facts.totals
        ),
        block_models=tuple(one.api_key for one in schema.block_models),
        kinds=tuple(_kinds(manifest)),
    )


def find_copies(
    where: Where, identifier: str, *, history: bool, progress: Progress
) -> tuple[Copy, ...]:
    """Find all copies of the record or upload with an id; its versions too with `history`.

    A version's own id finds that version alone. Memory: the copies that are found.
    Raises: UsageError when there is none; as `describe` else, also for damaged chunks.
    """
    snapshot = Snapshot.open(where)
    progress.start("look", total=None, unit="rows")
    search = _Search(snapshot, identifier, progress)
    found = tuple(search.run(history=history))
    if not found:
        more = "" if history else "; --history looks at versions too"
        raise UsageError(
            f"{quote(str(where))} has no record or upload with the id {quote(identifier)}{more}"
        )
    return found


def pretty(resource: bytes) -> bytes:
    """Indent the JSON text of a resource; its numbers, text and order stay as they are."""
    return msgspec.json.format(resource, indent=2) + b"\n"


def pretty_copies(identifier: str, copies: Iterable[Copy]) -> bytes:
    """Write copies as one document, each resource as it is.

    Shape: `{"id", "copies": [{"kind", "model", "resource": {…}}]}`.
    """
    listed = [
        {"kind": one.kind, "model": one.model, "resource": msgspec.Raw(one.resource)}
        for one in copies
    ]
    return pretty(msgspec.json.encode({"id": identifier, "copies": listed}))


@dataclass(frozen=True, slots=True)
class _Search:
    snapshot: Snapshot
    identifier: str
    progress: Progress

    def run(self, *, history: bool) -> Iterator[Copy]:
        """Find the copies; where one tells the model, the others are looked for in it alone."""
        model: str | None = None
        for copy in self._first("current", self.snapshot.models()):
            model = copy.model
            yield copy
        models = self.snapshot.models() if model is None else (model,)
        yield from self._first("published", models)
        if history:
            for each in models:
                yield from self._versions(each)
        yield from self._first("uploads", (None,))

    def _first(self, kind: ChunkKind, models: Iterable[str | None]) -> Iterator[Copy]:
        for model in models:
            for row in self._rows(kind, model):
                if read_head(row).id == self.identifier:
                    yield Copy(kind, model, row)
                    return

    def _versions(self, model: str) -> Iterator[Copy]:
        for row in self._rows("history", model):
            version = decode_object(row)
            if self.identifier in {version["id"], related_id(version, "item")}:
                yield Copy("history", model, row)

    def _rows(self, kind: ChunkKind, model: str | None) -> Iterator[bytes]:
        for number, row in enumerate(self.snapshot.rows(kind, model), start=1):
            if number % _STRIDE == 0:
                self.progress.advance(_STRIDE)
            yield row


def _locales(snapshot: Snapshot) -> tuple[str, ...]:
    return tuple(
        locale
        for line in snapshot.resources("site")
        for locale in _attributes(line).get("locales") or ()
    )


def _attributes(line: bytes) -> JsonObject:
    return decode_object(line).get("attributes") or {}


def _model(totals: ModelTotals, name: str, size: int) -> ModelShown:
    return ModelShown(
        model=totals.model,
        name=name,
        records=totals.records,
        published_copies=totals.published_copies,
        versions=totals.versions,
        api_total=totals.api_total,
        bytes=size,
    )


def _kinds(manifest: Manifest) -> Iterator[KindShown]:
    for kind in dict.fromkeys(entry.kind for entry in manifest.files):
        entries = [entry for entry in manifest.files if entry.kind == kind]
        rows = sum(entry.rows or 0 for entry in entries)
        yield KindShown(kind, len(entries), rows, sum(entry.bytes for entry in entries))
