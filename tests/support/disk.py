"""A disk that fails: the system's calls, patched, so that the Nth one refuses or is the last.

Three ways: an error at one call or from it on; the end of the process; the loss of power, after
which whatever was not made durable may be kept, dropped or torn. Nothing of ours is patched.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

CHANGING = ("open", "write", "fsync", "mkdir", "replace", "unlink", "rmdir", "truncate")
# Calls that a full, read-only or failing disk refuses; removing goes on working.
GROWING = ("open", "write", "fsync", "mkdir", "replace")


class ProcessEnded(BaseException):
    """The process is no more: nothing that follows is carried out."""


@dataclass(slots=True)
class Disk:
    """What happened on the disk: calls made, faults fired, and what is not durable yet."""

    calls: int = 0
    fired: int = 0
    dirty: set[Path] = field(default_factory=set)
    renamed: list[tuple[Path, Path]] = field(default_factory=list)
    made: list[Path] = field(default_factory=list)
    paths: dict[int, Path] = field(default_factory=dict)
    synced: dict[Path, int] = field(default_factory=dict)

    def lose_power(self, draw: Random) -> None:
        """Keep, drop or tear whatever was not durable when the process ended."""
        for path in sorted(self.dirty):
            _tear(path, self.synced.get(path, 0), draw)
        for source, target in reversed(self.renamed):
            if target.exists() and draw.random() < 0.5:
                os.replace(target, source)  # noqa: PTH105 - the draft's name is what the disk knows
        for folder in reversed(self.made):
            if draw.random() < 0.5:
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def failing_disk(
    at: int, error: int, *, for_ever: bool, calls: tuple[str, ...] = GROWING
) -> Iterator[Disk]:
    """Refuse call number `at`, from 1, with an errno; `for_ever` all that follow it too."""

    def decide(disk: Disk, name: str) -> None:
        if name in calls and (disk.calls == at or (for_ever and disk.calls > at)):
            disk.fired += 1
            raise OSError(error, os.strerror(error))

    with _patched(decide, calls) as disk:
        yield disk


@contextmanager
def ending_process(at: int) -> Iterator[Disk]:
    """End the process before call number `at`, from 1: it and all that follow do nothing."""

    def decide(disk: Disk, _name: str) -> None:
        if disk.calls >= at:
            disk.fired += 1
            raise ProcessEnded

    with _patched(decide, CHANGING) as disk:
        yield disk


@contextmanager
def _patched(decide: Callable[[Disk, str], None], counted: tuple[str, ...]) -> Iterator[Disk]:
    disk = Disk()
    real = {name: getattr(os, name) for name in CHANGING}

    def wrap(name: str) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            if name == "open" and not _creates(args):
                return _opened(disk, args, real["open"](*args, **kwargs))
            if name in counted:
                disk.calls += 1
                decide(disk, name)
            if name == "fsync":
                _synced(disk, args)  # the real one is slow, and nothing here loses power
                return None
            result = real[name](*args, **kwargs)
            _note(disk, name, args, result)
            return result

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in CHANGING:
            patch.setattr(os, name, wrap(name))
        yield disk


def _creates(args: tuple[object, ...]) -> bool:
    flags = args[1]
    return isinstance(flags, int) and bool(flags & (os.O_CREAT | os.O_APPEND))


def _opened(disk: Disk, args: tuple[object, ...], fd: object) -> object:
    assert isinstance(fd, int)
    disk.paths[fd] = Path(str(args[0]))
    return fd


def _note(disk: Disk, name: str, args: tuple[object, ...], result: object) -> None:
    if name == "open":
        _opened(disk, args, result)
    elif name == "write":
        assert isinstance(args[0], int)
        if args[0] in disk.paths:
            disk.dirty.add(disk.paths[args[0]])
    elif name == "unlink":
        disk.synced.pop(Path(str(args[0])), None)
    elif name == "mkdir":
        disk.made.append(Path(str(args[0])))
    elif name == "replace":
        source, target = Path(str(args[0])), Path(str(args[1]))
        disk.renamed.append((source, target))
        disk.synced[target] = disk.synced.pop(source, 0)
        if source in disk.dirty:
            disk.dirty.remove(source)
            disk.dirty.add(target)


def _synced(disk: Disk, args: tuple[object, ...]) -> None:
    fd = args[0]
    assert isinstance(fd, int)
    path = disk.paths.get(fd)
    if path is None:  # opened before the disk was watched
        return
    if stat.S_ISDIR(os.fstat(fd).st_mode):
        disk.renamed = [pair for pair in disk.renamed if pair[1].parent != path]
        disk.made = [folder for folder in disk.made if folder.parent != path]
    else:
        disk.dirty.discard(path)
        disk.synced[path] = os.fstat(fd).st_size


def _tear(path: Path, synced: int, draw: Random) -> None:
    """Keep what was durable, and of what was added since then everything, a part or nothing."""
    if not path.is_file():
        return
    data = path.read_bytes()
    durable = min(synced, len(data))
    kept = draw.randrange(durable, len(data) + 1)
    torn = (data, data[:kept], data[:kept] + bytes(len(data) - kept), data[:durable])
    path.write_bytes(draw.choice(torn))


FULL, FAILING, READ_ONLY = errno.ENOSPC, errno.EIO, errno.EROFS
