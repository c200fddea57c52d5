"""Facts about what a restore remembers beside its snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.errors import CorruptSnapshotError, UsageError
from datosnap.store.idmap import IdPair
from datosnap.store.journal import Journal, Take
from datosnap.store.restore_state import RestoreState
from tests.support.snapshots import files_under

IDS = [IdPair("item", "a", "b"), IdPair("upload", "c", "d")]
ORIGIN: JsonObject = {"project": "1", "environment": "main", "ids": "auto"}
DECIDED = [{"record": str(number)} for number in range(2_500)]


def begun(
    state: RestoreState,
    target: str = "x",
    decisions: Iterable[JsonObject] = DECIDED,
    take: Take = lambda _: None,
) -> Journal:
    """Begin a run, or go on with one."""
    return state.begin(ORIGIN, {"target": target}, IDS, decisions, take)


def test_first_run_begins_with_nothing_known(tmp_path: Path) -> None:
    """A restore that never ran knows no ids, has decided nothing and left nothing."""
    state = RestoreState(tmp_path / "deep" / "state")

    assert list(state.known_ids()) == []
    assert [*state.decisions(), *state.written()] == []
    assert not state.is_known
    state.check_origin(ORIGIN)


def test_a_run_goes_on_from_what_it_decided(tmp_path: Path) -> None:
    """The next run finds the decisions and ids of the one that was cut off, and its steps."""
    state = RestoreState(tmp_path)
    first = begun(state)
    first.append({"step": 1})
    first.close()

    steps: list[JsonObject] = []
    begun(state, decisions=[], take=steps.append).close()

    assert state.is_under_way
    assert steps == [{"step": 1}]
    assert list(state.decisions()) == DECIDED
    assert list(state.known_ids()) == IDS


def test_what_is_left_of_a_finished_run_is_what_it_wrote(tmp_path: Path) -> None:
    """Its journal and decisions go; its ids, its origin and what the target holds stay."""
    state = RestoreState(tmp_path)
    begun(state).close()

    state.finish([{"record": "r"}], IDS)

    assert not state.is_under_way
    assert state.is_known
    assert list(state.written()) == [{"record": "r"}]
    assert files_under(tmp_path) == ["id-map.ndjson", "import.json", "written.ndjson"]


def test_state_of_another_restore_is_refused(tmp_path: Path) -> None:
    """What one target's restore remembers is not used for another target, or with other ids."""
    state = RestoreState(tmp_path)
    begun(state).close()

    with pytest.raises(UsageError, match="belongs to another run"):
        state.check_run({"target": "y"}, lambda _: None)
    with pytest.raises(UsageError, match="project '1' instead of '2'"):
        state.check_origin({**ORIGIN, "project": "2"})
    with pytest.raises(UsageError, match="ids"):
        state.check_origin({**ORIGIN, "ids": "remap"})

    state.check_origin({**ORIGIN, "ids": None})
    state.check_run({"target": "x"}, lambda _: None)


def test_everything_of_an_emptied_target_is_forgotten(tmp_path: Path) -> None:
    """Nothing is left of an import whose target was emptied since; the next one begins afresh."""
    state = RestoreState(tmp_path)
    begun(state).close()
    state.finish([{"record": "r"}], IDS)
    begun(state).close()

    state.forget()

    assert files_under(tmp_path) == []


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    """When the decisions end in a failure there is no file of them, and no run under way."""

    def failing() -> Iterator[JsonObject]:
        yield {"record": "r"}
        raise ZeroDivisionError

    state = RestoreState(tmp_path)
    with pytest.raises(ZeroDivisionError):
        begun(state, decisions=failing())

    assert files_under(tmp_path) == []
    assert not state.is_under_way
    state.forget()


def test_notes_that_are_damaged_are_refused(tmp_path: Path) -> None:
    """A line that is none names its file and number."""
    state = RestoreState(tmp_path)
    begun(state).close()
    state.finish([{"record": "r"}], IDS)
    (tmp_path / "written.ndjson").write_bytes(b'{"record":"r"}\n{"rec\n')

    with pytest.raises(CorruptSnapshotError, match="line 2"):
        list(state.written())
