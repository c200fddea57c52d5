"""Write the records: each once where links allow it, twice where they run in circles.

Published content goes first and is published in bulk, the newer draft of an `updated` record
after it, so that both states come back. What the API refuses is a gap with its reason; the
links of others to it are left out and told too. Order: the importer's notes of the API reference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Container, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import anyio

from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.core.localizing import with_locales
from datosnap.core.matching import Action
from datosnap.core.planning import Order, creation_order
from datosnap.core.rebuilding import Rebuilt
from datosnap.errors import BackupError, RejectedError
from datosnap.flows.restoring.history import Replay
from datosnap.flows.restoring.ordering import writing_order
from datosnap.flows.restoring.publishing import publish, unpublish
from datosnap.flows.restoring.run import RestoreRun
from datosnap.flows.restoring.source import RecordState
from datosnap.flows.restoring.writing import RecordWriter, is_full

Write = Callable[[RecordState], Awaitable[None]]
Refused = Callable[[RecordState, BackupError], None]


async def restore_records(run: RestoreRun) -> None:
    """Create, update, publish and complete all records."""
    order = writing_order(run.source, run.decisions)
    works = run.decisions.works
    writing = _Writing(run, order)
    run.progress.start("records", total=len(run.decisions.written), unit="records")
    waiting: list[str] = []
    for wave in order.waves:
        # Without drafts a record is public at once, and may only link to what is public too.
        if any(_is_public_at_once(run, one) for one in wave):
            await publish(run, waiting, "publish")
            waiting = []
        await writing.at_once(wave, "base", writing.base, writing.not_based)
        waiting += [one for one in wave if _needs_publishing(run, one)]
    # What only its readers lack had no content to wait for.
    waiting += [one for one, work in works.items() if work.publish and not work.base]
    await publish(run, waiting, "publish")
    # In circles a link can be written, and then published, only when its target is there.
    completed = [one for one in order.ids if one in order.deferred]
    await writing.at_once(completed, "complete", writing.complete, writing.not_rewritten)
    await publish(run, [one for one in completed if _needs_publishing(run, one)], "publish again")
    newer = [one for one, work in works.items() if work.draft]
    await writing.at_once(newer, "update", writing.update, writing.not_rewritten)
    hidden = {one: run.source.links[one] for one, work in works.items() if work.unpublish}
    await unpublish(run, creation_order(hidden).ids)
    writing.tell_left_out()
    _tell_skipped(run)


def _is_public_at_once(run: RestoreRun, record_id: str) -> bool:
    return not run.source.records[record_id].model.draft_mode_active


def _needs_publishing(run: RestoreRun, record_id: str) -> bool:
    brought = run.ids.find("item", record_id) is not None
    return brought and run.decisions.works[record_id].publish


def _tell_skipped(run: RestoreRun) -> None:
    for one, work in run.decisions.works.items():
        if work.action is Action.SKIP:
            model = run.source.records[one].model.api_key
            run.note_gap("record", one, f"{model}: edited in the target, which was left as it is")


class _Writing:
    """The ways in which a record is written, and what became of those that were not."""

    def __init__(self, run: RestoreRun, order: Order) -> None:
        self._run = run
        self._writer = RecordWriter(run)
        self._replay = Replay(run, self._writer, order)
        self._deferred = order.deferred
        self._full: RejectedError | None = None
        self._left_out: Counter[str] = Counter()

    async def at_once(self, ids: Iterable[str], step: str, write: Write, refused: Refused) -> None:
        """Write several records at a time; those of a tree or sorted model one by one.

        Memory: a task for each request under way, not for each record.
        """
        run, lanes = self._run, self._lanes(ids)

        async def work() -> None:
            for lane in lanes:
                for one in lane:
                    state = run.source.records[one]
                    await run.unless_done(
                        f"{step}:{one}", partial(write, state), partial(refused, state)
                    )

        async with anyio.create_task_group() as tasks:
            for _ in range(run.in_flight):
                tasks.start_soon(work)

    def _lanes(self, ids: Iterable[str]) -> Iterator[Sequence[str]]:
        """Give what must be written in turn, the longest turns first."""
        ordered: dict[str, list[str]] = {}
        others: list[str] = []
        for one in ids:
            model = self._run.source.records[one].model
            (ordered.setdefault(model.id, []) if model.is_ordered else others).append(one)
        yield from ordered.values()
        yield from ((one,) for one in others)

    async def base(self, state: RecordState) -> None:
        """Write the content that is published when any is, links to later records left out."""
        run, record = self._run, self._base(state)
        rebuilt = self._rebuilt(record, state, self._deferred.get(state.id, ()))
        if run.decisions.works[state.id].action is Action.CREATE:
            if self._full is not None:
                raise self._full
            if await self._replay.before(state):
                await self._writer.update(state, record, rebuilt, "base")
            else:
                await self._writer.create(state, record, rebuilt)
            run.counts.records += 1
        elif await self._writer.update(state, record, rebuilt, "base"):
            run.counts.updated += 1
        self._count(state, rebuilt)
        run.progress.advance()

    def not_based(self, state: RecordState, error: BackupError) -> None:
        """Note a record that the API refused; nothing may point to one that is not there."""
        run = self._run
        if run.decisions.works[state.id].action is not Action.CREATE:
            run.note_gap("record", state.id, f"{state.model.api_key}, update: {error}")
            return
        run.ids.forget("item", state.id)
        if self._full is not None:
            self._left_out[state.model.api_key] += 1
            return
        run.note_gap("record", state.id, f"{state.model.api_key}: {error}")
        if isinstance(error, RejectedError) and is_full(error):
            self._full = error

    async def complete(self, state: RecordState) -> None:
        """Write the base content again, now with all its links."""
        await self._write_again(state, self._base(state), "complete")

    async def update(self, state: RecordState) -> None:
        """Write the newer draft over the published content."""
        await self._replay.between(state)
        await self._write_again(state, self._record("current", state.id), "update")

    def not_rewritten(self, state: RecordState, error: BackupError) -> None:
        """Note a record that exists, but whose second write the API refused."""
        self._run.note_gap("record", state.id, f"{state.model.api_key}, second write: {error}")

    def tell_left_out(self) -> None:
        """Note the records that were not tried any more, by model."""
        for model, count in self._left_out.items():
            reason = f"{count:,} more were not tried: {self._full}; make room and import again"
            self._run.note_gap("records", model, reason)

    async def _write_again(self, state: RecordState, record: JsonObject, step: str) -> None:
        run = self._run
        if run.ids.find("item", state.id) is None:
            return
        rebuilt = self._rebuilt(record, state)
        if await self._writer.update(state, record, rebuilt, step):
            run.counts.second_writes += 1
        self._count(state, rebuilt)

    def _rebuilt(
        self, record: JsonObject, state: RecordState, later: Container[str] = ()
    ) -> Rebuilt:
        run, model = self._run, state.model
        rebuilt = run.rebuilder.content(record, model, later)
        attributes = rebuilt.attributes
        if model.all_locales_required:
            # What was public in some locales only is taken back in the others once it is public.
            attributes = with_locales(attributes, model, run.source.locales)
        if run.source.waits_for_parent(state):
            # It is put under its parent when it is public; one that is there already comes out.
            attributes = {key: one for key, one in attributes.items() if key != "parent_id"}
            work = run.decisions.works[state.id]
            if work.publish and work.action is Action.UPDATE:
                attributes["parent_id"] = None
        return replace(rebuilt, attributes=attributes)

    def _count(self, state: RecordState, rebuilt: Rebuilt) -> None:
        run = self._run
        run.counts.blocks += rebuilt.blocks
        run.counts.links += rebuilt.rewritten
        run.counts.addresses_in_text += rebuilt.in_text.addresses
        run.counts.ids_in_text += rebuilt.in_text.ids
        for one in rebuilt.dangling:
            where = ".".join(map(str, one.path))
            run.note_gap(
                "link", state.id, f"{where}: {one.kind} {one.id} did not come over; left out"
            )

    def _base(self, state: RecordState) -> JsonObject:
        kind = "published" if self._run.spool.holds("published", state.id) else "current"
        return self._record(kind, state.id)

    def _record(self, kind: str, record_id: str) -> JsonObject:
        return decode_object(self._run.spool.get(kind, record_id))
