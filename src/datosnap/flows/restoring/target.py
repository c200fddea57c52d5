"""Read what a target holds of content: its uploads, and of its records what a comparison needs.

Records are read nested, as an export reads them, and reduced to two hashes at once: what stays in
memory are ids, hashes and states, never content. Of models that an import leaves alone only the
ids are read, since an id may be taken there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, MutableMapping
from dataclasses import dataclass, field

from datosnap.api.client import Client, Query
from datosnap.api.endpoints import FLAT_PAGE, IDS_A_CALL, NESTED_PAGE, UPLOAD_PAGE
from datosnap.core.dates import dates_of
from datosnap.core.entities import ItemType, related_id
from datosnap.core.jsontext import JsonObject, decode_object, read_head, slice_page
from datosnap.core.matching import Held, Sight
from datosnap.core.matching_uploads import HeldUpload, said_of
from datosnap.core.planning import batches
from datosnap.errors import UnavailableError
from datosnap.flows.listing import Listing, read_listing
from datosnap.flows.opening import Opened
from datosnap.flows.ordering import Slots
from datosnap.flows.restoring.schema_matching import TargetSchema
from datosnap.store.shelf import BYTES, JSON, TEXT, Shelf

# Pages under way at once.
_PAGES = 4
# A list that changed while it was read is read again, so often.
_READINGS = 3

Take = Callable[[JsonObject], None]


@dataclass(slots=True)
class TargetState:
    """What the target holds already.

    `others` gives the model of each record whose content was not asked for; `room` is what is left
    of each quota, by its code, where there is one.
    """

    opened: Opened
    schema: TargetSchema
    shelf: Shelf
    room: dict[str, int] = field(default_factory=dict)
    uploads: MutableMapping[str, HeldUpload] = field(init=False)
    records: MutableMapping[str, Held] = field(init=False)
    schedules: MutableMapping[str, JsonObject] = field(init=False)
    others: MutableMapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.uploads = self.shelf.mapping(HeldUpload)
        self.records = self.shelf.mapping(Held)
        self.schedules = self.shelf.table(JSON)
        self.others = self.shelf.table(TEXT)

    @property
    def site(self) -> JsonObject:
        """Give the target's site."""
        return self.schema.site

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was ever made there."""
        return self.schema.is_empty and not self.uploads

    @property
    def is_primary(self) -> bool:
        """Tell whether it is the environment that readers see."""
        return bool((decode_object(self.opened.environment).get("meta") or {}).get("primary"))

    def describe(self) -> str:
        """Say what is there."""
        counts = {kind: len(some) for kind, some in self.schema.resources.items()}
        counts["upload"] = len(self.uploads)
        counts["record"] = len(self.records) + len(self.others)
        parts = [
            f"{count} {kind.replace('item_type', 'model').replace('_', ' ')}{'s' * (count != 1)}"
            for kind, count in counts.items()
            if count
        ]
        return ", ".join(parts) or "nothing"

    def holds(self, kind: str, identifier: str) -> bool:
        """Tell whether something of a kind is there; of kinds that were not listed it may be."""
        if kind == "item":
            return self.model_of(identifier) is not None
        if kind == "upload":
            return identifier in self.uploads
        listed = self.schema.resources.get(kind)
        return listed is None or any(one["id"] == identifier for one in listed)

    def model_of(self, record_id: str) -> str | None:
        """Give the model of a record, None when there is no such record."""
        held = self.records.get(record_id)
        return self.others.get(record_id) if held is None else held.model


async def read_uploads(
    client: Client, target: TargetState, locales: Collection[str], note: Take = lambda _: None
) -> None:
    """List the uploads that the target has, and what is said of them in these locales.

    `note` is given each as the API answers it.
    """

    def take(upload: JsonObject) -> None:
        attributes: JsonObject = upload["attributes"]
        said = said_of(attributes, related_id(upload, "upload_collection"), locales)
        target.uploads[upload["id"]] = HeldUpload(attributes.get("md5") or "", said)
        note(upload)

    listing = Listing("/uploads", {"order_by": "id_ASC"}, UPLOAD_PAGE)
    await _whole(client, listing, take, target.shelf)


async def read_room(client: Client) -> dict[str, int]:
    """Read what the project's plan leaves room for, by the code of each limit."""
    lines, _ = slice_page(await client.get("/subscription-limits"))
    room: dict[str, int] = {}
    for one in map(decode_object, lines):
        limit, used = one["attributes"].get("limit"), one["attributes"].get("usage")
        if isinstance(limit, int) and isinstance(used, int):
            room[one["attributes"]["code"]] = max(0, limit - used)
    return room


class RecordReader:
    """Reads the target's records, seen as an import would write them."""

    def __init__(self, client: Client, target: TargetState, sight: Sight) -> None:
        self._client = client
        self._target = target
        self._sight = sight
        self._published = target.shelf.table(BYTES)

    async def read_models(self, models: Iterable[ItemType]) -> None:
        """Read all records of these models of the target."""
        for model in models:
            query: Query = {"filter": {"type": model.id}}
            self._published.clear()
            if model.draft_mode_active:
                updated: Query = {"filter": {"type": model.id, "fields": _UPDATED}}
                await self._list(model, "published", updated, self._take_published)
            await self._list(model, "current", query, self._take)

    async def read_some(self, record_ids: Iterable[str]) -> None:
        """Read these records, as far as the target has them, whatever model they are of."""
        for some in batches(sorted(set(record_ids)), NESTED_PAGE):
            for version, take in (("published", self._take_published), ("current", self._take)):
                query: Query = {
                    "filter": {"ids": ",".join(some)},
                    "version": version,
                    "nested": True,
                    "page": {"limit": NESTED_PAGE},
                }
                for one in await _page(self._client, query):
                    take(one)

    async def read_ids(self, models: Iterable[ItemType]) -> None:
        """Read which records these models have, and nothing of their content."""
        for model in models:
            query: Query = {"filter": {"type": model.id}, "version": "current"}
            await self._ids({**query, "order_by": "id_ASC"}, model.id)

    async def read_presence(self, record_ids: Iterable[str]) -> None:
        """Find out which of these records the target has."""
        for some in batches(sorted(set(record_ids)), IDS_A_CALL):
            query: Query = {
                "filter": {"ids": ",".join(some)},
                "version": "current",
                "page": {"limit": IDS_A_CALL},
            }
            for one in await _page(self._client, query):
                self._target.others[one["id"]] = related_id(one, "item_type") or ""

    async def _ids(self, query: Query, model_id: str) -> None:
        async def take(rows: list[bytes]) -> None:
            self._target.others.update((read_head(one).id, model_id) for one in rows)

        listing = Listing("/items", query, FLAT_PAGE)
        await read_listing(self._client, listing, take, Slots(_PAGES))

    async def _list(self, model: ItemType, version: str, query: Query, take: Take) -> None:
        asked: Query = {**query, "version": version, "order_by": "id_ASC"}
        size = FLAT_PAGE
        if model.may_hold_blocks:
            asked, size = {**asked, "nested": True}, NESTED_PAGE
        await _whole(self._client, Listing("/items", asked, size), take, self._target.shelf)

    def _take_published(self, record: JsonObject) -> None:
        if (record.get("meta") or {}).get("status") == "updated":
            model = related_id(record, "item_type") or ""
            attributes = record["attributes"]
            digest = self._sight.digest(attributes, model, may_be_part=True)
            self._published[record["id"]] = digest

    def _take(self, record: JsonObject) -> None:
        meta: JsonObject = record.get("meta") or {}
        model = related_id(record, "item_type") or ""
        if model not in self._sight.schema.item_types:
            self._target.others[record["id"]] = model
            return
        status = meta.get("status") or "draft"
        current = self._digest(record, model)
        published = {"draft": b"", "updated": self._published.get(record["id"], b"")}
        self._target.records[record["id"]] = Held(
            model,
            status,
            meta.get("current_version") or "",
            current,
            published.get(status, current),
            meta.get("stage"),
            record["attributes"].get("parent_id"),
            dates_of(meta),
        )
        dates = {name: meta[name] for name in _SCHEDULED if meta.get(name) is not None}
        if dates:
            self._target.schedules[record["id"]] = dates

    def _digest(self, record: JsonObject, model: str) -> bytes:
        return self._sight.digest(record["attributes"], model)


_SCHEDULED = ("publication_scheduled_at", "unpublishing_scheduled_at")
_UPDATED: Query = {"_status": {"eq": "updated"}}


async def _page(client: Client, query: Query) -> list[JsonObject]:
    lines, _ = slice_page(await client.get("/items", query))
    return [decode_object(one) for one in lines]


async def _whole(client: Client, listing: Listing, take: Take, shelf: Shelf) -> None:
    """Read a list until nothing came or went meanwhile: a row that is missed would be doubled.

    Raises: UnavailableError when the list never stands still.
    """
    seen = shelf.keys()

    async def take_all(rows: list[bytes]) -> None:
        for one in map(decode_object, rows):
            seen[one["id"]] = None
            take(one)

    for _ in range(_READINGS):
        totals = await read_listing(client, listing, take_all, Slots(_PAGES))
        is_whole = totals.agree and len(seen) == totals.rows
        seen.clear()
        if is_whole:
            return
    raise UnavailableError(
        f"GET {listing.path}: expected a list that stands still, but it changed during each of"
        f" {_READINGS} readings; ask editors to pause, or import into a fork"
    )
