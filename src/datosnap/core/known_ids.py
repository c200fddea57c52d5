"""Judge the id map of an earlier import before a later one believes it.

A repeated synchronisation finds its own work by it. Where the map lies, two things of the source
would become one, so that everything in it is looked at first; what is gone from the target since
is no lie, but of no use any more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from datosnap.core.remapping import PORTABLE_KINDS, IdMap
from datosnap.errors import UsageError, quote

# Numbered by the server, and mapped by name: an import notes them too.
_NUMBERED_KINDS = ("role", "webhook", "build_trigger")
_KINDS = frozenset({*PORTABLE_KINDS, *_NUMBERED_KINDS})
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")

# Kind, source id, target id.
Pair = tuple[str, str, str]
# Tells whether the target has something of a kind under an id.
Holds = Callable[[str, str], bool]


def believe(pairs: Iterable[Pair], named: str, ids: IdMap) -> None:
    """Take up an id map, `named` so in messages, into `ids`, which is empty.

    Raises: UsageError for a kind or id that cannot be one, and for two ids that contradict.
    """
    for kind, source_id, target_id in pairs:
        _check(kind, source_id, target_id, named)
        earlier = ids.find(kind, source_id)
        if earlier not in {None, target_id}:
            raise UsageError(
                f"{named}: expected one target for {kind} {source_id}, found {earlier} and"
                f" {target_id}; is it the map of one import?"
            )
        other = ids.source_of(kind, target_id)
        if other not in {None, source_id}:
            raise UsageError(
                f"{named}: expected one source for {kind} {target_id}, found {other} and"
                f" {source_id}, which would become one; is it the map of one import?"
            )
        ids.add(kind, source_id, target_id)


def drop_gone(ids: IdMap, believed: Iterable[Pair], holds: Holds) -> list[Pair]:
    """Drop from `ids` what was believed and is gone from the target; give what was dropped."""
    gone = [
        one for one in believed if ids.find(one[0], one[1]) == one[2] and not holds(one[0], one[2])
    ]
    for kind, source_id, _ in gone:
        ids.forget(kind, source_id)
    return gone


def _check(kind: str, source_id: str, target_id: str, named: str) -> None:
    if kind not in _KINDS:
        raise UsageError(f"{named}: expected a kind of thing that is imported, found {quote(kind)}")
    for one in (source_id, target_id):
        if not _ID.fullmatch(one):
            raise UsageError(f"{named}: expected the id of a {kind}, found {quote(one)}")
