"""Take up the id map of an earlier import into the same target, of whichever snapshot it was.

Synchronising again and again finds its own work that way. Where the map still lies in the folder
of its import, what that left in the target is taken up too, by which an edit is told from our own
writing; a map alone tells only which is which.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from datosnap.core.jsontext import JsonObject
from datosnap.core.known_ids import Pair, believe, drop_gone
from datosnap.core.remapping import IdMap
from datosnap.errors import quote
from datosnap.flows.restoring.decisions import Written, read_written
from datosnap.flows.restoring.target import TargetState
from datosnap.store import idmap
from datosnap.store.restore_state import ID_MAP, RestoreState

# Kinds whose absence from the target is known only after its records were read.
_RECORDS = frozenset({"item"})


@dataclass(slots=True)
class Known:
    """What earlier imports into the target noted: ids, and what they left there.

    `believed` are the ids that a person named a file for; `gone` those of them that the target has
    no more.
    """

    ids: IdMap = field(default_factory=IdMap)
    written: Written = field(default_factory=Written)
    believed: IdMap = field(default_factory=IdMap)
    gone: list[Pair] = field(default_factory=list)

    def drop_gone(self, target: TargetState, *, records: bool) -> None:
        """Drop the believed ids of what is gone, of records or of all else."""
        some = IdMap()
        for kind, source_id, target_id in self.believed:
            if (kind in _RECORDS) is records:
                some.add(kind, source_id, target_id)
        self.gone += drop_gone(self.ids, some, target.holds)


def with_earlier(known: Known, path: Path, origin: JsonObject) -> Known:
    """Add what the import that wrote the id map at `path` noted to what is known already.

    `origin` names the target, in which the other import must have been.
    Raises: UsageError, CorruptSnapshotError, DiskError.
    """
    pairs = ((one.kind, one.source, one.target) for one in idmap.read(path))
    believed = _news(believe(pairs, f"--id-map {quote(str(path))}"), known.ids)
    for one in believed:
        known.ids.add(*one)
    written = known.written
    folder = RestoreState(path.parent)
    if path.name == ID_MAP and folder.is_known:
        folder.check_origin({**origin, "ids": None})
        theirs = read_written(folder.written())
        written = Written(
            {**theirs.records, **written.records}, {**theirs.uploads, **written.uploads}
        )
    return Known(known.ids, written, believed)


def _news(believed: IdMap, known: IdMap) -> IdMap:
    """Give the believed ids that do not contradict what is known better."""
    taken = {(kind, target_id) for kind, _, target_id in known}
    news = IdMap()
    for kind, source_id, target_id in believed:
        if known.find(kind, source_id) is None and (kind, target_id) not in taken:
            news.add(kind, source_id, target_id)
    return news
