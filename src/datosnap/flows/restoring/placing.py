"""Put the records of trees and sorted models where they were among their siblings."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from datosnap.api.client import Query
from datosnap.api.endpoints import FLAT_PAGE
from datosnap.core.entities import ItemType
from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.core.matching import Action, OnConflict
from datosnap.core.placing import arranged, moves, same_order
from datosnap.core.requests import update_body
from datosnap.errors import RejectedError
from datosnap.flows.listing import Listing, read_listing
from datosnap.flows.ordering import Slots
from datosnap.flows.restoring.decisions import Wrote
from datosnap.flows.restoring.run import RestoreRun
from datosnap.flows.restoring.source import RecordState

# Siblings are looked at again after they were moved, once: an API may shift them otherwise.
_ROUNDS = 2


async def restore_positions(run: RestoreRun) -> None:
    """Put what was made beside its neighbours, and under the policy `update` everything.

    Memory: the records of one sorted model, without their content.
    """
    # The source has the records of one model after another.
    for model, states in groupby(run.source.records.values(), lambda one: one.model):
        brought = (one for one in states if run.ids.find("item", one.id) is not None)
        members = list(brought) if model.is_ordered else []
        if members:
            refused = run.refusal("order", model.api_key)
            await run.once(f"positions:{model.id}", _Placing(run, model, members).place, refused)


class _Placing:
    """The records of one model on their way into their order."""

    def __init__(self, run: RestoreRun, model: ItemType, members: list[RecordState]) -> None:
        self._run = run
        self._model = model
        works = run.decisions.works
        in_order = sorted(members, key=lambda one: (one.position, one.id))
        self._wanted = [run.translate("item", one.id) for one in in_order]
        self._source_ids = dict(zip(self._wanted, (one.id for one in in_order), strict=True))
        self._made = {
            target_id
            for target_id, source_id in self._source_ids.items()
            if works[source_id].action is Action.CREATE
        }
        self._whole = run.policy.on_conflict is OnConflict.UPDATE

    async def place(self) -> None:
        """Move what stands elsewhere, then look again."""
        if self._model.tree:
            await self._adopt()
        for _ in range(_ROUNDS):
            moved = 0
            for siblings in (await self._there()).values():
                moved += await self._order(siblings)
            if not moved:
                return
        self._tell(await self._there())

    async def _adopt(self) -> None:
        """Put records under their parents: what was there already, and what had to be public first.

        Where a record is to go below its own child, both are first taken out of the tree.
        """
        left = await self._misplaced()
        is_lifted = False
        while left:
            refused = {one: error for one in left if (error := await self._put(one, left[one]))}
            if len(refused) == len(left):
                if is_lifted:
                    self._tell_refused(refused)
                    return
                is_lifted = True
                for one in refused:
                    await self._put(one, None)
            left = {one: left[one] for one in refused}

    async def _misplaced(self) -> dict[str, str | None]:
        """Give the parents of those that were written and have another one."""
        run = self._run
        held = {one: parent for parent, some in (await self._there()).items() for one in some}
        found: dict[str, str | None] = {}
        for target_id in self._wanted:
            state = run.source.records[self._source_ids[target_id]]
            parent = run.ids.find("item", state.parent or "")
            is_known = state.parent is None or parent is not None
            is_ours = run.decisions.works[state.id].writes and target_id in held
            if is_known and is_ours and held[target_id] != parent:
                found[target_id] = parent
        return found

    async def _put(self, target_id: str, parent: str | None) -> str | None:
        """Put one record under its parent; give the reason when that is refused."""
        body = update_body("item", target_id, {"parent_id": parent})
        try:
            answer = await self._run.update(f"/items/{target_id}", body)
        except RejectedError as error:
            return str(error)
        self._note(target_id, answer)
        return None

    def _tell_refused(self, refused: dict[str, str]) -> None:
        for target_id, reason in refused.items():
            told = f"{self._model.api_key}: could not be put under its parent: {reason}"
            self._run.note_gap("record", self._source_ids[target_id], told)

    async def _order(self, there: list[str]) -> int:
        wanted = self._among(there)
        if not self._whole:
            self._tell_kept(wanted, there)
        goal = arranged(wanted, there, self._made, whole=self._whole)
        steps = moves(goal, there)
        for one in steps:
            body = update_body("item", one.id, {"position": one.position})
            answer = await self._run.update(f"/items/{one.id}", body)
            self._note(one.id, answer)
        return len(steps)

    def _among(self, there: Iterable[str]) -> list[str]:
        present = set(there)
        return [one for one in self._wanted if one in present]

    def _tell_kept(self, wanted: list[str], there: list[str]) -> None:
        old = [one for one in wanted if one not in self._made]
        if not same_order(old, there):
            reason = "its records stand in another order in the target, which was left as it is"
            self._run.note_gap("order", self._model.api_key, reason)

    def _tell(self, groups: dict[str | None, list[str]]) -> None:
        for there in groups.values():
            goal = arranged(self._among(there), there, self._made, whole=self._whole)
            if goal != there:
                reason = "its records could not be brought into their order"
                self._run.note_gap("order", self._model.api_key, reason)

    def _note(self, target_id: str, answer: JsonObject) -> None:
        """Remember the version that the record has now, should its move have made one."""
        source_id = self._source_ids[target_id]
        wrote = self._run.steps.wrote.get(source_id)
        meta: JsonObject = (answer.get("data") or {}).get("meta") or {}
        if wrote is not None and meta.get("current_version") not in {None, wrote.version}:
            moved = Wrote(meta["current_version"], wrote.current, wrote.base)
            self._run.steps.note_record(f"moved:{source_id}", source_id, moved)

    async def _there(self) -> dict[str | None, list[str]]:
        """Give the target's records in their order, by parent."""
        found: list[tuple[int, str, str | None]] = []

        async def take(rows: list[bytes]) -> None:
            for one in map(decode_object, rows):
                attributes: JsonObject = one["attributes"]
                place = attributes.get("position") or 0
                found.append((place, one["id"], attributes.get("parent_id")))

        model_id = self._run.translate("item_type", self._model.id)
        query: Query = {
            "filter": {"type": model_id},
            "version": "current",
            "order_by": "id_ASC",
        }
        await read_listing(self._run.client, Listing("/items", query, FLAT_PAGE), take, Slots(1))
        groups: dict[str | None, list[str]] = {}
        for _, one, parent in sorted(found, key=lambda each: each[:2]):
            groups.setdefault(parent, []).append(one)
        return groups
