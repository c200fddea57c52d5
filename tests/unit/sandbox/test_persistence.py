"""The file of a sandbox: what was answered is in it, and a world built from it is the same."""

from __future__ import annotations

import dataclasses
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from datosnap.core.jsontext import Json, encode
from datosnap.errors import UsageError
from datosnap.sandbox.persistence import Keeper, KeptApp, opened
from datosnap.sandbox.state import Item, Original, Schedule, Version, World
from datosnap.sandbox.tracked import Tracked
from datosnap.sandbox.worlds import create_project, new_world
from tests.unit.sandbox.client import Client, document, request

ACTOR = {"type": "access_token", "id": "1"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Name a file that is not there yet."""
    return tmp_path / "state.db"


def _loaded(file: Path) -> World:
    world = new_world(seed=2)
    with opened(file) as keeper:
        keeper.load(world)
    return world


def _content(world: World) -> Json:
    """Give all of a world that must outlive its process, order included."""
    facts = dataclasses.asdict(
        dataclasses.replace(world, clock=datetime.now, new_bytes=bytes, base_url="")
    )
    for project in facts["projects"].values():
        del project["jobs"], project["polls_left"]
        holders = [project, *project["environments"].values()]
        for environment in holders[1:]:
            del environment["derived"]
        for holder in holders:
            # a kind that was only asked for is an empty one
            holder["resources"] = {kind: held for kind, held in holder["resources"].items() if held}
    return [list(facts["projects"]), facts]


def _version(number: int) -> Version:
    return Version(f"v{number}", {"title": "é \U0001f30d", "n": 0.1}, "2026-01-05", ACTOR)


def _item() -> Item:
    versions = (_version(1), _version(2))
    return Item("r1", "m1", ACTOR, "2026-01-05", "2026-01-06", versions, published=versions[0])


def _full_world() -> World:
    """Build a world in which every kind of thing is kept."""
    world = new_world(seed=1)
    project, _ = create_project(world, "Blog")
    create_project(world, "Other")
    world.sessions["s"] = "5"
    world.accounts["5"] = {"type": "account", "id": "5"}
    project.blobs["/64001/1-a.bin"] = bytes(range(256))
    project.upload_requests["/64001/2-b.bin"] = datetime(2026, 1, 5, 9, 0, 0, 5, tzinfo=UTC)
    project.limits["items"] = 3
    main = project.environments["main"]
    main.ready_at = datetime(2026, 1, 5, tzinfo=UTC)
    main.of_type("item_type")["m1"] = {"type": "item_type", "id": "m1"}
    main.items["r1"] = _item()
    apart = dataclasses.replace(_item(), id="r2", published=_version(3))
    main.items["r2"] = dataclasses.replace(
        apart, publication=Schedule("s1", "2030", {"a": 1}), unpublishing=Schedule("s2", "2031")
    )
    main.items["r0"] = dataclasses.replace(_item(), id="r0", published=None)
    main.originals["r1"] = Original(b'{"a":1.50}', b"{}", {"v1": b"[1]", "v2": b"[2]"}, nested=True)
    main.originals["r0"] = Original(b"{ }")
    return world


def test_a_world_comes_back_as_it_was(file: Path) -> None:
    """Every kind of thing, each in its order, is the same in a world built from the file."""
    world = _full_world()
    with opened(file) as keeper:
        assert keeper.is_new
        keeper.save(world)

    assert _content(_loaded(file)) == _content(world)
    with opened(file) as keeper:
        assert not keeper.is_new


def test_content_that_is_current_and_published_stays_one_object(file: Path) -> None:
    """A record is published for as long as its published version is its current one."""
    world = _full_world()
    with opened(file) as keeper:
        keeper.save(world)

    item = _loaded(file).projects["64001"].environments["main"].items["r1"]
    assert item.published is item.versions[0]


def test_changes_follow_one_by_one(file: Path) -> None:
    """After each change the file holds it: new, changed, deleted, and deleted and made again."""
    world = _full_world()
    project = world.projects["64001"]
    main = project.environments["main"]
    with opened(file) as keeper:
        keeper.save(world)
    with opened(file) as keeper:
        world = new_world(seed=2)
        keeper.load(world)
        project = world.projects["64001"]
        main = project.environments["main"]
        main.items["r3"] = dataclasses.replace(main.items["r1"], id="r3")
        main.items["r2"] = dataclasses.replace(main.items["r2"], stage="review")
        again = main.items.pop("r1")
        main.items["r1"] = again
        del project.blobs["/64001/1-a.bin"]
        project.name = "Renamed"
        project.of_type("webhook")["7"] = {"type": "webhook", "id": "7"}
        keeper.save(world)

    back = _loaded(file)
    assert list(back.projects["64001"].environments["main"].items) == ["r2", "r0", "r3", "r1"]
    assert _content(back) == _content(world)


def test_environments_come_and_go(file: Path) -> None:
    """A fork is kept whole; renamed, promoted and destroyed ones are what they are then."""
    client = Client.fresh()
    client.make("/item-types", "item_type", name="Post", api_key="post")
    with opened(file) as keeper:
        keeper.save(client.world)
        client.post("/environments/main/fork", {"data": {"type": "environment", "id": "fork"}})
        keeper.save(client.world)
        forked = _content(client.world)
        client.put("/environments/main/rename", {"data": {"type": "environment", "id": "old"}})
        client.put("/environments/fork/promote", {})
        keeper.save(client.world)
        client.delete("/environments/old")
        keeper.save(client.world)

    back = _loaded(file)
    (project,) = back.projects.values()
    assert (list(project.environments), project.primary_id) == (["fork"], "fork")
    assert len(project.environments["fork"].of_type("item_type")) == 1
    assert _content(back) == _content(client.world) != forked


def test_nothing_is_written_when_nothing_changed(file: Path) -> None:
    """A request that only reads costs no transaction."""
    world = _full_world()
    with opened(file) as keeper:
        keeper.save(world)
        before = keeper._database.total_changes
        keeper.save(world)

        assert keeper._database.total_changes == before


def test_a_write_costs_what_changed(file: Path) -> None:
    """Of a thousand records the one that changed is written, and no other."""
    world = _full_world()
    items = world.projects["64001"].environments["main"].items
    items.update({f"n{n}": dataclasses.replace(_item(), id=f"n{n}") for n in range(1000)})
    with opened(file) as keeper:
        keeper.save(world)
        before = keeper._database.total_changes
        world.projects["64001"].environments["main"].items["n7"] = _item()
        keeper.save(world)

        assert keeper._database.total_changes == before + 1


def test_an_answer_waits_until_its_change_is_kept(file: Path) -> None:
    """What a client was told is in the file, even if nobody ever closes it."""
    client = Client.fresh()
    keeper = Keeper.open(file)
    app = KeptApp(client.app, client.world, keeper)
    body = document("item_type", None, {"name": "Post", "api_key": "post"})
    headers = {**client.headers, "authorization": f"Bearer {client.token}"}
    keeper.save(client.world)

    made = client.send("GET", "/site", None)
    answer = request(app, "POST", "/item-types", encode(body), _with_type(headers))
    keeper._database.close()

    assert (made.status, answer.status) == (200, 201)
    assert _content(_loaded(file)) == _content(client.world)


def test_what_could_not_be_written_is_written_later(file: Path) -> None:
    """A full disk leaves the file as it was; the next save makes up for it."""
    world = _full_world()
    with opened(file) as keeper:
        keeper.save(world)
        items = world.projects["64001"].environments["main"].items
        items["r9"] = dataclasses.replace(_item(), id="r9")
        pages = keeper._database.execute("PRAGMA page_count").fetchone()[0]
        keeper._database.execute(f"PRAGMA max_page_count = {pages}")
        world.projects["64001"].blobs["/64001/big"] = bytes(1_000_000)
        with pytest.raises(sqlite3.OperationalError, match="full"):
            keeper.save(world)
        assert isinstance(items, Tracked)
        assert list(items.written) == ["r9"]
        keeper._database.execute("PRAGMA max_page_count = 100000")
        keeper.save(world)

    assert _content(_loaded(file)) == _content(world)


def test_two_sandboxes_cannot_share_a_file(file: Path) -> None:
    """The second one is told that somebody else has it."""
    with opened(file) as keeper:
        keeper.save(_full_world())
        with pytest.raises(UsageError, match="locked"):
            Keeper.open(file)


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    """A text, a database of another program and a folder that is not there are refused."""
    text, other = tmp_path / "notes.txt", tmp_path / "other.db"
    text.write_bytes(b"no database at all, but a text of some length" * 30)
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE mine (a)")
    database.close()
    before = text.read_bytes(), other.read_bytes()

    for path in (text, other, tmp_path / "nowhere" / "state.db"):
        with pytest.raises(UsageError, match=r"notes\.txt|other\.db|state\.db"):
            Keeper.open(path)
    assert (text.read_bytes(), other.read_bytes()) == before


def _with_type(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "content-type": "application/json"}
