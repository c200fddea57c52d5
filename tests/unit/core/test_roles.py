"""What a role cannot see, from roles as the API tells them."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.roles import blind_spots, lacking_powers

_RULE: JsonObject = {
    "environment": "main",
    "action": "all",
    "item_type": None,
    "workflow": None,
    "on_stage": None,
    "to_stage": None,
    "on_creator": "anyone",
    "localization_scope": "all",
    "locale": None,
}
_UPLOAD_RULE: JsonObject = {
    "environment": "main",
    "action": "all",
    "on_creator": "anyone",
    "localization_scope": "all",
    "locale": None,
    "upload_collection": None,
    "move_to_upload_collection": None,
}


def role(*, final: bool = True, **changed: Json) -> JsonObject:
    """Make an administrator's role, as it is told, with other attributes."""
    permissions = {
        "environments_access": "all",
        "positive_item_type_permissions": [_RULE],
        "negative_item_type_permissions": [],
        "positive_upload_permissions": [_UPLOAD_RULE],
        "negative_upload_permissions": [],
        **changed,
    }
    told: JsonObject = {"type": "role", "id": "7", "attributes": {"name": "Admin", **permissions}}
    if final:
        told["meta"] = {"final_permissions": permissions}
    return told


def records(*rules: JsonObject) -> JsonObject:
    """Grant these rules about records."""
    return role(positive_item_type_permissions=list(rules))


@pytest.mark.parametrize("final", [True, False])
def test_an_administrator_sees_everything(*, final: bool) -> None:
    """The role that a project begins with hides nothing, with or without the computed rules."""
    assert blind_spots(role(final=final), "main", is_primary=True) == ()


@pytest.mark.parametrize(
    ("access", "sees_primary", "sees_sandbox"),
    [
        ("all", True, True),
        ("primary_only", True, False),
        ("sandbox_only", False, True),
        ("none", False, False),
    ],
)
def test_environments_that_a_role_is_not_let_into(
    access: str, *, sees_primary: bool, sees_sandbox: bool
) -> None:
    """The environment is named, with what the role says."""
    held = role(environments_access=access)

    for is_primary, sees in ((True, sees_primary), (False, sees_sandbox)):
        spots = blind_spots(held, "main", is_primary=is_primary)
        assert (spots == ()) == sees
        assert sees or spots == (f"environment main (environments_access is {access})",)


@pytest.mark.parametrize("action", ["read", "all"])
def test_reading_is_enough(action: str) -> None:
    """A role that may only read, everything, sees everything."""
    rule = {**_RULE, "action": action, "localization_scope": None}
    assert blind_spots(records(rule), "main", is_primary=True) == ()


@pytest.mark.parametrize(
    "narrowed",
    [
        {"item_type": "model"},
        {"workflow": "flow"},
        {"workflow": "flow", "on_stage": "approved"},
        {"on_creator": "self"},
        {"on_creator": "role"},
        {"localization_scope": "localized", "locale": "it"},
        {"localization_scope": "not_localized"},
        {"action": "update"},
        {"action": "publish"},
        {"environment": "another"},
    ],
)
def test_a_rule_that_is_narrowed_does_not_show_all_records(narrowed: JsonObject) -> None:
    """Of one model, stage, creator, locale, environment or action: some records are hidden."""
    (spot,) = blind_spots(records({**_RULE, **narrowed}), "main", is_primary=True)
    assert spot.startswith("some records")


def test_a_narrow_rule_beside_a_wide_one_hides_nothing() -> None:
    """Rules add up."""
    assert blind_spots(records({**_RULE, "item_type": "a"}, _RULE), "main", is_primary=True) == ()


def test_uploads_have_rules_of_their_own() -> None:
    """Of one collection, or none at all: some uploads are hidden."""
    narrow = {**_UPLOAD_RULE, "upload_collection": "c"}
    for rules in ([narrow], []):
        held = role(positive_upload_permissions=rules)
        assert blind_spots(held, "main", is_primary=True) == (
            "some uploads (no rule lets it read all of them)",
        )


@pytest.mark.parametrize("family", ["item_type", "upload"])
@pytest.mark.parametrize(("action", "hides"), [("read", True), ("all", True), ("update", False)])
def test_what_is_forbidden_is_not_seen(family: str, action: str, *, hides: bool) -> None:
    """A rule that takes reading away hides; one that takes editing away does not."""
    rule = {**_RULE, "action": action, "item_type": "secret"}
    forbidding: JsonObject = {f"negative_{family}_permissions": [rule]}
    held = role(**forbidding)
    what = {"item_type": "records", "upload": "uploads"}[family]

    spots = blind_spots(held, "main", is_primary=True)

    assert spots == ((f"some {what} (a rule forbids it)",) if hides else ())


def test_rules_that_are_inherited_count() -> None:
    """What the API worked out goes before what the role itself grants."""
    held = role()
    held["attributes"]["positive_item_type_permissions"] = []
    assert blind_spots(held, "main", is_primary=True) == ()


def test_a_role_that_tells_nothing_sees_nothing_for_certain() -> None:
    """Without rules nothing is known to be visible."""
    assert blind_spots({"type": "role", "id": "7"}, "main", is_primary=True) == (
        "some records (no rule lets it read all of them)",
        "some uploads (no rule lets it read all of them)",
    )


@pytest.mark.parametrize(
    ("changed", "needed", "lacking"),
    [
        ({}, {"can_edit_schema", "item_type:create", "upload:create"}, ()),
        ({"can_edit_schema": False}, {"can_edit_schema"}, ("change the schema",)),
        ({"can_edit_schema": False}, {"item_type:create"}, ()),
        (
            {"positive_item_type_permissions": [{**_RULE, "action": "read"}]},
            {"item_type:create", "item_type:publish"},
            ("create records", "publish records"),
        ),
        (
            {"positive_item_type_permissions": [{**_RULE, "action": "create", "item_type": "1"}]},
            {"item_type:create"},
            (),
        ),
        (
            {"positive_upload_permissions": [{**_UPLOAD_RULE, "environment": "other"}]},
            {"upload:create"},
            ("create uploads",),
        ),
    ],
)
def test_what_a_role_may_certainly_not_do_is_named(
    changed: JsonObject, needed: set[str], lacking: tuple[str, ...]
) -> None:
    """Only what no rule allows at all counts; a narrow rule may be enough for an import."""
    assert lacking_powers(role(**changed), "main", needed) == lacking
