"""Exports from a fork: of the moment of the fork, and no fork stays whatever happens."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path

import pytest

from datosnap.flows.exporting.fork import FORK_PREFIX
from datosnap.flows.exporting.options import ExportOptions
from datosnap.sandbox.fault_acts import Answer, Delay, Drop, Meddle
from datosnap.sandbox.faults import Fault, Script, nth
from datosnap.sandbox.server import running
from tests.support.exporting import content_of, outcome, served, settings_of
from tests.support.killing import journal_lines, killed_when
from tests.support.sandboxes import datosnap
from tests.support.small_projects import Editor, SmallProject, small_project
from tests.support.watching import Watch, everywhere

_FORK = "POST /environments/{id}/fork"
_DESTROY = "DELETE /environments/{id}"
# Slow enough for a kill to come while the fork is read, however busy the machine is.
_SLOW = Fault("GET /items", Delay(0.2))


def forks(project: SmallProject) -> list[str]:
    """Give the names of the environments beside the primary one."""
    return [one for one in project.api.project.environments if one != "main"]


def is_read_from(project: SmallProject, place: Path) -> bool:
    """Tell whether something was already read from a fork."""
    return bool(forks(project)) and journal_lines(place) > 40


def options(root: Path) -> ExportOptions:
    """Export from a fork."""
    return ExportOptions(root, consistent="fork")


def as_it_is(project: SmallProject, root: Path) -> dict[str, list[bytes]]:
    """Give the content of a project that nobody works in."""
    with served(project) as server:
        ended = outcome(settings_of(server.base_url, project.token), ExportOptions(root))
    assert ended.code == 0, ended.error
    return content_of(root)


def command(project: SmallProject, base_url: str, place: Path) -> tuple[str | Path, ...]:
    """Give the command that exports from a fork."""
    reach = ("--base-url", base_url, "--api-token", project.token)
    return ("export", place, *reach, "--consistent", "fork")


@pytest.mark.parametrize("seed", range(4))
def test_a_fork_is_of_its_moment_whatever_is_edited_meanwhile(seed: int, tmp_path: Path) -> None:
    """Five changes a page in the source: the snapshot is what was there when it was forked."""
    project = small_project(seed)
    before = as_it_is(project, tmp_path / "before")
    editor, watch = Editor(project, 5), Watch()

    with served(project, *editor.faults(), *everywhere(watch)) as server:
        ended = outcome(settings_of(server.base_url, project.token), options(tmp_path / "out"))

    assert editor.done
    assert (ended.code, ended.consistency) == (0, "forked"), (ended.error, ended.gaps)
    assert content_of(tmp_path / "out") == before
    assert forks(project) == []
    paths = [(one.method, one.path) for one in watch.requests if one.method != "GET"]
    assert [method for method, _ in paths] == ["POST", "DELETE"]
    assert paths[1][1].startswith(f"/environments/{FORK_PREFIX}")


def test_a_fork_that_takes_its_time_is_waited_for(tmp_path: Path) -> None:
    """Made as a job that is not ready at once, it is read when it is."""
    project = small_project(1)
    before = as_it_is(project, tmp_path / "before")
    project.world.job_delay = timedelta(seconds=4)

    with running(project.world, jobs="async") as server:
        ended = outcome(settings_of(server.base_url, project.token), options(tmp_path / "out"))

    assert (ended.code, ended.consistency) == (0, "forked"), (ended.error, ended.gaps)
    assert content_of(tmp_path / "out") == before
    assert forks(project) == []


def test_an_export_that_fails_half_way_leaves_no_fork(tmp_path: Path) -> None:
    """The fork goes when the API fails; the same command then takes another moment, as a whole."""
    project = small_project(2)
    failing = Fault("GET /items?page[offset]=30", Answer(502))
    with served(project, failing) as server:
        ended = outcome(settings_of(server.base_url, project.token), options(tmp_path / "out"))
        assert server.fired
    assert ended.code == 13, ended
    assert forks(project) == []
    assert not (tmp_path / "out" / "manifest.json").exists()

    for record_id in project.ids("post")[:20]:
        project.edit(record_id)
    now = as_it_is(project, tmp_path / "now")
    with served(project) as server:
        again = outcome(settings_of(server.base_url, project.token), options(tmp_path / "out"))
    assert (again.code, again.consistency) == (0, "forked")
    assert content_of(tmp_path / "out") == now
    assert forks(project) == []


def test_an_interrupted_export_leaves_no_fork(tmp_path: Path) -> None:
    """SIGINT while the fork is being read: 130, and the fork is gone."""
    project = small_project(3, posts=400)
    seen: list[str] = []
    with served(project) as server:
        place = tmp_path / "out"

        def is_time() -> bool:
            seen.extend(forks(project))
            return bool(seen) and journal_lines(place) > 15

        killed = killed_when(
            command(project, server.base_url, place), is_time, tmp_path, signal.SIGINT
        )
        assert not killed  # it ended by itself
    assert seen
    assert forks(project) == []
    assert not (place / "manifest.json").exists()


def test_a_killed_export_goes_on_with_its_fork_and_destroys_it(tmp_path: Path) -> None:
    """A kill leaves the fork: the same command reads on from that very moment."""
    project = small_project(4, posts=400)
    before = as_it_is(project, tmp_path / "before")
    place = tmp_path / "out"
    with served(project, _SLOW) as server:
        given = command(project, server.base_url, place)
        assert killed_when(given, lambda: is_read_from(project, place), tmp_path)
        (fork,) = forks(project)
        Editor(project, 60).work(project.world)

        ended = datosnap(*given, "--json", folder=tmp_path)

    assert ended.code == 0, ended.err
    assert ended.document["facts"]["consistency"] == "forked"
    assert fork not in forks(project)
    assert forks(project) == []
    assert content_of(place) == before


def test_a_killed_export_whose_fork_is_gone_starts_over(tmp_path: Path) -> None:
    """What was read from a fork that is there no more is not mixed with another moment's."""
    project = small_project(5, posts=400)
    place = tmp_path / "out"
    with served(project, _SLOW) as server:
        given = command(project, server.base_url, place)
        assert killed_when(given, lambda: is_read_from(project, place), tmp_path)
        (fork,) = forks(project)
        assert project.api.delete(f"/environments/{fork}").status == 200
        Editor(project, 60).work(project.world)

        ended = datosnap(*given, folder=tmp_path)

    assert ended.code == 0, ended.err
    assert content_of(place) == as_it_is(project, tmp_path / "now")
    assert forks(project) == []


def test_without_room_for_a_fork_nothing_is_left(tmp_path: Path) -> None:
    """The plan's limit is told; no environment, no manifest."""
    project = small_project(6)
    project.api.project.limits["sandbox_environments"] = 0
    with served(project) as server:
        ended = outcome(settings_of(server.base_url, project.token), options(tmp_path / "out"))

    assert ended.code == 13
    assert "PLAN_UPGRADE_REQUIRED" in str(ended.error)
    assert "sandbox_environments" in str(ended.error)
    assert forks(project) == []
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_a_fork_whose_making_was_not_confirmed_is_destroyed(tmp_path: Path) -> None:
    """The reply is lost after the fork was made: 13, and the fork is gone."""
    project = small_project(7)
    with served(project, Fault(_FORK, Drop(carried_out=True))) as server:
        ended = outcome(settings_of(server.base_url, project.token), options(tmp_path / "out"))
        assert [one.method for one in server.fired] == ["POST"]

    assert ended.code == 13, ended
    assert forks(project) == []


def test_a_fork_that_cannot_be_destroyed_is_a_gap(tmp_path: Path) -> None:
    """The snapshot is whole, the environment that stays is named, exit 3."""
    project = small_project(8)
    with served(project, Fault(_DESTROY, Answer(500))) as server:
        ended = outcome(settings_of(server.base_url, project.token), options(tmp_path / "out"))
        assert server.fired

    assert ended.code == 3, ended
    assert ended.report is not None
    (gap,) = ended.report.manifest.facts.gaps
    assert [gap.id] == forks(project)
    assert "could not be destroyed" in gap.reason


def test_a_fork_that_goes_away_while_it_is_read_ends_the_export(tmp_path: Path) -> None:
    """Somebody destroys it: the export fails and says of what, and starts over with the next."""
    project = small_project(9)

    def destroy(_: object) -> None:
        for fork in forks(project):
            assert project.api.delete(f"/environments/{fork}").status == 200

    fault = Fault("GET /items", Meddle(destroy), nth(2))
    with running(project.world, faults=Script((fault,))) as server:
        ended = outcome(settings_of(server.base_url, project.token), options(tmp_path / "out"))
        assert server.fired
        assert ended.code in {2, 13}
        assert FORK_PREFIX in str(ended.error)
        again = outcome(settings_of(server.base_url, project.token), options(tmp_path / "out"))

    assert (again.code, again.consistency) == (0, "forked")
    assert forks(project) == []
