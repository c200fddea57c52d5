"""The export as a whole: what is refused before it begins, what it reports, how it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from datosnap.api.wire import Answer
from datosnap.core.jsontext import JsonObject, decode_object, encode
from datosnap.flows.exporting.options import ExportOptions
from datosnap.store.names import JOURNAL, MARKER
from datosnap.store.snapshot import Snapshot
from tests.support.exporting import Outcome, content_of
from tests.support.in_process import Asked, Hook, InProcess, add_upload
from tests.support.scripted import refusal
from tests.support.small_projects import SmallProject, small_project
from tests.unit.sandbox.resources.shelf import ID

Rewrite = Callable[[JsonObject], object]


def tiny(posts: int = 4, notes: int = 3) -> SmallProject:
    """Make a project of few records."""
    return small_project(1, posts=posts, notes=notes)


def rewritten(project: SmallProject, path: str, change: Rewrite) -> Hook:
    """Change the answers for a path."""

    def hook(one: Asked) -> Answer | None:
        if one.path != path:
            return None
        answer: JsonObject = project.api.get(f"{one.path}?{one.query}").json
        change(answer)
        return Answer(200, encode(answer))

    return hook


def refused(project: SmallProject, options: ExportOptions, hook: Hook = lambda _: None) -> Outcome:
    """Export, which must be refused with nothing written."""
    assert isinstance(options.destination, Path)
    ended = InProcess(project, hook).export(options)
    assert not options.destination.exists()
    return ended


def test_unknown_models_are_refused(tmp_path: Path) -> None:
    """They are named, and so are those that there are."""
    names = ("note", "nope", "no")
    place = tmp_path / "out"
    for options in (
        ExportOptions(place, models=names),
        ExportOptions(place, excluded_models=names),
    ):
        ended = refused(tiny(), options)

        assert ended.code == 2
        assert "nope, no, which the project does not have; it has: note, post" in str(ended.error)


def test_what_cannot_be_right_is_refused(tmp_path: Path) -> None:
    """Exit 2, in words, before anything is written."""
    place = tmp_path / "out"
    for options, words in (
        (ExportOptions(place, locales=("en", "tlh")), "--locales names tlh"),
        (ExportOptions(place, updated_since="yesterday"), "--updated-since"),
        (ExportOptions(place, environment="x"), "unknown environment 'x'; the project has: main"),
        (ExportOptions(place, max_calls=10), "nothing was written"),
    ):
        ended = refused(tiny(), options)

        assert ended.code == 2
        assert words in str(ended.error)


def test_a_project_without_a_primary_environment_is_nonsense(tmp_path: Path) -> None:
    """There is always one."""

    def demote(answer: JsonObject) -> None:
        answer["data"][0]["meta"]["primary"] = False

    project = tiny()
    ended = refused(
        project, ExportOptions(tmp_path / "out"), rewritten(project, "/environments", demote)
    )

    assert ended.code == 13
    assert "expected a primary one" in str(ended.error)


def test_chosen_and_excluded_models(tmp_path: Path) -> None:
    """Only what was chosen, less what was excluded; blocks of records come along."""
    project = tiny()
    for name, options in (
        ("a", ExportOptions(tmp_path / "a", models=("post",))),
        ("b", ExportOptions(tmp_path / "b", excluded_models=("note",))),
    ):
        ended = InProcess(project).export(options)
        assert ended.code == 0
        assert Snapshot.open(tmp_path / name).models() == ("post",)


def test_enough_calls_are_enough(tmp_path: Path) -> None:
    """With a limit above the estimate the export is carried out, and reports what it planned."""
    project = tiny()

    ended = InProcess(project).export(ExportOptions(tmp_path / "out", max_calls=200))

    assert ended.code == 0, ended.error
    assert ended.report is not None
    assert ended.report.planned.calls <= 200


def test_a_list_that_is_refused_is_a_gap_unless_it_is_optional(tmp_path: Path) -> None:
    """Webhooks that may not be read are named; search indexes are not in every plan."""

    def hook(one: Asked) -> Answer | None:
        return refusal(403, "NO") if one.path in {"/webhooks", "/search-indexes"} else None

    ended = InProcess(tiny(), hook).export(ExportOptions(tmp_path / "out"))

    assert ended.code == 3, ended
    assert ended.report is not None
    (gap,) = ended.report.manifest.facts.gaps
    assert (gap.kind, gap.id) == ("resource", "webhooks")


def stop_at(path: str, query: str = "") -> Hook:
    """Refuse requests for a path for good, so that the export ends there."""
    return lambda one: refusal(422, "STOP") if one.path == path and query in one.query else None


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/items", "version=current"),
        ("/items", "offset%5D=60"),
        ("/items", "version=published"),
        ("/uploads", ""),
        ("/environments/main", ""),
    ],
)
def test_an_export_goes_on_where_it_ended(tmp_path: Path, path: str, query: str) -> None:
    """Stopped at different places, the same command completes it, equal to an undisturbed one."""
    project = tiny(posts=70, notes=6)
    add_upload(project, "a.txt", b"a")
    options = ExportOptions(tmp_path / "out", history=True)

    assert InProcess(project, stop_at(path, query)).export(options).code == 13
    wires = InProcess(project)
    ended = wires.export(options)

    assert ended.code == 0, ended
    assert InProcess(project).export(ExportOptions(tmp_path / "fair", history=True)).code == 0
    assert content_of(tmp_path / "out") == content_of(tmp_path / "fair")
    facts = [Snapshot.open(tmp_path / one).manifest.facts for one in ("out", "fair")]
    assert facts[0].withheld == facts[1].withheld != ()
    assert facts[0].totals == facts[1].totals


def test_what_changed_between_two_runs_is_in_the_snapshot(tmp_path: Path) -> None:
    """Stopped at its assets and gone on with later: records, schedules, uploads are as they are."""
    project = tiny(posts=12, notes=6)
    add_upload(project, "a.txt", b"a")
    options = ExportOptions(tmp_path / "out", history=True)

    class Dead(InProcess):
        def connect(self, *, use_proxies: bool, keep: int) -> httpx.AsyncClient:
            raise StoppedError

    with pytest.raises(StoppedError):
        Dead(project).export(options)
    assert (tmp_path / "out" / JOURNAL).exists()
    for record_id in project.ids("post"):
        project.schedule(record_id)
    project.delete(project.ids("note")[0])
    add_upload(project, "b.txt", b"b")

    assert InProcess(project).export(options).code == 0

    assert InProcess(project).export(replace(options, destination=tmp_path / "now")).code == 0
    assert content_of(tmp_path / "out") == content_of(tmp_path / "now")
    assert len(content_of(tmp_path / "now")["schedules"]) > 1


class StoppedError(Exception):
    """What ends a run that no failure of ours ends."""


def test_a_finished_export_is_only_tidied_up(tmp_path: Path) -> None:
    """A run that was cut off behind its manifest is reported by the next as what it was."""
    project = tiny()
    options = ExportOptions(tmp_path / "out", history=True)
    first = InProcess(project).export(options)
    assert first.report is not None
    marked = InProcess(project, stop_at("/items"))
    assert marked.export(replace(options, destination=tmp_path / "cut")).code == 13
    (tmp_path / "out" / MARKER).write_bytes((tmp_path / "cut" / MARKER).read_bytes())

    wires = InProcess(project)
    again = wires.export(options)

    assert again.code == 0, again
    assert again.report is not None
    assert again.report.manifest == first.report.manifest
    assert again.report.planned == first.report.planned
    assert len(wires.asked) < 5
    assert not (tmp_path / "out" / MARKER).exists()


def test_another_finished_export_is_in_the_way(tmp_path: Path) -> None:
    """With other options, what is there is a snapshot like any other."""
    project = tiny()
    options = ExportOptions(tmp_path / "out")
    assert InProcess(project).export(options).code == 0
    (tmp_path / "out" / MARKER).write_bytes(b'{"identity":{"a":1}}')

    ended = InProcess(project).export(options)

    assert ended.code == 2
    assert "already holds a snapshot" in str(ended.error)


def test_secrets_are_withheld_and_named(tmp_path: Path) -> None:
    """Of a token's line only the text is left out, and the manifest says so."""
    project = tiny()
    assert InProcess(project).export(ExportOptions(tmp_path / "out")).code == 0
    told = ExportOptions(tmp_path / "all", include_secrets=True)
    assert InProcess(project).export(told).code == 0

    for name, text in (("out", None), ("all", project.token)):
        snapshot = Snapshot.open(tmp_path / name)
        (line,) = snapshot.resources("access_tokens")
        assert decode_object(line)["attributes"].get("token") == text
        assert bool(snapshot.manifest.facts.withheld) == (text is None)


def test_versions_are_taken_over_from_an_older_snapshot(tmp_path: Path) -> None:
    """Only records that changed since are asked for their versions; the result is the same."""
    project = tiny(posts=6, notes=4)
    assert InProcess(project).export(ExportOptions(tmp_path / "old", history=True)).code == 0
    project.edit(project.ids("post")[0])
    wires = InProcess(project)

    ended = wires.export(ExportOptions(tmp_path / "out", history=True, since=tmp_path / "old"))

    assert ended.code == 0, ended
    assert len([one for one in wires.asked if one.path.endswith("/versions")]) == 1
    assert InProcess(project).export(ExportOptions(tmp_path / "now", history=True)).code == 0
    assert content_of(tmp_path / "out") == content_of(tmp_path / "now")


def test_an_older_snapshot_of_another_project_is_refused(tmp_path: Path) -> None:
    """Nothing is taken over from a stranger."""
    other = tiny()
    other.api.project.id = "9"
    assert InProcess(other).export(ExportOptions(tmp_path / "old")).code == 0

    ended = refused(tiny(), ExportOptions(tmp_path / "out", since=tmp_path / "old"))

    assert ended.code == 2
    assert "--since names a snapshot of project 9" in str(ended.error)


def test_an_older_snapshot_of_another_schema_gives_assets_alone(tmp_path: Path) -> None:
    """Versions are of the schema of their time: with another one they are asked for again."""
    project = tiny()
    assert InProcess(project).export(ExportOptions(tmp_path / "old", history=True)).code == 0
    project.api.change(f"/item-types/{project.models['note']}", "item_type", name="Remark")
    wires = InProcess(project)

    ended = wires.export(ExportOptions(tmp_path / "out", history=True, since=tmp_path / "old"))

    assert ended.code == 0, ended
    assert len([one for one in wires.asked if one.path.endswith("/versions")]) == 7


def test_an_account_stands_above_roles(tmp_path: Path) -> None:
    """Who owns the project sees everything, and has no role that could be told."""
    project = tiny()

    def promote(answer: JsonObject) -> None:
        answer["data"]["type"] = "account"
        answer.pop("included", None)

    ended = InProcess(project, rewritten(project, "/users/me", promote)).export(
        ExportOptions(tmp_path / "out")
    )

    assert ended.code == 0, ended
    assert ended.report is not None
    assert ended.report.manifest.facts.role["role"] is None


def test_ids_of_environments_are_pinned(tmp_path: Path) -> None:
    """Every call names the environment that was found, whichever is primary by then."""
    project = tiny()
    project.api.post("/environments/main/fork", {"data": {"type": "environment", "id": "dev"}})
    ended = InProcess(project).export(ExportOptions(tmp_path / "out", environment="dev"))

    assert ended.code == 0, ended
    assert ended.report is not None
    assert ended.report.manifest.facts.environment_id == "dev"
    assert ID not in project.api.main.items
