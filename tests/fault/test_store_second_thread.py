"""Disks that fail and users who give up while a row group is written in the second thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from datosnap.errors import DiskError
from datosnap.store.parquet import Parquet
from datosnap.store.place import LocalPlace
from datosnap.store.publishing import Publisher
from tests.support.disk import FAILING, FULL, failing_disk

_PATIENCE_S = 10
_ROWS = 400
# A few dozen rows are a row group, and a few row groups a file.
_FORMAT = Parquet("none", group_max_bytes=2_000)
_FILE_BYTES = 12_000


def row(number: int) -> bytes:
    """Make a record."""
    return b'{"id":"%032d","type":"item"}' % number


def written(root: Path) -> tuple[str, ...]:
    """Write several files of records; give their hashes."""
    root.mkdir(exist_ok=True)
    publisher = Publisher(LocalPlace(root), _FORMAT, _FILE_BYTES)
    done = publisher.write("current", "post", map(row, range(_ROWS)), first_number=0)
    return tuple(entry.sha256 for entry in done.entries)


def is_second() -> bool:
    """Tell whether this is a second thread."""
    return threading.current_thread().name.startswith("datosnap-second")


def nothing_is_left(root: Path) -> bool:
    """Tell whether there is neither a draft nor a second thread."""
    seconds = [one for one in threading.enumerate() if one.name.startswith("datosnap-second")]
    return not seconds and not list(root.rglob(".*"))


def watched_writes(monkeypatch: pytest.MonkeyPatch, look: Callable[[], None]) -> None:
    """Have a look before each write to the disk that a second thread makes."""
    real = os.write

    def write(fd: int, data: bytes) -> int:
        if is_second():
            look()
        return real(fd, data)

    monkeypatch.setattr(os, "write", write)


def test_most_writes_are_made_in_the_second_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the sweep below, over every write, has failures there too."""
    seen: list[int] = []
    watched_writes(monkeypatch, lambda: seen.append(1))

    assert len(written(tmp_path)) > 1
    assert len(seen) > 5


@pytest.mark.parametrize("error", [FULL, FAILING])
@pytest.mark.parametrize("for_ever", [False, True])
def test_disk_that_fails_at_any_write_is_told_and_leaves_nothing(
    tmp_path: Path, error: int, *, for_ever: bool
) -> None:
    """Whichever thread met the failure: one clear end, no draft, no thread, and it works later."""
    fair = written(tmp_path / "fair")
    for at in count(1):
        root = tmp_path / str(at)
        with failing_disk(at, error, for_ever=for_ever, calls=("write",)) as disk:
            told = failure(root)
        if not disk.fired:
            break
        assert told
        assert nothing_is_left(root)
        assert written(root) == fair
    assert told is None
    assert at > 10


def failure(root: Path) -> DiskError | None:
    """Write records; give what the disk said."""
    try:
        written(root)
    except DiskError as error:
        return error
    return None


def test_giving_up_while_a_write_is_under_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C waits for the write that is under way, and for no other."""
    entered, may_go_on = threading.Event(), threading.Event()
    writes: list[int] = []

    def look() -> None:
        writes.append(1)
        entered.set()
        assert may_go_on.wait(_PATIENCE_S)

    def rows() -> Iterator[bytes]:
        yield from map(row, range(1_000))  # as many as are handed on at once
        assert entered.wait(_PATIENCE_S)
        threading.Timer(0, may_go_on.set).start()
        raise KeyboardInterrupt

    watched_writes(monkeypatch, look)
    one_group = Parquet("none", group_max_bytes=40_000)
    publisher = Publisher(LocalPlace(tmp_path), one_group, max_bytes=10**6)
    with pytest.raises(KeyboardInterrupt):
        publisher.write("current", "post", rows(), first_number=0)

    assert len(writes) == 1
    assert nothing_is_left(tmp_path)
