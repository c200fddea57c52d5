"""See what changed while a project was read, and fetch it again until nothing does.

Offset paging over a list that changes loses rows. So after the first reading the API is asked
when the content was last changed: unchanged, everything is of one moment. Otherwise all lists
are gone over flat, 500 a page, and compared with what is held, by id and state; what differs is
fetched again and put in its place. That is repeated until nothing changed during a whole sweep.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from anyio import to_thread

from datosnap.api.client import Query
from datosnap.api.endpoints import NESTED_PAGE, SCHEMA_QUERY
from datosnap.core.entities import ItemType
from datosnap.core.jsontext import (
    JsonObject,
    decode_object,
    read_head,
    read_state,
    read_version_head,
    slice_included,
    slice_page,
)
from datosnap.core.planning import batches
from datosnap.core.revising import Edits, put_back, revise
from datosnap.flows.exporting.assets import UPLOADS, note_uploads
from datosnap.flows.exporting.hidden_blocks import with_blocks
from datosnap.flows.exporting.records import (
    count_versions,
    in_locales,
    note_difference,
    read_schedules,
    read_versions,
    record_listing,
    total_note,
)
from datosnap.flows.exporting.run import ExportRun
from datosnap.flows.exporting.settings import changed_resources
from datosnap.flows.listing import read_listing
from datosnap.flows.opening import Opened, changed_at
from datosnap.store.manifest import Consistency, Gap
from datosnap.store.names import ChunkKind

# A project that changes all the time is said to, after so many sweeps.
_MAX_SWEEPS = 5
# Named in a gap; the reason tells how many there were.
_NAMED = 20
_CHANGED = "changed while the project was read; run the export again"


async def settle(
    run: ExportRun, opened: Opened, models: Sequence[ItemType], *, with_history: bool
) -> Consistency:
    """Bring the lists to one moment; `still` when that was reached, `moving` when not."""
    since: str | None = run.writer.noted("changed_at")
    found: list[str] = []
    for sweeps in range(_MAX_SWEEPS + 1):
        await read_schedules(run)
        now = await changed_at(run.client, opened.environment_id)
        if now is not None and now == since:
            return "still"
        since = now
        if sweeps < _MAX_SWEEPS:
            found = await _sweep(run, opened, models, with_history=with_history)
    names = ", ".join(found[:_NAMED]) or "others than those of the exported models"
    reason = f"still changing after {_MAX_SWEEPS} sweeps: {len(found)} entries, {names}"
    run.note_gap("environment", opened.environment_id, reason)
    return "moving"


async def _sweep(
    run: ExportRun, opened: Opened, models: Sequence[ItemType], *, with_history: bool
) -> list[str]:
    run.progress.start("sweep", total=len(models) + 1, unit="lists")
    found: list[str] = []
    await _note_settings(run, opened)
    for model in models:
        found += await _ModelSweep(run, model, with_history=with_history).go_over()
        run.progress.advance()
    if run.options.assets != "none":
        found += await _sweep_uploads(run)
    run.progress.advance()
    if with_history:
        await count_versions(run)
    return found


async def _note_settings(run: ExportRun, opened: Opened) -> None:
    """Note as gaps what is read once and was changed: schema, settings, smaller lists."""
    site, schema = slice_included(await run.client.get("/site", SCHEMA_QUERY))
    changed = [("resource", one) for one in await changed_resources(run, site)]
    if _lasting(schema) != _lasting(opened.schema_lines):
        changed.append(("schema", opened.environment_id))
    for kind, identifier in changed:
        if Gap(kind, identifier, _CHANGED) not in run.gaps:
            run.note_gap(kind, identifier, _CHANGED)


@dataclass(slots=True)
class _Listed:
    """A list as it stands now: the state of each row by id, in order, and the API's own count."""

    states: dict[str, bytes] = field(default_factory=dict)
    updated: set[str] = field(default_factory=set)
    total: int = 0


@dataclass(frozen=True, slots=True)
class _ModelSweep:
    """One model gone over again."""

    run: ExportRun
    model: ItemType
    with_history: bool

    async def go_over(self) -> list[str]:
        """Fetch again what differs; give the ids of it."""
        held = await to_thread.run_sync(_held, self.run, "current", self.model.api_key, read_state)
        now = await self._listed()
        missed = [one for one in held if one not in now.states]
        # A list that shrinks while it is read hides rows that are there.
        back = await self._fetch(missed, "current")
        order = put_back(list(now.states), held, back)
        differing = [one for one, state in now.states.items() if held.get(one) != state]
        current = {**await self._fetch(differing, "current"), **back}
        gone = [one for one in missed if one not in back]
        self._note_scheduled(current, gone)
        if current or gone:
            await self._put("current", Edits(current, order), _id_of)
            if self.with_history:
                await self._put_history(current, order)
        await self._put_published(current, now, order)
        self._recount(now)
        return [*differing, *missed]

    async def _listed(self) -> _Listed:
        filters = self.run.options.filters
        listing = record_listing(self.model, "current", filters, flat=True)
        now = _Listed()

        async def take(rows: list[bytes]) -> None:
            now.states.update(read_state(row) for row in rows)
            heads = map(read_head, rows)
            now.updated.update(head.id for head in heads if head.status == "updated")

        now.total = (await read_listing(self.run.client, listing, take, self.run.slots)).last
        return now

    def _note_scheduled(self, current: Mapping[str, list[bytes]], gone: Iterable[str]) -> None:
        scheduled = {one for one, rows in current.items() if read_head(rows[0]).is_scheduled}
        self.run.scheduled = self.run.scheduled.difference(current, gone) | scheduled

    async def _put(
        self,
        kind: ChunkKind,
        edits: Edits,
        id_of: Callable[[bytes], str],
        own_id_of: Callable[[bytes], str] | None = None,
    ) -> None:
        key = self.model.api_key
        rows = revise(self.run.writer.rows(kind, key), edits, id_of, own_id_of)
        await to_thread.run_sync(self.run.writer.revise, kind, key, rows)

    async def _put_published(
        self, current: Mapping[str, list[bytes]], now: _Listed, order: Sequence[str]
    ) -> None:
        """Bring the second copies up to date: one of each record whose status is `updated`."""
        key = self.model.api_key
        held = await to_thread.run_sync(_held, self.run, "published", key, read_state)
        again = {one for one, rows in current.items() if read_head(rows[0]).status == "updated"}
        # A place among siblings may change and change back while both copies are read.
        same = {one for one in now.updated - set(current) if held.get(one) == now.states[one]}
        wanted = again | (now.updated - set(current))
        rows = await self._fetch([one for one in order if one in wanted - same], "published")
        if wanted - same or set(held) - wanted:
            kept = [one for one in order if one in same or one in rows]
            await self._put("published", Edits(rows, kept), _id_of)
        copies = await to_thread.run_sync(self.run.writer.publish, "published", key)
        note_difference(self.run, "published", key, len(wanted), copies)

    async def _put_history(self, current: Iterable[str], order: Sequence[str]) -> None:
        rows = {one: await read_versions(self.run, self.model, one) for one in current}
        await self._put("history", Edits(rows, order), read_version_head, _id_of)

    async def _fetch(self, ids: Sequence[str], version: str) -> dict[str, list[bytes]]:
        nested = self.model.may_hold_blocks
        found: dict[str, list[bytes]] = {}
        for some in batches(ids, NESTED_PAGE):
            query: Query = {
                "filter": {"ids": ",".join(some)},
                "version": version,
                "nested": True if nested else None,
                "page": {"limit": NESTED_PAGE},
            }
            rows, _ = slice_page(await self.run.client.get("/items", query))
            whole = await with_blocks(self.run, self.model, rows, version)
            kept = in_locales(self.run, self.model, whole)
            found |= {read_head(row).id: [row] for row in kept}
        return found

    def _recount(self, now: _Listed) -> None:
        run, key = self.run, self.model.api_key
        records, copies = run.writer.publish("current", key), run.writer.publish("published", key)
        run.writer.note(total_note("current", key), now.total)
        note_difference(run, "model", key, now.total, records)
        run.totals = [
            dataclasses.replace(
                one, records=records, published_copies=copies, versions=0, api_total=now.total
            )
            if one.model == key
            else one
            for one in run.totals
        ]


async def _sweep_uploads(run: ExportRun) -> list[str]:
    """Bring the uploads up to date; give the ids of those that differed.

    Memory: an id and 16 bytes an upload, and those that differ.
    """
    held = await to_thread.run_sync(_held, run, "uploads", None, _whole)
    now: dict[str, bytes] = {}
    fresh: dict[str, list[bytes]] = {}

    async def take(rows: list[bytes]) -> None:
        for row in rows:
            identifier, state = _whole(row)
            now[identifier] = state
            if held.get(identifier) != state:
                fresh[identifier] = [row]

    total = (await read_listing(run.client, UPLOADS, take, run.slots)).last
    missed = [one for one in held if one not in now]
    back = await _fetch_uploads(run, missed)
    differing = list(fresh)
    if fresh or missed:
        edits = Edits({**fresh, **back}, put_back(list(now), held, back))
        rows = revise(run.writer.rows("uploads", None), edits, _id_of)
        await to_thread.run_sync(run.writer.revise, "uploads", None, rows)
    note_uploads(run, total)
    return [*differing, *missed]


async def _fetch_uploads(run: ExportRun, ids: Sequence[str]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for some in batches(ids, NESTED_PAGE):
        query: Query = {"filter": {"ids": ",".join(some)}, "page": {"limit": NESTED_PAGE}}
        rows, _ = slice_page(await run.client.get("/uploads", query))
        found |= {read_head(row).id: [row] for row in rows}
    return found


def _lasting(schema: dict[str, list[bytes]]) -> list[JsonObject]:
    """Give what of a schema is not a reflection of its records."""
    resources = [decode_object(line) for lines in schema.values() for line in lines]
    for one in resources:
        one["attributes"].pop("has_singleton_item", None)
        one.pop("meta", None)
        one.get("relationships", {}).pop("singleton_item", None)
    return sorted(resources, key=lambda one: (str(one["type"]), str(one["id"])))


def _held(
    run: ExportRun,
    kind: ChunkKind,
    model: str | None,
    state_of: Callable[[bytes], tuple[str, bytes]],
) -> dict[str, bytes]:
    """Give the states of the rows that are held, each as it came first, as `revise` keeps it."""
    held: dict[str, bytes] = {}
    for row in run.writer.rows(kind, model):
        identifier, state = state_of(row)
        held.setdefault(identifier, state)
    return held


def _id_of(row: bytes) -> str:
    return read_head(row).id


def _whole(row: bytes) -> tuple[str, bytes]:
    return read_head(row).id, hashlib.blake2b(row, digest_size=16).digest()
