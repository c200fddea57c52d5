"""Roles, webhooks and build triggers: only on demand, each once, and none of them at work."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.api.wire import Answer
from datosnap.core.jsontext import JsonObject
from datosnap.core.retrying import Failure, Kind
from tests.support.importing import Asked, CarryOut, Hook, Imported, beside, exported, imported
from tests.support.schema_project import SchemaProject, add_extras, schema_project
from tests.unit.sandbox.client import Client

_ALL = ("roles", "webhooks", "build_triggers")
_PATHS = {"roles": "/roles", "webhooks": "/webhooks", "build_triggers": "/build-triggers"}


@pytest.fixture
def project() -> SchemaProject:
    """Build a project that has some of each."""
    built = schema_project()
    add_extras(built)
    return built


def put(api: Client, snapshot: Path, hook: Hook | None = None) -> Imported:
    """Import with everything that is there on demand."""
    hooked: dict[str, Hook] = {} if hook is None else {"hook": hook}
    return imported(api, snapshot, **hooked, allow_primary=True, extras=_ALL)


def named(api: Client, name: str) -> dict[str, JsonObject]:
    """Read all of one kind by their names, which must be told apart by them."""
    rows: list[JsonObject] = api.get(_PATHS[name]).data
    found = {one["attributes"]["name"]: one for one in rows}
    assert len(found) == len(rows)
    return found


def snapshot_of(project: SchemaProject, tmp_path: Path) -> Path:
    """Export a project, without its secrets."""
    exported(project.api, tmp_path / "out")
    return tmp_path / "out"


def test_nothing_of_the_project_comes_unasked(project: SchemaProject, tmp_path: Path) -> None:
    """Without the option an import leaves roles, webhooks and build triggers alone."""
    target = beside(project.api)

    imported(target, snapshot_of(project, tmp_path))

    assert {name: set(named(target, name)) for name in _ALL} == {
        "roles": {"Editor", "Admin"},
        "webhooks": set(),
        "build_triggers": set(),
    }


def test_what_comes_is_inactive_and_without_secrets(project: SchemaProject, tmp_path: Path) -> None:
    """Webhooks and triggers come switched off, with what a person must fill in left empty."""
    target = beside(project.api)

    done = put(target, snapshot_of(project, tmp_path))

    webhook = named(target, "webhooks")["Tell"]["attributes"]
    trigger = named(target, "build_triggers")["Site"]["attributes"]
    assert done.gaps == []
    assert (webhook["enabled"], webhook["headers"]) == (False, {})
    assert (trigger["enabled"], trigger["adapter_settings"]) == (False, {})
    assert not trigger["autotrigger_on_scheduled_publications"]


def test_what_must_be_filled_in_by_hand_is_told(project: SchemaProject, tmp_path: Path) -> None:
    """Each secret that the snapshot withheld of what is made, never of what is there already."""
    out, target = snapshot_of(project, tmp_path), beside(project.api)

    first, again = put(target, out), put(target, out)

    told = first.report.plan.by_hand
    assert {one.partition(":")[0] for one in told} == {
        "plugin Tags",
        "webhook Tell",
        "build trigger Site",
    }
    assert any("http_basic_password" in one for one in told)
    assert not any("s3cret" in one for one in told)
    assert again.report.plan.by_hand == ()
    assert "webhooks" not in " ".join(first.report.plan.left_alone)


def test_what_they_name_is_what_came(project: SchemaProject, tmp_path: Path) -> None:
    """Rules and events name the target's models, and roles the target's roles."""
    target = beside(project.api)

    put(target, snapshot_of(project, tmp_path))

    post = target.get("/item-types/post").data["id"]
    roles = named(target, "roles")
    rule = roles["Reader"]["attributes"]["positive_item_type_permissions"][0]
    heir = roles["A writer"]["relationships"]["inherits_permissions_from"]["data"]
    webhook = named(target, "webhooks")["Tell"]["attributes"]
    assert rule["item_type"] == post
    assert [one["id"] for one in heir] == [roles["Reader"]["id"]]
    assert webhook["events"][0]["filters"][0]["entity_ids"] == [post]


def test_a_second_import_makes_no_second_ones(project: SchemaProject, tmp_path: Path) -> None:
    """Known by their names, they are found again."""
    out, target = snapshot_of(project, tmp_path), beside(project.api)
    put(target, out)

    assert put(target, out).wires.writes == []


@pytest.mark.parametrize("name", _ALL)
def test_a_lost_reply_doubles_nothing(project: SchemaProject, tmp_path: Path, name: str) -> None:
    """Each reply to a making is lost once after it was carried out; each is there once."""
    lost: list[Asked] = []

    def lose(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        answer = carry_out()
        if asked.method == "POST" and asked.path == _PATHS[name]:
            lost.append(asked)
            return Failure(Kind.LOST, "the reply was lost")
        return answer

    target = beside(project.api)

    done = put(target, snapshot_of(project, tmp_path), lose)

    assert len(lost) == (2 if name == "roles" else 1)
    assert done.gaps == []
    assert len(named(target, name)) == {"roles": 4, "webhooks": 1, "build_triggers": 1}[name]


def test_two_of_a_name_stay_two(project: SchemaProject, tmp_path: Path) -> None:
    """Two build triggers of the same name come as two, however often they are imported."""
    more = {"name": "Site", "adapter": "custom", "adapter_settings": {}}
    assert project.api.make("/build-triggers", "build_trigger", **more).status == 201
    out, target = snapshot_of(project, tmp_path), beside(project.api)

    put(target, out)
    put(target, out)

    assert len(target.get("/build-triggers").data) == 2
