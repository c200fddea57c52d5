"""Environments and maintenance mode."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.sandbox.client import Answer, Client
from tests.unit.sandbox.resources.shelf import field, model


def _fork(api: Client, name: str = "fork", source: str = "main", query: str = "") -> Answer:
    return api.post(
        f"/environments/{source}/fork{query}", {"data": {"type": "environment", "id": name}}
    )


def test_fork_has_the_ids_of_its_source(api: Client) -> None:
    """All that the source holds is there under the same id."""
    model(api, "post")
    title = field(api, "post", "title", "string")

    meta = _fork(api).data["meta"]

    assert (meta["status"], meta["primary"], meta["forked_from"]) == ("ready", False, "main")
    assert meta["created_at"] == meta["last_data_change_at"]
    assert api.get(f"/fields/{title['id']}", x_environment="fork").data == title


def test_fork_and_source_go_their_own_ways(api: Client) -> None:
    """A change in one is not seen in the other."""
    model(api, "post")
    title = field(api, "post", "title", "string")
    _fork(api)

    api.change(f"/fields/{title['id']}", "field", label="Changed")
    api.delete(f"/fields/{title['id']}", x_environment="fork")

    assert api.get(f"/fields/{title['id']}").attributes["label"] == "Changed"
    assert api.get(f"/fields/{title['id']}", x_environment="fork").status == 404
    assert api.change("/site", "site", locales=["en", "it"]).status == 200
    assert api.get("/site", x_environment="fork").attributes["locales"] == ["en"]


@pytest.mark.parametrize("name", ["Main", "a_b", "-a", "a-", ""])
def test_names_have_a_form(api: Client, name: str) -> None:
    """Lower-case letters, digits and dashes."""
    assert _fork(api, name).details["field"] == "name"


def test_name_is_taken_once(api: Client) -> None:
    """A second environment of a name is refused."""
    details = _fork(api, "main").details
    assert (details["field"], details["code"]) == ("name", "VALIDATION_UNIQUENESS")


def test_plan_limits_sandboxes(api: Client) -> None:
    """The primary one does not count."""
    api.project.limits["sandbox_environments"] = 1

    assert _fork(api, "a").status == 201
    assert _fork(api, "b").details == {"limit": "sandbox_environments"}


def test_promotion_swaps_the_primary(api: Client) -> None:
    """The former primary becomes a sandbox; requests without a name go to the new one."""
    _fork(api)

    assert api.put("/environments/fork/promote", {}).data["meta"]["primary"]

    assert not api.get("/environments/main").data["meta"]["primary"]
    assert api.get("/site").headers["x-environment"] == "fork"
    assert api.put("/environments/fork/promote", {}).code == "ALREADY_PRIMARY_ENVIRONMENT"


def test_renaming_keeps_the_rest(api: Client) -> None:
    """Forks remember the new name, the primary stays primary, the order stays."""
    _fork(api)

    def renamed(old: str, new: str) -> Answer:
        return api.put(f"/environments/{old}/rename", {"data": {"type": "environment", "id": new}})

    assert renamed("main", "live").data["meta"]["primary"]
    assert renamed("live", "live").status == 200
    assert renamed("fork", "live").details["code"] == "VALIDATION_UNIQUENESS"
    assert renamed("fork", "trial").data["id"] == "trial"
    listed = api.get("/environments").data
    assert [each["id"] for each in listed] == ["live", "trial"]
    assert listed[1]["meta"]["forked_from"] == "live"


def test_destroyed_environment_is_gone(api: Client) -> None:
    """It is shown as being destroyed, and then unknown."""
    _fork(api)

    assert api.delete("/environments/fork").data["meta"]["status"] == "destroying"

    assert api.get("/environments/fork").status == 404
    assert api.get("/site", x_environment="fork").code == "INVALID_ENVIRONMENT"


def test_primary_is_not_destroyed(api: Client) -> None:
    """A project keeps its primary environment."""
    assert api.delete("/environments/main").code == "CANNOT_DESTROY_PRIMARY_ENVIRONMENT"


def test_environment_being_made_cannot_be_used(api: Client) -> None:
    """Until it is ready it answers nothing, and its source stays."""
    api.world.job_delay = timedelta(minutes=5)
    _fork(api, "source")
    api.main.ready_at = None
    api.project.environments["source"].ready_at = None

    made = _fork(api, "fork", "source", "?immediate_return=true").data

    assert made["meta"]["status"] == "creating"
    assert made["meta"]["fork_completion_percentage"] == 0
    assert api.get("/site", x_environment="fork").code == "ENVIRONMENT_NOT_READY"
    assert api.put("/environments/fork/promote", {}).code == "ENVIRONMENT_NOT_READY"
    assert _fork(api, "more", "fork").code == "ENVIRONMENT_NOT_READY"
    assert api.delete("/environments/source").code == "CANNOT_DESTROY_FORKING_ORIGIN"


def test_fast_fork_freezes_its_source_meanwhile(api: Client) -> None:
    """The source is read-only until the fork is ready."""
    api.world.job_delay = timedelta(seconds=20)
    _fork(api, query="?fast=true")

    frozen = api.change("/site", "site", name="New")
    assert frozen.code == "ENVIRONMENT_IN_READ_ONLY_MODE"
    assert api.get("/environments/main").data["meta"]["read_only_mode"]

    for _ in range(20):
        api.world.clock()
    assert api.change("/site", "site", name="New").status == 200


def test_maintenance_mode_is_switched(api: Client) -> None:
    """On, off, and told."""
    assert api.put("/maintenance-mode/activate?force=true", {}).attributes == {"active": True}
    assert api.get("/maintenance-mode").attributes == {"active": True}
    assert api.put("/maintenance-mode/deactivate", {}).attributes == {"active": False}


def _environments_in_rules(api: Client) -> list[list[str]]:
    roles = [role["attributes"] for role in api.get("/roles").data]
    return [
        [rule["environment"] for rule in role["positive_item_type_permissions"]] for role in roles
    ]


def test_rules_of_roles_follow_environments(api: Client) -> None:
    """A fork starts with the rules of its source, keeps them when renamed, takes them along."""
    _fork(api, "fork")
    assert _environments_in_rules(api) == [["main", "fork"]] * 2

    api.put("/environments/fork/rename", {"data": {"type": "environment", "id": "trial"}})
    assert _environments_in_rules(api) == [["main", "trial"]] * 2
    final = api.get("/roles").data[0]["meta"]["final_permissions"]
    assert [rule["environment"] for rule in final["positive_upload_permissions"]][1:] == ["trial"]

    api.delete("/environments/trial")
    assert _environments_in_rules(api) == [["main"]] * 2
