"""Write one record so that nobody's edit is lost and no lost answer does harm.

A record is created under an id that was chosen before, and changed only while the target has the
version that was seen. When the API says that the id is taken, or the version another, an answer
may have been lost: then a look at the target tells whether it holds what was sent.
"""

from __future__ import annotations

from datosnap.core.entities import related_id
from datosnap.core.jsontext import JsonObject
from datosnap.core.rebuilding import Rebuilt
from datosnap.errors import AccessRefusedError, RejectedError
from datosnap.flows.restoring.decisions import Wrote
from datosnap.flows.restoring.run import TAKEN, RestoreRun
from datosnap.flows.restoring.source import RecordState

# What it says of a record that is there, the only one that its model may have among them.
_THERE = (*TAKEN, "DUPLICATE_SINGLETON")
_STALE = ("STALE_ITEM_VERSION",)
# What writes the content that is published when any is.
_BASE_STEPS = frozenset({"base", "complete"})
# What the API says when the project's plan has no room for more.
_FULL = ("PLAN_UPGRADE_REQUIRED",)


def is_full(error: RejectedError) -> bool:
    """Tell whether a refusal would meet every other record too."""
    return error.has_code(*_FULL)


class RecordWriter:
    """Creates and changes single records of one run."""

    def __init__(self, run: RestoreRun) -> None:
        self._run = run
        self._strangers: set[str] = set()
        self._further = frozenset(run.locales) - frozenset(run.source.locales)

    async def create(
        self, state: RecordState, record: JsonObject, rebuilt: Rebuilt, step: str = "base"
    ) -> None:
        """Create a record.

        Raises: RejectedError when it is refused, or something else has its id.
        """
        run = self._run
        attributes = self._in_all_locales(state, rebuilt.attributes)
        body = run.rebuilder.create_body(record, state.model, rebuilt)
        body["data"]["attributes"] = attributes
        sent = self._digest(state, attributes)
        try:
            answer = await self._create_for(state, body, self._creator(record))
        except RejectedError as error:
            found = await self._as_sent(state, sent) if error.has_code(*_THERE) else None
            if found is None:
                raise
            answer = found
        self._note(state, step, answer, sent, sent)

    def _creator(self, record: JsonObject) -> JsonObject | None:
        """Give who made a record, as far as they are of the target's project too."""
        run = self._run
        linkage: JsonObject = (record.get("relationships") or {}).get("creator") or {}
        creator: JsonObject | None = linkage.get("data")
        if run.source.site["id"] != run.target.opened.project_id or creator is None:
            return None
        return None if creator["id"] in self._strangers else creator

    async def _create_for(
        self, state: RecordState, body: JsonObject, creator: JsonObject | None
    ) -> JsonObject:
        """Create a record for its creator, or for the importer where that one is gone."""
        send, data = self._run.client.send, body["data"]
        if creator is not None:
            relationships = {**data["relationships"], "creator": {"data": creator}}
            named = {"data": {**data, "relationships": relationships}}
            try:
                return await send("POST", "/items", named, repeatable=True)
            except (RejectedError, AccessRefusedError) as error:
                if isinstance(error, RejectedError) and error.has_code(*TAKEN, *_FULL):
                    raise
        answer = await send("POST", "/items", body, repeatable=True)
        if creator is not None:
            self._strangers.add(creator["id"])
            reason = f"{creator['type']} {creator['id']} cannot be named as its creator"
            self._run.note_gap("creator", state.id, reason)
        return answer

    async def update(
        self, state: RecordState, record: JsonObject, rebuilt: Rebuilt, step: str
    ) -> bool:
        """Change a record, unless the target holds just that; tell whether it was written.

        Raises: RejectedError when it is refused, or was edited in the target meanwhile.
        """
        run = self._run
        wrote = run.steps.wrote.get(state.id)
        seen = run.decisions.seen.get(state.id)
        known = wrote or seen
        attributes = await self._merged(state, rebuilt.attributes)
        if seen is not None:
            # Its place is no part of its content, and its parent may be below it now.
            attributes.pop("parent_id", None)
        sent = self._digest(state, attributes)
        if step == "base" and wrote is None and seen is not None and seen.current == sent:
            # What differed was a link to a record that did not come over, this time either, or
            # its parent.
            return False
        version = None if known is None else known.version or None
        body = run.rebuilder.update_body(record, attributes, version)
        try:
            answer = await run.update(f"/items/{body['data']['id']}", body)
        except RejectedError as error:
            found = await self._as_sent(state, sent) if error.has_code(*_STALE) else None
            if found is None:
                raise
            answer = found
        base = sent if wrote is None or step in _BASE_STEPS else wrote.base
        self._note(state, step, answer, sent, base)
        return True

    async def _as_sent(self, state: RecordState, sent: bytes) -> JsonObject | None:
        """Give the target's record when it holds what was sent, None when it is another."""
        run = self._run
        path = f"/items/{run.translate('item', state.id)}"
        found = await run.look_up(path, {"nested": True, "version": "current"})
        if found is None:
            return None
        model = run.translate("item_type", state.model.id)
        there: JsonObject = found["data"]
        if related_id(there, "item_type") != model:
            return None
        return found if run.sight.digest(there["attributes"], model) == sent else None

    def _note(
        self, state: RecordState, step: str, answer: JsonObject, sent: bytes, base: bytes
    ) -> None:
        meta: JsonObject = (answer.get("data") or {}).get("meta") or {}
        wrote = Wrote(meta.get("current_version") or "", sent, base)
        self._run.steps.note_record(f"{step}:{state.id}", state.id, wrote)

    def _digest(self, state: RecordState, attributes: JsonObject) -> bytes:
        return self._run.sight.digest(attributes, self._run.translate("item_type", state.model.id))

    def _in_all_locales(self, state: RecordState, attributes: JsonObject) -> JsonObject:
        """Name the locales that only the target has, where its records must have them all."""
        if self._run.translate("item_type", state.model.id) not in self._run.sight.complete:
            return attributes
        return self._with(state, attributes, {})

    async def _merged(self, state: RecordState, attributes: JsonObject) -> JsonObject:
        """Keep what the target's record has in locales that the import is not about.

        A localized field is sent whole or loses the locales that were not sent.
        """
        if not self._further or not any(one.localized for one in state.model.fields.values()):
            return attributes
        path = f"/items/{self._run.translate('item', state.id)}"
        found = await self._run.look_up(path, {"version": "current"})
        there: JsonObject = {} if found is None else found["data"]["attributes"]
        return self._with(state, attributes, there)

    def _with(self, state: RecordState, attributes: JsonObject, there: JsonObject) -> JsonObject:
        """Add the further locales of the target: its own values, or none where it must have one."""
        complete = self._run.translate("item_type", state.model.id) in self._run.sight.complete
        merged = dict(attributes)
        for key, field in state.model.fields.items():
            if not field.localized or key not in attributes:
                continue
            held: JsonObject = there.get(key) or {}
            further = self._further if complete else self._further & held.keys()
            if further:
                kept = {one: held.get(one) for one in sorted(further)}
                merged[key] = {**(attributes[key] or {}), **kept}
        return merged
