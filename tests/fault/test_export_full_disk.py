"""A disk that fills up at any call of an export: one clear end, and the same command goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.errors import DiskError
from datosnap.flows.exporting.options import ExportOptions
from tests.support.disk import FAILING, FULL, failing_disk
from tests.support.exporting import Outcome, content_of, outcome, served, settings_of
from tests.support.small_projects import SmallProject, small_project

# The first calls are one by one what every export begins with; later ones repeat themselves.
_EACH_UNTIL = 12
_STEP = 9


def tiny() -> SmallProject:
    """Make a project that is exported in little time."""
    return small_project(1, posts=6, notes=3)


def exported(project: SmallProject, base_url: str, root: Path) -> Outcome:
    """Export it."""
    settings = settings_of(base_url, project.token)
    return outcome(settings, ExportOptions(root, history=True))


def calls(step: int) -> list[int]:
    """Choose the calls that fail; beyond the last one an export makes none fails."""
    return [*range(1, _EACH_UNTIL), *range(_EACH_UNTIL, 1000, step)]


def sweep(tmp_path: Path, error: int, *, for_ever: bool, step: int) -> int:
    """Fail at each chosen call until an export runs through; give how many failed."""
    project, faults = tiny(), 0
    with served(project) as server:
        assert exported(project, server.base_url, tmp_path / "fair").code == 0
        fair = content_of(tmp_path / "fair")
        for at in calls(step):
            root = tmp_path / str(at)
            with failing_disk(at, error, for_ever=for_ever) as disk:
                ended = exported(project, server.base_url, root)
            if not disk.fired:
                assert ended.code == 0
                break
            faults += 1
            if ended.code:
                assert isinstance(ended.error, DiskError), (at, ended.error)
                if (root / "manifest.json").exists():
                    # Only that the folder's entry is durable was not to be had.
                    assert content_of(root) == fair, at
                again = exported(project, server.base_url, root)
                assert again.code == 0, (at, again.error)
            assert content_of(root) == fair, at
    return faults


@pytest.mark.parametrize("for_ever", [False, True])
def test_a_full_disk_ends_an_export_that_goes_on_when_there_is_room(
    tmp_path: Path, *, for_ever: bool
) -> None:
    """At seeded calls, once or from then on: 14, and the same command completes it."""
    assert sweep(tmp_path, FULL, for_ever=for_ever, step=_STEP) > 20


@pytest.mark.long
@pytest.mark.parametrize("error", [FULL, FAILING])
@pytest.mark.parametrize("for_ever", [False, True])
def test_a_disk_that_fails_at_every_call(tmp_path: Path, error: int, *, for_ever: bool) -> None:
    """Every single call of an export fails, once and from then on."""
    assert sweep(tmp_path, error, for_ever=for_ever, step=1) > 150
