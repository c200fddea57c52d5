"""The id map of an earlier import lets a later one, of another snapshot, find its own work."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from datosnap.core.remapping import IdPolicy
from datosnap.errors import UsageError
from datosnap.flows.restoring.run import Counts
from tests.support.importing import beside, exported, imported
from tests.support.small_projects import SmallProject, small_project

_REMAP = IdPolicy.REMAP


@pytest.fixture
def project() -> SmallProject:
    """Make a project of few records."""
    return small_project(1, posts=4, notes=3)


def test_a_later_snapshot_is_brought_over_what_the_earlier_one_left(
    project: SmallProject, tmp_path: Path
) -> None:
    """Only what changed in the source is written, though the ids are others."""
    target = beside(project.api)
    exported(project.api, tmp_path / "monday")
    imported(target, tmp_path / "monday", ids=_REMAP, state=tmp_path / "first")
    project.edit(project.ids("post")[0])
    exported(project.api, tmp_path / "tuesday")

    done = imported(
        target,
        tmp_path / "tuesday",
        id_map=tmp_path / "first" / "id-map.ndjson",
        allow_primary=True,
        state=tmp_path / "second",
    )

    assert done.gaps == []
    written = done.report.written
    assert (written.records, written.updated + written.second_writes) == (0, 1)
    assert len(target.main.items) == 7


def test_a_map_alone_tells_which_is_which_but_not_whose_edit_it_was(
    project: SmallProject, tmp_path: Path
) -> None:
    """Away from its folder it prevents doubles; what differs may be somebody's edit."""
    target = beside(project.api)
    exported(project.api, tmp_path / "monday")
    imported(target, tmp_path / "monday", ids=_REMAP, state=tmp_path / "first")
    shutil.copy(tmp_path / "first" / "id-map.ndjson", tmp_path / "map")
    project.edit(project.ids("post")[0])
    exported(project.api, tmp_path / "tuesday")

    done = imported(
        target, tmp_path / "tuesday", id_map=tmp_path / "map", state=tmp_path / "second"
    )

    assert done.report.written == Counts()
    assert len(done.report.plan.conflicts) == 1
    assert len(target.main.items) == 7


def test_what_is_gone_from_the_target_is_told_and_made_again(
    project: SmallProject, tmp_path: Path
) -> None:
    """Ids that lead nowhere are dropped; their records come over as new ones."""
    target = beside(project.api)
    exported(project.api, tmp_path / "s")
    first = imported(target, tmp_path / "s", ids=_REMAP, state=tmp_path / "first")
    lost = first.report.ids.translate("item", project.ids("note")[0])
    assert target.delete(f"/items/{lost}").status == 200

    done = imported(
        target,
        tmp_path / "s",
        id_map=tmp_path / "first" / "id-map.ndjson",
        allow_primary=True,
        state=tmp_path / "second",
    )

    assert any(one.startswith("1 ids of the id map are gone") for one in done.report.plan.notes)
    assert done.report.written.records == 1
    assert len(target.main.items) == 7


def test_the_map_of_another_target_is_refused(project: SmallProject, tmp_path: Path) -> None:
    """It lies in the folder of its import, which names its target."""
    exported(project.api, tmp_path / "s")
    imported(beside(project.api), tmp_path / "s", state=tmp_path / "first")
    other = beside(project.api, "Other")
    imported(other, tmp_path / "s", state=tmp_path / "second")

    with pytest.raises(UsageError, match="belongs to another run: project"):
        imported(
            other,
            tmp_path / "s",
            id_map=tmp_path / "first" / "id-map.ndjson",
            state=tmp_path / "third",
        )


def test_what_the_import_knows_itself_comes_first(project: SmallProject, tmp_path: Path) -> None:
    """A map that contradicts the import's own is believed only where that is silent."""
    target = beside(project.api)
    exported(project.api, tmp_path / "s")
    imported(target, tmp_path / "s", ids=_REMAP, state=tmp_path / "first")
    first, second = project.ids("note")[:2]
    text = (tmp_path / "first" / "id-map.ndjson").read_text()
    swapped = text.replace(first, "X").replace(second, first).replace("X", second)
    (tmp_path / "map").write_text(swapped)

    done = imported(
        target, tmp_path / "s", ids=_REMAP, id_map=tmp_path / "map", state=tmp_path / "first"
    )

    assert done.report.written == Counts()
    assert done.wires.writes == []
