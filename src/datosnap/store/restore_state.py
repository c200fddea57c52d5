"""Keep what a restore must remember beside its snapshot: its journal and its id map.

The snapshot itself is never written to; this is a folder of its own, one for each target.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from datosnap.core.jsontext import JsonObject
from datosnap.store import idmap
from datosnap.store.destination import make_root
from datosnap.store.idmap import IdPair
from datosnap.store.journal import Journal
from datosnap.store.place import LocalPlace

JOURNAL = "journal.ndjson"
ID_MAP = "id-map.ndjson"


@dataclass(frozen=True, slots=True)
class RestoreState:
    """The folder that remembers one restore into one target."""

    folder: Path

    @property
    def id_map_path(self) -> Path:
        """Give where the id map lies."""
        return self.folder / ID_MAP

    def known_ids(self) -> list[IdPair]:
        """Give the ids that an interrupted run had chosen; none when there was no run.

        Raises: CorruptSnapshotError, DiskError.
        """
        return list(idmap.read(self.id_map_path)) if self.id_map_path.is_file() else []

    def begin(self, header: JsonObject, ids: Iterable[IdPair], *, afresh: bool) -> Journal:
        """Write the id map and open the journal of the run that `header` describes.

        With `afresh`, what an earlier run noted is forgotten: its target was emptied since.
        Raises: UsageError when the journal belongs to another run; DiskError.
        """
        make_root(self.folder)
        if afresh and (self.folder / JOURNAL).exists():
            LocalPlace(self.folder).remove(JOURNAL)
            make_root(self.folder)
        journal = Journal.open(self.folder / JOURNAL, header)
        idmap.write(self.id_map_path, ids)
        return journal
