"""Decide what becomes of each record of an import into a target that holds something already.

Three views meet: what the import would have the target hold, what it holds, and what it held when
an import wrote there last. Whoever differs from the last was changed by somebody else, and is
overwritten only when that was asked for. Nothing here asks a server, so that every case is a row
of a table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from datosnap.core.dates import NO_DATES, Dates
from datosnap.core.entities import ItemType, Schema
from datosnap.core.jsontext import Json, JsonObject, encode_canonical
from datosnap.core.references import Block, Reference, Walk

_DIGEST_BYTES = 16
# Stands for the status that a record has in the target, whichever that is.
_AS_HELD = "as held"


class OnConflict(StrEnum):
    """What becomes of things that were changed in the target by somebody else."""

    SKIP = "skip"
    UPDATE = "update"
    FAIL = "fail"


class Publish(StrEnum):
    """Which records readers of the target shall see."""

    AS_SOURCE = "as-source"
    NONE = "none"
    ALL = "all"


class Action(StrEnum):
    """What becomes of a record, in the words of the plan."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    SKIP = "skip"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a record should be in the target; `published` is empty when readers do not see it."""

    status: str
    current: bytes
    published: bytes = b""
    stage: str | None = None
    parent: str | None = None
    dates: Dates = NO_DATES


@dataclass(frozen=True, slots=True)
class Held:
    """What the target holds of a record.

    `version` is the API's own id of the current content, which every change of it replaces.
    """

    model: str
    status: str
    version: str
    current: bytes
    published: bytes = b""
    stage: str | None = None
    parent: str | None = None
    dates: Dates = NO_DATES

    @property
    def is_public(self) -> bool:
        """Tell whether readers see it."""
        return self.status != "draft"


@dataclass(frozen=True, slots=True)
class Base:
    """What the target held when an import was done with a record, and what it had sent for that.

    A server may answer other bytes than it was sent; the version tells that they are still ours.
    """

    status: str
    version: str
    current: bytes
    published: bytes = b""
    stage: str | None = None
    parent: str | None = None

    def is_still(self, held: Held) -> bool:
        """Tell whether nobody changed the record since."""
        same_content = self.is_version_of(held) or self.current == held.current
        return same_content and self._place == (held.status, held.stage, held.parent)

    def is_version_of(self, held: Held) -> bool:
        """Tell whether the content is the very one that our last write was answered with."""
        return bool(self.version) and self.version == held.version

    @property
    def _place(self) -> tuple[str, str | None, str | None]:
        return self.status, self.stage, self.parent


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done for one record.

    `base` is the content that is published when anything is, `draft` the newer one after it.
    """

    action: Action
    base: bool = False
    publish: bool = False
    draft: bool = False
    unpublish: bool = False
    stage: bool = False
    dates: bool = False

    @property
    def writes(self) -> bool:
        """Tell whether anything is to be written."""
        return self.action in {Action.CREATE, Action.UPDATE}

    @property
    def is_judged(self) -> bool:
        """Tell whether the API asks validators about any of it."""
        return self.base or self.publish or self.draft


UNCHANGED = Work(Action.UNCHANGED)
SKIP = Work(Action.SKIP)


def decide(
    wanted: Wanted,
    held: Held | None,
    base: Base | None,
    policy: OnConflict,
    *,
    drafts: bool,
    gains: bool = False,
) -> Work:
    """Decide what becomes of a record; a SKIP is a conflict that the policy leaves alone.

    `drafts` tells whether its model knows drafts; without them everything is public at once.
    `gains` tells that the target lacks fields of it: then its version says nothing of its content.
    """
    if held is None:
        return creation(wanted.status, drafts=drafts)
    work = _update(wanted, held, None if gains else base, drafts=drafts)
    is_ours = base is not None and base.is_still(held)
    if not is_ours and policy is not OnConflict.UPDATE:
        # Dates alone are nobody's edit.
        return SKIP if work.writes else UNCHANGED
    if held.dates.lacks(wanted.dates):
        return replace(work, action=Action.UPDATE, dates=True)
    return work


def creation(status: str, *, drafts: bool) -> Work:
    """Give what is to be done for a record that the target lacks."""
    return Work(
        Action.CREATE,
        base=True,
        publish=drafts and status != "draft",
        draft=status == "updated",
        stage=True,
    )


def wanted_status(status: str, publish: Publish, held: Held | None) -> str:
    """Give the status that a record shall have, by that of the source and what was asked for."""
    if publish is Publish.AS_SOURCE:
        return status
    if publish is Publish.ALL:
        return "published"
    return "draft" if held is None else _AS_HELD


def _update(wanted: Wanted, held: Held, base: Base | None, *, drafts: bool) -> Work:
    known = base if base is not None and base.is_version_of(held) else None
    same = (wanted.current == held.current) or (
        known is not None and known.current == wanted.current
    )
    same = same and wanted.parent == held.parent
    stage = wanted.stage is not None and wanted.stage != held.stage
    if not drafts or wanted.status == _AS_HELD:
        return _work(base=not same, stage=stage)
    if wanted.status == "draft":
        return _work(base=not same, unpublish=held.is_public, stage=stage)
    if wanted.status == "published":
        return _work(base=not same, publish=not same or held.status != "published", stage=stage)
    return _newer_draft(wanted, held, known, same=same, stage=stage)


def _newer_draft(
    wanted: Wanted, held: Held, known: Base | None, *, same: bool, stage: bool
) -> Work:
    """Give what brings a record to `updated`: published content first, then the newer draft."""
    as_known = known is not None and known.published == wanted.published
    if held.is_public and (wanted.published == held.published or as_known):
        return _work(draft=not same or held.status != "updated", stage=stage)
    return _work(base=wanted.published != held.current, publish=True, draft=True, stage=stage)


def _work(
    *,
    base: bool = False,
    publish: bool = False,
    draft: bool = False,
    unpublish: bool = False,
    stage: bool = False,
) -> Work:
    if not (base or publish or draft or unpublish or stage):
        return UNCHANGED
    return Work(Action.UPDATE, base, publish, draft, unpublish, stage)


@dataclass(frozen=True, slots=True)
class Sight:
    """How content is seen on both sides: in the target's ids, by the source's fields.

    What the source knows nothing of, further fields and locales, is no difference. Blocks are seen
    by place, not by id, and an absent member like an empty one, as the API fills in what was not
    sent. `schema` has the source's models under the target's ids; `complete` are the ids of models
    whose records have every locale, whatever was sent.
    """

    schema: Schema
    locales: frozenset[str]
    complete: Collection[str] = ()

    def digest(
        self, attributes: JsonObject, item_type_id: str, *, may_be_part: bool = False
    ) -> bytes:
        """Hash a record's content.

        `may_be_part` tells that it was published, in some locales only where others are absent.
        Units: 16 bytes; equal content gives equal bytes.
        """
        item_type = self.schema.item_types[item_type_id]
        own = _fields_of(attributes, item_type)
        present: set[str] = set()
        for key, value in own.items():
            if item_type.fields[key].localized and isinstance(value, dict):
                own[key] = {one: value[one] for one in value if one in self.locales}
                present.update(own[key])
        content = Walk(self.schema, _as_it_is, self._block).content(own, item_type)
        is_part = may_be_part and present < self.locales
        is_filled = item_type_id in self.complete and not is_part
        seen = [without_empty(content), [] if is_filled else sorted(present)]
        return hashlib.blake2b(encode_canonical(seen), digest_size=_DIGEST_BYTES).digest()

    def _block(self, block: Block, attributes: JsonObject) -> JsonObject:
        item_type = self.schema.item_types.get(block.item_type_id or "")
        own = attributes if item_type is None else _fields_of(attributes, item_type)
        return {"block": block.item_type_id, "attributes": own}


def sight(
    schema: Schema, ids: Mapping[str, str], locales: Collection[str], complete: Collection[str]
) -> Sight:
    """Make the sight for a source's schema; `ids` gives the target's id of each of its models."""
    known = {ids[one.id]: one for one in schema.item_types.values() if one.id in ids}
    return Sight(Schema(known), frozenset(locales), frozenset(complete))


def _fields_of(attributes: JsonObject, item_type: ItemType) -> JsonObject:
    return {key: value for key, value in attributes.items() if key in item_type.fields}


def _as_it_is(reference: Reference) -> str:
    return reference.id


def without_empty(value: Json) -> Json:
    """Leave out the members of objects that hold nothing."""
    if isinstance(value, dict):
        inner = {key: without_empty(one) for key, one in value.items()}
        return {key: one for key, one in inner.items() if one not in (None, [], {})}
    return [without_empty(one) for one in value] if isinstance(value, list) else value
