"""Decide which old versions of a record are written again, in which order, and on which side.

A record that is written anew gets its published content first, is published, and then gets its
newer draft. Old versions go before the one of these two that they were older than, so that the
target's list of versions reads as the source's did.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from datosnap.core.jsontext import JsonObject


@dataclass(frozen=True, slots=True)
class OldVersion:
    """What is known of a version without its content."""

    id: str
    created_at: str
    is_published: bool


@dataclass(frozen=True, slots=True)
class Past:
    """The ids of a record's old versions, oldest first.

    `before` go before the content that is published, or before the latest when nothing is;
    `between` go after it, before the newer draft.
    """

    before: tuple[str, ...] = ()
    between: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Give how many there are."""
        return len(self.before) + len(self.between)


def read_version(version: JsonObject) -> OldVersion:
    """Read what orders a version among its siblings from the resource that the API gave."""
    meta = version["meta"]
    return OldVersion(version["id"], meta["created_at"], bool(meta.get("is_published")))


def past_of(versions: Iterable[OldVersion], *, current_id: str, is_updated: bool) -> Past:
    """Order the versions of a record whose latest content is the version `current_id`.

    `is_updated` tells that an older content is published beside it. Versions of one moment keep
    the order of the API's lists, which have the newest first.
    Memory: the versions of one record.
    """
    oldest_first = list(versions)[::-1]
    in_order = sorted(oldest_first, key=lambda one: _moment(one.created_at))
    before: list[str] = []
    between: list[str] = []
    # What cannot be placed, since no version is told to be published, goes before.
    is_split = is_updated and any(one.is_published for one in in_order)
    since: list[str] = before
    for one in in_order:
        if is_split and one.is_published:
            since = between
        elif one.id != current_id:
            since.append(one.id)
    return Past(tuple(before), tuple(between))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
