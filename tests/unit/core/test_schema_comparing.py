"""A matched resource differs in what a request could set, and in nothing else."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.schema_comparing import (
    Change,
    brought,
    changes,
    describe,
    displaced,
    misfits,
    names_of_models,
    shelf_of,
)
from tests.unit.core.test_schema_matching import by_kind, resource

_MODEL = {"item_type": "p"}


def field(identifier: str = "1", links: JsonObject | None = None, **given: Json) -> JsonObject:
    """Write a field of one model."""
    attributes = {"field_type": "string", "api_key": "title", **given}
    made: JsonObject = resource("field", identifier, {**_MODEL, **(links or {})}, **attributes)
    return made


def test_equal_resources_need_nothing() -> None:
    """What the server alone sets, and its misspelt doubles, are no difference."""
    ours = field(label="T", appeareance={"x": 1}, position=3)
    theirs = field(label="T", position=1)
    assert brought(ours, theirs) == {}


def test_what_differs_is_brought_and_told() -> None:
    """Each attribute and link that is otherwise is named with both values."""
    ours = field(links={"fieldset": "s"}, label="T", hint=None)
    theirs = field(links={"fieldset": None}, label="U", hint=None)
    assert brought(ours, theirs) == {"label": "T", "fieldset": "s"}
    assert changes(ours, theirs) == (
        Change("label", '"U"', '"T"'),
        Change("fieldset", "null", '"s"'),
    )


def test_an_older_snapshot_differs_in_nothing_that_it_does_not_know() -> None:
    """An attribute that the source lacks is the target's own."""
    assert brought(field(label="T"), field(label="T", deep_filtering_enabled=True)) == {}


def test_the_order_of_permitted_models_means_nothing() -> None:
    """The same models in another order are the same rule; other models are not."""
    rules: JsonObject = {"rich_text_blocks": {"item_types": ["a", "b"]}}
    turned: JsonObject = {"rich_text_blocks": {"item_types": ["b", "a"]}}
    fewer: JsonObject = {"rich_text_blocks": {"item_types": ["a"]}}
    assert brought(field(validators=rules), field(validators=turned)) == {}
    assert brought(field(validators=rules), field(validators=fewer)) == {"validators": rules}


def test_defaults_are_compared_in_the_locales_of_the_target() -> None:
    """Locales that only one side knows are left as they are."""
    ours = field(localized=True, default_value={"en": "a", "it": "b"})
    theirs = field(localized=True, default_value={"de": "z", "en": "c"})
    assert brought(ours, theirs) == {"default_value": {"de": "z", "en": "a"}}
    assert brought(field(default_value="a"), field(default_value=None)) == {"default_value": "a"}


def test_settings_of_plugins_are_laid_over_those_of_the_target() -> None:
    """What a snapshot withheld, keys above all, stays as the target has it."""
    ours = resource("plugin", "1", parameters={"n": 2, "deep": {"a": 1}, "l": [{"b": 1}, 2]})
    theirs = resource(
        "plugin", "1", parameters={"n": 1, "key": "s", "deep": {"k": "s"}, "l": [{"k": "s"}, 2]}
    )
    joined = {"n": 2, "key": "s", "deep": {"k": "s", "a": 1}, "l": [{"k": "s", "b": 1}, 2]}
    assert brought(ours, theirs) == {"parameters": joined}
    assert brought(ours, resource("plugin", "1", parameters=joined)) == {}
    assert brought(ours, resource("plugin", "1")) == {
        "parameters": ours["attributes"]["parameters"]
    }


def test_stages_of_the_target_stay_behind_the_source_s() -> None:
    """Records may be in a stage that only the target has."""
    ours = resource("workflow", "1", stages=[{"id": "in", "initial": True}])
    own = {"id": "own", "initial": True}
    theirs = resource("workflow", "1", stages=[own])
    stages = [{"id": "in", "initial": True}, {"id": "own", "initial": False}]
    assert brought(ours, theirs) == {"stages": stages}
    assert brought(ours, resource("workflow", "1", stages=stages)) == {}


def test_nature_is_no_mere_difference() -> None:
    """Another type, or the other kind of model, is told apart from what could be changed."""
    ours, theirs = field(field_type="text", localized=True), field(field_type="string")
    assert brought(ours, theirs) == {}
    assert misfits(ours, theirs) == [("field_type", "text", "string"), ("localized", True, None)]
    assert misfits(field(), field(localized=None)) == []
    assert misfits(resource("plugin", "1"), resource("plugin", "1")) == []


_PAIRS = {("item_type", "p"): "p", **{("field", one): one for one in "abc"}}


def row(keys: str, *, step: int = 1) -> list[JsonObject]:
    """Write fields of one model, in their order."""
    return [field(one, api_key=one, position=step * at) for at, one in enumerate(keys, start=1)]


def test_the_same_siblings_have_the_same_places() -> None:
    """Whoever stands elsewhere is displaced, also when the order is the same."""
    assert displaced(by_kind(*row("abc")), by_kind(*row("abc")), _PAIRS) == set()
    assert displaced(by_kind(*row("abc")), by_kind(*row("abc", step=2)), _PAIRS) == {
        ("field", one) for one in "abc"
    }


def test_beside_others_only_the_order_tells() -> None:
    """What the target has of its own between them changes nothing; another order does."""
    own = field("own", api_key="own", position=3)
    assert displaced(by_kind(*row("abc")), by_kind(*row("abc", step=2), own), _PAIRS) == set()
    assert displaced(by_kind(*row("abc")), by_kind(*row("acb"), own), _PAIRS) == {
        ("field", "b"),
        ("field", "c"),
    }
    assert displaced(by_kind(*row("abcd")), by_kind(*row("abc")), _PAIRS) == set()


def test_members_of_what_is_still_to_be_made_stand_nowhere_yet() -> None:
    """A field that leaves the top of its model for a new fieldset moves no other."""
    moved = field("a", {"fieldset": "s"}, api_key="a", position=1)
    ours = [moved, field("b", api_key="b", position=1), field("c", api_key="c", position=2)]
    assert displaced(by_kind(*ours), by_kind(*row("abc")), _PAIRS) == set()


def test_who_moved_to_another_shelf_is_not_compared_by_order() -> None:
    """Another parent is a difference of its own."""
    ours = [resource("menu_item", one, label=one, position=at) for at, one in enumerate("ab")]
    theirs = [
        resource("menu_item", "a", {"parent": "b"}, label="a", position=1),
        resource("menu_item", "b", {"parent": None}, label="b", position=1),
    ]
    pairs = {("menu_item", one): one for one in "ab"}
    assert displaced(by_kind(*ours), by_kind(*theirs), pairs) == set()


def test_what_has_no_order_has_no_shelf() -> None:
    """Models and filters stand nowhere; fields stand in their fieldset or beside fieldsets."""

    def same(_: str, identifier: str) -> str:
        return identifier

    assert shelf_of(resource("item_type", "1", position=1), same) is None
    assert shelf_of(field(), same) == ("member", "p", None)
    assert shelf_of(resource("fieldset", "1", _MODEL), same) == ("member", "p", None)
    assert shelf_of(field(links={"fieldset": "s"}), same) == ("member", "p", "s")
    group = {("item_type", "1"): "1"}
    models = by_kind(resource("item_type", "1", position=2))
    assert displaced(models, models, group) == set()


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (resource("item_type", "p", api_key="post"), "model post"),
        (resource("item_type", "b", api_key="quote", modular_block=True), "block model quote"),
        (resource("field", "f", _MODEL, api_key="title", label="T"), "field post.title"),
        (resource("fieldset", "s", _MODEL, title="Words"), "fieldset post.Words"),
        (resource("menu_item", "m", label="All"), "menu item All"),
        (resource("item_type_filter", "i", _MODEL, name="Mine"), "model filter Mine"),
        (resource("schema_menu_item", "e", _MODEL, label=None), "schema menu item post"),
    ],
)
def test_people_are_told_names(one: JsonObject, words: str) -> None:
    """Each kind has words, and the name by which people know it."""
    models = names_of_models([resource("item_type", "p", api_key="post")])
    assert describe(one, models) == words
