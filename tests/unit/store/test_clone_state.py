"""What a clone remembers: a note first, a snapshot, and beside them what its import remembers."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.store.clone_state import NOTE, CloneState, unfinished_clones
from datosnap.store.restore_state import ID_MAP, JOURNAL


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the state of a test in its own folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def fill(state: CloneState) -> None:
    """Leave what a clone that was cut off leaves."""
    for path in (
        state.snapshot / "records" / "a",
        state.imported / JOURNAL,
        state.imported / ID_MAP,
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def test_each_pair_has_a_folder_of_its_own() -> None:
    """Source and destination tell which, in that order."""
    one, again, back = (CloneState.between(*pair) for pair in (("a", "b"), ("a", "b"), ("b", "a")))

    assert one == again != back


def test_a_clone_is_known_from_its_beginning_to_its_end() -> None:
    """The note is there meanwhile, and a doctor finds it."""
    state = CloneState.between("a", "b")
    assert unfinished_clones() == ()
    state.create()
    assert state.note() is None

    state.begin({"source": "a"})

    assert state.note() == {"source": "a"}
    assert unfinished_clones() == ((state.folder, {"source": "a"}),)
    state.end()
    assert unfinished_clones() == ()


def test_the_end_leaves_the_import_alone() -> None:
    """Snapshot and note go; the import's folder is the import's own affair."""
    state = CloneState.between("a", "b")
    state.create()
    state.begin({})
    fill(state)

    state.end()

    left = {one.relative_to(state.folder) for one in state.folder.rglob("*") if one.is_file()}
    assert left == {Path("import") / ID_MAP, Path("import") / JOURNAL}


def test_a_new_clone_finds_nothing_of_one_without_a_note() -> None:
    """A run that was killed while it removed its remains leaves some; they are of no use."""
    state = CloneState.between("a", "b")
    state.create()
    fill(state)

    state.begin({"source": "a"})

    assert not state.snapshot.exists()
    assert (state.folder / NOTE).exists()
