"""Find every reason not to begin a restore, all at once and before the first write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from datosnap.core.jsontext import JsonObject
from datosnap.core.matching import Action, OnConflict
from datosnap.core.matching_uploads import UploadAct
from datosnap.core.roles import lacking_powers
from datosnap.core.schema_plan import Act, SchemaPlan
from datosnap.errors import quote
from datosnap.flows.restoring.decisions import Decisions
from datosnap.flows.restoring.preparing import Policy, Prepared
from datosnap.flows.restoring.source import Source
from datosnap.flows.restoring.target import TargetState

T = TypeVar("T")

# Flags that change what a payload means; a project cannot switch them back.
_MEANINGFUL_FLAGS = (
    "improved_timezone_management",
    "improved_boolean_fields",
    "milliseconds_in_datetime",
)
# What a role must be able to do for each kind of thing that is made or changed.
_POWERS = {
    "item_type": "can_edit_schema",
    "field": "can_edit_schema",
    "fieldset": "can_edit_schema",
    "plugin": "can_edit_schema",
    "workflow": "can_manage_workflows",
    "menu_item": "can_manage_menu",
    "upload_collection": "can_manage_upload_collections",
    "webhook": "can_manage_webhooks",
    "build_trigger": "can_manage_build_triggers",
}
# Named in a refusal; more would hide the message.
_NAMED = 10


@dataclass(frozen=True, slots=True)
class Allowed:
    """What was agreed to beforehand."""

    primary: bool = False
    dangling: bool = False
    missing_assets: bool = True


def sent_uploads(source: Source, decisions: Decisions) -> Iterator[JsonObject]:
    """Give the uploads whose bytes are to be sent."""
    for one, upload in source.uploads.items():
        if decisions.uploads.get(one) is UploadAct.SEND:
            yield upload


def sent_bytes(source: Source, decisions: Decisions) -> int:
    """Count the bytes that are to be sent."""
    sent = sent_uploads(source, decisions)
    entries = (source.snapshot.asset_entry(_md5(one)) for one in sent)
    return sum(one.bytes for one in entries if one is not None)


def without_bytes(source: Source, decisions: Decisions) -> Iterator[JsonObject]:
    """Give the uploads that would be sent if the snapshot had their bytes."""
    sent = sent_uploads(source, decisions)
    return (one for one in sent if source.snapshot.asset_entry(_md5(one)) is None)


def conflicts(source: Source, decisions: Decisions) -> Iterable[str]:
    """Name what was edited in the target and is left alone."""
    for one, work in decisions.works.items():
        if work.action is Action.SKIP:
            yield f"record {one} of {source.records[one].model.api_key}"
    for one, act in decisions.uploads.items():
        if act is UploadAct.SKIP:
            yield f"upload {one}"


@dataclass(slots=True)
class Refusing:
    """Looks for reasons against one restore."""

    source: Source
    target: TargetState
    prepared: Prepared
    policy: Policy
    _decisions: Decisions = field(init=False)
    _schema: SchemaPlan = field(init=False)

    def __post_init__(self) -> None:
        self._decisions = self.prepared.decisions
        self._schema = self.prepared.schema

    def find(self, allowed: Allowed, *, begun_before: bool) -> tuple[str, ...]:
        """Find every reason not to begin; `begun_before` tells that one was agreed to already."""
        reasons = [*self._flags(), *self._role(), *self._schema.refusals]
        if not (allowed.primary or begun_before):
            reasons += self._primary()
        reasons += self._quotas()
        if not allowed.dangling:
            reasons += self._dangling()
        if not allowed.missing_assets:
            reasons += self._missing_assets()
        if self.policy.on_conflict is OnConflict.FAIL:
            reasons += (
                f"{one}: edited in the target" for one in conflicts(self.source, self._decisions)
            )
        return tuple(reasons)

    def _flags(self) -> Iterable[str]:
        ours: JsonObject = self.source.site.get("meta") or {}
        theirs: JsonObject = self.target.site.get("meta") or {}
        for name in _MEANINGFUL_FLAGS:
            if bool(ours.get(name)) != bool(theirs.get(name)):
                yield (
                    f"the flag {name} is {bool(ours.get(name))} in the snapshot and"
                    f" {bool(theirs.get(name))} in the target, which changes what values mean;"
                    f" switch it in the target's settings first"
                )

    def _role(self) -> Iterable[str]:
        opened = self.target.opened
        if opened.rights is None:
            # Those who stand above roles may do all; of others it is not known, which is told.
            return
        for one in opened.blind_spots:
            yield (
                f"the token's role cannot see {one}, so that an import might double what is there;"
                f" use a token whose role sees everything"
            )
        for one in lacking_powers(opened.rights, opened.environment_id, self._needed()):
            yield f"the token's role may not {one}, which this import needs"

    def _needed(self) -> set[str]:
        """Name what the token's role must be able to do."""
        counted = self._decisions.counted()
        publishes = any(one.publish for one in self._decisions.works.values())
        made = {one.kind for one in self._schema.of(Act.CREATE, Act.UPDATE)}
        needed = {_POWERS[kind] for kind in made if kind in _POWERS}
        for name, is_needed in (
            ("can_edit_site", bool(self._schema.added_locales)),
            ("item_type:create", counted[Action.CREATE] > 0),
            ("item_type:update", counted[Action.UPDATE] > 0),
            ("item_type:publish", publishes),
            ("item_type:delete", bool(self._decisions.deletes)),
            ("upload:create", UploadAct.SEND in self._decisions.uploads.values()),
        ):
            needed |= {name} if is_needed else set()
        return needed

    def _primary(self) -> Iterable[str]:
        target, opened = self.target, self.target.opened
        writes = not self._decisions.are_nothing or self._schema.of(Act.CREATE, Act.UPDATE)
        if target.is_primary and not target.is_empty and writes:
            yield (
                f"the target is the primary environment, {opened.environment_id}, of project"
                f" {opened.project_id}, which readers see, and is not empty: it holds"
                f" {target.describe()}; name another environment with --environment, or say"
                f" --allow-primary"
            )

    def _quotas(self) -> Iterable[str]:
        made = Counter(one.kind for one in self._schema.of(Act.CREATE))
        needed = {
            "items": (self._decisions.counted()[Action.CREATE], "records"),
            "item_types": (made["item_type"], "models and block models"),
            "plugins": (made["plugin"], "plugins"),
            "locales": (len(self._schema.added_locales), "locales"),
            "uploadable_bytes": (sent_bytes(self.source, self._decisions), "bytes of uploads"),
        }
        for code, (count, words) in needed.items():
            room = self.target.room.get(code)
            if room is not None and count > room:
                yield (
                    f"the project's plan has room for {room:,} more {words}, and {count:,} would"
                    f" be made; make room, or select less"
                )

    def _dangling(self) -> Iterable[str]:
        for one in _first(self.prepared.dangling.items()):
            record_id, missing = one
            named = ", ".join(f"{kind} {to}" for kind, to in sorted(missing)[:_NAMED])
            yield f"record {record_id} refers to {named}, neither selected nor in the target"
        if self.prepared.dangling:
            yield (
                f"{len(self.prepared.dangling):,} selected records refer to what they would not"
                f" find; take it along by --with-dependencies, or leave it out by --allow-dangling"
            )

    def _missing_assets(self) -> Iterable[str]:
        for one in _first(without_bytes(self.source, self._decisions)):
            name = quote(one["attributes"].get("filename"))
            yield f"upload {one['id']}, {name}: the snapshot does not hold its bytes"


def _first(some: Iterable[T]) -> list[T]:
    return list(islice(some, _NAMED))


def _md5(upload: JsonObject) -> str:
    return upload["attributes"].get("md5") or ""
