"""What runs left at an address is told, and looking leaves nothing there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from datosnap.core.jsontext import encode
from datosnap.errors import AccessRefusedError
from datosnap.store import names
from datosnap.store.remote_remains import Remains, holds_snapshot_at, remains_at
from datosnap.store.workshop import workshop
from tests.support.object_stores import BUCKET, DENIED, MemoryStore

_MARK = b'{"identity": {"project": "1"}}'
_BASE = f"{BUCKET}/a/b"
_URL = f"mem://{_BASE}"


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the workshops of a test in its own folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def test_an_empty_prefix_stays_empty() -> None:
    """The trial object is written, and gone again."""
    store = MemoryStore()

    assert remains_at(store.place()) == ()
    assert store.objects == {}
    assert any(one.startswith("write ") for one in store.calls)


def test_a_prefix_that_may_not_be_written_to_is_refused() -> None:
    """The trial meets what an export would meet."""
    store = MemoryStore()

    def refuse(call: str, _: str) -> None:
        if call == "write":
            raise OSError(DENIED)

    store.before = refuse
    with pytest.raises(AccessRefusedError):
        remains_at(store.place())
    assert store.objects == {}


def test_an_unfinished_export_is_known_where_its_journal_is() -> None:
    """On the machine that ran it; elsewhere the same remains are told without."""
    store = MemoryStore()
    store.put(f"{_BASE}/{names.MARKER}", _MARK)

    assert remains_at(store.place()) == (Remains(_URL, True, None, False, False),)

    bench = workshop(store.place(), _MARK)
    bench.folder.mkdir(parents=True)
    bench.journal.write_bytes(b"")
    assert remains_at(store.place()) == (Remains(_URL, True, None, False, True),)


def test_finished_ones_and_those_below_are_told_apart() -> None:
    """A manifest ends a run; prefixes right below are looked at too."""
    store = MemoryStore()
    for day in ("monday", "tuesday"):
        store.put(f"{_BASE}/{day}/{names.MARKER}", _MARK)
    store.put(f"{_BASE}/monday/{names.MANIFEST}", b"{}")

    assert [one.address for one in remains_at(store.place())] == [f"{_URL}/tuesday"]
    assert holds_snapshot_at(store.place("a/b/monday"))
    assert not holds_snapshot_at(store.place())


def test_a_claim_that_holds_names_its_run_and_one_that_lapsed_does_not() -> None:
    """By the store's own clock; who cannot be read is another run."""
    store = MemoryStore()
    claim = f"{_BASE}/{names.claim_path('0' * 32)}"
    store.put(claim, encode({"pid": 7, "host": "h", "since": "today"}))

    (held,) = remains_at(store.place())
    assert (held.held_by, held.has_lapsed) == ("process 7 on 'h' since 'today'", False)

    store.now += timedelta(seconds=181)
    (lapsed,) = remains_at(store.place())
    assert (lapsed.held_by, lapsed.has_lapsed) == (None, True)
