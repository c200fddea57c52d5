"""A project that is worked in while it is read: of one moment, or it says so, and nothing lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from datosnap.core.jsontext import decode_object
from datosnap.flows.exporting.options import Consistent, ExportOptions
from datosnap.sandbox.fault_acts import Meddle
from datosnap.sandbox.faults import Fault, nth
from tests.support.exporting import Outcome, content_of, outcome, served, settings_of
from tests.support.small_projects import Editor, small_project
from tests.unit.sandbox.resources.shelf import field as make_field

# Enough for the pages of the first reading and of two sweeps.
_CHANGES = 40
_FOREVER = 10**9


def moved(
    seed: int, root: Path, *, per_page: int, limit: int = _CHANGES, history: bool = True
) -> tuple[Outcome, Editor]:
    """Export a project while an editor works in it."""
    project = small_project(seed)
    editor = Editor(project, per_page, limit)
    with served(project, *editor.faults()) as server:
        ended = outcome(
            settings_of(server.base_url, project.token), ExportOptions(root, history=history)
        )
        assert server.fired
    return ended, editor


def undisturbed(editor: Editor, root: Path) -> dict[str, list[bytes]]:
    """Export the project as the editor left it."""
    with served(editor.project) as server:
        settings = settings_of(server.base_url, editor.project.token)
        ended = outcome(settings, ExportOptions(root, history=True))
    assert (ended.code, ended.consistency) == (0, "still"), ended
    return content_of(root)


def ids_in(content: dict[str, list[bytes]]) -> Counter[str]:
    """Count the records of a snapshot by id."""
    return Counter(decode_object(row)["id"] for row in content["current"])


def assert_ends_still(seed: int, tmp_path: Path, per_page: int) -> None:
    """Assert that an editor who stops leaves a snapshot that equals one taken afterwards."""
    ended, editor = moved(seed, tmp_path / "moved", per_page=per_page)

    assert ended.code == 0, (seed, ended.error, ended.gaps)
    assert ended.consistency == "still"
    assert len(editor.done) == _CHANGES
    now = undisturbed(editor, tmp_path / "now")
    differing = [kind for kind, rows in content_of(tmp_path / "moved").items() if rows != now[kind]]
    assert not differing, (seed, differing)


@pytest.mark.parametrize("per_page", [1, 5])
@pytest.mark.parametrize("seed", range(10))
def test_a_project_that_comes_to_rest_is_of_one_moment(
    seed: int, per_page: int, tmp_path: Path
) -> None:
    """Created, edited, deleted, published, reordered while read: the result equals the rest."""
    assert_ends_still(seed, tmp_path, per_page)


@pytest.mark.long
@pytest.mark.parametrize("per_page", [1, 5])
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_a_project_that_comes_to_rest_is_of_one_moment_200_times(
    seed: int, per_page: int, tmp_path: Path
) -> None:
    """As above, over 200 seeds and both speeds."""
    assert_ends_still(seed, tmp_path, per_page)


@pytest.mark.parametrize("per_page", [1, 5])
@pytest.mark.parametrize("seed", range(5))
def test_a_project_that_never_rests_is_said_to_move(
    seed: int, per_page: int, tmp_path: Path
) -> None:
    """Exit 3 with the ids; what was there all along is there, and nothing is there twice."""
    root = tmp_path / "moved"
    ended, editor = moved(seed, root, per_page=per_page, limit=_FOREVER, history=False)

    assert (ended.code, ended.consistency) == (3, "moving"), (seed, ended.error)
    assert ended.report is not None
    gaps = ended.report.manifest.facts.gaps
    (gap,) = [one for one in gaps if one.kind == "environment"]
    assert any(record_id in gap.reason for _, record_id in editor.done)
    found = ids_in(content_of(root))
    assert not editor.untouched - set(found), seed
    assert set(found.values()) == {1}


@pytest.mark.parametrize("seed", range(3))
def test_without_looking_for_changes_the_snapshot_says_so(seed: int, tmp_path: Path) -> None:
    """With `off`, the snapshot verifies, no record is there twice, and `unchecked` is told."""
    project = small_project(seed)
    editor = Editor(project, 5, _CHANGES)
    consistent: Consistent = "off"
    with served(project, *editor.faults()) as server:
        settings = settings_of(server.base_url, project.token)
        ended = outcome(
            settings, ExportOptions(tmp_path / "a", history=True, consistent=consistent)
        )
        assert server.fired

    assert ended.consistency == "unchecked"
    assert set(ids_in(content_of(tmp_path / "a")).values()) == {1}


def test_chosen_models_are_of_one_moment_too(tmp_path: Path) -> None:
    """With one model chosen while all are edited, what came is that model as it was left."""
    project = small_project(3)
    editor = Editor(project, 1, 4)
    with served(project, *editor.faults()) as server:
        settings = settings_of(server.base_url, project.token)
        ended = outcome(settings, ExportOptions(tmp_path / "a", models=("note",)))
        assert server.fired

    assert (ended.code, ended.consistency) == (0, "still"), (ended.error, ended.gaps)
    assert set(ids_in(content_of(tmp_path / "a"))) == set(project.ids("note"))


@pytest.mark.parametrize("what", ["plugins", "menu_items", "site", "schema"])
def test_settings_that_change_meanwhile_are_named(what: str, tmp_path: Path) -> None:
    """What is read once is not read again, but that it is another by now is a gap."""
    project = small_project(5)

    def change(_: object) -> None:
        api = project.api
        match what:
            case "plugins":
                api.make("/plugins", "plugin", url="https://a.example/x", name="X")
            case "menu_items":
                api.make("/menu-items", "menu_item", label="More", position=1)
            case "site":
                api.change("/site", "site", no_index=True)
            case _:
                make_field(api, "note", "more", "string")
        project.edit(project.ids("note")[0])

    with served(project, Fault("GET /items", Meddle(change), nth(2))) as server:
        settings = settings_of(server.base_url, project.token)
        ended = outcome(settings, ExportOptions(tmp_path / "a"))
        assert server.fired

    assert ended.code == 3, ended
    assert ended.report is not None
    named = {(one.kind, one.id) for one in ended.report.manifest.facts.gaps}
    assert (("schema", "main") if what == "schema" else ("resource", what)) in named
