"""Keep what was decided about a target's schema and settings, as a plan and as a note of it.

The decision is made once, before the first write, and noted with it: a run that goes on after a
crash finds its own half-made fields in the target and must not take them for the target's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum

from datosnap.core.entities import related_id
from datosnap.core.jsontext import JsonObject
from datosnap.core.schema_comparing import Change
from datosnap.core.schema_matching import SchemaPolicy


class Act(StrEnum):
    """What becomes of one resource of the source."""

    CREATE = "create"
    SAME = "same"
    UPDATE = "update"
    DIFFERS = "differs"
    LEAVE_OUT = "leave out"
    NOT_ASKED = "not asked for"


@dataclass(frozen=True, slots=True)
class Step:
    """The decision on one resource; `changes` tells what differs in the target's, `target`."""

    kind: str
    source_id: str
    name: str
    act: Act
    changes: tuple[Change, ...] = ()
    target: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class SchemaPlan:
    """The decisions on all resources, and every reason to refuse.

    `fresh` tells that the target never held anything: its settings are the source's to choose.
    Two things of the target's own are put back as they were, by source id: `relaxed`, validators
    of fields that are set aside while records are filled in, and `pointers`, what models name
    among their fields, which the server changes by itself when a field is made. `extras` are the
    project's own kinds that were asked for, `by_hand` what somebody must fill in afterwards.
    """

    policy: SchemaPolicy
    fresh: bool = True
    steps: Mapping[tuple[str, str], Step] = field(default_factory=dict)
    locales: tuple[str, ...] = ()
    added_locales: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    relaxed: Mapping[str, JsonObject] = field(default_factory=dict)
    pointers: Mapping[str, JsonObject] = field(default_factory=dict)
    extras: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()

    def act(self, kind: str, source_id: str) -> Act:
        """Tell what becomes of a resource; what was never decided on is created."""
        step = self.steps.get((kind, source_id))
        return Act.CREATE if step is None else step.act

    def creates(self, kind: str, source_id: str) -> bool:
        """Tell whether the import makes it."""
        return self.act(kind, source_id) is Act.CREATE

    def has_place(self, kind: str, source_id: str) -> bool:
        """Tell whether the target has it after the import, so that it gets an id there."""
        return self.act(kind, source_id) not in {Act.LEAVE_OUT, Act.NOT_ASKED}

    def of(self, *acts: Act) -> list[Step]:
        """Give the decisions of some sorts."""
        return [one for one in self.steps.values() if one.act in acts]

    def told(self) -> list[JsonObject]:
        """Give for people and programs what is not simply the same.

        Shape: `[{"act", "kind", "name", "changes": [{"name", "target", "source"}]}]`.
        """
        return [
            {
                "act": one.act.value,
                "kind": one.kind,
                "name": one.name,
                "changes": [asdict(change) for change in one.changes],
            }
            for one in self.steps.values()
            if one.act not in {Act.SAME, Act.NOT_ASKED}
        ]

    def orders(self, resource: JsonObject) -> bool:
        """Tell whether the source decides where a resource stands among its siblings."""
        if self.fresh or self.policy is SchemaPolicy.MATCH:
            return True
        holder = _holder(resource)
        return self.creates(resource["type"], resource["id"]) and (
            holder is not None and self.creates(*holder)
        )

    def noted(self) -> JsonObject:
        """Give what a run that goes on must know of it."""
        return {
            "fresh": self.fresh,
            "locales": list(self.locales),
            "relaxed": self.relaxed,
            "pointers": self.pointers,
            "acts": [[one.kind, one.source_id, one.act.value] for one in self.steps.values()],
        }

    def resumed(self, note: JsonObject) -> SchemaPlan:
        """Give the plan as the run began with it."""
        first = {(kind, source_id): Act(act) for kind, source_id, act in note["acts"]}
        steps = {key: _as_begun(step, first.get(key, step.act)) for key, step in self.steps.items()}
        return replace(
            self,
            fresh=note["fresh"],
            locales=tuple(note["locales"]),
            relaxed=note["relaxed"],
            pointers=note["pointers"],
            steps=steps,
        )


def _as_begun(step: Step, act: Act) -> Step:
    # What is only half made differs for now, which is nothing to tell.
    return replace(step, act=act, changes=() if act is Act.CREATE else step.changes)


def _holder(resource: JsonObject) -> tuple[str, str] | None:
    """Tell in what a resource has its place; None when that is the top of a menu."""
    kind = resource["type"]
    if kind not in {"field", "fieldset"}:
        parent = related_id(resource, "parent")
        return None if parent is None else (kind, parent)
    fieldset = related_id(resource, "fieldset")
    if fieldset is not None:
        return "fieldset", fieldset
    return "item_type", related_id(resource, "item_type") or ""
