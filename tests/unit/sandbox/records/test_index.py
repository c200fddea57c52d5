"""What is worked out from records stays true: after writes, forks and records put in by others."""

from __future__ import annotations

from dataclasses import replace

from datosnap.sandbox.records.index import index_of
from datosnap.sandbox.records.schema_view import schema_of
from datosnap.sandbox.state import Environment
from tests.unit.sandbox.records.building import F, Lab, blocks_of, lab


def fork_of(at: Lab) -> Environment:
    """Fork an environment the way the environments side does."""
    source = at.environment
    resources = {kind: dict(held) for kind, held in source.resources.items()}
    return replace(source, id="fork", resources=resources, items=dict(source.items))


def test_fork_goes_its_own_way() -> None:
    """What is written in a fork does not show in its source, nor the other way round."""
    at = lab()
    to_post = {"item_item_type": blocks_of("post")}
    at.model("post", F("title", validators={"unique": {}}), F("to", "link", validators=to_post))
    post = at.create("post", {"title": "a"})["id"]
    source_id = at.create("post", {"title": "b", "to": post})["id"]
    at.list_ids()
    fork = Lab(at.world, at.project, fork_of(at), at.clock)
    fork.update(post, {"title": "z"})
    fork.data("DELETE", f"/items/{source_id}")

    assert at.get(post)["attributes"]["title"] == "a"
    assert at.list_ids() == [source_id, post]
    assert fork.list_ids() == [post]
    assert len(at.data("GET", f"/items/{post}/references")) == 1
    assert fork.data("GET", f"/items/{post}/references") == []
    assert fork.create("post", {"title": "a"})["id"], "the value is free in the fork alone"


def test_index_is_kept_between_requests() -> None:
    """The same index serves request after request, and so does the view of the schema."""
    at = lab()
    at.model("post", F("title"))
    at.create("post", {})
    index, schema = index_of(at.environment), schema_of(at.environment)
    at.create("post", {})
    at.list_ids()
    assert index_of(at.environment) is index
    assert schema_of(at.environment) is schema


def test_records_put_in_by_others_are_noticed() -> None:
    """Records loaded straight into the state are listed like any others."""
    at = lab()
    at.model("post", F("title"))
    first = at.create("post", {})["id"]
    at.list_ids()
    at.environment.items["loaded"] = replace(at.environment.items[first], id="loaded")
    assert at.list_ids() == ["loaded", first]


def test_remembered_lists_are_few() -> None:
    """Only so many lists are kept; those asked for later are worked out again."""
    at = lab()
    at.model("post", F("title"))
    at.create("post", {})
    index = index_of(at.environment)
    built = []

    def build(number: int) -> int:
        built.append(number)
        return number

    for number in range(40):
        assert index.remembered(number, lambda number=number: build(number)) == number  # type: ignore[misc] # binds the loop's value
    assert index.remembered(39, lambda: build(39)) == 39
    assert built == list(range(40))


def test_models_are_seen_as_they_are_now() -> None:
    """A view of a model is made anew when the model or one of its fields was replaced."""
    at = lab()
    model_id = at.model("post", F("title"))
    schema = schema_of(at.environment)
    before = schema.model(model_id)
    assert schema.model(model_id) is before
    field = at.environment.of_type("field")["post.title"]
    changed = {**field, "attributes": {**field["attributes"], "localized": True}}
    at.environment.of_type("field")["post.title"] = changed
    assert schema.model(model_id).fields["title"].localized
    assert not before.fields["title"].localized
    assert schema.find("ghost") is None
    assert schema.named("ghost") is None
