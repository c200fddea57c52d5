"""Facts about what a restore remembers beside its snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.errors import UsageError
from datosnap.store.idmap import IdPair
from datosnap.store.restore_state import RestoreState
from tests.support.snapshots import files_under

IDS = [IdPair("item", "a", "b"), IdPair("upload", "c", "d")]


def test_first_run_begins_with_nothing_known(tmp_path: Path) -> None:
    """A restore that never ran knows no ids and has no steps behind it."""
    state = RestoreState(tmp_path / "deep" / "state")

    assert state.known_ids() == []
    journal = state.begin({"target": "x"}, IDS, afresh=False)
    journal.close()

    assert journal.entries == ()
    assert state.known_ids() == IDS
    assert files_under(state.folder) == ["id-map.ndjson", "journal.ndjson"]


@pytest.mark.parametrize(("afresh", "known"), [(False, ({"step": 1},)), (True, ())])
def test_next_run_knows_the_steps_unless_it_starts_afresh(
    tmp_path: Path, *, afresh: bool, known: tuple[object, ...]
) -> None:
    """An interrupted restore goes on; one into an emptied target forgets what was done."""
    state = RestoreState(tmp_path)
    first = state.begin({"target": "x"}, IDS, afresh=True)
    first.append({"step": 1})
    first.close()

    second = state.begin({"target": "x"}, IDS, afresh=afresh)
    second.close()

    assert second.entries == known


def test_state_of_another_restore_is_refused(tmp_path: Path) -> None:
    """What one target's restore remembers is not used for another target."""
    state = RestoreState(tmp_path)
    state.begin({"target": "x"}, IDS, afresh=False).close()

    with pytest.raises(UsageError, match="belongs to another run"):
        state.begin({"target": "y"}, [], afresh=False)

    assert state.known_ids() == IDS
