"""The official command line tool does its whole job on the sandbox."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from datosnap.core.jsontext import Json, JsonObject, encode
from tests.support.node import Done, datocms
from tests.support.sandboxes import Sandbox, build_into, datosnap, reach, sandbox

_SCRIPT = """'use strict';
module.exports = async (client) => {
  const model = await client.itemTypes.create({ name: 'Post', api_key: 'post' });
  await client.fields.create(model, { label: 'Title', api_key: 'title', field_type: 'string' });
  await client.items.create({ item_type: model, title: 'Hello' });
};
"""
_TYPED = """import { Client } from 'datocms/lib/cma-client-node';
export default async function (client: Client): Promise<void> {
  const [post]: { id: string }[] = await client.items.list({ filter: { type: 'post' } });
  await client.items.update(post.id, { title: 'Hello again' });
}
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder in which the official tool works on one project of a sandbox."""

    server: Sandbox
    token: str
    folder: Path

    def run(self, *arguments: str) -> Done:
        """Run a command against the project."""
        return datocms(*arguments, *reach(self.server, self.token), folder=self.folder)

    def ok(self, *arguments: str) -> Done:
        """Run a command that has to end well."""
        done = self.run(*arguments)
        assert done.code == 0, (arguments, done.out, done.err)
        return done

    def json(self, *arguments: str) -> Json:
        """Run a command and read its answer."""
        return self.run(*arguments, "--json").json

    def call(self, *arguments: str, environment: str = "main", data: Json = None) -> Json:
        """Call a method of the API through the tool."""
        body = () if data is None else ("--data", encode(data).decode())
        return self.run("cma:call", *arguments, "--environment", environment, *body).json

    def environments(self) -> dict[str, bool]:
        """List the environments, and which is primary."""
        listed = self.json("environments:list")
        return {one["id"]: one["meta"]["primary"] for one in listed}

    def difference(self, name: str, newer: str, older: str) -> str:
        """Let the tool write what would make one environment's schema the other's."""
        self.ok("migrations:new", name, "--js", f"--autogenerate={newer}:{older}")
        [script] = (self.folder / "migrations").glob(f"*_{name}.js")
        return script.read_text("utf-8")


def _desk(server: Sandbox, folder: Path) -> Desk:
    (folder / "datocms.config.json").write_text('{"profiles": {"default": {}}}', "utf-8")
    return Desk(server, server.new_project("Desk"), folder)


def _calls(script: str) -> list[str]:
    return re.findall(r"client\.(\w+\.\w+)\(", script)


@pytest.mark.usefixtures("official")
def test_environments_are_forked_renamed_promoted_and_destroyed(tmp_path: Path) -> None:
    """The tool's own answers agree with what it lists afterwards."""
    with sandbox() as server:
        desk = _desk(server, tmp_path)
        assert desk.json("environments:fork", "main", "fork")["meta"]["forked_from"] == "main"
        assert desk.json("environments:rename", "fork", "next")["id"] == "next"
        assert desk.json("environments:promote", "next")["meta"]["primary"] is True
        assert desk.environments() == {"main": False, "next": True}
        assert desk.ok("environments:primary").out.strip() == "next"
        assert "main" in desk.ok("environments:list").out
        taken = desk.run("environments:fork", "next", "main")
        assert desk.json("environments:destroy", "main")["meta"]["status"] == "destroying"
        assert desk.environments() == {"next": True}

    assert taken.code == 2
    assert 'An environment called "main" already exists' in taken.err


@pytest.mark.usefixtures("official")
def test_maintenance_mode_is_switched(tmp_path: Path) -> None:
    """While it is on, the tool cannot write to the primary environment."""
    with sandbox() as server:
        desk = _desk(server, tmp_path)
        assert desk.json("maintenance:on", "--force")["active"] is True
        model = '{"name": "Post", "api_key": "post"}'
        refused = desk.run("cma:call", "itemTypes", "create", "--data", model)
        assert desk.json("maintenance:off")["active"] is False
        desk.ok("cma:call", "itemTypes", "create", "--data", model)

    assert refused.code != 0
    assert "MAINTENANCE_MODE" in refused.out + refused.err


@pytest.mark.usefixtures("official")
def test_migrations_run_once_each_in_a_fork(tmp_path: Path) -> None:
    """Scripts in both languages run in order in a fork, and are not run again."""
    with sandbox() as server:
        desk = _desk(server, tmp_path)
        desk.ok("migrations:new", "template", "--js")
        [template] = (tmp_path / "migrations").iterdir()
        template.unlink()
        (tmp_path / "migrations" / "1_first.js").write_text(_SCRIPT, "utf-8")
        (tmp_path / "migrations" / "2_second.ts").write_text(_TYPED, "utf-8")
        dry = desk.json("migrations:run", "--destination=dry", "--dry-run")
        ran = desk.json("migrations:run", "--destination=done", "--fast-fork")
        again = desk.json("migrations:run", "--source=done", "--in-place")
        records = desk.call("items", "list", environment="done")
        refused = desk.run("migrations:run", "--in-place")

    assert [len(each["runMigrationScripts"]) for each in (dry, ran, again)] == [2, 2, 0]
    assert [one["title"] for one in records if "title" in one] == ["Hello again"]
    assert sorted(one["name"] for one in records if "name" in one) == ["1_first.js", "2_second.ts"]
    assert "not allowed" in refused.err


@pytest.mark.usefixtures("official")
def test_schema_is_inspected_and_typed(tmp_path: Path) -> None:
    """The tool describes every model and writes TypeScript for it."""
    with sandbox() as server:
        desk = _desk(server, tmp_path)
        (tmp_path / "migrations").mkdir()
        (tmp_path / "migrations" / "1_first.js").write_text(_SCRIPT, "utf-8")
        desk.ok("migrations:run", "--in-place", "--allow-primary")
        full = desk.json("schema:inspect", "post", "--fields-details=complete")
        spoken = desk.ok("schema:inspect").out
        desk.ok("schema:generate", "schema.ts")
        unknown = desk.run("schema:inspect", "nothing-like-it-at-all")

    assert [one["itemType"]["api_key"] for one in full] == ["post"]
    assert [one["api_key"] for one in full[0]["fields"]] == ["title"]
    assert "schema_migration" in spoken
    types = (tmp_path / "schema.ts").read_text("utf-8")
    assert re.search(r"export type Post = ItemTypeDefinition<", types)
    assert unknown.code != 0


@pytest.mark.usefixtures("official")
def test_a_wrong_token_is_told_as_such(tmp_path: Path) -> None:
    """The tool recognises the refusal."""
    with sandbox() as server:
        desk = _desk(server, tmp_path)
        done = Desk(server, "wrong", tmp_path).run("environments:list")

    assert desk.token != "wrong"
    assert done.code != 0
    assert "Invalid API token" in done.err


@pytest.mark.usefixtures("official")
def test_a_restored_copy_has_no_schema_difference(tmp_path: Path) -> None:
    """Between the sample project and its copy in an emptied environment the tool finds nothing."""
    with sandbox() as server:
        desk = _desk(server, tmp_path)
        desk.ok("environments:fork", "main", "copy")
        build_into(server, desk.token)
        assert "itemTypes.create" in _calls(desk.difference("before", "main", "copy"))
        _restore(desk, "copy")

        assert _calls(desk.difference("forth", "main", "copy")) == []
        assert _calls(desk.difference("back", "copy", "main")) == []
        _relabel(desk, "copy")
        assert _calls(desk.difference("changed", "copy", "main")) == ["fields.update"]


def _restore(desk: Desk, environment: str) -> None:
    access = reach(desk.server, desk.token)
    exported = datosnap("export", "snapshot", *access, folder=desk.folder)
    assert exported.code == 0, exported.err
    options = ("--ids", "preserve", "-e", environment)
    imported = datosnap("import", "snapshot", *access, *options, folder=desk.folder)
    assert imported.code == 0, imported.err


def _relabel(desk: Desk, environment: str) -> None:
    [field, *_] = desk.call("fields", "list", "article", environment=environment)
    change = {"label": "Another label"}
    desk.call("fields", "update", field["id"], environment=environment, data=change)


@pytest.mark.usefixtures("official")
def test_official_migrations_rebuild_the_schema(tmp_path: Path) -> None:
    """The tool writes the sample project's schema as a migration, runs it, and is content."""
    with sandbox() as server:
        desk = _desk(server, tmp_path)
        (tmp_path / "migrations").mkdir()
        # so that both sides have the model in which the tool notes what it has run
        desk.ok("migrations:run", "--in-place", "--allow-primary")
        desk.ok("environments:fork", "main", "rebuilt")
        build_into(server, desk.token)
        _lend_favicon(desk, "rebuilt")

        assert "workflows.create" in _calls(desk.difference("whole", "main", "rebuilt"))
        desk.ok("migrations:run", "--source=rebuilt", "--in-place")
        # the tool orders fields only of models that both sides have, hence the second round
        assert set(_calls(desk.difference("order", "main", "rebuilt"))) == {
            "fields.update",
            "fieldsets.update",
        }
        desk.ok("migrations:run", "--source=rebuilt", "--in-place")
        assert _calls(desk.difference("rest", "main", "rebuilt")) == []


def _lend_favicon(desk: Desk, environment: str) -> None:
    # A migration moves no uploads, but names the one that is the site's icon.
    site: JsonObject = desk.call("site", "find")
    icon: JsonObject = desk.call("uploads", "find", site["favicon"])
    lent = {"id": icon["id"], "path": icon["path"]}
    desk.call("uploads", "create", environment=environment, data=lent)
