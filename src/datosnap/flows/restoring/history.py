"""Write the old versions of new records before their latest content, in the order they had.

The API dates and signs a version when it is written: dates and editors are then the importer's.
A version is written like any content: only while the target has the version before it, so that a
lost answer or a crash doubles none, and what the API refuses, since the schema has moved on, is
told while the rest goes on. A link to what is not there (yet) is left out of an old version.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from datosnap.core.history import OldVersion, Past, past_of, read_version
from datosnap.core.jsontext import JsonObject, decode_object, read_version_head
from datosnap.core.localizing import keep_locales
from datosnap.core.matching import Action
from datosnap.core.planning import Order
from datosnap.errors import RejectedError, UsageError
from datosnap.flows.progress import Progress
from datosnap.flows.restoring.ordering import New
from datosnap.flows.restoring.run import RestoreRun
from datosnap.flows.restoring.source import RecordState, Source
from datosnap.flows.restoring.writing import RecordWriter, is_full
from datosnap.store.spool import Spool

_SPOOLED = "version"


def read_pasts(source: Source, spool: Spool, progress: Progress) -> None:
    """Read the old versions of the records that are imported, their content into the spool.

    Memory: the ids and dates of the versions of one model.
    Raises: UsageError when the snapshot was taken without history.
    """
    facts = source.snapshot.manifest.facts
    if facts.options.get("history") != "all":
        raise UsageError(
            "--history replay: expected a snapshot with history, found one without;"
            " export with --history all"
        )
    progress.start("history", total=None, unit="versions")
    for model in source.schema.models:
        by_record: dict[str, list[OldVersion]] = {}
        for raw in source.snapshot.rows("history", model.api_key):
            record_id = read_version_head(raw)
            if record_id in source.records:
                locales = source.reading.locales
                kept = raw if locales is None else keep_locales(raw, model, locales)
                version = decode_object(kept)
                spool.add(_SPOOLED, version["id"], kept)
                by_record.setdefault(record_id, []).append(read_version(version))
                progress.advance()
        for one, some in by_record.items():
            past = _past(source, spool, one, some)
            if past.count:
                source.pasts[one] = past


def _past(source: Source, spool: Spool, record_id: str, versions: Sequence[OldVersion]) -> Past:
    meta: JsonObject = decode_object(spool.get("current", record_id))["meta"]
    return past_of(
        versions,
        current_id=meta.get("current_version") or "",
        is_updated=source.records[record_id].status == "updated",
    )


class Replay:
    """Writes the old versions of one run's new records."""

    def __init__(self, run: RestoreRun, writer: RecordWriter) -> None:
        self._run = run
        self._writer = writer
        self._new = New(run.decisions)

    async def before(self, state: RecordState) -> bool:
        """Create a record by its oldest version and write those up to what is published.

        Tell whether the record is there afterwards.
        """
        past = self._run.source.pasts.get(state.id, Past())
        order = self._run.order
        later = _Later(order, self._new, order.wave_of(state.id) or 0)
        await self._write(state, past.before, later)
        return bool(past.before) and self._is_there(state)

    async def between(self, state: RecordState) -> None:
        """Write the versions between what is published and the newer draft, of a record we made."""
        past = self._run.source.pasts.get(state.id, Past())
        if self._run.decisions.works[state.id].action is Action.CREATE and self._is_there(state):
            await self._write(state, past.between, ())

    def _is_there(self, state: RecordState) -> bool:
        return state.id in self._run.steps.wrote

    async def _write(
        self, state: RecordState, version_ids: Sequence[str], later: Container[str]
    ) -> None:
        run = self._run
        for one in version_ids:
            step = f"version {one}"
            if run.steps.is_done(f"{step}:{state.id}"):
                continue
            try:
                await self._write_one(state, self._version(state, one), step, later)
            except RejectedError as error:
                if is_full(error):
                    raise
                run.note_gap("version", one, f"{state.model.api_key} {state.id}: {error}")
            else:
                run.counts.versions += 1

    async def _write_one(
        self, state: RecordState, version: JsonObject, step: str, later: Container[str]
    ) -> None:
        run = self._run
        # What will never be written again must not wait: a structured text would be empty for ever.
        rebuilt = run.rebuilder.content(version, state.model, never=later)
        is_there = self._is_there(state)
        if is_there or run.source.waits_for_parent(state):
            # Its place in the tree was never versioned: it is the one that its latest content has.
            kept = {key: one for key, one in rebuilt.attributes.items() if key != "parent_id"}
            rebuilt = replace(rebuilt, attributes=kept)
        if is_there:
            await self._writer.update(state, version, rebuilt, step)
        else:
            await self._writer.create(state, version, rebuilt, step)

    def _version(self, state: RecordState, version_id: str) -> JsonObject:
        """Give the record with its content of old."""
        record = decode_object(self._run.spool.get("current", state.id))
        version = decode_object(self._run.spool.get(_SPOOLED, version_id))
        parent = {"parent_id": record["attributes"].get("parent_id")}
        return {**record, "attributes": {**version["attributes"], **parent}}


@dataclass(frozen=True, slots=True)
class _Later:
    """The new records that come no sooner than a wave, the same after any interruption."""

    order: Order
    new: New
    at: int

    def __contains__(self, record_id: object) -> bool:
        if not isinstance(record_id, str) or record_id not in self.new:
            return False
        wave = self.order.wave_of(record_id)
        return wave is not None and wave >= self.at
