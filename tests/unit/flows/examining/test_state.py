"""What runs left in the user's state folder is told, with what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.flows.examining.state import examine_state
from datosnap.store.clone_state import NOTE, CloneState
from datosnap.store.run_journal import RunJournal
from datosnap.store.workshop import left_workshops, workshop
from tests.support.object_stores import MemoryStore


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the state of a test in its own folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def leave_journal(header: JsonObject) -> Path:
    """Leave the journal of an export to an object store."""
    bench = workshop(MemoryStore().place(), b"mark")
    bench.folder.mkdir(parents=True)
    RunJournal(bench.journal, header).close()
    return bench.folder


def test_nothing_left_is_nothing_told() -> None:
    """Neither without a state folder nor with one that holds nothing unfinished."""
    assert examine_state() == []
    CloneState.between("a", "b").create()
    assert examine_state() == []


def test_the_journal_of_an_export_is_told_with_its_project() -> None:
    """The same export goes on with it."""
    folder = leave_journal({"identity": {"project": "205"}})

    (check,) = examine_state()

    assert (check.name, check.state) == ("left-overs", "warning")
    assert str(folder) in check.found
    assert "project 205" in check.found
    assert "run the same export again" in check.advice


@pytest.mark.parametrize("header", [{}, {"identity": None}])
def test_a_journal_that_tells_no_project_is_told_all_the_same(header: JsonObject) -> None:
    """Who made it is not known then."""
    leave_journal(header)

    assert [one.project_id for one in left_workshops()] == ["unknown"]


def test_a_clone_that_did_not_finish_is_told() -> None:
    """With both its ends; a note that is damaged is a problem of its own."""
    state = CloneState.between("a", "b")
    state.create()
    state.begin({"source": "environment main of project 1", "destination": "b", "begun": "today"})

    (check,) = examine_state()

    assert "a clone of environment main of project 1 into b, begun today" in check.found
    assert "--restart" in check.advice
    (state.folder / NOTE).write_text("[")
    assert [one.state for one in examine_state()] == ["problem"]
