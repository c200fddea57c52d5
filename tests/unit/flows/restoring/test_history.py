"""Old versions are written again in their order, once each, whatever happens on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.api.wire import Answer
from datosnap.core.jsontext import JsonObject
from datosnap.core.retrying import Failure, Kind
from datosnap.core.selecting import Selection
from datosnap.errors import UnavailableError, UsageError
from datosnap.flows.restoring.run import Counts
from tests.support.authoring import Author
from tests.support.importing import (
    Asked,
    CarryOut,
    Hook,
    Imported,
    beside,
    compared,
    environment_of,
    exported,
    imported,
)
from tests.support.scripted import refusal
from tests.support.small_projects import SmallProject, small_project
from tests.unit.sandbox.client import Client
from tests.unit.sandbox.resources.shelf import field as make_field

_LOST = Failure(Kind.LOST, "the answer was lost")
_SILENCE = Failure(Kind.UNREACHABLE, "nobody answers")


def title(project: SmallProject, record_id: str, text: str, **more: object) -> None:
    """Save a record with a title."""
    data = {"type": "item", "id": record_id, "attributes": {"title": text, **more}}
    assert project.api.put(f"/items/{record_id}", {"data": data}).status == 200


def project_with_a_past() -> SmallProject:
    """Make a project in which a post was edited, published and edited again, and a note twice."""
    project = small_project(1, posts=1, notes=1)
    (post,), (note,) = project.ids("post"), project.ids("note")
    for text in ("one", "two"):
        title(project, post, text)
    project.publish(post)
    for text in ("three", "four"):
        title(project, post, text)
    title(project, note, "newer")
    return project


def told(api: Client, record_id: str) -> list[str]:
    """Give the titles of a record's versions, oldest first."""
    versions = api.get(f"/items/{record_id}/versions").data
    return [one["attributes"]["title"] for one in versions][::-1]


def published(api: Client, record_id: str) -> str:
    """Give the title that readers see."""
    found: JsonObject = api.get(f"/items/{record_id}?version=published").data
    return str(found["attributes"]["title"])


def fairly(_: Asked, carry_out: CarryOut) -> Answer | Failure:
    """Answer everything."""
    return carry_out()


def replayed(api: Client, root: Path, hook: Hook = fairly) -> Imported:
    """Import a snapshot with its history."""
    return imported(api, root, hook=hook, replay=True)


def test_versions_come_back_in_their_order(tmp_path: Path) -> None:
    """Around the published content; the result is equal, and each version costs one write."""
    project = project_with_a_past()
    (post,) = project.ids("post")
    exported(project.api, tmp_path / "s", history=True)
    target = beside(project.api)

    done = replayed(target, tmp_path / "s")

    assert done.gaps == []
    assert told(target, post) == told(project.api, post)
    assert published(target, post) == "two"
    assert done.report.plan.versions == done.report.written.versions == 4
    assert any("4 old versions" in one for one in done.report.plan.notes)
    assert not any("version history" in one for one in done.report.plan.left_alone)
    exported(target, tmp_path / "back")
    assert compared(tmp_path / "s", tmp_path / "back", done.report.ids).total == 0


def test_without_being_asked_for_only_the_latest_comes(tmp_path: Path) -> None:
    """History is not replayed by default."""
    project = project_with_a_past()
    (note,) = project.ids("note")
    exported(project.api, tmp_path / "s", history=True)
    target = beside(project.api)

    done = imported(target, tmp_path / "s")

    assert done.report.plan.versions == done.report.written.versions == 0
    assert told(target, note) == ["newer"]
    assert any("version history" in one for one in done.report.plan.left_alone)


def test_a_second_import_replays_nothing(tmp_path: Path) -> None:
    """Only new records have their past written."""
    project = project_with_a_past()
    exported(project.api, tmp_path / "s", history=True)
    target = beside(project.api)
    replayed(target, tmp_path / "s")

    again = replayed(target, tmp_path / "s")

    assert again.report.plan.versions == 0
    assert again.report.written == Counts()
    assert again.wires.writes == []
    (post,) = project.ids("post")
    title(project, post, "five")
    exported(project.api, tmp_path / "later", history=True)
    later = imported(
        target,
        tmp_path / "later",
        replay=True,
        allow_primary=True,
        id_map=again.report.state / "id-map.ndjson" if again.report.state else None,
    )
    assert (later.gaps, later.report.written.versions) == ([], 0)
    assert told(target, post)[-2:] == ["four", "five"]


@pytest.mark.parametrize("number", range(10))
def test_an_answer_that_is_lost_doubles_no_version(tmp_path: Path, number: int) -> None:
    """Each write to a record, a schedule too, is carried out and its answer lost, once."""
    project = project_with_a_past()
    exported(project.api, tmp_path / "s", history=True)
    target = beside(project.api)
    seen: list[Asked] = []

    def lose_one(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        answer = carry_out()
        if asked.is_write and asked.path.startswith("/items"):
            seen.append(asked)
            if len(seen) == number + 1:
                return _LOST
        return answer

    done = replayed(target, tmp_path / "s", lose_one)

    assert len(seen) > number
    assert done.gaps == []
    for one in (*project.ids("post"), *project.ids("note")):
        assert told(target, one) == told(project.api, one)


@pytest.mark.parametrize("number", range(1, 9))
def test_a_run_that_is_cut_off_goes_on_without_doubling(tmp_path: Path, number: int) -> None:
    """The last write arrives, its answer never; the same import then finishes."""
    project = project_with_a_past()
    exported(project.api, tmp_path / "s", history=True)
    target = beside(project.api)
    writes: list[Asked] = []

    def fall_silent(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if len(writes) >= number:
            return _SILENCE
        answer = carry_out()
        if asked.is_write and asked.path.startswith("/items"):
            writes.append(asked)
        return _SILENCE if len(writes) >= number else answer

    with pytest.raises(UnavailableError):
        replayed(target, tmp_path / "s", fall_silent)

    done = replayed(target, tmp_path / "s")

    assert done.gaps == []
    for one in (*project.ids("post"), *project.ids("note")):
        assert told(target, one) == told(project.api, one)
    assert published(target, project.ids("post")[0]) == "two"


@pytest.mark.parametrize("refused", [1, 2])
def test_a_version_that_is_refused_is_told_and_the_rest_comes(tmp_path: Path, refused: int) -> None:
    """The one by which the record would be created, or a later one."""
    project = project_with_a_past()
    (post,) = project.ids("post")
    exported(project.api, tmp_path / "s", history=True, models=("post",))
    target = beside(project.api)
    writes: list[Asked] = []

    def refuse(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.is_write and asked.path.startswith("/items"):
            writes.append(asked)
            if len(writes) == refused:
                return refusal(422, "INVALID_FIELD")
        return carry_out()

    done = replayed(target, tmp_path / "s", refuse)

    (gap,) = done.gaps
    assert gap[0] == "version"
    assert f"post {post}" in gap[2]
    kept = told(project.api, post)
    del kept[refused - 1]
    assert told(target, post) == kept
    assert published(target, post) == "two"


def test_a_record_whose_past_is_there_keeps_its_links(tmp_path: Path) -> None:
    """Made by its oldest version, it is linked to though its latest content is refused at first."""
    author = Author(Client.fresh())
    writer, article = author.model("writer"), author.model("article")
    author.field(writer, "title")
    author.field(article, "writer", "link", to=[writer])
    name = author.create(writer, {"title": "older"})
    author.update(name, {"title": "latest"})
    author.publish(name)
    link = author.create(article, {"writer": name})
    exported(author.api, tmp_path / "s", history=True)
    target = beside(author.api)
    refused: list[str] = []

    def refuse(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.method == "PUT" and b'"latest"' in asked.content:
            refused.append(asked.path)
            return refusal(422, "INVALID_FIELD")
        return carry_out()

    first = replayed(target, tmp_path / "s", refuse)

    assert refused == [f"/items/{name}"]
    assert [(kind, one) for kind, one, _ in first.gaps] == [("record", name)]
    items = environment_of(target).items
    assert items[link].current.attributes["writer"] == name
    assert told(target, name) == ["older"]
    assert replayed(target, tmp_path / "s").gaps == []
    assert told(target, name) == ["older", "latest"]
    assert published(target, name) == "latest"


def test_a_full_project_is_told_once_and_not_by_version(tmp_path: Path) -> None:
    """No room for a record is no fault of its first version; a part needs only its own past."""
    project = project_with_a_past()
    (post,) = project.ids("post")
    exported(project.api, tmp_path / "s", history=True)
    target = beside(project.api)

    def refuse(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if (asked.method, asked.path) == ("POST", "/items"):
            return refusal(422, "PLAN_UPGRADE_REQUIRED")
        return carry_out()

    part = Selection(records=(post,))
    done = imported(target, tmp_path / "s", hook=refuse, replay=True, selection=part)

    kinds = [kind for kind, _, _ in done.gaps]
    assert (kinds.count("record"), kinds.count("version")) == (1, 0)
    assert done.report.plan.versions == 3


def test_an_old_link_to_what_is_not_there_yet_leaves_its_text(tmp_path: Path) -> None:
    """The version keeps what it said; only the link itself is left out, and the latest has it."""
    project = small_project(1, posts=1, notes=1)
    (post,), (note,) = project.ids("post"), project.ids("note")
    allowed: JsonObject = {
        "structured_text_blocks": {"item_types": []},
        "structured_text_inline_blocks": {"item_types": []},
        "structured_text_links": {"item_types": [project.models["post"]]},
    }
    make_field(project.api, "note", "story", "structured_text", validators=allowed)
    span = {"type": "span", "value": "see this"}
    title(project, note, "old", story=story({"type": "itemLink", "item": post, "children": [span]}))
    title(project, note, "new", story=story({"type": "span", "value": "see nothing"}))
    exported(project.api, tmp_path / "s", history=True)
    target = beside(project.api)

    done = replayed(target, tmp_path / "s")

    assert done.gaps == []
    versions = target.get(f"/items/{note}/versions?nested=true").data[::-1]
    assert [one["attributes"]["story"] for one in versions[-2:]] == [
        story(span),
        story({"type": "span", "value": "see nothing"}),
    ]


def story(node: JsonObject) -> JsonObject:
    """Give a structured text of one paragraph."""
    paragraph = {"type": "paragraph", "children": [node]}
    return {"schema": "dast", "document": {"type": "root", "children": [paragraph]}}


def test_a_snapshot_without_history_is_refused(tmp_path: Path) -> None:
    """It says what to export instead."""
    project = project_with_a_past()
    exported(project.api, tmp_path / "s")

    with pytest.raises(UsageError, match="export with --history all"):
        replayed(beside(project.api), tmp_path / "s")
