"""Read a snapshot for a restore: its schema and settings whole, its records by id.

Records are spooled to a temporary file, since they are written in the order of their links and
not in that of the snapshot; their states and their links lie on a shelf beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace

from datosnap.core.entities import ItemType, Schema, read_schema, related_id
from datosnap.core.history import Past
from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.core.localizing import keep_locales, locales_of
from datosnap.core.matching import Publish
from datosnap.core.rebuilding import Rebuilder
from datosnap.core.references import Kind, find
from datosnap.core.remapping import IdMap
from datosnap.core.selecting import Needs, Selected
from datosnap.errors import CorruptSnapshotError, UsageError, quote
from datosnap.flows.progress import Progress
from datosnap.flows.restoring.text import Texts
from datosnap.store.shelf import JSON, Codec, Shelf, codec_of
from datosnap.store.snapshot import Snapshot
from datosnap.store.spool import Spool

# Resources that an import reads whole; everything but records and uploads.
_READ = (
    "site",
    "item_types",
    "fields",
    "fieldsets",
    "workflows",
    "plugins",
    "menu_items",
    "schema_menu_items",
    "item_type_filters",
    "upload_filters",
    "upload_collections",
)


@dataclass(frozen=True, slots=True)
class RecordState:
    """What a restore must know of a record beside its content.

    `public_in` names the locales in which readers see it, where those are not all that its model
    requires; None means all of it.
    """

    id: str
    model: ItemType
    status: str
    position: int
    stage: str | None
    parent: str | None = None
    is_valid: bool = True
    public_in: tuple[str, ...] | None = None

    @property
    def is_published(self) -> bool:
        """Tell whether readers shall see the record."""
        return self.status in {"published", "updated"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How records are taken in: in which locales, None for all, and what readers shall see.

    `needs` tells to remember what each record refers to, by which others are selected.
    """

    locales: tuple[str, ...] | None = None
    publish: Publish = Publish.AS_SOURCE
    needs: bool = False


@dataclass(slots=True)
class Source:
    """A snapshot, read: resources by file name, uploads, record states and links by id.

    `pasts` has the old versions of records, where they are to be written again; `texts` knows what
    addresses and ids inside text became, where they are to be rewritten.
    """

    snapshot: Snapshot
    schema: Schema
    resources: dict[str, list[JsonObject]]
    reading: Reading
    shelf: Shelf
    records: MutableMapping[str, RecordState] = field(init=False)
    links: MutableMapping[str, tuple[str, ...]] = field(init=False)
    needs: MutableMapping[str, Needs] = field(init=False)
    uploads: MutableMapping[str, JsonObject] = field(init=False)
    pasts: MutableMapping[str, Past] = field(init=False)
    is_whole: bool = True
    texts: Texts | None = None

    def __post_init__(self) -> None:
        self.records = self._states()
        self.links = self.shelf.mapping(tuple[str, ...])
        self.needs = self.shelf.mapping(Needs)
        self.uploads = self.shelf.table(JSON)
        self.pasts = self.shelf.mapping(Past)

    def _states(self) -> MutableMapping[str, RecordState]:
        return self.shelf.table(_state_codec(self.schema.item_types))

    @property
    def site(self) -> JsonObject:
        """Give the source's site."""
        return self.resources["site"][0]

    @property
    def locales(self) -> tuple[str, ...]:
        """Give the locales that are taken over."""
        return tuple(self.site["attributes"]["locales"])

    def waits_for_parent(self, state: RecordState) -> bool:
        """Tell whether a record can be published only before it is put under its parent.

        A parent may have been unpublished, or chosen, when its child was public already.
        """
        parent = self.records.get(state.parent or "")
        return parent is not None and state.is_published and not parent.is_published

    def keep(self, selected: Selected) -> None:
        """Leave all records and uploads out but these."""
        self.is_whole = False
        records, self.records = self.records, self._states()
        self.records.update((one, records[one]) for one in records if one in selected.records)
        for one in self.uploads:
            if one not in selected.uploads:
                del self.uploads[one]

    def rebuilder(self, ids: IdMap) -> Rebuilder:
        """Give what rebuilds records in these ids."""
        return Rebuilder(self.schema, ids, None if self.texts is None else self.texts.rewriter)

    def identities(self) -> Iterable[tuple[str, str]]:
        """Give the kind and id of everything that gets an id in the target."""
        for name, resources in self.resources.items():
            if name != "site":
                yield from ((one["type"], one["id"]) for one in resources)
        yield from (("upload", one) for one in self.uploads)
        yield from (("item", one) for one in self.records)


@dataclass(frozen=True, slots=True)
class _Row:
    """A record's state as it is kept: with its model's id in place of the model."""

    id: str
    model_id: str
    status: str
    position: int
    stage: str | None
    parent: str | None
    is_valid: bool
    public_in: tuple[str, ...] | None


def _state_codec(models: Mapping[str, ItemType]) -> Codec[RecordState]:
    rows = codec_of(_Row)

    def encode(one: RecordState) -> bytes:
        place = (one.position, one.stage, one.parent, one.is_valid, one.public_in)
        return rows.encode(_Row(one.id, one.model.id, one.status, *place))

    def decode(data: bytes) -> RecordState:
        row = rows.decode(data)
        place = (row.position, row.stage, row.parent, row.is_valid, row.public_in)
        return RecordState(row.id, models[row.model_id], row.status, *place)

    return Codec(encode, decode)


def read_source(
    snapshot: Snapshot,
    kept: tuple[Shelf, Spool],
    progress: Progress,
    reading: Reading | None = None,
) -> Source:
    """Read everything a restore needs; `kept` is where that lies which memory shall not hold.

    Memory: schema and settings whole.
    Raises: CorruptSnapshotError when bytes are damaged or there is no site in the snapshot.
    """
    resources = {name: [decode_object(one) for one in snapshot.resources(name)] for name in _READ}
    if not resources["site"]:
        raise CorruptSnapshotError("expected project/site.ndjson with the project's settings")
    schema = read_schema(resources["item_types"], resources["fields"])
    shelf, spool = kept
    source = Source(snapshot, schema, resources, reading or Reading(), shelf)
    _take_locales(source)
    total = sum(one.records for one in snapshot.manifest.facts.totals)
    progress.start("read", total=total, unit="records")
    for model in schema.models:
        _spool_model(source, model, spool, progress)
    source.uploads.update((one["id"], one) for one in map(decode_object, snapshot.rows("uploads")))
    return source


def _take_locales(source: Source) -> None:
    """Have the source speak the chosen locales alone.

    Raises: UsageError for a locale that it does not have.
    """
    site, chosen = source.site, source.reading.locales
    known: list[str] = site["attributes"]["locales"]
    unknown = [one for one in chosen or () if one not in known]
    if unknown:
        raise UsageError(
            f"--locales: the snapshot has no {', '.join(map(quote, unknown))}; it has"
            f" {', '.join(known)}"
        )
    if chosen is not None:
        kept = [one for one in known if one in chosen]
        source.resources["site"] = [{**site, "attributes": {**site["attributes"], "locales": kept}}]


def _spool_model(source: Source, model: ItemType, spool: Spool, progress: Progress) -> None:
    by_position = source.shelf.table(_state_codec({model.id: model}))
    if source.reading.publish is Publish.AS_SOURCE:
        for raw in source.snapshot.rows("published", model.api_key):
            kept = _in_locales(source, model, raw)
            spool.add("published", decode_object(kept)["id"], kept)
    for raw in source.snapshot.rows("current", model.api_key):
        kept = _in_locales(source, model, raw)
        record = decode_object(kept)
        spool.add("current", record["id"], kept)
        contents = [record]
        if spool.holds("published", record["id"]):
            contents.insert(0, decode_object(spool.get("published", record["id"])))
        state = _state(record, model, source.reading.publish)
        state = replace(state, public_in=_public_in(source, contents[0], model))
        if model.is_ordered:
            by_position[f"{state.position:012} {state.id}"] = state
        else:
            source.records[state.id] = state
        source.links[state.id] = _links(contents[0], model, source.schema)
        if source.reading.needs:
            source.needs[state.id] = _needs(contents, model, source.schema)
        progress.advance()
    for _, state in by_position.in_key_order():
        source.records[state.id] = state
    by_position.clear()


def _in_locales(source: Source, model: ItemType, raw: bytes) -> bytes:
    locales = source.reading.locales
    return raw if locales is None else keep_locales(raw, model, locales)


def _state(record: JsonObject, model: ItemType, publish: Publish) -> RecordState:
    meta: JsonObject = record.get("meta") or {}
    attributes: JsonObject = record["attributes"]
    status = meta.get("status") or "draft"
    if model.draft_mode_active and publish is not Publish.AS_SOURCE:
        status = "published" if publish is Publish.ALL else "draft"
    judged = (meta.get("is_current_version_valid"), meta.get("is_published_version_valid"))
    return RecordState(
        record["id"],
        model,
        status,
        (attributes.get("position") or 0) if model.is_ordered else 0,
        meta.get("stage"),
        attributes.get("parent_id") if model.tree else None,
        False not in judged,
    )


def _public_in(source: Source, base: JsonObject, model: ItemType) -> tuple[str, ...] | None:
    """Tell in which locales a record was published, when it was so in a part of them only."""
    found = locales_of(base["attributes"], model) if model.all_locales_required else None
    is_whole = found is None or set(found) >= set(source.locales)
    return None if found is None or is_whole else tuple(found)


def _links(record: JsonObject, model: ItemType, schema: Schema) -> tuple[str, ...]:
    return _needs([record], model, schema).records


def _needs(contents: Iterable[JsonObject], model: ItemType, schema: Schema) -> Needs:
    """Give what a record refers to, each once, in reading order."""
    records: dict[str, None] = {}
    uploads: dict[str, None] = {}
    for content in contents:
        attributes: JsonObject = content["attributes"]
        for one in find(attributes, model, schema).references:
            if one.kind is Kind.ITEM:
                records[one.id] = None
            elif one.kind is Kind.UPLOAD:
                uploads[one.id] = None
        if model.tree and isinstance(attributes.get("parent_id"), str):
            records[attributes["parent_id"]] = None
    return Needs(tuple(records), tuple(uploads))


def parents_first(resources: Iterable[JsonObject]) -> list[JsonObject]:
    """Order resources that name a parent so that each comes after its own, by position."""
    by_id = {one["id"]: one for one in resources}

    def depth(resource: JsonObject) -> int:
        steps, parent = 0, related_id(resource, "parent")
        while parent in by_id and steps < len(by_id):
            steps, parent = steps + 1, related_id(by_id[parent], "parent")
        return steps

    return sorted(
        by_id.values(), key=lambda one: (depth(one), one["attributes"].get("position") or 0)
    )
