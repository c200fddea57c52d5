"""Forks: made under a name that tells what they are for, waited for, and always destroyed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from datosnap.api.wire import Answer
from datosnap.core.jsontext import encode
from datosnap.flows.exporting.fork import FORK_PREFIX
from datosnap.flows.exporting.options import ExportOptions
from tests.support.exporting import Outcome, content_of
from tests.support.in_process import Asked, Hook, InProcess
from tests.support.scripted import refusal
from tests.support.small_projects import SmallProject, small_project


def tiny() -> SmallProject:
    """Make a project of few records."""
    return small_project(1, posts=5, notes=4)


def export(project: SmallProject, root: Path, hook: Hook = lambda _: None) -> Outcome:
    """Export from a fork."""
    return InProcess(project, hook).export(ExportOptions(root, consistent="fork"))


def forks(project: SmallProject) -> list[str]:
    """Give the names of the environments beside the primary one."""
    return [one for one in project.api.project.environments if one != "main"]


def told(status: str) -> Answer:
    """Answer with the status of a fork."""
    return Answer(200, encode({"data": {"id": "x", "meta": {"status": status}}}))


def is_status(one: Asked) -> bool:
    """Tell whether a request asks how a fork is."""
    return one.method == "GET" and one.path.startswith(f"/environments/{FORK_PREFIX}")


def test_a_fork_is_read_and_destroyed(tmp_path: Path) -> None:
    """What is edited meanwhile in the source is not in the snapshot."""
    project = tiny()
    seen: list[str] = []

    def hook(one: Asked) -> None:
        seen.extend(forks(project))
        if one.path == "/items":
            project.edit(project.ids("note")[0])

    ended = export(project, tmp_path / "out", hook)

    assert (ended.code, ended.consistency) == (0, "forked"), ended
    assert set(seen) == {seen[0]}
    assert seen[0].startswith(FORK_PREFIX)
    assert forks(project) == []
    assert b"edited" not in b"".join(
        row
        for row in content_of(tmp_path / "out")["current"]
        if project.ids("note")[0].encode() in row
    )


def test_a_fork_in_the_making_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for until it is ready."""
    monkeypatch.setattr("datosnap.flows.forking._POLL_S", 0)
    asked: list[Asked] = []

    def hook(one: Asked) -> Answer | None:
        if not is_status(one):
            return None
        asked.append(one)
        return told("creating") if len(asked) < 4 else None

    assert export(tiny(), tmp_path / "out", hook).code == 0
    assert len(asked) == 4


def test_a_fork_that_never_is_ready_ends_the_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is an end to patience, and the fork does not stay."""
    monkeypatch.setattr("datosnap.flows.forking._FORK_PATIENCE_S", 0.01)
    project = tiny()

    ended = export(
        project, tmp_path / "out", lambda one: told("creating") if is_status(one) else None
    )

    assert ended.code == 13
    assert "was not ready after" in str(ended.error)
    assert forks(project) == []


def test_a_fork_that_goes_away_in_the_making_ends_the_export(tmp_path: Path) -> None:
    """Somebody destroyed it."""
    project = tiny()

    ended = export(
        project,
        tmp_path / "out",
        lambda one: refusal(404, "NOT_FOUND") if is_status(one) else None,
    )

    assert ended.code == 13
    assert "went away before it was ready" in str(ended.error)
    assert forks(project) == []


def test_another_refusal_of_its_status_is_told(tmp_path: Path) -> None:
    """Only that there is no such environment means that."""
    project = tiny()

    ended = export(
        project, tmp_path / "out", lambda one: refusal(422, "ODD") if is_status(one) else None
    )

    assert ended.code == 13
    assert "ODD" in str(ended.error)


@pytest.mark.parametrize("status", [422, 401])
def test_a_fork_that_cannot_be_destroyed_is_a_gap(tmp_path: Path, status: int) -> None:
    """The snapshot is whole, what stays is named."""
    project = tiny()

    def hook(one: Asked) -> Answer | None:
        return refusal(status, "NO") if one.method == "DELETE" else None

    ended = export(project, tmp_path / "out", hook)

    assert (ended.code, ended.gaps) == (3, ["environment"]), ended
    assert len(forks(project)) == 1


def test_a_fork_that_takes_too_long_to_destroy_is_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cleaning up has an end too."""
    monkeypatch.setattr("datosnap.flows.exporting.fork._CLEAN_UP_S", 0)
    project = tiny()

    ended = export(project, tmp_path / "out")

    assert (ended.code, ended.gaps) == (3, ["environment"]), ended
    assert len(forks(project)) == 1


def test_after_a_failure_the_export_starts_over_with_another_fork(tmp_path: Path) -> None:
    """What was read from the first fork is not mixed with the second one's moment."""
    project = small_project(1, posts=65, notes=4)

    def fail(one: Asked) -> Answer | None:
        return refusal(422, "NO") if "offset%5D=60" in one.query else None

    assert export(project, tmp_path / "out", fail).code == 13
    assert forks(project) == []
    project.world.job_delay = timedelta(0)
    for record_id in project.ids("post"):
        project.edit(record_id)

    assert export(project, tmp_path / "out").code == 0
    assert all(
        b"edited" in row for row in content_of(tmp_path / "out")["current"] if b'"body"' in row
    )


def test_a_refused_look_at_the_lost_fork_lets_go_of_the_place(tmp_path: Path) -> None:
    """An export that fails as it begins can be begun again."""
    project = tiny()

    def kill(one: Asked) -> None:
        if one.path == "/items":
            raise KilledError

    with pytest.raises((ExceptionGroup, KilledError)):
        export(project, tmp_path / "out", kill)

    ended = export(
        project, tmp_path / "out", lambda one: refusal(422, "ODD") if is_status(one) else None
    )
    assert ended.code == 13
    assert export(project, tmp_path / "out").code == 0
    assert forks(project) == []


class KilledError(Exception):
    """What a defect would raise."""
