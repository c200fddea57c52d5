"""Looking again: what changed is fetched anew until nothing does, and no row is dropped lightly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from datosnap.api.wire import Answer
from datosnap.core.jsontext import decode_object, encode
from datosnap.flows.exporting.options import ExportOptions
from tests.support.exporting import Outcome, content_of
from tests.support.in_process import Asked, Hook, InProcess
from tests.support.small_projects import Editor, SmallProject, small_project

Change = Callable[[SmallProject], None]


def tiny() -> SmallProject:
    """Make a project of few records, of every status."""
    return small_project(1, posts=33, notes=6)


def export(project: SmallProject, root: Path, hook: Hook = lambda _: None) -> Outcome:
    """Export with history."""
    return InProcess(project, hook).export(ExportOptions(root, history=True))


def after_reading(project: SmallProject, change: Change) -> Hook:
    """Make a change once, when everything was read and before the export looks again."""
    done: list[bool] = []

    def hook(one: Asked) -> None:
        if one.path == "/environments/main" and not done:
            done.append(True)
            change(project)

    return hook


def by_status(project: SmallProject, status: str) -> str:
    """Give a post of a status."""
    items = project.api.main.items
    return next(one for one in project.ids("post") if items[one].status == status)


def empty(project: SmallProject) -> None:
    """Delete all notes."""
    for one in project.ids("note"):
        project.delete(one)


_CHANGES: dict[str, Change] = {
    "created": lambda p: p.edit(p.create("post")),
    "edited": lambda p: p.edit(p.ids("post")[5]),
    "deleted": lambda p: p.delete(p.ids("note")[3]),
    "published": lambda p: p.publish(by_status(p, "updated")),
    "updated": lambda p: p.edit(by_status(p, "published")),
    "unpublished": lambda p: p.unpublish(by_status(p, "updated")),
    "reordered": lambda p: p.reorder(p.ids("note")[2]),
    "scheduled": lambda p: p.schedule(by_status(p, "draft")),
    "all of it": lambda p: Editor(p, 60).work(p.world),
    "emptied": empty,
}


@pytest.mark.parametrize("name", _CHANGES)
def test_a_change_is_fetched_again(name: str, tmp_path: Path) -> None:
    """The snapshot equals the project as it is in the end: records, copies, history, schedules."""
    project = tiny()

    ended = export(project, tmp_path / "out", after_reading(project, _CHANGES[name]))

    assert (ended.code, ended.consistency, ended.gaps) == (0, "still", []), ended
    assert export(project, tmp_path / "now").code == 0
    assert content_of(tmp_path / "out") == content_of(tmp_path / "now")


def test_nothing_changed_costs_one_call(tmp_path: Path) -> None:
    """A project at rest is asked when it was changed last, and that is all."""
    wires = InProcess(tiny())

    assert wires.export(ExportOptions(tmp_path / "out")).code == 0

    assert [one.path for one in wires.asked].count("/environments/main") == 1
    assert [one.path for one in wires.asked].count("/site") == 1


def test_a_row_that_a_shrinking_list_hid_is_not_dropped(tmp_path: Path) -> None:
    """A listing that misses a row is not believed: the row is asked for by its id."""
    project = tiny()
    sweeping: list[bool] = []
    hidden = project.ids("post")[7]

    def hook(one: Asked) -> Answer | None:
        if one.path == "/environments/main" and not sweeping:
            sweeping.append(True)
            project.edit(project.ids("note")[0])
        listed = one.path == "/items" and "limit%5D=500" in one.query and "nested" not in one.query
        if not sweeping or not listed or project.models["post"] not in one.query:
            return None
        answer = project.api.get(f"{one.path}?{one.query}").json
        rows = [row for row in answer["data"] if row["id"] != hidden]
        return Answer(200, encode({"data": rows, "meta": answer["meta"]}))

    ended = export(project, tmp_path / "out", hook)

    assert ended.code == 0, ended
    current = [decode_object(row)["id"] for row in content_of(tmp_path / "out")["current"]]
    assert hidden in current
    assert len(current) == len(set(current)) == 39


def test_a_place_that_changes_and_changes_back_is_noticed(tmp_path: Path) -> None:
    """Both copies of a record tell the same place, though it moved while they were read."""
    project = tiny()
    items = project.api.main.items
    note = next(one for one in project.ids("note") if items[one].status == "updated")
    place = items[note].position

    def move(position: int | None) -> None:
        data = {"type": "item", "id": note, "attributes": {"position": position}}
        assert project.api.put(f"/items/{note}", {"data": data}).status == 200

    def hook(one: Asked) -> None:
        is_published = one.path == "/items" and "version=published" in one.query
        if is_published and project.models["note"] in one.query and not done:
            done.append(True)
            move(6 if place != 6 else 1)
        if one.path == "/environments/main" and len(done) == 1:
            done.append(True)
            move(place)

    done: list[bool] = []
    ended = export(project, tmp_path / "out", hook)

    assert len(done) == 2
    assert ended.code == 0, ended
    assert export(project, tmp_path / "now").code == 0
    assert content_of(tmp_path / "out") == content_of(tmp_path / "now")


def test_a_project_that_never_rests_is_moving(tmp_path: Path) -> None:
    """After so many sweeps it is said to move, with some of what did."""
    project = tiny()
    edited: set[str] = set()

    def hook(one: Asked) -> None:
        if one.path == "/items":
            record_id = project.draw.choice(project.ids("post"))
            project.edit(record_id)
            edited.add(record_id)

    ended = export(project, tmp_path / "out", hook)

    assert (ended.code, ended.consistency, ended.gaps) == (3, "moving", ["environment"]), ended
    assert ended.report is not None
    (gap,) = ended.report.manifest.facts.gaps
    assert "after 5 sweeps" in gap.reason
    assert any(one in gap.reason for one in edited)


def test_changes_elsewhere_that_never_rest_are_moving_too(tmp_path: Path) -> None:
    """Only models that are not exported change: the reason says so."""
    project = tiny()

    def hook(one: Asked) -> None:
        if one.path == "/environments/main":
            project.edit(project.ids("post")[0])

    ended = InProcess(project, hook).export(ExportOptions(tmp_path / "out", models=("note",)))

    assert (ended.code, ended.consistency) == (3, "moving")
    assert ended.report is not None
    assert "others than those" in ended.report.manifest.facts.gaps[0].reason


def test_a_total_that_lies_in_the_sweep_is_a_gap(tmp_path: Path) -> None:
    """Looking again does not hide that the API counts more than it gives."""
    project = tiny()

    def lie(one: Asked) -> Answer | None:
        if one.path != "/items" or project.models["note"] not in one.query:
            return None
        answer = project.api.get(f"{one.path}?{one.query}").json
        total = answer["meta"]["total_count"] + 1
        return Answer(200, encode({"data": answer["data"], "meta": {"total_count": total}}))

    change = after_reading(project, _CHANGES["edited"])

    def hook(one: Asked) -> Answer | None:
        change(one)
        return lie(one)

    ended = export(project, tmp_path / "out", hook)

    assert ended.code == 3, ended
    assert "model" in ended.gaps


def test_without_uploads_none_are_swept(tmp_path: Path) -> None:
    """What was not asked for is not looked at again either."""
    project = tiny()
    wires = InProcess(project, after_reading(project, _CHANGES["edited"]))

    ended = wires.export(ExportOptions(tmp_path / "out", assets="none"))

    assert ended.code == 0
    assert not [one for one in wires.asked if one.path == "/uploads"]
