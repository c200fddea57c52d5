"""See what changed while a project was read, and fetch it again until nothing does.

Offset paging over a list that changes loses rows. So after the first reading the API is asked
when the content was last changed: unchanged, everything is of one moment. Otherwise all lists
are gone over flat, 500 a page, and compared with what is held, by id and state; what differs is
fetched again and put in its place. That is repeated until nothing changed during a whole sweep.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

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
from datosnap.core.revising import Edits, revise
from datosnap.flows.export_assets import UPLOADS
from datosnap.flows.export_records import (
    count_versions,
    in_locales,
    read_schedules,
    read_versions,
    record_listing,
)
from datosnap.flows.export_run import ExportRun
from datosnap.flows.listing import Listing, read_listing
from datosnap.flows.opening import Opened, changed_at
from datosnap.store.manifest import Consistency
from datosnap.store.names import ChunkKind

# A project that changes all the time is said to, after so many sweeps.
_MAX_SWEEPS = 5
# Named in a gap; the reason tells how many there were.
_NAMED = 20


async def settle(
    run: ExportRun, opened: Opened, models: Sequence[ItemType], *, with_history: bool
) -> Consistency:
    """Bring the lists to one moment; `still` when that was reached, `moving` when not."""
    since: str | None = run.writer.noted("changed_at")
    found: list[str] = []
    for _ in range(_MAX_SWEEPS):
        await read_schedules(run)
        now = await changed_at(run.client, opened.environment_id)
        if now is not None and now == since:
            return "still"
        since = now
        found = await _sweep(run, opened, models, with_history=with_history)
    if found:
        names = ", ".join(found[:_NAMED])
        reason = f"still changing after {_MAX_SWEEPS} sweeps: {len(found)} entries, {names}"
        run.note_gap("environment", opened.environment_id, reason)
        return "moving"
    await read_schedules(run)
    if await changed_at(run.client, opened.environment_id) == since:
        return "still"
    run.note_gap("environment", opened.environment_id, "content changed during the last sweep")
    return "moving"


async def _sweep(
    run: ExportRun, opened: Opened, models: Sequence[ItemType], *, with_history: bool
) -> list[str]:
    run.progress.start("sweep", total=len(models) + 1, unit="lists")
    found: list[str] = []
    _, schema = slice_included(await run.client.get("/site", SCHEMA_QUERY))
    if _lasting(schema) != _lasting(opened.schema_lines):
        reason = "the schema changed while the project was read; run the export again"
        run.note_gap("schema", opened.environment_id, reason)
    for model in models:
        found += await _ModelSweep(run, model, with_history=with_history).go_over()
        run.progress.advance()
    if run.options.assets != "none":
        found += await _sweep_uploads(run)
    run.progress.advance()
    if with_history:
        await count_versions(run)
    return found


@dataclass(frozen=True, slots=True)
class _ModelSweep:
    """One model gone over again."""

    run: ExportRun
    model: ItemType
    with_history: bool

    async def go_over(self) -> list[str]:
        """Fetch again what differs; give the ids of it."""
        key = self.model.api_key
        filters = self.run.options.filters
        listing = record_listing(self.model, "current", filters, flat=True)
        now = await _listed(self.run, listing, read_state)
        held = await to_thread.run_sync(_held, self.run, "current", key, read_state)
        differing = _differing(held, now)
        current = await self._fetch([one for one in differing if one in now], "current")
        gone = set(held) - set(now)
        self._note_scheduled(current, gone)
        if differing or gone or len(held) != self._rows("current"):
            await self._put("current", current, now)
            await self._put_published(current, now)
            if self.with_history:
                await self._put_history(current, now)
            self._recount(len(now))
        return [*differing, *gone]

    def _note_scheduled(self, current: dict[str, list[bytes]], gone: set[str]) -> None:
        scheduled = {one for one, rows in current.items() if read_head(rows[0]).is_scheduled}
        self.run.scheduled = (self.run.scheduled - set(current) - gone) | scheduled

    def _rows(self, kind: ChunkKind) -> int:
        return self.run.writer.publish(kind, self.model.api_key)

    async def _put(
        self, kind: ChunkKind, rows: dict[str, list[bytes]], now: dict[str, bytes]
    ) -> None:
        await _revise(self.run, kind, self.model.api_key, Edits(rows, list(now)), _id_of)

    async def _put_published(self, current: dict[str, list[bytes]], now: dict[str, bytes]) -> None:
        """Bring the second copies up to date: those of records that changed, and of those alone."""
        updated = [one for one, rows in current.items() if read_head(rows[0]).status == "updated"]
        rows = await self._fetch(updated, "published")
        plain = {one for one in current if one not in rows}
        order = [one for one in now if one not in plain]
        await _revise(self.run, "published", self.model.api_key, Edits(rows, order), _id_of)

    async def _put_history(self, current: dict[str, list[bytes]], now: dict[str, bytes]) -> None:
        rows = {one: await read_versions(self.run, self.model, one) for one in current}
        await _revise(
            self.run, "history", self.model.api_key, Edits(rows, list(now)), read_version_head
        )

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
            kept = in_locales(self.run, self.model, rows)
            found |= {read_head(row).id: [row] for row in kept}
        return found

    def _recount(self, records: int) -> None:
        run, key = self.run, self.model.api_key
        held, copies = self._rows("current"), self._rows("published")
        run.gaps = [one for one in run.gaps if (one.kind, one.id) != ("model", key)]
        if held != records:
            run.note_gap("model", key, f"the API counts {records} records, {held} came")
        run.totals = [
            dataclasses.replace(
                one, records=held, published_copies=copies, versions=0, api_total=records
            )
            if one.model == key
            else one
            for one in run.totals
        ]


async def _sweep_uploads(run: ExportRun) -> list[str]:
    rows: dict[str, bytes] = {}

    async def take(page: list[bytes]) -> None:
        rows.update((read_head(row).id, row) for row in page)

    await read_listing(run.client, UPLOADS, take, run.slots)
    held = await to_thread.run_sync(_held, run, "uploads", None, _whole)
    differing = _differing(held, rows)
    gone = set(held) - set(rows)
    if differing or gone:
        edits = Edits({one: [rows[one]] for one in differing}, list(rows))
        await _revise(run, "uploads", None, edits, _id_of)
        run.uploads = len(rows)
    return [*differing, *gone]


def _lasting(schema: dict[str, list[bytes]]) -> list[JsonObject]:
    """Give what of a schema is not a reflection of its records."""
    resources = [decode_object(line) for lines in schema.values() for line in lines]
    for one in resources:
        one["attributes"].pop("has_singleton_item", None)
        one.pop("meta", None)
        one.get("relationships", {}).pop("singleton_item", None)
    return sorted(resources, key=lambda one: (str(one["type"]), str(one["id"])))


async def _listed(
    run: ExportRun, listing: Listing, state_of: Callable[[bytes], tuple[str, bytes]]
) -> dict[str, bytes]:
    now: dict[str, bytes] = {}

    async def take(rows: list[bytes]) -> None:
        now.update(state_of(row) for row in rows)

    await read_listing(run.client, listing, take, run.slots)
    return now


def _held(
    run: ExportRun,
    kind: ChunkKind,
    model: str | None,
    state_of: Callable[[bytes], tuple[str, bytes]],
) -> dict[str, bytes]:
    return dict(state_of(row) for row in run.writer.rows(kind, model))


def _differing(held: dict[str, bytes], now: dict[str, bytes]) -> list[str]:
    return [one for one, state in now.items() if held.get(one) != state]


async def _revise(
    run: ExportRun, kind: ChunkKind, model: str | None, edits: Edits, id_of: Callable[[bytes], str]
) -> None:
    rows = revise(run.writer.rows(kind, model), edits, id_of)
    await to_thread.run_sync(partial(run.writer.revise, kind, model, rows))


def _id_of(row: bytes) -> str:
    return read_head(row).id


def _whole(row: bytes) -> tuple[str, bytes]:
    return read_head(row).id, row
