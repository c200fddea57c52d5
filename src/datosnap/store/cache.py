"""Keep what was made of snapshots for reading, below the user's cache folder, within bounds.

An entry is a folder under a hash of what it was made of. It gets its name when it is whole, so
that a process that was killed leaves nothing that could be taken for an entry; what is oldest goes
when there is too much, but nothing that may still be read.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from datosnap.errors import UsageError
from datosnap.store.atomic import make_folders
from datosnap.store.destination import make_root
from datosnap.store.diskerrors import translating

_FOLDERS = ("XDG_CACHE_HOME", "LOCALAPPDATA")
# Entries are made again when they are missed; a disk that is full is worse.
MAX_BYTES = 10 * 1024**3
# Whoever used an entry this lately may be reading it.
_IN_USE_S = 3600.0
# Nobody takes that long to make an entry.
_LEFT_BEHIND_S = 24 * 3600.0
_MAKING = ".making-"


class Cache:
    """A folder of entries.

    Units: `now` gives seconds since 1970, as the times of files do.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        max_bytes: int = MAX_BYTES,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder or _users() / "datosnap"
        self._max_bytes = max_bytes
        self._now = now

    def folder(self, name: str) -> Path:
        """Give the folder of an entry whose files come one by one, each whole.

        Raises: DiskError.
        """
        path = self._folder / name
        self._begin()
        with translating("create", path):
            make_folders(self._folder, path)
        return self._used(path)

    def entry(
        self,
        name: str,
        make: Callable[[Path], None],
        is_whole: Callable[[Path], bool] = Path.is_dir,
    ) -> Path:
        """Give the folder of an entry, made by `make` when there is none that is whole.

        Others may have cleaned up in the folder, or a disk have failed: what is in it is never
        needed so much that it could not be made again.
        Raises: DiskError; what `make` raises.
        """
        path = self._folder / name
        if not is_whole(path):
            self._begin()
            draft = self._folder / f"{_MAKING}{uuid4().hex}"
            try:
                make(draft)
                if not is_whole(path):
                    shutil.rmtree(path, ignore_errors=True)
                _move(draft, path)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
        return self._used(path)

    def _begin(self) -> None:
        """Create the folder, for its user alone: what is in it may be nobody else's business."""
        if not self._folder.is_dir():
            make_root(self._folder)
            with translating("create", self._folder):
                self._folder.chmod(0o700)

    def _used(self, path: Path) -> Path:
        """Remember that an entry was used, and make room."""
        with translating("write", path):
            os.utime(path, (self._now(), self._now()))
        with suppress(OSError):  # somebody else is making room at the same time
            self._tidy(path)
        return path

    def _tidy(self, used: Path) -> None:
        room = self._max_bytes
        found = [(one.stat().st_mtime, one) for one in self._folder.iterdir() if one.is_dir()]
        for used_at, one in sorted(found, reverse=True):
            age_s = self._now() - used_at
            if one.name.startswith(_MAKING):
                is_kept = age_s < _LEFT_BEHIND_S
            else:
                room -= _bytes_in(one)
                is_kept = room >= 0 or one == used or age_s < _IN_USE_S
            if not is_kept:
                shutil.rmtree(one, ignore_errors=True)


def _move(draft: Path, path: Path) -> None:
    with translating("create", path):
        try:
            draft.rename(path)
        except OSError:
            if not path.is_dir():  # else somebody was quicker, and theirs is as good
                raise


def _users() -> Path:
    given = [os.environ[name] for name in _FOLDERS if os.environ.get(name)]
    try:
        return Path(given[0]) if given else Path.home() / ".cache"
    except RuntimeError as error:  # a user without a name, as in a container
        raise UsageError(
            f"expected a home folder to keep in what is made for reading; {error}; name one with"
            f" {_FOLDERS[0]}"
        ) from error


def _bytes_in(folder: Path) -> int:
    return sum(one.lstat().st_size for one in folder.rglob("*") if one.is_file())
