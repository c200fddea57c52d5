"""Keep what a clone must remember until it is done: what it is of, its snapshot, its import.

One folder for each pair of source and destination, in the user's state folder. Its note says that
a clone was begun: written before anything else and removed first at the end, so that a snapshot
that lies here without a note is of no use and goes. What the import remembers stays for the next.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from datosnap.core.jsontext import JsonObject, decode_object, encode_pretty
from datosnap.store.destination import make_root
from datosnap.store.diskerrors import translating
from datosnap.store.place import LocalPlace, put
from datosnap.store.workshop import state_folder

NOTE = "clone.json"
# What the folders of clones begin with, in the user's state folder.
PREFIX = "clone-"
_DIGITS = 32


@dataclass(frozen=True, slots=True)
class CloneState:
    """The folder that remembers clones from one environment into another."""

    folder: Path

    @classmethod
    def between(cls, source: str, destination: str) -> Self:
        """Find the folder of a pair; it need not exist."""
        digest = hashlib.sha256(f"{source}\0{destination}".encode()).hexdigest()
        return cls(state_folder() / f"{PREFIX}{digest[:_DIGITS]}")

    @property
    def snapshot(self) -> Path:
        """Give where the snapshot of a clone lies that is not to be kept."""
        return self.folder / "snapshot"

    @property
    def imported(self) -> Path:
        """Give the folder of the import's journal and ids."""
        return self.folder / "import"

    def create(self) -> None:
        """Make the folder.

        Raises: DiskError.
        """
        make_root(self.folder)

    def note(self) -> JsonObject | None:
        """Give what the clone under way was begun with; None when none is.

        Raises: DiskError; NonsenseError when it is no note of ours.
        """
        file = LocalPlace(self.folder).open(NOTE)
        if file is None:
            return None
        with file:
            return decode_object(file.read())

    def begin(self, note: JsonObject) -> None:
        """Remember that a clone begins, in place of any other.

        Raises: DiskError.
        """
        self.end()
        put(LocalPlace(self.folder), NOTE, encode_pretty(note))

    def end(self) -> None:
        """Forget the clone under way and its snapshot; its import remembers for itself.

        Raises: DiskError.
        """
        LocalPlace(self.folder).remove(NOTE)
        with translating("remove", self.snapshot):
            if self.snapshot.is_dir():
                shutil.rmtree(self.snapshot)


def unfinished_clones() -> tuple[tuple[Path, JsonObject], ...]:
    """Find the clones that were begun and not finished: their folders and their notes.

    Raises: DiskError; NonsenseError when a note is none of ours.
    """
    root = state_folder()
    with translating("list", root):
        folders = sorted(root.glob(f"{PREFIX}*"))
    notes = [(one, CloneState(one).note()) for one in folders]
    return tuple((one, note) for one, note in notes if note is not None)
