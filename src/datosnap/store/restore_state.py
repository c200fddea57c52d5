"""Keep what a restore must remember beside its snapshot, in a folder of its own for each target.

While a run is under way: its journal, and what it had decided, so that it goes on as it began.
For good: its id map, and what the target held when an import was done with it, by which a later
one tells its own work from that of editors. The snapshot itself is never written to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from datosnap.core.jsontext import JsonObject, decode_object, encode
from datosnap.errors import CorruptSnapshotError, NonsenseError, UsageError, quote
from datosnap.store import idmap
from datosnap.store.destination import make_root
from datosnap.store.idmap import IdPair
from datosnap.store.journal import Journal, Take
from datosnap.store.ndjson import Ndjson
from datosnap.store.place import LocalPlace, put

JOURNAL = "journal.ndjson"
ID_MAP = "id-map.ndjson"
# What the run under way decided before its first write.
DECISIONS = "decisions.ndjson"
# What the target held when an import was done with it.
WRITTEN = "written.ndjson"
# Which target, and how its ids were chosen: holds for every import that this folder remembers.
ORIGIN = "import.json"
_LINES = 1000


@dataclass(frozen=True, slots=True)
class RestoreState:
    """The folder that remembers the restores into one target."""

    folder: Path

    @property
    def id_map_path(self) -> Path:
        """Give where the id map lies."""
        return self.folder / ID_MAP

    @property
    def is_under_way(self) -> bool:
        """Tell whether a run began and did not end."""
        return (self.folder / JOURNAL).is_file()

    @property
    def is_known(self) -> bool:
        """Tell whether an import into this target was ever begun."""
        return (self.folder / ORIGIN).is_file()

    def known_ids(self) -> Iterator[IdPair]:
        """Give the ids that earlier runs had chosen; none when there was no run.

        Raises: CorruptSnapshotError, DiskError.
        """
        if self.id_map_path.is_file():
            yield from idmap.read(self.id_map_path)

    def decisions(self) -> Iterator[JsonObject]:
        """Give what the run under way decided. Raises: CorruptSnapshotError, DiskError."""
        return self._rows(DECISIONS)

    def written(self) -> Iterator[JsonObject]:
        """Give what the target held when imports were done with it.

        Raises: CorruptSnapshotError, DiskError.
        """
        return self._rows(WRITTEN)

    def check_origin(self, origin: JsonObject) -> None:
        """Refuse a folder that remembers imports into another target, or with other ids.

        Shape: what is null in `origin` may be anything.
        Raises: UsageError, CorruptSnapshotError, DiskError.
        """
        found = next(self._rows(ORIGIN), origin)
        differing = [key for key in origin if origin[key] not in {None, found.get(key)}]
        if differing:
            told = ", ".join(
                f"{key} {quote(found.get(key))} instead of {quote(origin[key])}"
                for key in differing
            )
            raise UsageError(
                f"the state in {quote(str(self.folder))} belongs to another run: {told}; name"
                f" another folder with --state"
            )

    def check_run(self, header: JsonObject, take: Take) -> None:
        """Refuse to go on with a run that another `header` describes.

        `take` is given each step that was done.
        Raises: UsageError, CorruptSnapshotError, DiskError.
        """
        Journal.open(self.folder / JOURNAL, header, take).close()

    def forget(self) -> None:
        """Forget everything: the target was emptied since. Raises: DiskError."""
        place = LocalPlace(self.folder)
        for name in (JOURNAL, DECISIONS, WRITTEN, ID_MAP, ORIGIN):
            if (self.folder / name).exists():
                place.remove(name)

    def begin(
        self,
        origin: JsonObject,
        header: JsonObject,
        ids: Iterable[IdPair],
        decisions: Iterable[JsonObject],
        take: Take,
    ) -> Journal:
        """Note the ids and what was decided, then open the journal of the run.

        `take` is given each step that was done before.
        The journal comes last: where there is one, what it goes on from is whole.
        Raises: UsageError when a journal belongs to another run; DiskError.
        """
        make_root(self.folder)
        if not self.is_under_way:
            self._keep(DECISIONS, decisions)
            idmap.write(self.id_map_path, ids)
            put(LocalPlace(self.folder), ORIGIN, encode(origin) + b"\n")
        return Journal.open(self.folder / JOURNAL, header, take)

    def finish(self, written: Iterable[JsonObject], ids: Iterable[IdPair]) -> None:
        """Note what the target holds now, and forget the journal, which must be closed.

        Raises: DiskError.
        """
        self._keep(WRITTEN, written)
        idmap.write(self.id_map_path, ids)
        place = LocalPlace(self.folder)
        place.remove(JOURNAL)
        place.remove(DECISIONS)

    def _keep(self, name: str, rows: Iterable[JsonObject]) -> None:
        """Write a file whole, in place of what was there. Memory: 1,000 rows."""
        draft = LocalPlace(self.folder).draft(name)
        try:
            encoder = Ndjson("none").lines(draft)
            source = iter(rows)
            while batch := list(islice(source, _LINES)):
                encoder.write([encode(one) for one in batch])
            draft.publish(name)
        except BaseException:
            draft.discard()
            raise

    def _rows(self, name: str) -> Iterator[JsonObject]:
        file = LocalPlace(self.folder).open(name) if self.folder.is_dir() else None
        if file is None:
            return
        with file:
            for number, line in enumerate(Ndjson("none").rows(file), start=1):
                try:
                    yield decode_object(line)
                except NonsenseError as error:
                    raise CorruptSnapshotError(
                        f"{quote(str(self.folder / name))} is damaged in line {number}: {error}"
                    ) from None
