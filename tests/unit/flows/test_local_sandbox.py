"""What a local sandbox begins with, and that its file goes before it; nothing is served here.

A taken port ends each of them at the moment in which it would begin to answer.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from datosnap.errors import CorruptSnapshotError, SnapshotNotFoundError
from datosnap.flows.local_sandbox import Contents, serve_sandbox
from datosnap.sandbox.persistence import opened
from datosnap.sandbox.state import Project, World
from datosnap.sandbox.worlds import new_world
from tests.support.legacy_snapshot import write_legacy_snapshot


@pytest.fixture
def taken() -> Iterator[int]:
    """Give a port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def _prepared(contents: Contents, port: int) -> None:
    with pytest.raises(OSError, match="in use"):
        serve_sandbox(contents, port=port, rate_limit=False, jobs="sync", ready=lambda _: None)


def _kept(path: Path) -> World:
    world = new_world(seed=9)
    with opened(path) as keeper:
        keeper.load(world)
    return world


def _records(project: Project) -> int:
    return len(project.environments[project.primary_id].items)


@pytest.mark.parametrize(
    ("snapshot", "names", "records"),
    [(False, ["Sandbox", "Empty"], [0, 0]), (True, ["Old house", "Empty"], [4, 0])],
)
def test_a_sandbox_begins_with_two_projects(
    tmp_path: Path, taken: int, *, snapshot: bool, names: list[str], records: list[int]
) -> None:
    """The first holds what was asked for, the second is empty; both are kept before any answer."""
    write_legacy_snapshot(tmp_path / "old")
    state, root = tmp_path / "state.db", tmp_path / "old" if snapshot else None

    _prepared(Contents(root, kept_in=state), taken)

    projects = list(_kept(state).projects.values())
    assert [one.name for one in projects] == names
    assert [_records(one) for one in projects] == records


def test_a_kept_state_goes_before_a_snapshot(tmp_path: Path, taken: int) -> None:
    """The snapshot is not even looked at when there is something to go on with."""
    state = tmp_path / "state.db"
    _prepared(Contents(kept_in=state), taken)

    _prepared(Contents(tmp_path / "nowhere", kept_in=state), taken)

    assert [one.name for one in _kept(state).projects.values()] == ["Sandbox", "Empty"]


def test_a_state_without_projects_gets_one(tmp_path: Path, taken: int) -> None:
    """There is a way in, whatever was destroyed."""
    state = tmp_path / "state.db"
    with opened(state) as keeper:
        keeper.save(new_world(seed=1))

    _prepared(Contents(kept_in=state), taken)

    assert [one.name for one in _kept(state).projects.values()] == ["Sandbox"]


def test_without_a_file_nothing_is_written(tmp_path: Path, taken: int) -> None:
    """The state is in memory only."""
    _prepared(Contents(), taken)

    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_loaded_leaves_no_state(tmp_path: Path, taken: int) -> None:
    """After a failed start the file is as empty as before, so that the next one begins anew."""
    state = tmp_path / "state.db"
    write_legacy_snapshot(tmp_path / "broken", broken=b'{"id":"1"}')
    for root, failure in (
        (tmp_path / "nowhere", SnapshotNotFoundError),
        (tmp_path / "broken", CorruptSnapshotError),
    ):
        with pytest.raises(failure):
            serve_sandbox(
                Contents(root, kept_in=state),
                port=taken,
                rate_limit=False,
                jobs="sync",
                ready=lambda _: None,
            )

    with opened(state) as keeper:
        assert keeper.is_new
