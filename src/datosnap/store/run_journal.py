"""Remember how far a snapshot in the making has come: notes, marks, and what is published.

Each line claims only what is durable. Read again by a later run, the lines tell which files may
stay, where each list goes on, and what need not be asked of the API a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from types import MappingProxyType

import msgspec

from datosnap.core.jsontext import Json, JsonObject
from datosnap.store.intake import Mark
from datosnap.store.journal import Journal
from datosnap.store.manifest import FileEntry
from datosnap.store.names import ChunkKind, ColumnOf

# One list of rows: its kind, and the model it is of.
ListKey = tuple[ChunkKind, str | None]
_NONE: Mapping[ColumnOf, int] = MappingProxyType({})


@dataclass(slots=True)
class Done:
    """What was done before, read from the journal."""

    notes: dict[str, Json] = field(default_factory=dict)
    marks: dict[ListKey, Mark] = field(default_factory=dict)
    published: dict[ListKey, tuple[FileEntry, ...]] = field(default_factory=dict)
    misfits: dict[ListKey, dict[ColumnOf, int]] = field(default_factory=dict)
    files: dict[str, FileEntry] = field(default_factory=dict)
    assets: dict[str, FileEntry] = field(default_factory=dict)
    file_misfits: dict[str, dict[ColumnOf, int]] = field(default_factory=dict)

    def rows(self, key: ListKey) -> int:
        """Give the number of rows of a list that is whole."""
        return sum(one.rows or 0 for one in self.published[key] if one.kind == key[0])


class RunJournal:
    """The journal of one export, and what it says was done.

    Several threads may add lines: each line carries a sum over those before it, so they take turns.
    """

    def __init__(self, path: Path, header: JsonObject) -> None:
        self._turn = Lock()
        self.done = Done()
        self._journal = Journal.open(path, header, partial(_take, self.done))

    def note(self, name: str, value: Json) -> None:
        """Remember a fact of the run; a later one under the same name replaces it."""
        self._add({"note": name, "value": value})

    def mark(self, key: ListKey, mark: Mark) -> None:
        """Remember how far a list is durable."""
        self._add({"mark": key, "to": asdict(mark)})

    def published(
        self, key: ListKey, entries: Sequence[FileEntry], misfits: Mapping[ColumnOf, int]
    ) -> None:
        """Remember the chunks of a list that is whole, in place of those it had."""
        told = [asdict(one) for one in entries]
        self._add({"published": key, "entries": told, "misfits": _counted(misfits)})

    def file(self, entry: FileEntry, misfits: Mapping[ColumnOf, int] = _NONE) -> None:
        """Remember a whole file: one of settings, or one that somebody else put there."""
        self._add({"file": asdict(entry), "misfits": _counted(misfits)})

    def asset(self, md5: str, entry: FileEntry) -> None:
        """Remember an asset."""
        self._add({"asset": md5, "entry": asdict(entry)})

    def sync(self) -> None:
        """Make all lines durable, before anything goes that only earlier lines name.

        Raises: DiskError.
        """
        with self._turn:
            self._journal.sync()

    def close(self) -> None:
        """Let go of the file."""
        self._journal.close()

    def _add(self, entry: JsonObject) -> None:
        with self._turn:
            self._journal.append(entry)
            _take(self.done, entry)


def _take(done: Done, entry: JsonObject) -> None:
    match entry:
        case {"note": name, "value": value}:
            done.notes[name] = value
        case {"mark": [kind, model], "to": mark} | {"mark": (kind, model), "to": mark}:
            done.marks[kind, model] = msgspec.convert(mark, Mark)
        case {"published": [kind, model], "entries": entries, "misfits": misfits}:
            done.published[kind, model] = tuple(msgspec.convert(e, FileEntry) for e in entries)
            done.misfits[kind, model] = _by_column(misfits)
        case {"file": file}:
            kept = msgspec.convert(file, FileEntry)
            done.files[kept.path] = kept
            done.file_misfits[kept.path] = _by_column(entry.get("misfits", ()))
        case {"asset": md5, "entry": asset}:
            done.assets[md5] = msgspec.convert(asset, FileEntry)


def _counted(misfits: Mapping[ColumnOf, int]) -> list[list[Json]]:
    return [[*column, values] for column, values in misfits.items()]


def _by_column(counted: Sequence[tuple[str | None, str, int]]) -> dict[ColumnOf, int]:
    return {(model, column): values for model, column, values in counted}
