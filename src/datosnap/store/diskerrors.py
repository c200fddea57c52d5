"""Translate what the operating system says into a failure that tells what to do about it.

Every system call of the store runs inside `translating`, so that nothing above knows errno and a
full disk reads the same wherever it was met.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from datosnap.errors import DiskError, quote

# errno -> (what it means here, what to do next)
_MEANINGS: Mapping[int, tuple[str, str]] = {
    errno.ENOSPC: ("the disk is full", "free some space and run the same command again"),
    errno.EDQUOT: ("the disk quota is used up", "free some space and run the same command again"),
    errno.EROFS: ("the disk is read-only", "choose another place, or mount it for writing"),
    errno.EACCES: ("access is denied", "check who may read and write there"),
    errno.EPERM: ("access is denied", "check who may read and write there"),
    errno.EIO: ("the disk is failing", "check the disk, then choose another place"),
    errno.EFBIG: ("the file is larger than this disk or user may have", "choose another place"),
    errno.EMFILE: ("too many files are open", "raise the limit on open files"),
    errno.ENAMETOOLONG: ("the path is too long", "choose a place with a shorter path"),
}
_UNKNOWN = ("the system refused", "check the disk and the path")


@contextmanager
def translating(doing: str, path: Path) -> Iterator[None]:
    """Turn an OSError met inside into a DiskError about `path`.

    Raises: DiskError, in one line: what was tried, on which path, why not, what to do.
    """
    try:
        yield
    except OSError as error:
        meaning, advice = _MEANINGS.get(error.errno or 0, _UNKNOWN)
        reason = error.strerror or str(error) or type(error).__name__
        raise DiskError(
            f"cannot {doing} {quote(str(path))}: {meaning} ({reason}); {advice}"
        ) from error
