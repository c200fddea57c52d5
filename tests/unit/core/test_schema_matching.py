"""What a target has already is found by id, else by what people know it by, else not at all."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.schema_matching import pair


def resource(kind: str, identifier: str, /, links: JsonObject | None = None, **given: Json) -> Json:
    """Write a resource; `links` maps relationships to ids of the kind of the same name."""
    relationships = {
        name: {"data": None if one is None else {"type": _kind(kind, name), "id": one}}
        for name, one in (links or {}).items()
    }
    return {"type": kind, "id": identifier, "attributes": given, "relationships": relationships}


def _kind(kind: str, name: str) -> str:
    return kind if name == "parent" else name


def by_kind(*resources: JsonObject) -> dict[str, list[JsonObject]]:
    """Group resources by their kind."""
    found: dict[str, list[JsonObject]] = {}
    for one in resources:
        found.setdefault(one["type"], []).append(one)
    return found


def itself(_: str, source_id: str) -> Iterable[str]:
    """Let a resource have the id of the source in the target."""
    return (source_id,)


def pairs(
    ours: list[JsonObject], theirs: list[JsonObject], kind: str | None = None
) -> dict[str, str]:
    """Pair and give the ids of one kind, or of the last."""
    wanted = kind or ours[-1]["type"]
    found = pair(by_kind(*ours), by_kind(*theirs), itself)
    return {one: other for (its, one), other in found.items() if its == wanted}


POST = resource("item_type", "p", api_key="post")
THEIR_POST = resource("item_type", "P", api_key="post")
OF_OURS, OF_THEIRS = {"item_type": "p"}, {"item_type": "P"}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("workflow", {"api_key": "desk"}),
        ("item_type", {"api_key": "author"}),
        ("plugin", {"package_name": "x", "url": None, "name": "X"}),
        ("plugin", {"package_name": None, "url": "https://x", "name": "X"}),
        ("plugin", {"name": "X"}),
        ("upload_filter", {"name": "Mine"}),
        ("upload_collection", {"label": "Folder"}),
        ("menu_item", {"label": "All"}),
        ("schema_menu_item", {"label": "All", "kind": "item_type"}),
    ],
)
def test_without_a_common_id_the_natural_key_tells(kind: str, given: JsonObject) -> None:
    """Each kind that stands on its own is known by its key, title, label or address."""
    ours, theirs = resource(kind, "1", **given), resource(kind, "2", **given)
    assert pairs([ours], [theirs]) == {"1": "2"}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("field", {"api_key": "title"}),
        ("fieldset", {"title": "Words"}),
        ("item_type_filter", {"name": "Mine"}),
        ("schema_menu_item", {"label": None, "kind": "item_type"}),
    ],
)
def test_what_belongs_to_a_model_is_known_within_it(kind: str, given: JsonObject) -> None:
    """The same key in another model is another thing."""
    ours = resource(kind, "1", OF_OURS, **given)
    theirs = resource(kind, "2", OF_THEIRS, **given)
    other = resource("item_type", "O", api_key="other")
    elsewhere = resource(kind, "3", {"item_type": "O"}, **given)
    assert pairs([POST, ours], [THEIR_POST, other, theirs, elsewhere]) == {"1": "2"}
    assert pairs([POST, ours], [THEIR_POST, other, elsewhere]) == {}


def test_what_belongs_to_a_model_that_is_missing_is_missing() -> None:
    """Where the target lacks the model, nothing of it is looked for."""
    ours = resource("field", "1", OF_OURS, api_key="title")
    entry = resource("schema_menu_item", "2", OF_OURS, label=None, kind="item_type")
    theirs = resource("field", "1", {"item_type": "X"}, api_key="title")
    found = pair(by_kind(POST, ours, entry), by_kind(theirs), itself)
    assert found == {}


def test_an_id_says_more_than_a_key() -> None:
    """A model that was given another api_key in a fork is still the same model."""
    renamed = resource("item_type", "p", api_key="story")
    other = resource("item_type", "x", api_key="post")
    assert pairs([POST], [other, renamed]) == {"p": "p"}


def test_a_field_is_never_known_by_its_id_alone() -> None:
    """Content names its fields by api_key, so that a field of another key is another field."""
    ours = resource("field", "1", OF_OURS, api_key="title")
    theirs = resource("field", "1", OF_OURS, api_key="headline")
    assert pairs([POST, ours], [POST, theirs]) == {}


def test_a_fieldset_of_another_model_is_another_one() -> None:
    """An id that is taken in another model is no match."""
    ours = resource("fieldset", "1", OF_OURS, title="Words")
    other = resource("item_type", "O", api_key="other")
    theirs = resource("fieldset", "1", {"item_type": "O"}, title="Words")
    assert pairs([POST, ours], [THEIR_POST, other, theirs]) == {}


def test_the_likeliest_id_comes_first_and_is_given_once() -> None:
    """Of several ids it may have, the first that is there and not claimed yet counts."""
    ours = [resource("upload_filter", one, name=one) for one in ("a", "b")]
    theirs = [resource("upload_filter", one, name="z") for one in ("x", "y")]
    found = pair(by_kind(*ours), by_kind(*theirs), lambda _, __: ("gone", "x", "y"))
    assert found == {("upload_filter", "a"): "x", ("upload_filter", "b"): "y"}


@pytest.mark.parametrize("doubled", ["ours", "theirs"])
def test_what_is_not_told_apart_is_not_matched(doubled: str) -> None:
    """Two of a name on either side match nothing: the wrong one could be changed."""
    once, twice = ["1"], ["2", "3"]
    ours, theirs = (twice, once) if doubled == "ours" else (once, twice)
    assert (
        pairs(
            [resource("upload_filter", one, name="Same") for one in ours],
            [resource("upload_filter", one + "x", name="Same") for one in theirs],
        )
        == {}
    )


def test_places_in_menus_are_told_by_all_labels_above() -> None:
    """Two entries of a label below different groups are two; a parent that is gone is no label."""
    ours = [
        resource("menu_item", "1", {"parent": None}, label="A"),
        resource("menu_item", "2", {"parent": None}, label="B"),
        resource("menu_item", "3", {"parent": "2"}, label="News"),
        resource("menu_item", "4", {"parent": "gone"}, label="News"),
    ]
    theirs = [
        resource("menu_item", "b", {"parent": None}, label="B"),
        resource("menu_item", "n", {"parent": "b"}, label="News"),
        resource("menu_item", "t", {"parent": None}, label="News"),
    ]
    assert pairs(ours, theirs) == {"2": "b", "3": "n", "4": "t"}


def test_a_circle_of_parents_ends() -> None:
    """Entries that are each other's parents are read to an end."""
    ours = [
        resource("menu_item", "1", {"parent": "2"}, label="A"),
        resource("menu_item", "2", {"parent": "1"}, label="B"),
    ]
    assert pairs(ours, [resource("menu_item", "9", label="A")]) == {}


def test_a_plugin_without_any_name_is_nobody() -> None:
    """What cannot be known is not matched."""
    ours, theirs = resource("plugin", "1", name=""), resource("plugin", "2", name="")
    assert pairs([ours], [theirs]) == {}
