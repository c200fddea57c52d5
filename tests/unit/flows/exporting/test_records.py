"""Reading records and what hangs on them: each once, none silently missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.api.wire import Answer
from datosnap.core.jsontext import JsonObject, decode_object, encode
from datosnap.errors import NonsenseError
from datosnap.flows.exporting.options import Consistent, ExportOptions
from datosnap.flows.exporting.records import Seen
from datosnap.store.snapshot import Snapshot
from tests.support.exporting import content_of
from tests.support.in_process import Asked, Hook, InProcess, exported
from tests.support.scripted import refusal
from tests.support.small_projects import SmallProject, small_project


def row(identifier: str, status: str = "draft", *, scheduled: bool = False) -> bytes:
    """Make a record."""
    at = "2031-01-01T00:00:00Z" if scheduled else None
    return encode({"id": identifier, "meta": {"status": status, "publication_scheduled_at": at}})


def tiny() -> SmallProject:
    """Make a project of few records."""
    return small_project(1, posts=5, notes=4)


def at_versions(*answers: Answer | None) -> tuple[Hook, list[Asked]]:
    """Answer the first requests for versions by script, the others truly."""
    asked: list[Asked] = []

    def hook(one: Asked) -> Answer | None:
        if not one.path.endswith("/versions"):
            return None
        asked.append(one)
        return answers[len(asked) - 1] if len(asked) <= len(answers) else None

    return hook, asked


def test_records_are_looked_at_once() -> None:
    """What came twice is left out, and counted once."""
    seen = Seen()

    first = seen.look([row("a"), row("b", "updated"), row("a"), row("c", scheduled=True)])
    second = seen.look([row("c", scheduled=True), row("d", "published")])

    assert [decode_object(one)["id"] for one in first + second] == ["a", "b", "c", "d"]
    assert (seen.rows, seen.updated, seen.scheduled) == (4, 1, ["c"])


def test_rows_that_came_twice_in_many_pages_are_left_out() -> None:
    """However pages cut the rows: a double within the last 3,000 rows is found."""
    seen = Seen()
    for start in range(0, 9_000, 30):
        late = [row(str(number)) for number in range(max(0, start - 3_000), start, 1_000)]
        page = [row(str(number)) for number in range(start, start + 30)]

        assert seen.look([*late, *page]) == page

    assert seen.rows == 9_000


def test_memory_of_what_was_seen_is_bounded() -> None:
    """A row that came long ago is not remembered: only shifted pages bring rows twice."""
    seen = Seen()
    seen.look(row(str(number)) for number in range(5_000))

    assert seen.look([row("4999"), row("2001")]) == []
    seen.look(row(str(number)) for number in range(5_000, 9_000))
    assert seen.look([row("0")]) == [row("0")]
    assert len(seen._near) + len(seen._nearly) <= 6_000


@pytest.mark.parametrize("identifier", ["a/b", "", "a b", "a\nb", "é", ".."])
def test_ids_that_could_be_paths_are_refused(identifier: str) -> None:
    """Requests are made of ids."""
    with pytest.raises(NonsenseError, match="expected the id"):
        Seen().look([row("a"), row(identifier)])


def test_all_kinds_of_rows_come(tmp_path: Path) -> None:
    """Current records, published copies that differ, versions and schedules, counted by model."""
    project = small_project(2)

    ended = exported(project, tmp_path / "out")

    assert (ended.code, ended.consistency) == (0, "still"), ended
    assert ended.report is not None
    totals = {one.model: one for one in ended.report.manifest.facts.totals}
    assert (totals["post"].records, totals["note"].records) == (70, 20)
    snapshot = Snapshot.open(tmp_path / "out")
    items = project.api.main.items.values()
    assert len(list(snapshot.rows("published"))) == sum(one.status == "updated" for one in items)
    assert len(list(snapshot.rows("history"))) == sum(len(one.versions) for one in items)
    assert len(snapshot.schedules()) == sum(one.publication is not None for one in items) > 0


def test_a_record_that_went_away_before_its_history_is_dropped_by_the_sweep(
    tmp_path: Path,
) -> None:
    """Deleted between its page and its versions: neither of them is in the snapshot."""
    project = tiny()
    gone: list[str] = []

    def hook(one: Asked) -> None:
        if one.path.endswith("/versions") and not gone:
            gone.append(one.path.split("/")[2])
            project.delete(gone[0])

    ended = exported(project, tmp_path / "out", hook)

    assert (ended.code, ended.consistency) == (0, "still"), ended
    content = content_of(tmp_path / "out")
    assert len(content["current"]) == 8
    assert not [one for one in content["history"] if gone[0].encode() in one]


@pytest.mark.parametrize("consistent", ["off", "fork"])
def test_without_a_sweep_a_lost_history_is_a_gap(tmp_path: Path, consistent: Consistent) -> None:
    """Deleted before its versions were read: the record is there, and what is missing is named."""
    project = tiny()
    gone: list[str] = []

    def hook(one: Asked) -> None:
        if one.path.endswith("/versions") and not gone:
            gone.append(one.path.split("/")[2])
            project.delete(gone[0])

    options = ExportOptions(tmp_path / "out", history=True, consistent=consistent)
    ended = InProcess(project, hook).export(options)

    assert ended.code == 3, ended
    assert ended.report is not None
    (gap,) = ended.report.manifest.facts.gaps
    assert (gap.kind, gap.id) == ("history", gone[0])


def test_versions_that_do_not_add_up_are_asked_for_again(tmp_path: Path) -> None:
    """A version that was added between two pages, once, costs another call and nothing else."""
    lie = Answer(200, encode({"data": [], "meta": {"total_count": 3}}))
    hook, asked = at_versions(lie)

    ended = exported(tiny(), tmp_path / "out", hook)

    assert ended.code == 0, ended
    assert len(asked) == 10


def test_versions_that_never_add_up_end_the_export(tmp_path: Path) -> None:
    """A total that lies for ever is nonsense."""
    lie = Answer(200, encode({"data": [], "meta": {"total_count": 3}}))
    hook, _ = at_versions(*[lie] * 100)

    ended = exported(tiny(), tmp_path / "out", hook)

    assert ended.code == 13
    assert "expected 3 versions, found 0" in str(ended.error)


@pytest.mark.parametrize("path", ["/versions", "/current-vs-published-state"])
def test_another_refusal_ends_the_export(tmp_path: Path, path: str) -> None:
    """Only a record that is gone is passed over."""

    def hook(one: Asked) -> Answer | None:
        return refusal(422, "INVALID_FORMAT") if one.path.endswith(path) else None

    ended = exported(tiny(), tmp_path / "out", hook)

    assert ended.code == 13
    assert "INVALID_FORMAT" in str(ended.error)


def test_a_schedule_that_went_away_is_passed_over(tmp_path: Path) -> None:
    """A record deleted before its schedule was read takes it along."""
    project = tiny()

    def hook(one: Asked) -> None:
        if one.path.endswith("/current-vs-published-state"):
            record_id = one.path.split("/")[2]
            if record_id in project.api.main.items:
                project.delete(record_id)

    ended = exported(project, tmp_path / "out", hook)

    assert (ended.code, ended.consistency) == (0, "still"), ended
    assert content_of(tmp_path / "out")["schedules"] == []


def test_chosen_locales_are_kept_everywhere(tmp_path: Path) -> None:
    """Values that are not localized stay; the others lose the locales that were not asked for."""
    project = tiny()
    api = project.api
    api.change("/site", "site", locales=["en", "it"])
    fields = api.get(f"/item-types/{project.models['note']}/fields").data
    api.change(f"/fields/{fields[0]['id']}", "field", localized=True)
    note = project.ids("note")[0]
    body: JsonObject = {"type": "item", "id": note, "attributes": {"title": {"en": "a", "it": "b"}}}
    assert api.put(f"/items/{note}", {"data": body}).status == 200

    ended = InProcess(project).export(
        ExportOptions(tmp_path / "out", history=True, locales=("it",))
    )

    assert ended.code == 0, ended
    for kind in ("current", "history"):
        rows = [decode_object(one) for one in content_of(tmp_path / "out")[kind]]
        titles = [one["attributes"]["title"] for one in rows]
        assert {"it": "b"} in titles
        assert not [one for one in titles if isinstance(one, dict) and "en" in one]


def test_only_what_was_updated_since_comes(tmp_path: Path) -> None:
    """With a date in the future nothing does."""
    options = ExportOptions(tmp_path / "out", updated_since="2030-01-01")

    ended = InProcess(tiny()).export(options)

    assert ended.code == 0, ended
    assert content_of(tmp_path / "out")["current"] == []
