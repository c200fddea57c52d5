"""Records follow when the schema, the locales or the environments change around them."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from tests.unit.sandbox.client import Client
from tests.unit.sandbox.resources.shelf import field, model


@pytest.fixture
def post(api: Client) -> JsonObject:
    """Give a model with a localized title."""
    api.change("/site", "site", locales=["en", "it"])
    made = model(api, "post")
    field(api, "post", "title", "string", localized=True)
    return made


def _write(api: Client, post: JsonObject, **attributes: Json) -> str:
    links: JsonObject = {"item_type": {"type": "item_type", "id": post["id"]}}
    identifier: str = api.make("/items", "item", links, **attributes).data["id"]
    return identifier


def test_new_field_is_empty_in_old_records(api: Client, post: JsonObject) -> None:
    """A record has every field of its model, also those that came later."""
    item = _write(api, post, title={"en": "a"})

    field(api, "post", "text", "text")

    assert api.get(f"/items/{item}").attributes == {"title": {"en": "a"}, "text": None}


def test_renamed_field_keeps_its_content(api: Client, post: JsonObject) -> None:
    """Only the key of the value changes."""
    item = _write(api, post, title={"en": "a"})
    title = api.get("/item-types/post/fields").data[0]

    api.change(f"/fields/{title['id']}", "field", api_key="name")

    assert api.get(f"/items/{item}").attributes == {"name": {"en": "a"}}


def test_destroyed_field_takes_its_content_along(api: Client, post: JsonObject) -> None:
    """Records no longer have it."""
    item = _write(api, post, title={"en": "a"})
    title = api.get("/item-types/post/fields").data[0]

    api.delete(f"/fields/{title['id']}")

    assert api.get(f"/items/{item}").attributes == {}


def test_locale_that_goes_takes_its_content_along(api: Client, post: JsonObject) -> None:
    """What remains is the content of the others."""
    item = _write(api, post, title={"en": "a", "it": "b"})

    api.change("/site", "site", locales=["it"])

    assert api.get(f"/items/{item}").attributes == {"title": {"it": "b"}}


def test_sortable_model_numbers_its_records(api: Client, post: JsonObject) -> None:
    """Records of a model that becomes sortable have places."""
    items = [_write(api, post, title={"en": text}) for text in "ab"]

    api.change(f"/item-types/{post['id']}", "item_type", sortable=True)

    places = {api.get(f"/items/{item}").attributes["position"] for item in items}
    assert places == {1, 2}


def test_destroyed_model_takes_its_records_along(api: Client, post: JsonObject) -> None:
    """Nothing is left of them."""
    item = _write(api, post, title={"en": "a"})

    api.delete(f"/item-types/{post['id']}")

    assert api.get(f"/items/{item}").status == 404
    assert api.get("/items").json == {"data": [], "meta": {"total_count": 0}}


def test_singleton_model_tells_its_record(api: Client) -> None:
    """Reading and updating the model show that it has one."""
    made = model(api, "home", singleton=True)
    item = _write(api, made)

    after = api.change(f"/item-types/{made['id']}", "item_type", name="Start").data

    assert after["attributes"]["has_singleton_item"] is True
    assert after["meta"] == {"has_singleton_item": True}
    assert after["relationships"]["singleton_item"]["data"]["id"] == item


def test_records_of_a_fork_go_their_own_way(api: Client, post: JsonObject) -> None:
    """A record has the same id in the fork, and changes there alone."""
    item = _write(api, post, title={"en": "a"})
    api.post("/environments/main/fork", {"data": {"type": "environment", "id": "fork"}})

    change = {"data": {"type": "item", "id": item, "attributes": {"title": {"en": "b"}}}}
    assert api.put(f"/items/{item}", change, x_environment="fork").status == 200

    assert api.get(f"/items/{item}").attributes == {"title": {"en": "a"}}
    assert api.get(f"/items/{item}", x_environment="fork").attributes == {"title": {"en": "b"}}


def test_tightened_validator_flags_records(api: Client, post: JsonObject) -> None:
    """A record that no longer meets it is marked, not refused or changed."""
    item = _write(api, post, title={"en": "long enough"})
    title = api.get("/item-types/post/fields").data[0]

    api.change(f"/fields/{title['id']}", "field", validators={"length": {"max": 3}})

    found = api.get(f"/items/{item}").data
    assert found["meta"]["is_valid"] is False
    assert found["attributes"] == {"title": {"en": "long enough"}}
