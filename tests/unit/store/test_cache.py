"""Facts about what is kept for reading: whole or absent, bounded, never taken from a reader."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from datosnap.errors import DiskError, UsageError
from datosnap.store.cache import Cache

_DAY_S = 24 * 3600


class Clock:
    """A clock that is set."""

    seconds = 1_800_000_000.0

    def __call__(self) -> float:
        """Read it."""
        return self.seconds


def fill(folder: Path) -> None:
    """Make an entry of 100 bytes."""
    folder.mkdir(parents=True)
    (folder / "data").write_bytes(b"x" * 100)


def entries(root: Path) -> set[str]:
    """List what is in a cache."""
    return {path.name for path in root.iterdir()}


def test_entry_is_made_once(tmp_path: Path) -> None:
    """The second time what is there is given."""
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        fill(folder)

    cache = Cache(tmp_path / "c")
    first, second = cache.entry("a", make), cache.entry("a", make)

    assert first == second == tmp_path / "c" / "a"
    assert len(made) == 1
    assert entries(tmp_path / "c") == {"a"}


def test_entry_that_is_no_longer_whole_is_made_again(tmp_path: Path) -> None:
    """What was there of it goes."""
    cache = Cache(tmp_path)
    path = cache.entry("a", fill)
    (path / "data").unlink()
    (path / "other").touch()

    assert cache.entry("a", fill) == path
    assert entries(path) == {"other"}
    assert cache.entry("a", fill, lambda root: (root / "data").exists()) == path
    assert entries(path) == {"data"}


def test_user_without_a_home_is_told_what_to_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container may run as a number that no list of users knows."""

    def nobody(_: int) -> None:
        raise KeyError

    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)

    with pytest.raises(UsageError, match="XDG_CACHE_HOME"):
        Cache()


def test_entry_that_could_not_be_made_leaves_nothing(tmp_path: Path) -> None:
    """A failure half way is no entry, and the next one makes it."""

    def fail(folder: Path) -> None:
        fill(folder)
        raise KeyboardInterrupt

    cache = Cache(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        cache.entry("a", fail)
    assert entries(tmp_path) == set()
    assert (cache.entry("a", fill) / "data").exists()


def test_two_may_make_the_same_entry(tmp_path: Path) -> None:
    """Who comes second uses what the first one made."""
    cache = Cache(tmp_path)

    def make(folder: Path) -> None:
        fill(folder)
        (cache.entry("a", fill) / "data").write_bytes(b"the first one's")

    assert (cache.entry("a", make) / "data").read_bytes() == b"the first one's"
    assert entries(tmp_path) == {"a"}


def test_cache_is_its_users_alone(tmp_path: Path) -> None:
    """Nobody else on the machine reads what was made of somebody's content."""
    Cache(tmp_path / "c").folder("a")

    assert (tmp_path / "c").stat().st_mode & 0o777 == 0o700


def test_file_in_the_way_of_an_entry_is_named(tmp_path: Path) -> None:
    """It is somebody else's, and stays."""
    (tmp_path / "a").write_text("in the way")

    with pytest.raises(DiskError, match="a"):
        Cache(tmp_path).entry("a", fill)
    assert entries(tmp_path) == {"a"}


def test_oldest_goes_when_there_is_too_much(tmp_path: Path) -> None:
    """By last use, and nothing that was used within the hour."""
    clock = Clock()
    cache = Cache(tmp_path, max_bytes=250, now=clock)
    for name in ("a", "b"):
        cache.entry(name, fill)
        clock.seconds += _DAY_S
    cache.entry("a", fill)  # used again, so that b is the older one
    clock.seconds += _DAY_S
    cache.entry("c", fill)
    assert entries(tmp_path) == {"a", "c"}

    cache.entry("d", fill)
    assert entries(tmp_path) == {"c", "d"}
    cache.entry("e", fill)
    assert entries(tmp_path) == {"c", "d", "e"}


def test_what_a_killed_process_left_goes_after_a_day(tmp_path: Path) -> None:
    """Until then somebody may be at it."""
    clock = Clock()
    cache = Cache(tmp_path, now=clock)
    fill(tmp_path / ".making-1")
    os.utime(tmp_path / ".making-1", (clock.seconds, clock.seconds))
    cache.folder("a")
    assert ".making-1" in entries(tmp_path)

    clock.seconds += 2 * _DAY_S
    cache.folder("a")
    assert entries(tmp_path) == {"a"}


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "HOME"])
def test_cache_lies_where_the_user_keeps_such_things(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """As the system's variables say, or else under the home folder."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(tmp_path))

    found = Cache().folder("a")
    assert found == tmp_path / ("" if variable != "HOME" else ".cache") / "datosnap" / "a"
