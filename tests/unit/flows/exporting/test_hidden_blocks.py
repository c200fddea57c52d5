"""Blocks of a structured text whose validators were emptied come whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.core.entities import read_schema
from datosnap.core.jsontext import Json, JsonObject, decode_object, encode
from datosnap.flows.exporting.hidden_blocks import hides_blocks
from datosnap.flows.exporting.options import ExportOptions
from datosnap.store.names import ChunkKind
from datosnap.store.snapshot import Snapshot
from tests.support.exporting import Outcome
from tests.support.in_process import Asked, Hook, InProcess, exported
from tests.support.schemas import field, item_type
from tests.support.scripted import ok
from tests.support.small_projects import SmallProject, small_project
from tests.unit.sandbox.resources.shelf import field as make_field

_LISTS = ("structured_text_blocks", "structured_text_inline_blocks", "structured_text_links")


def allowed(block: str) -> JsonObject:
    """Allow a block model in a structured text; '' allows none."""
    item_types = [block] if block else []
    return {one: {"item_types": item_types if one != _LISTS[2] else []} for one in _LISTS}


def text_with(block: Json) -> JsonObject:
    """Give a structured text that holds a block."""
    node = {"type": "block", "item": block}
    return {"schema": "dast", "document": {"type": "root", "children": [node]}}


def project_with_hidden_blocks() -> tuple[SmallProject, str]:
    """Make a project in which one note's text holds a block that its field allows no more."""
    project = small_project(3, posts=0, notes=40)
    api = project.api
    made = make_field(api, "note", "story", "structured_text", validators=allowed(project.block))
    record_id = project.ids("note")[7]
    link = {"item_type": {"data": {"type": "item_type", "id": project.block}}}
    block = {"type": "item", "attributes": {"text": "hidden"}, "relationships": link}
    for body in (block, {**block, "attributes": {"text": "newer"}}):
        data = {"type": "item", "id": record_id, "attributes": {"story": text_with(body)}}
        assert api.put(f"/items/{record_id}", {"data": data}).status == 200
        if body is block:
            project.publish(record_id)
    emptied: JsonObject = {
        "type": "field",
        "id": made["id"],
        "attributes": {"validators": allowed("")},
    }
    assert api.put(f"/fields/{made['id']}", {"data": emptied}).status == 200
    return project, record_id


def texts(root: Path, kind: ChunkKind, record_id: str) -> list[str]:
    """Give the text of the block in each row of a record."""
    rows = map(decode_object, Snapshot.open(root).rows(kind, "note"))
    ours = [one for one in rows if record_id in encode(one).decode()]
    stories = [one["attributes"]["story"] for one in ours if one["attributes"]["story"]]
    return [one["document"]["children"][0]["item"]["attributes"]["text"] for one in stories]


def run(project: SmallProject, root: Path, hook: Hook) -> Outcome:
    """Export a project without its history."""
    return InProcess(project, hook).export(ExportOptions(root, models=("note",)))


def test_blocks_come_whole_wherever_they_are_hidden(tmp_path: Path) -> None:
    """In the latest content, the published one and in versions; the model is read flat still."""
    project, record_id = project_with_hidden_blocks()

    done = exported(project, tmp_path / "s")

    assert done.gaps == []
    assert texts(tmp_path / "s", "current", record_id) == ["newer"]
    assert texts(tmp_path / "s", "published", record_id) == ["hidden"]
    assert sorted(texts(tmp_path / "s", "history", record_id)) == ["hidden", "newer"]


def test_only_the_records_concerned_are_asked_for_again(tmp_path: Path) -> None:
    """Two calls: one for the latest content and one for the published one."""
    nested: list[str] = []

    def watch(one: Asked) -> None:
        if one.path == "/items" and "nested" in one.query:
            nested.append(one.query)

    project, record_id = project_with_hidden_blocks()
    run(project, tmp_path / "s", watch)

    assert len(nested) == 2
    assert all(record_id in one for one in nested)


def test_blocks_that_cannot_be_had_are_a_gap(tmp_path: Path) -> None:
    """A record that went away between both calls is told."""
    project, _ = project_with_hidden_blocks()

    def lose(one: Asked) -> Json:
        is_again = one.path == "/items" and "nested" in one.query
        return ok({"data": [], "meta": {"total_count": 0}}) if is_again else None

    done = run(project, tmp_path / "s", lose)

    assert done.code == 3
    assert "blocks" in done.gaps


@pytest.mark.parametrize(
    ("value", "hides"),
    [
        (text_with("id"), True),
        ({"en": text_with("id"), "it": None}, True),
        (text_with({"type": "item", "attributes": {}}), False),
        ('say "type":"block"', False),
        (None, False),
    ],
)
def test_what_hides_blocks(value: Json, *, hides: bool) -> None:
    """A node that names a block by its id; not one that holds it, nor text that looks like one."""
    fields = [field("1", "story", "structured_text"), field("1", "type", "string")]
    model = read_schema([item_type("1", "note")], fields).item_types["1"]
    row = encode({"id": "a", "attributes": {"story": value, "type": "block"}})

    assert hides_blocks(model, row) is hides
