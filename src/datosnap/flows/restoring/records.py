"""Write the records: each once where links allow it, twice where they run in circles.

Published content goes first and is published in bulk, the newer draft of an `updated` record
after it, so that both states come back. What the API refuses is a gap with its reason; the
links of others to it are left out and told too. Order: the importer's notes of the API reference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Container, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import anyio

from datosnap.core.entities import ItemType
from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.core.localizing import with_locales
from datosnap.core.matching import Action
from datosnap.core.planning import order_of
from datosnap.core.rebuilding import Rebuilt
from datosnap.errors import BackupError, RejectedError
from datosnap.flows.restoring.hiding import hidden
from datosnap.flows.restoring.history import Replay
from datosnap.flows.restoring.publisher import NEWER, Publisher, publishing
from datosnap.flows.restoring.publishing import take_back_parts, unpublish
from datosnap.flows.restoring.relinking import drop_links, restore_links
from datosnap.flows.restoring.run import RestoreRun
from datosnap.flows.restoring.sharing import share
from datosnap.flows.restoring.source import RecordState
from datosnap.flows.restoring.writing import RecordWriter, is_full

Write = Callable[[RecordState], Awaitable[None]]
Refused = Callable[[RecordState, BackupError], None]


@dataclass(frozen=True, slots=True)
class _Picked:
    """Ids that are picked anew at each look, so that no list of them is kept."""

    look: Callable[[], Iterator[str]]

    def __iter__(self) -> Iterator[str]:
        return self.look()


async def restore_records(run: RestoreRun) -> None:
    """Create, update, publish and complete all records."""
    works = run.decisions.works
    writing = _Writing(run)
    total = sum(one.writes for one in works.values())
    run.progress.start("records", total=total, unit="records")
    await _write_base(run, writing)
    await _complete(run, writing)
    newer = _Picked(lambda: (one for one, work in works.items() if work.draft))
    if any(newer) and not run.steps.is_done(NEWER):
        run.steps.remember(NEWER, {})
    await writing.at_once(newer, "update", writing.update, writing.not_rewritten)
    gone = hidden(run.source, run.decisions)
    await drop_links(run, gone)
    await unpublish(run, order_of(gone, (run.source.links[one] for one in gone)).ids)
    await restore_links(run, gone)
    writing.tell_left_out()
    _tell_skipped(run)


async def _write_base(run: RestoreRun, writing: _Writing) -> None:
    """Write what is published when anything is, and publish it meanwhile."""
    works = run.decisions.works
    ready, waiting = _only_published(run)
    async with publishing(run, "publish") as publisher:
        for one in ready:
            await publisher.add(one)
        for wave in run.order.waves:
            await _write_wave(run, writing, wave, publisher)
        for one in waiting:
            await publisher.add(one)
    public = (
        one
        for one, work in works.items()
        if work.publish and (not work.base or writing.is_written("base", one))
    )
    await take_back_parts(run, public, "publish")


def _only_published(run: RestoreRun) -> tuple[Iterable[str], Iterable[str]]:
    """Give what only its readers lack: what can be public at once, and what waits for content.

    Each comes after what it links to.
    """
    works, links, shelf = run.decisions.works, run.source.links, run.source.shelf
    ours, ready, waiting = shelf.keys(), shelf.keys(), shelf.keys()
    ours.update((one, None) for one, work in works.items() if work.publish and not work.base)
    for one in order_of(ours, (links[one] for one in ours)).ids:
        others = (to for to in links[one] if to != one and to in works and to not in ready)
        # What is not there yet, or will be another, is published after it was written.
        has_to_wait = any(to in ours or works[to].base for to in others)
        (waiting if has_to_wait else ready)[one] = None
    return ready, waiting


async def _write_wave(
    run: RestoreRun, writing: _Writing, wave: Iterable[str], publisher: Publisher
) -> None:
    records = run.source.records
    drafts = _Picked(lambda: (one for one in wave if records[one].model.draft_mode_active))
    others = _Picked(lambda: (one for one in wave if not records[one].model.draft_mode_active))
    write = partial(writing.at_once, step="base", write=writing.base, refused=writing.not_based)
    # Without drafts a record is public at once, and may only link to what is public too.
    earlier = await publisher.hand_over() if any(others) else None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(writing.hand_on, wave, "base", publisher)
        tasks.start_soon(write, drafts)
        if earlier is not None:
            await earlier.wait()
            await write(others)


async def _complete(run: RestoreRun, writing: _Writing) -> None:
    """Write what runs in circles again: a link waits until its target is there, and public."""
    if not any(run.order.deferred):
        return
    circles = _Picked(lambda: (one for one in run.order.ids if one in run.order.deferred))
    async with (
        publishing(run, "publish again") as publisher,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(writing.hand_on, circles, "complete", publisher)
        await writing.at_once(circles, "complete", writing.complete, writing.not_rewritten)
    works = run.decisions.works
    public = (one for one in circles if works[one].publish and writing.is_written("complete", one))
    await take_back_parts(run, public, "publish again")


def _tell_skipped(run: RestoreRun) -> None:
    for one, work in run.decisions.works.items():
        if work.action is Action.SKIP:
            model = run.source.records[one].model.api_key
            run.note_gap("record", one, f"{model}: edited in the target, which was left as it is")


class _Writing:
    """The ways in which a record is written, and what became of those that were not."""

    def __init__(self, run: RestoreRun) -> None:
        self._run = run
        self._writer = RecordWriter(run)
        self._replay = Replay(run, self._writer)
        self._deferred = run.order.deferred
        self._full: RejectedError | None = None
        self._refused: set[str] = set()
        # Set whenever it is decided what became of a record, and then replaced.
        self._settled = anyio.Event()
        self._left_out: Counter[str] = Counter()

    async def at_once(self, ids: Iterable[str], step: str, write: Write, refused: Refused) -> None:
        """Write several records at a time; those of a tree or sorted model one by one.

        Memory: a record for each request under way.
        """
        run = self._run

        async def write_lane(lane: Iterable[str]) -> None:
            for one in lane:
                state = run.source.records[one]
                give_up = partial(self._give_up, step, state, refused)
                await run.unless_done(f"{step}:{one}", partial(write, state), give_up)
                self._settled.set()
                self._settled = anyio.Event()

        await share(self._lanes(ids), write_lane, writers=run.in_flight)

    async def hand_on(self, ids: Iterable[str], step: str, publisher: Publisher) -> None:
        """Give records to the publisher in their order, each when it and all before it are written.

        What could not be written is not published.
        """
        works = self._run.decisions.works
        for one in ids:
            while not self._is_settled(step, one):
                await self._settled.wait()
            if works[one].publish and self.is_written(step, one):
                await publisher.add(one)

    def is_written(self, step: str, record_id: str) -> bool:
        """Tell whether a step was taken with a record."""
        return self._run.steps.is_done(f"{step}:{record_id}")

    def _is_settled(self, step: str, record_id: str) -> bool:
        """Tell whether nothing more becomes of this step of a record."""
        is_there = self._run.ids.find("item", record_id) is not None
        is_refused = f"{step}:{record_id}" in self._refused
        return is_refused or not is_there or self.is_written(step, record_id)

    def _give_up(self, step: str, state: RecordState, refused: Refused, error: BackupError) -> None:
        refused(state, error)
        if self._run.ids.find("item", state.id) is not None:
            self._refused.add(f"{step}:{state.id}")

    def _lanes(self, ids: Iterable[str]) -> Iterator[Iterable[str]]:
        """Give what must be written in turn, the longest turns first.

        Memory: a number for each model.
        """
        ordered = Counter(model.id for model in map(self._model, ids) if model.is_ordered)
        for model_id, _ in ordered.most_common():
            yield self._of_model(ids, model_id)
        yield from ((one,) for one in ids if not self._model(one).is_ordered)

    def _of_model(self, ids: Iterable[str], model_id: str) -> Iterator[str]:
        return (one for one in ids if self._model(one).id == model_id)

    def _model(self, record_id: str) -> ItemType:
        return self._run.source.records[record_id].model

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
        else:
            run.steps.note(f"base:{state.id}")
        self._count(state, rebuilt)
        run.progress.advance()

    def not_based(self, state: RecordState, error: BackupError) -> None:
        """Note a record that the API refused; nothing may point to one that is not there."""
        run = self._run
        # One that was made by an old version of it is there, and may be linked to.
        is_there = state.id in run.steps.wrote
        if is_there or run.decisions.works[state.id].action is not Action.CREATE:
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
