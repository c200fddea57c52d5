"""Read a snapshot for a restore: its schema and settings whole, its records by id.

Records are spooled to a temporary file, since they are written in the order of their links and
not in that of the snapshot; in memory stay their states and their links.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from datosnap.core.entities import ItemType, Schema, read_schema, related_id
from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.core.planning import Order, creation_order
from datosnap.core.references import Kind, find
from datosnap.errors import CorruptSnapshotError
from datosnap.flows.progress import Progress
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
    """What a restore must know of a record beside its content."""

    id: str
    model: ItemType
    status: str
    position: int
    stage: str | None
    parent: str | None = None

    @property
    def is_published(self) -> bool:
        """Tell whether readers of the source see the record."""
        return self.status in {"published", "updated"}


@dataclass(slots=True)
class Source:
    """A snapshot, read: resources by file name, record states and links by id."""

    snapshot: Snapshot
    schema: Schema
    resources: dict[str, list[JsonObject]]
    records: dict[str, RecordState] = field(default_factory=dict)
    links: dict[str, tuple[str, ...]] = field(default_factory=dict)
    uploads: list[JsonObject] = field(default_factory=list)
    order: Order = field(default_factory=lambda: Order((), {}))

    @property
    def site(self) -> JsonObject:
        """Give the source's site."""
        return self.resources["site"][0]

    def waits_for_parent(self, state: RecordState) -> bool:
        """Tell whether a record can be published only before it is put under its parent.

        A parent may have been unpublished, or chosen, when its child was public already.
        """
        parent = self.records.get(state.parent or "")
        return parent is not None and state.is_published and not parent.is_published

    def identities(self) -> Iterable[tuple[str, str]]:
        """Give the kind and id of everything that gets an id in the target."""
        for name, resources in self.resources.items():
            if name != "site":
                yield from ((one["type"], one["id"]) for one in resources)
        yield from (("upload", one["id"]) for one in self.uploads)
        yield from (("item", one) for one in self.records)


def read_source(snapshot: Snapshot, spool: Spool, progress: Progress) -> Source:
    """Read everything a restore needs.

    Memory: schema, settings and upload metadata whole; of records their ids, states and links.
    Raises: CorruptSnapshotError when bytes are damaged or there is no site in the snapshot.
    """
    resources = {name: [decode_object(one) for one in snapshot.resources(name)] for name in _READ}
    if not resources["site"]:
        raise CorruptSnapshotError("expected project/site.ndjson with the project's settings")
    schema = read_schema(resources["item_types"], resources["fields"])
    source = Source(snapshot, schema, resources)
    total = sum(one.records for one in snapshot.manifest.facts.totals)
    progress.start("read", total=total, unit="records")
    for model in schema.models:
        _spool_model(source, model, spool, progress)
    source.uploads = [decode_object(one) for one in snapshot.rows("uploads")]
    source.order = creation_order(source.links)
    return source


def _spool_model(source: Source, model: ItemType, spool: Spool, progress: Progress) -> None:
    states: list[tuple[RecordState, tuple[str, ...]]] = []
    for raw in source.snapshot.rows("published", model.api_key):
        spool.add("published", decode_object(raw)["id"], raw)
    for raw in source.snapshot.rows("current", model.api_key):
        record = decode_object(raw)
        spool.add("current", record["id"], raw)
        base = record
        if spool.holds("published", record["id"]):
            base = decode_object(spool.get("published", record["id"]))
        states.append((_state(record, model), _links(base, model, source.schema)))
        progress.advance()
    for state, links in sorted(states, key=lambda one: (one[0].position, one[0].id)):
        source.records[state.id] = state
        source.links[state.id] = links


def _state(record: JsonObject, model: ItemType) -> RecordState:
    meta: JsonObject = record.get("meta") or {}
    attributes: JsonObject = record["attributes"]
    return RecordState(
        record["id"],
        model,
        meta.get("status") or "draft",
        (attributes.get("position") or 0) if model.is_ordered else 0,
        meta.get("stage"),
        attributes.get("parent_id") if model.tree else None,
    )


def _links(record: JsonObject, model: ItemType, schema: Schema) -> tuple[str, ...]:
    attributes: JsonObject = record["attributes"]
    found = find(attributes, model, schema).references
    targets = {one.id: None for one in found if one.kind is Kind.ITEM}
    if model.tree and isinstance(attributes.get("parent_id"), str):
        targets[attributes["parent_id"]] = None
    return tuple(targets)


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
