"""Take up the id map of an earlier import into the same target, of whichever snapshot it was.

Synchronising again and again finds its own work that way. Where the map still lies in the folder
of its import, what that left in the target is taken up too, by which an edit is told from our own
writing; a map alone tells only which is which.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from datosnap.core.jsontext import JsonObject
from datosnap.core.known_ids import Pair, believe, drop_gone
from datosnap.core.remapping import IdMap
from datosnap.errors import quote
from datosnap.flows.restoring.decisions import Written, take_written
from datosnap.flows.restoring.target import TargetState
from datosnap.store import idmap
from datosnap.store.restore_state import ID_MAP, RestoreState
from datosnap.store.shelf import TEXT, Shelf

# Kinds whose absence from the target is known only after its records were read.
_RECORDS = frozenset({"item"})


@dataclass(slots=True)
class Known:
    """What earlier imports into the target noted: ids, and what they left there.

    `believed` are the ids that a person named a file for; `gone` those of them that the target has
    no more.
    """

    ids: IdMap
    written: Written
    believed: IdMap
    gone: list[Pair] = field(default_factory=list)

    @classmethod
    def on(cls, shelf: Shelf) -> Self:
        """Begin with nothing, on a shelf."""
        return cls(ids_on(shelf), Written.on(shelf), ids_on(shelf))

    def drop_gone(self, target: TargetState, *, records: bool) -> None:
        """Drop the believed ids of what is gone, of records or of all else."""
        some = (one for one in self.believed if (one[0] in _RECORDS) is records)
        self.gone += drop_gone(self.ids, some, target.holds)


def ids_on(shelf: Shelf) -> IdMap:
    """Begin an id map on a shelf."""
    return IdMap(lambda: shelf.table(TEXT))


def take_earlier(known: Known, path: Path, origin: JsonObject, shelf: Shelf) -> None:
    """Add what the import that wrote the id map at `path` noted to what is known already.

    `origin` names the target, in which the other import must have been.
    Raises: UsageError, CorruptSnapshotError, DiskError.
    """
    named = ids_on(shelf)
    pairs = ((one.kind, one.source, one.target) for one in idmap.read(path))
    believe(pairs, f"--id-map {quote(str(path))}", named)
    for kind, source_id, target_id in named:
        # What is known better is not contradicted.
        is_news = known.ids.find(kind, source_id) is None
        if is_news and known.ids.source_of(kind, target_id) is None:
            known.believed.add(kind, source_id, target_id)
    for one in known.believed:
        known.ids.add(*one)
    folder = RestoreState(path.parent)
    if path.name == ID_MAP and folder.is_known:
        folder.check_origin({**origin, "ids": None})
        take_written(folder.written(), known.written)
