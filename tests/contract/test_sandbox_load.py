"""A sandbox filled from a snapshot, exported again: the same bytes, whatever the snapshot held."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from datosnap.flows.sandbox_load import Loaded, load_snapshot
from datosnap.sandbox.server import running
from datosnap.sandbox.state import World
from datosnap.sandbox.worlds import new_world
from datosnap.store.snapshot import Snapshot
from tests.support.sample_dumps import FOLDER, FORMATS
from tests.support.sandboxes import datosnap

_URL = re.compile(rb'"url":"http://127\.0\.0\.1:\d+/')
# Lists that hold secrets are told apart from those that are equal to the byte.
_PROJECT = (
    "site",
    "environment",
    "item_types",
    "fields",
    "fieldsets",
    "workflows",
    "plugins",
    "menu_items",
    "schema_menu_items",
    "item_type_filters",
    "upload_filters",
    "upload_collections",
    "roles",
    "access_tokens",
    "users",
    "webhooks",
    "build_triggers",
)


def exported(world: World, loaded: Loaded, place: Path) -> Snapshot:
    """Export a loaded project with everything, as a person would."""
    with running(world) as sandbox:
        reach = ("--base-url", sandbox.base_url, "--api-token", loaded.token)
        ended = datosnap("export", place / "again", "--history", "all", *reach, folder=place)
    assert ended.code == 0, ended.err
    return Snapshot.open(place / "again")


@pytest.mark.parametrize("chunk_format", FORMATS)
def test_an_export_of_a_loaded_sandbox_is_the_snapshot(chunk_format: str, tmp_path: Path) -> None:
    """Records, published copies, versions, schedules, settings and assets: the same bytes."""
    before = Snapshot.open(FOLDER / chunk_format)
    world = new_world()
    loaded = load_snapshot(world, FOLDER / chunk_format)

    after = exported(world, loaded, tmp_path)

    for kind in ("current", "published", "history"):
        rows = list(before.rows(kind))
        assert len(rows) > 20
        assert rows == list(after.rows(kind))
    assert sorted(before.schedules()) == sorted(after.schedules()) != []
    for name in _PROJECT:
        assert before.resources(name) == after.resources(name), name
    assert _uploads(before) == _uploads(after) != []
    assert _assets(before) == _assets(after) != set()


def _uploads(snapshot: Snapshot) -> list[bytes]:
    """Give the uploads, all but where the sandbox listened that day."""
    return sorted(_URL.sub(b"", row) for row in snapshot.rows("uploads"))


def _assets(snapshot: Snapshot) -> set[tuple[str, str]]:
    files = snapshot.manifest.files
    return {(one.path, one.sha256) for one in files if one.kind == "asset"}
