"""Facts about how a refusing disk is told."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from datosnap.errors import DiskError, UsageError
from datosnap.store.diskerrors import translating


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full (No space left on device); free some space"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EACCES, "access is denied"),
        (errno.EIO, "the disk is failing"),
        (errno.ELOOP, "the system refused (Too many levels of symbolic links)"),
    ],
)
def test_each_errno_is_told_with_its_path_and_what_to_do(number: int, words: str) -> None:
    """One line names what was tried, where, why it failed and what helps."""
    with pytest.raises(DiskError) as caught, translating("write", Path("/backups/x")):
        raise OSError(number, os.strerror(number))

    assert str(caught.value).startswith("cannot write '/backups/x': ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError)


def test_error_without_an_errno_is_told_by_its_text() -> None:
    """An unusual error still says what it is."""
    with (
        pytest.raises(DiskError, match=r"the system refused \(odd\)"),
        translating("read", Path("x")),
    ):
        raise OSError("odd")
    with pytest.raises(DiskError, match="PermissionError"), translating("read", Path("x")):
        raise PermissionError


def test_other_failures_pass_through() -> None:
    """What is no matter of the disk is not touched."""
    with pytest.raises(UsageError), translating("read", Path("x")):
        raise UsageError("mine")
