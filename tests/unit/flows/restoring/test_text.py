"""Asked to, an import rewrites addresses of assets and ids where they stand inside text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.core.remapping import IdMap, IdPolicy
from datosnap.flows.restoring.run import Counts
from tests.support.importing import beside, exported, imported
from tests.support.in_process import add_upload
from tests.support.small_projects import SmallProject, small_project
from tests.unit.sandbox.client import Client
from tests.unit.sandbox.resources.shelf import field as make_field


@dataclass(frozen=True)
class Written:
    """A project in which a post's text and JSON name an upload and a note."""

    project: SmallProject
    post: str
    note: str
    upload: str

    def put(self, **attributes: object) -> None:
        """Save the post."""
        data = {"type": "item", "id": self.post, "attributes": attributes}
        assert self.project.api.put(f"/items/{self.post}", {"data": data}).status == 200


def url(api: Client, upload_id: str) -> str:
    """Give the address of an upload."""
    return str(api.get(f"/uploads/{upload_id}").data["attributes"]["url"])


def post(api: Client, record_id: str) -> JsonObject:
    """Give the content of a record."""
    found: JsonObject = api.get(f"/items/{record_id}?nested=true").data["attributes"]
    return found


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Make the project and export it to `s`."""
    project = small_project(1, posts=1, notes=2)
    upload = add_upload(project, "a.png", b"picture")
    make_field(project.api, "post", "copy", "text")
    make_field(project.api, "post", "extra", "json")
    made = Written(project, project.ids("post")[0], project.ids("note")[0], upload)
    address = url(project.api, upload)
    made.put(
        copy=f"![a]({address}?w=1) and {made.note}, but not x{made.note}",
        extra=f'{{"record": "{made.note}", "upload": "{upload}"}}',
    )
    exported(project.api, tmp_path / "s")
    return made


def expected(made: Written, ids: IdMap, target: Client) -> JsonObject:
    """Give the texts as they should be in the target."""
    note, upload = ids.translate("item", made.note), ids.translate("upload", made.upload)
    return {
        "copy": f"![a]({url(target, upload)}?w=1) and {note}, but not x{made.note}",
        "extra": f'{{"record": "{note}", "upload": "{upload}"}}',
    }


def test_text_names_the_targets_assets_and_ids(written: Written, tmp_path: Path) -> None:
    """Whole words and whole addresses, counted; a second import then writes nothing."""
    target = beside(written.project.api)

    done = imported(target, tmp_path / "s", ids=IdPolicy.REMAP, rewrite_text=True)

    ids = done.report.ids
    there = post(target, ids.translate("item", written.post))
    assert {name: there[name] for name in ("copy", "extra")} == expected(written, ids, target)
    counts = done.report.written
    assert (counts.addresses_in_text, counts.ids_in_text) == (1, 3)
    again = imported(target, tmp_path / "s", ids=IdPolicy.REMAP, rewrite_text=True)
    assert again.report.written == Counts()
    assert again.wires.writes == []


def test_text_stays_as_it_is_unless_asked_for(written: Written, tmp_path: Path) -> None:
    """By default not a letter is touched."""
    target = beside(written.project.api)

    done = imported(target, tmp_path / "s", ids=IdPolicy.REMAP)

    there = post(target, done.report.ids.translate("item", written.post))
    assert there["copy"] == post(written.project.api, written.post)["copy"]
    assert done.report.written.ids_in_text == 0


def test_a_later_import_may_rewrite_what_an_earlier_one_left(
    written: Written, tmp_path: Path
) -> None:
    """The uploads are there already; their addresses are the target's own."""
    target = beside(written.project.api)
    imported(target, tmp_path / "s", ids=IdPolicy.REMAP)

    done = imported(target, tmp_path / "s", ids=IdPolicy.REMAP, rewrite_text=True)

    ids = done.report.ids
    there = post(target, ids.translate("item", written.post))
    assert {name: there[name] for name in ("copy", "extra")} == expected(written, ids, target)
    assert done.report.written.updated + done.report.written.second_writes == 1
