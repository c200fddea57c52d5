"""Facts about where the journal and the work files of a run lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.store import names
from datosnap.store.place import LocalPlace
from datosnap.store.workshop import workshop
from tests.support.object_stores import MemoryStore


def test_folder_is_its_own_workshop(tmp_path: Path) -> None:
    """On the local disk all lies in the place, and clearing it is the place's affair."""
    bench = workshop(LocalPlace(tmp_path), b"mark")
    bench.journal.write_bytes(b"")

    assert (bench.folder, bench.work) == (tmp_path, tmp_path / names.WORK)
    assert bench.has_journal
    bench.clear()
    assert bench.has_journal


def test_object_store_has_one_for_each_place_and_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal is found only beside the remains it was written for."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    store = MemoryStore()
    one, again = (workshop(store.place("a"), b"mark") for _ in range(2))
    others = (workshop(store.place("b"), b"mark"), workshop(store.place("a"), b"other"))

    assert one == again
    assert len({one.folder, *(other.folder for other in others)}) == 3
    assert one.folder.parent == tmp_path / "datosnap"
    assert not one.has_journal


def test_clearing_removes_what_is_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stays on the local disk of a run that ended; clearing twice is harmless."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    bench = workshop(MemoryStore().place(), b"mark")
    bench.work.mkdir(parents=True)
    (bench.work / "current-00000.zst").write_bytes(b"rows")
    bench.journal.write_bytes(b"")
    assert bench.has_journal

    bench.clear()
    bench.clear()

    assert not bench.folder.exists()


def test_state_lies_where_the_system_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a word from the system it is the XDG convention's own default."""
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    place = MemoryStore().place()
    assert workshop(place, b"").folder.parent == tmp_path / "local" / "datosnap"

    monkeypatch.delenv("LOCALAPPDATA")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert workshop(place, b"").folder.parent == tmp_path / ".local/state/datosnap"
