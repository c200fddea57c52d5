"""A sandbox that was filled from a snapshot answers as its source did, and obeys later writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from datosnap.core.jsontext import Json, JsonObject, decode_object
from datosnap.errors import CorruptSnapshotError, SnapshotNotFoundError
from datosnap.flows.sandbox_load import Loaded, load_snapshot
from datosnap.sandbox.app import build_app
from datosnap.sandbox.persistence import opened
from datosnap.sandbox.state import Environment, World
from datosnap.sandbox.worlds import new_world
from datosnap.store.snapshot import Snapshot
from tests.support import legacy_snapshot as legacy
from tests.support.sample_dumps import FOLDER
from tests.unit.sandbox.client import Client

BASE_URL = "http://127.0.0.1:4010"


@dataclass(frozen=True, slots=True)
class Filled:
    """A sandbox with a project from a snapshot."""

    loaded: Loaded
    client: Client

    @property
    def main(self) -> Environment:
        """Give its environment."""
        return self.client.main

    def raw(self, path: str, **headers: str) -> bytes:
        """Ask for something that is there; give the bytes of the body."""
        answer = self.client.get(path, **headers)
        assert answer.status == 200, answer.json
        return answer.body

    def data(self, path: str) -> Json:
        """Ask for something that is there; give its data."""
        return self.client.get(path).data


def _filled(root: Path) -> Filled:
    world = new_world(seed=5)
    world.base_url = BASE_URL
    return _client(world, load_snapshot(world, root))


def _client(world: World, loaded: Loaded) -> Filled:
    (project,) = world.projects.values()
    return Filled(loaded, Client(world, project, loaded.token, build_app(world)))


@pytest.fixture
def old(tmp_path: Path) -> Filled:
    """Give a sandbox with a project of many years."""
    legacy.write_legacy_snapshot(tmp_path / "old")
    return _filled(tmp_path / "old")


@pytest.fixture(scope="module")
def dump() -> Snapshot:
    """Give the dump of the sample project."""
    return Snapshot.open(FOLDER / "ndjson")


@pytest.fixture
def lanterna() -> Filled:
    """Give a sandbox with the sample project."""
    return _filled(FOLDER / "ndjson")


def test_records_are_answered_with_the_bytes_they_came_in(old: Filled) -> None:
    """Odd numbers, escapes, members of another time, old ids: nothing is read and written anew."""
    listed = old.raw(f"/items?filter[type]={legacy.ARTICLE}&nested=true&order_by=id_ASC")
    found = old.raw(f"/items/{legacy.UPDATED}?nested=true")

    rows = legacy.ROW_UPDATED + b"," + legacy.ROW_DRAFT
    assert listed == b'{"data":[' + rows + b'],"meta":{"total_count":2}}'
    assert found == b'{"data":' + legacy.ROW_UPDATED + b"}"


def test_the_published_copy_has_its_own_bytes(old: Filled) -> None:
    """Readers of the published content get what was published, drafts are not among it."""
    listed = old.raw(f"/items?filter[type]={legacy.ARTICLE}&nested=true&version=published")

    assert listed == b'{"data":[' + legacy.ROW_PUBLISHED + b'],"meta":{"total_count":1}}'


def test_a_model_without_blocks_is_the_same_flat_and_nested(old: Filled) -> None:
    """There the flat form is that of the snapshot; with blocks it has their ids."""
    page = old.raw(f"/items/{legacy.PARENT}")
    article = old.data(f"/items/{legacy.UPDATED}")

    assert page == b'{"data":' + legacy.ROW_PARENT + b"}"
    assert article["attributes"] == {"price": 1.5, "title": "Néw", "content": ["98765"]}


def test_the_newest_record_comes_first(old: Filled) -> None:
    """Records stand in the order in which they were created, whatever their ids and models."""
    listed = old.data("/items?filter[query]=")

    ids = [one["id"] for one in listed if one["id"] != "98765"]
    assert ids == [legacy.PARENT, legacy.UPDATED, legacy.DRAFT, legacy.CHILD]


def test_without_history_the_versions_are_those_that_must_have_been(old: Filled) -> None:
    """A record that is published and was edited since has two."""
    versions = old.data(f"/items/{legacy.UPDATED}/versions")

    assert [one["attributes"]["title"] for one in versions] == ["Néw", "Old"]
    assert [one["meta"]["is_current"] for one in versions] == [True, False]
    assert [one["meta"]["is_published"] for one in versions] == [False, True]
    assert versions[0]["id"] == "555002"


def test_a_schedule_is_known_even_when_only_the_record_tells(old: Filled) -> None:
    """Its time is the record's; of what it selects nothing is known."""
    state = old.client.get(f"/items/{legacy.DRAFT}/current-vs-published-state").json

    (schedule,) = state["included"]
    assert schedule["attributes"] == {
        "publication_scheduled_at": "2056-01-01T00:00:00.000+00:00",
        "selective_publication": None,
    }


def test_a_loaded_record_is_edited_as_any_other(old: Filled) -> None:
    """The new content is answered in the sandbox's own form; other records stay as they came."""
    change = {"type": "item", "id": legacy.UPDATED, "attributes": {"title": "Edited"}}
    edited = old.client.put(f"/items/{legacy.UPDATED}", {"data": change}).data
    found = decode_object(old.raw(f"/items/{legacy.UPDATED}?nested=true"))["data"]

    assert edited["meta"]["status"] == "updated"
    assert found["attributes"]["title"] == "Edited"
    assert found["attributes"]["content"][0]["attributes"] == {"text": "new"}
    assert found["meta"]["current_version"] == edited["meta"]["current_version"] != "555002"
    assert "of_another_time" not in found["meta"]
    assert old.raw(f"/items/{legacy.DRAFT}?nested=true") == b'{"data":' + legacy.ROW_DRAFT + b"}"


def test_publishing_shows_the_current_content(old: Filled) -> None:
    """The old published bytes are gone as soon as something else is published."""
    old.client.put(f"/items/{legacy.UPDATED}/publish")
    (listed,) = old.data(f"/items?filter[type]={legacy.ARTICLE}&version=published")

    assert (listed["attributes"]["title"], listed["meta"]["status"]) == ("Néw", "published")


def test_a_parent_knows_when_its_last_child_goes(old: Filled) -> None:
    """Its bytes said that it has children; they are not its answer any more."""
    old.client.delete(f"/items/{legacy.CHILD}")

    assert old.data(f"/items/{legacy.PARENT}")["meta"]["has_children"] is False


def test_a_new_field_shows_in_loaded_records(old: Filled) -> None:
    """A change of the schema reaches what was loaded."""
    field = {"label": "New", "api_key": "fresh", "field_type": "string"}
    made = old.client.make(f"/item-types/{legacy.PAGE}/fields", "field", **field)

    assert made.status == 201
    assert old.data(f"/items/{legacy.PARENT}")["attributes"]["fresh"] is None


def test_a_model_that_is_no_tree_any_more_shows_no_places(old: Filled) -> None:
    """Positions and parents go from what was loaded, too."""
    old.client.change(f"/item-types/{legacy.PAGE}", "item_type", tree=False)

    assert old.data(f"/items/{legacy.PARENT}")["attributes"] == {"name": "Home"}


def test_a_fork_answers_with_the_same_bytes(old: Filled) -> None:
    """A fork has the records as they came; what is written in it stays in it."""
    body = {"data": {"type": "environment", "id": "copy"}}
    old.client.post("/environments/main/fork", body)
    path = f"/items/{legacy.UPDATED}?nested=true"
    forked = old.raw(path, x_environment="copy")
    change = {"type": "item", "id": legacy.UPDATED, "attributes": {"title": "Fork"}}
    old.client.put(f"/items/{legacy.UPDATED}", {"data": change}, x_environment="copy")

    assert forked == old.raw(path) == b'{"data":' + legacy.ROW_UPDATED + b"}"
    assert b'"Fork"' in old.raw(path, x_environment="copy")


def test_the_bytes_outlive_the_process(old: Filled, tmp_path: Path) -> None:
    """A sandbox that goes on from its file answers with them still."""
    with opened(tmp_path / "state.db") as keeper:
        keeper.save(old.client.world)
    world = new_world(seed=6)
    with opened(tmp_path / "state.db") as keeper:
        keeper.load(world)
    again = _client(world, old.loaded)

    for path in (f"/items/{legacy.UPDATED}?nested=true", f"/items/{legacy.PARENT}"):
        assert again.raw(path) == old.raw(path)


def test_assets_are_served_when_the_snapshot_has_them(old: Filled) -> None:
    """Others stay where they are; metadata is the same but for the address."""
    here, there = (old.data(f"/uploads/{one}") for one in (legacy.UPLOAD, legacy.LOST_UPLOAD))
    path = here["attributes"]["path"]

    assert here["attributes"]["url"] == f"{BASE_URL}{path}"
    assert old.client.get(path).body == legacy.ASSET
    assert there["attributes"]["url"].startswith("https://www.datocms-assets.com/205/")
    assert list(here["attributes"]["default_field_metadata"])[:2] == ["title", "alt"]
    assert [one["id"] for one in old.data("/upload-tags")] == ["brochure"]


def test_the_printed_token_may_do_everything(old: Filled) -> None:
    """No token of the project has full rights, so it is one that no list shows."""
    listed = old.data("/access_tokens")

    assert [one["attributes"]["name"] for one in listed] == ["Website"]
    assert listed[0]["attributes"]["token"] not in {None, old.loaded.token}
    assert old.data("/users/me")["type"] == "account"
    assert old.client.make("/item-types", "item_type", name="A", api_key="a").status == 201


def test_a_listed_token_does_only_what_its_role_may(old: Filled) -> None:
    """Its value is new, its rights are those it had."""
    (token,) = old.data("/access_tokens")
    old.client.token = token["attributes"]["token"]
    refused = old.client.make("/item-types", "item_type", name="A", api_key="a")

    assert (old.data("/site")["id"], refused.code) == ("24038", "INSUFFICIENT_PERMISSIONS")


def test_withheld_secrets_are_replaced(old: Filled) -> None:
    """What was left out is made anew; what was never there stays away."""
    (webhook,) = old.data("/webhooks")
    (trigger,) = old.data("/build-triggers")

    attributes: JsonObject = webhook["attributes"]
    assert (attributes["headers"], attributes["http_basic_user"]) == ({}, None)
    assert attributes["http_basic_password"]
    assert trigger["attributes"]["webhook_token"]
    assert trigger["attributes"]["webhook_url"].startswith("https://webhooks.datocms.com/")


def test_the_project_is_what_it_was(old: Filled) -> None:
    """Name, dates, locales, old flags; new numbers follow the old ones."""
    site = old.data("/site")
    new: JsonObject = dict.fromkeys(("custom_payload", "http_basic_user", "http_basic_password"))
    new |= {"headers": {}, "events": []}
    made = old.client.make("/webhooks", "webhook", name="A", url="https://a.example", **new)

    assert (site["id"], site["attributes"]["timezone"]) == ("24038", "Europe/Rome")
    assert site["meta"]["created_at"] == "2016-01-01T00:00:00.000Z"
    assert site["meta"]["improved_hex_management"] is False
    assert site["meta"]["improved_items_listing"] is True
    assert int(made.data["id"]) > int(legacy.CHILD)
    assert old.loaded == Loaded("Old house", old.loaded.token, 4, 2, 1)


def test_a_snapshot_that_is_no_project_is_refused(tmp_path: Path) -> None:
    """A record without its meta is told in a line, not with a traceback."""
    broken = b'{"type":"item","id":"1","attributes":{}}'
    legacy.write_legacy_snapshot(tmp_path / "old", broken=broken)

    with pytest.raises(CorruptSnapshotError, match="one that cannot be: KeyError"):
        load_snapshot(new_world(seed=1), tmp_path / "old")
    with pytest.raises(SnapshotNotFoundError):
        load_snapshot(new_world(seed=1), tmp_path / "nothing")


def test_history_is_answered_with_its_bytes(lanterna: Filled, dump: Snapshot) -> None:
    """Every version of every record, by list and by its own id."""
    rows = {decode_object(row)["id"]: row for row in dump.rows("history", "article")}
    (one, *_), items = rows, list(lanterna.main.items.values())
    shown: list[bytes] = []
    for item in items:
        if any(version.id in rows for version in item.versions):
            body = lanterna.raw(f"/items/{item.id}/versions?nested=true&page[limit]=50")
            shown += [rows[v.id] for v in item.versions if rows[v.id] in body]

    assert sorted(shown) == sorted(rows.values())
    assert lanterna.raw(f"/versions/{one}?nested=true") == b'{"data":' + rows[one] + b"}"


def test_history_goes_on(lanterna: Filled) -> None:
    """A version of the snapshot can be restored; the others keep their content."""
    item = next(one for one in lanterna.main.items.values() if len(one.versions) > 2)
    path = f"/items/{item.id}/versions"
    before = lanterna.data(path)
    lanterna.client.post(f"/versions/{before[-1]['id']}/restore")
    after = lanterna.data(path)

    assert len(after) == len(before) + 1
    assert after[0]["attributes"] == before[-1]["attributes"]
    assert [one["attributes"] for one in after[1:]] == [one["attributes"] for one in before]


def test_what_the_sample_shows_is_what_its_own_code_would_show(lanterna: Filled) -> None:
    """Bytes that came and bytes that are made from the state are the same for every record."""
    paths = [
        f"/items?page[offset]={offset}&page[limit]=30&nested={nested}&version={version}&order_by=id_ASC"
        for offset in range(0, 240, 30)
        for nested in ("true", "false")
        for version in ("current", "published")
    ]
    came = [lanterna.raw(path) for path in paths]
    lanterna.main.originals.clear()

    assert [lanterna.raw(path) for path in paths] == came


def test_a_token_of_the_project_is_preferred(lanterna: Filled) -> None:
    """Where a listed token has full rights, that one is printed, and it is the first."""
    (token,) = lanterna.data("/access_tokens")

    assert token["attributes"]["token"] == lanterna.loaded.token
    assert next(iter(lanterna.client.project.tokens)) == lanterna.loaded.token
