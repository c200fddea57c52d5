"""Choose the local folder in which a snapshot in the making keeps its journal and its work files.

A folder of the local disk keeps its own, hidden. An object store cannot append, so that its runs
keep theirs in the user's state folder, each under the hash of its place and its mark: a run goes
on only with a journal that was written for the very remains it finds there. On another machine,
or without that folder, the same command starts over.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from datosnap.core.jsontext import decode_object
from datosnap.errors import NonsenseError
from datosnap.store import names
from datosnap.store.diskerrors import translating
from datosnap.store.locations import Root
from datosnap.store.place import LocalPlace

# Where systems say that programs keep such things; without either, the XDG convention's default.
_STATE = ("XDG_STATE_HOME", "LOCALAPPDATA")
_ENOUGH_DIGITS = 32
_NAME = re.compile(rf"[0-9a-f]{{{_ENOUGH_DIGITS}}}")
_HEADER_MAX_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Workshop:
    """A folder of journal and work files; `is_apart` tells that nothing else is in it."""

    folder: Path
    is_apart: bool

    @property
    def journal(self) -> Path:
        """Give where the journal lies."""
        return self.folder / names.JOURNAL

    @property
    def work(self) -> Path:
        """Give the folder of the work files."""
        return self.folder / names.WORK

    @property
    def has_journal(self) -> bool:
        """Tell whether a run left its journal here."""
        with translating("look at", self.folder):
            return self.journal.is_file()

    def clear(self) -> None:
        """Remove it when it is apart from the place, which clears what lies in itself.

        Raises: DiskError.
        """
        if self.is_apart and self.folder.is_dir():
            with translating("remove", self.folder):
                shutil.rmtree(self.folder)


def workshop(place: Root, mark: bytes) -> Workshop:
    """Find the workshop of the run that left `mark` in a place; it need not exist."""
    if isinstance(place, LocalPlace):
        return Workshop(place.root, is_apart=False)
    digest = hashlib.sha256(b"\0".join((str(place).encode(), mark))).hexdigest()
    return Workshop(state_folder() / digest[:_ENOUGH_DIGITS], is_apart=True)


@dataclass(frozen=True, slots=True)
class Left:
    """A workshop apart that a run left, or works in: of which project, and since when untouched.

    Units: `changed_at` in seconds since 1970.
    """

    folder: Path
    project_id: str
    changed_at: float


def left_workshops() -> tuple[Left, ...]:
    """Find the workshops apart that still hold a journal.

    Raises: DiskError.
    """
    root = state_folder()
    with translating("list", root):
        folders = sorted(root.iterdir()) if root.is_dir() else []
        found = [one for one in folders if _NAME.fullmatch(one.name)]
        return tuple(
            Left(one, _project(one / names.JOURNAL), (one / names.JOURNAL).stat().st_mtime)
            for one in found
            if (one / names.JOURNAL).is_file()
        )


def _project(journal: Path) -> str:
    """Read of which project a run is, from the first line of its journal."""
    with journal.open("rb") as file:
        line = file.readline(_HEADER_MAX_BYTES)
    try:
        return str(decode_object(line)["entry"]["identity"]["project"])
    except (NonsenseError, KeyError, TypeError):  # cut off in its first line, or not ours
        return "unknown"


def state_folder() -> Path:
    """Give the folder of this user in which runs keep what no place of theirs can hold."""
    given = [os.environ[name] for name in _STATE if os.environ.get(name)]
    return (Path(given[0]) if given else Path.home() / ".local" / "state") / "datosnap"
