"""Roles, webhooks and build triggers are rebuilt inactive, and never with more than they had."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.project_extras import EXTRAS, differing, heirs_last, pair_in_turn
from tests.unit.core.test_schema_matching import resource

ROLES, WEBHOOKS = EXTRAS["roles"], EXTRAS["webhooks"]
_BROUGHT = {("item_type", "1"): "M", ("item", "5"): "R", ("role", "1"): "A"}


def find(kind: str, source_id: str) -> str | None:
    """Know one model, one record and one role."""
    return _BROUGHT.get((kind, source_id))


def role(identifier: str = "9", *parents: str, **attributes: Json) -> JsonObject:
    """Write a role that inherits from others."""
    made: JsonObject = resource("role", identifier, **attributes)
    links = [{"type": "role", "id": one} for one in parents]
    made["relationships"]["inherits_permissions_from"] = {"data": links}
    return made


def test_a_role_is_sent_with_what_a_request_may_hold() -> None:
    """Computed permissions stay behind; rules lose the keys that do not apply."""
    rule = {"environment": "main", "action": "read", "item_type": "1", "workflow": None}
    given: JsonObject = {
        "name": "Reader",
        "environments_access": "all",
        "can_edit_schema": False,
        "positive_item_type_permissions": [rule],
        "negative_item_type_permissions": [],
        "final_permissions": {},
    }
    rebuilt = ROLES.rebuild(role("9", "1", **given), find)
    data = rebuilt.body["data"]
    assert data["attributes"]["positive_item_type_permissions"] == [
        {"environment": "main", "action": "read", "item_type": "M"}
    ]
    assert data["attributes"].keys() == given.keys() - {"final_permissions"}
    assert data["relationships"]["inherits_permissions_from"]["data"] == [
        {"type": "role", "id": "A"}
    ]
    assert rebuilt.left_out == ()


def test_a_rule_about_what_did_not_come_is_left_out() -> None:
    """With nothing in the place of the model it would let its holders see every model."""
    rules = [{"environment": "main", "action": "read", "item_type": "gone"}]
    given: JsonObject = {"name": "R", "positive_item_type_permissions": rules}
    rebuilt = ROLES.rebuild(role("9", "gone", **given), find)
    assert rebuilt.body["data"]["attributes"]["positive_item_type_permissions"] == []
    assert rebuilt.left_out == (
        "1 of its positive_item_type_permissions, about things that did not come over",
        "a role that it inherits from",
    )


def test_a_rule_about_every_trigger_stays_one() -> None:
    """There a null is the rule itself."""
    given: JsonObject = {
        "name": "R",
        "positive_build_trigger_permissions": [{"build_trigger": None}],
    }
    attributes = ROLES.rebuild(role(**given), find).body["data"]["attributes"]
    assert attributes["positive_build_trigger_permissions"] == [{"build_trigger": None}]


def test_heirs_come_after_those_they_inherit_from() -> None:
    """Also over several steps, and where a circle was read from a damaged list."""
    roles = [role("1", "2", "gone"), role("2", "3"), role("3")]
    assert [one["id"] for one in heirs_last(roles)] == ["3", "2", "1"]
    assert {one["id"] for one in heirs_last([role("1", "2"), role("2", "1")])} == {"1", "2"}


@pytest.mark.parametrize(
    ("entities", "kept"),
    [
        ({"entity_type": "item_type", "entity_ids": ["1", "post", "7"]}, ["M", "post"]),
        ({"entity_type": "item", "entity_ids": ["5", "gone"]}, ["R"]),
        ({"entity_type": "environment", "entity_ids": ["main"]}, ["main"]),
    ],
)
def test_events_name_what_came(entities: JsonObject, kept: list[str]) -> None:
    """Ids are the target's; api_keys and names of environments are the same everywhere."""
    event = {"entity_type": "item", "event_types": ["publish"], "filters": [entities]}
    attributes = WEBHOOKS.rebuild(resource("webhook", "1", events=[event]), find).body["data"][
        "attributes"
    ]
    assert attributes["events"][0]["filters"][0]["entity_ids"] == kept


def test_an_event_about_what_did_not_come_is_left_out() -> None:
    """An empty filter would let everything through; an event without one does so on purpose."""
    gone = [{"entity_type": "item", "entity_ids": ["gone"]}]
    events = [
        {"entity_type": "item", "event_types": ["publish"], "filters": gone},
        {"entity_type": "item", "event_types": ["delete"], "filters": None},
    ]
    rebuilt = WEBHOOKS.rebuild(resource("webhook", "1", events=events), find)
    assert rebuilt.body["data"]["attributes"]["events"] == events[1:]
    assert rebuilt.left_out == ("an event about things that did not come over",)


def test_nothing_is_sent_that_would_be_at_work() -> None:
    """Webhooks and build triggers come switched off, whatever they were."""
    hook = resource("webhook", "1", name="Tell", enabled=True, auto_retry=True, headers=None)
    trigger = resource("build_trigger", "1", name="Site", adapter="custom", enabled=True)
    sent = WEBHOOKS.rebuild(hook, find).body["data"]["attributes"]
    built = EXTRAS["build_triggers"].rebuild(trigger, find).body["data"]["attributes"]
    assert (sent["enabled"], sent["headers"], sent["auto_retry"]) == (False, {}, True)
    assert (built["enabled"], built["adapter_settings"]) == (False, {})
    assert not built["autotrigger_on_scheduled_publications"]


def test_the_second_of_a_name_stands_for_the_second() -> None:
    """However many there are on either side, none is taken for two."""
    ours = [resource("webhook", one, name="A", url="u") for one in ("1", "2", "3")]
    theirs = [resource("webhook", one, name="A", url="u") for one in ("x", "y")]
    other = resource("webhook", "z", name="A", url="v")
    assert pair_in_turn(WEBHOOKS, ours, [other, *theirs]) == {"1": "x", "2": "y"}


def test_secrets_and_switches_are_no_difference() -> None:
    """What a target has of its own is not told as one, nor is another order of rules."""
    ours = resource("webhook", "1", name="A", url="u", headers=None, enabled=True)
    theirs = resource("webhook", "2", name="A", url="v", headers={"k": "s"}, enabled=False)
    assert [one.name for one in differing(WEBHOOKS, ours, theirs, find)] == ["url"]
    one, two, there = {"action": "read"}, {"item_type": "1"}, {"item_type": "M"}
    both: JsonObject = {"positive_item_type_permissions": [one, two]}
    turned: JsonObject = {"positive_item_type_permissions": [there, one]}
    assert list(differing(ROLES, role(**both), role(**turned), find)) == []
