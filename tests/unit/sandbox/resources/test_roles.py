"""Roles are copied, inherit from each other, and say only what their rules know."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from tests.unit.sandbox.client import Client, document
from tests.unit.sandbox.roleplay import everything, role, rule


def _parents(*roles: JsonObject) -> JsonObject:
    return {"inherits_permissions_from": [{"type": "role", "id": one["id"]} for one in roles]}


def _final(api: Client, role_id: str) -> JsonObject:
    found: JsonObject = api.get(f"/roles/{role_id}").data["meta"]["final_permissions"]
    return found


def test_copy_of_a_role_has_its_rules_and_a_name_of_its_own(api: Client) -> None:
    """The second copy is number two."""
    source = role(api, records=[everything()])

    first, second = (api.post(f"/roles/{source['id']}/duplicate") for _ in range(2))

    assert first.status == 201
    names = [one.attributes["name"] for one in (first, second)]
    assert names == [f"Role 2 (copy #{number})" for number in (1, 2)]
    assert first.data["meta"] == source["meta"]
    assert len(api.get("/roles").data) == 5


def test_copies_count_for_the_plan(api: Client) -> None:
    """Where no role may be made, none is copied."""
    api.project.limits["roles"] = 2

    answer = api.post(f"/roles/{api.get('/roles').data[0]['id']}/duplicate")

    assert (answer.code, answer.details) == ("PLAN_UPGRADE_REQUIRED", {"limit": "roles"})


def test_what_is_inherited_follows_those_it_comes_from(api: Client) -> None:
    """Over any number of steps."""
    parent, child, grandchild = role(api), role(api), role(api)
    for one, above in ((child, parent), (grandchild, child)):
        api.put(f"/roles/{one['id']}", document("role", _parents(above), {}))

    api.change(f"/roles/{parent['id']}", "role", can_edit_schema=True)

    assert _final(api, grandchild["id"])["can_edit_schema"] is True


def test_roles_do_not_inherit_in_circles(api: Client) -> None:
    """A role that others inherit from does not inherit from them."""
    parent, child = role(api), role(api)
    api.put(f"/roles/{child['id']}", document("role", _parents(parent), {}))

    answer = api.put(f"/roles/{parent['id']}", document("role", _parents(child), {}))

    assert answer.details["field"] == "inherits_permissions_from"


def test_role_that_others_inherit_from_stays(api: Client) -> None:
    """It is destroyed when none does any more."""
    parent, child = role(api), role(api)
    api.put(f"/roles/{child['id']}", document("role", _parents(parent), {}))
    assert api.delete(f"/roles/{parent['id']}").code == "REQUIRED_BY_ASSOCIATION"

    api.delete(f"/roles/{child['id']}")

    assert api.delete(f"/roles/{parent['id']}").status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        rule("write"),
        rule("create", on_creator="anyone"),
        rule("read", localization_scope="all"),
        rule("duplicate", on_creator="self"),
        rule("delete", to_stage="done"),
        rule("all", localization_scope="localized"),
        rule("read", on_creator="everyone"),
        {"action": "read"},
        rule("read", upload_collection="c"),
    ],
)
def test_a_rule_says_what_its_action_knows(api: Client, wrong: JsonObject) -> None:
    """Every other key is absent or null."""
    rules: dict[str, Json] = {
        "positive_item_type_permissions": [wrong],
        "negative_item_type_permissions": [],
    }
    assert api.make("/roles", "role", name="R", **rules).code == "INVALID_FORMAT"


def test_keys_that_do_not_apply_may_be_null(api: Client) -> None:
    """A rule is read with all keys, and is sent back so."""
    made = role(api, records=[rule("create")], uploads=[rule("move")])
    sent = {name: made["attributes"][name] for name in made["attributes"] if "permissions" in name}

    assert api.change(f"/roles/{made['id']}", "role", None, **sent).status == 200


def test_roles_may_have_an_ancestor_in_common(api: Client) -> None:
    """Inheriting the same thing twice is no circle."""
    top, left, right = role(api, can_edit_schema=True), role(api), role(api)
    for one in (left, right):
        api.put(f"/roles/{one['id']}", document("role", _parents(top), {}))

    bottom = api.make("/roles", "role", _parents(left, right), name="Bottom").data

    assert bottom["meta"]["final_permissions"]["can_edit_schema"] is True
