"""Give records that were there already the dates that they have in the source.

Content is written first: a publication sets the date of the first one where there is none. That
the API takes these dates on an update is documented by its types alone; where it does not, that
is told once, and no further request is spent on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from datosnap.core.dates import dates_of
from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.core.requests import update_body
from datosnap.flows.restoring.decisions import Wrote
from datosnap.flows.restoring.run import RestoreRun
from datosnap.flows.restoring.sharing import share


async def restore_dates(run: RestoreRun) -> None:
    """Set what differs, and tell how many dates the API did not take."""
    dating = _Dating(run)
    dated = (one for one, work in run.decisions.works.items() if work.dates)
    await share(dated, dating.set, writers=run.in_flight)
    dating.tell()


@dataclass(slots=True)
class _Dating:
    """The dates of one run's records, and how many were not taken."""

    run: RestoreRun
    _left: list[str] = field(default_factory=list)

    async def set(self, source_id: str) -> None:
        """Set the dates of one record, unless the API does not let dates be set."""
        run = self.run
        if run.ids.find("item", source_id) is None:
            return
        if self._left:
            self._left.append(source_id)
            return
        refused = run.refusal("dates", source_id)
        await run.unless_done(f"dates:{source_id}", partial(self._set, source_id), refused)

    async def _set(self, source_id: str) -> None:
        run, target_id = self.run, self.run.translate("item", source_id)
        record = decode_object(run.spool.get("current", source_id))
        wanted = dates_of(record.get("meta") or {})
        body = update_body("item", target_id)
        body["data"]["meta"] = wanted.meta()
        answer = await run.update(f"/items/{target_id}", body)
        there: JsonObject = answer["data"]["meta"]
        if dates_of(there).lacks(wanted):
            self._left.append(source_id)
            return
        self._note(source_id, there.get("current_version"))
        run.steps.note(f"dates:{source_id}")

    def _note(self, source_id: str, version: str | None) -> None:
        """Remember the version that the record has now, should its dates have made one."""
        steps = self.run.steps
        wrote = steps.wrote.get(source_id)
        if wrote is not None and version is not None and version != wrote.version:
            dated = Wrote(version, wrote.current, wrote.base)
            steps.note_record(f"dated:{source_id}", source_id, dated)

    def tell(self) -> None:
        """Note the records that keep the dates of the target."""
        if self._left:
            count, first = len(self._left), self._left[0]
            reason = f"{count:,} records keep their own dates: the API did not take the source's"
            self.run.note_gap("dates", first, reason)
