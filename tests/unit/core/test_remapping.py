"""Every source id gets one target id, and it is written wherever the old one stood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datosnap.core.ids import from_random, is_portable
from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.remapping import (
    PORTABLE_KINDS,
    IdMap,
    IdPolicy,
    Target,
    choose_ids,
    translate_resource,
)
from datosnap.errors import UsageError

_FREE, _TAKEN = from_random(b"f" * 16), from_random(b"t" * 16)
_KINDS = st.sampled_from(PORTABLE_KINDS)
_IDS = st.integers(1, 30).map(str) | st.binary(min_size=16, max_size=16).map(from_random)


def _target(**taken: set[str]) -> Target:
    return Target("9", "main", taken)


def _chosen(policy: IdPolicy, *sources: tuple[str, str], **taken: set[str]) -> IdMap:
    ids = IdMap()
    choose_ids(sources, policy, _target(**taken), ids)
    return ids


def new(kind: str, source_id: str) -> str:
    """Give an id that tells what it stands for."""
    return f"new {kind} {source_id}"


def _same(_: str, source_id: str) -> str:
    return source_id


def test_auto_keeps_what_can_be_kept() -> None:
    """A portable id that is free stays; one that is taken or decimal is derived."""
    ids = _chosen(IdPolicy.AUTO, ("item", _FREE), ("item", _TAKEN), ("item", "17"), item={_TAKEN})
    assert ids.find("item", _FREE) == _FREE
    assert ids.find("item", _TAKEN) == _target().derive("item", _TAKEN) != _TAKEN
    assert ids.find("item", "17") == _target().derive("item", "17")


def test_an_id_is_taken_only_by_its_own_kind() -> None:
    """A record may keep an id that an upload of the target has."""
    assert _chosen(IdPolicy.AUTO, ("item", _TAKEN), upload={_TAKEN}).find("item", _TAKEN) == _TAKEN


def test_remap_keeps_nothing() -> None:
    """Even an id that is free is replaced when the user says so."""
    assert _chosen(IdPolicy.REMAP, ("item", _FREE)).find("item", _FREE) != _FREE


def test_preserve_keeps_everything_or_refuses() -> None:
    """What cannot be kept is refused by name, and gets no other id by the way."""
    assert _chosen(IdPolicy.PRESERVE, ("item", _FREE)).find("item", _FREE) == _FREE

    ids = IdMap()
    sources = [("item", _FREE), ("item", _TAKEN), ("upload", "17")]
    with pytest.raises(UsageError, match=f"2 ids.*: item {_TAKEN}, upload 17;"):
        choose_ids(sources, IdPolicy.PRESERVE, _target(item={_TAKEN}), ids)
    assert list(ids) == [("item", _FREE, _FREE)]


def test_a_long_refusal_is_cut() -> None:
    """Five names are shown and the others counted."""
    sources = [("item", str(number)) for number in range(8)]
    with pytest.raises(UsageError, match=r"8 ids.*item 0, .*item 4 and 3 more;"):
        _chosen(IdPolicy.PRESERVE, *sources)


@pytest.mark.parametrize("policy", list(IdPolicy))
def test_ids_of_an_earlier_run_are_kept(policy: IdPolicy) -> None:
    """What the map holds already stays, whatever the policy and the target say."""
    ids = IdMap()
    ids.add("item", "17", "earlier")
    choose_ids([("item", "17")], policy, _target(item={"earlier"}), ids)
    assert list(ids) == [("item", "17", "earlier")]


@given(st.lists(st.tuples(_KINDS, _IDS)), st.sampled_from([IdPolicy.AUTO, IdPolicy.REMAP]))
def test_no_two_sources_share_a_target(sources: list[tuple[str, str]], policy: IdPolicy) -> None:
    """Each source has one portable id of its own within its kind, the same on every run."""
    ids = _chosen(policy, *sources)
    assert {(kind, source_id) for kind, source_id, _ in ids} == set(sources)
    assert len({(kind, target_id) for kind, _, target_id in ids}) == len(ids)
    assert all(is_portable(target_id) for *_, target_id in ids)
    assert list(_chosen(policy, *sources)) == list(ids)


def test_kinds_with_the_same_old_id_get_different_ones() -> None:
    """Model 17 and record 17 of an old project do not become the same id."""
    ids = _chosen(IdPolicy.AUTO, *((kind, "17") for kind in PORTABLE_KINDS))
    assert len({target_id for *_, target_id in ids}) == len(PORTABLE_KINDS)


def test_a_map_finds_translates_and_forgets() -> None:
    """An unknown id is not found and translates to itself; a forgotten one is unknown again."""
    ids = IdMap()
    assert len(ids) == 0
    ids.add("item", "1", "a")
    ids.add("upload", "1", "b")

    assert (ids.find("item", "1"), ids.find("item", "2"), ids.find("field", "1")) == (
        "a",
        None,
        None,
    )
    assert (ids.translate("upload", "1"), ids.translate("upload", "2")) == ("b", "2")
    assert (ids.of_kind("item"), ids.of_kind("field")) == ({"1": "a"}, {})
    assert list(ids) == [("item", "1", "a"), ("upload", "1", "b")]
    assert len(ids) == 2

    ids.forget("item", "1")
    ids.forget("field", "1")
    assert ids.find("item", "1") is None
    assert len(ids) == 1


def test_relationships_are_translated_by_their_type() -> None:
    """To-one, to-many and empty relationships get the id of the kind that they name."""
    resource = {
        "type": "menu_item",
        "id": "1",
        "attributes": {"label": "1"},
        "relationships": {
            "item_type": {"data": {"type": "item_type", "id": "1"}},
            "parent": {"data": None},
            "children": {"data": [{"type": "menu_item", "id": "2"}]},
            "creator": {"links": {}},
            "odd": None,
        },
    }
    assert translate_resource(resource, new) == {
        "type": "menu_item",
        "id": "new menu_item 1",
        "attributes": {"label": "1"},
        "relationships": {
            "item_type": {"data": {"type": "item_type", "id": "new item_type 1"}},
            "parent": {"data": None},
            "children": {"data": [{"type": "menu_item", "id": "new menu_item 2"}]},
            "creator": {"links": {}},
            "odd": None,
        },
    }


def _attribute(kind: str, name: str, value: Json) -> Json:
    resource = {"type": kind, "id": "1", "attributes": {name: value}}
    assert translate_resource(resource, _same) == resource
    return translate_resource(resource, new)["attributes"][name]


@pytest.mark.parametrize(
    ("validators", "expected"),
    [
        (
            {"item_item_type": {"item_types": ["1", "2"], "on_reference_delete_strategy": "fail"}},
            {
                "item_item_type": {
                    "item_types": ["new item_type 1", "new item_type 2"],
                    "on_reference_delete_strategy": "fail",
                }
            },
        ),
        (
            {"slug_title_field": {"title_field_id": "1"}},
            {"slug_title_field": {"title_field_id": "new field 1"}},
        ),
        ({"required": {}, "odd": None}, {"required": {}, "odd": None}),
        ({"enum": {"values": ["1"]}}, {"enum": {"values": ["1"]}}),
        ({"rich_text_blocks": {"item_types": []}}, {"rich_text_blocks": {"item_types": []}}),
    ],
)
def test_validators_name_models_and_fields(validators: JsonObject, expected: JsonObject) -> None:
    """Models and the title field are translated, and no value that looks like an id."""
    assert _attribute("field", "validators", validators) == expected


@pytest.mark.parametrize("name", ["appearance", "appeareance"])
def test_appearances_name_plugins(name: str) -> None:
    """The editor and the addons may be plugins; parameters are free and stay."""
    appearance = {
        "editor": "1",
        "parameters": {"a": "1"},
        "addons": [{"id": "2", "parameters": {"id": "2"}}],
    }
    assert _attribute("field", name, appearance) == {
        "editor": "new plugin 1",
        "parameters": {"a": "1"},
        "addons": [{"id": "new plugin 2", "parameters": {"id": "2"}}],
    }
    assert _attribute("field", name, {"editor": None}) == {"editor": None}


def test_filters_name_records_and_uploads() -> None:
    """Ids are found wherever a filter's free shape has them; what is compared as text stays."""
    known = {("item", "1"): "a", ("upload", "2"): "b", ("item_type", "3"): "c"}

    def translate(kind: str, source_id: str) -> str:
        return known.get((kind, source_id), source_id)

    resource = {
        "type": "item_type_filter",
        "id": "9",
        "attributes": {
            "filter": {
                "query": "1",
                "fields": {
                    "author": {"eq": "1"},
                    "hero": {"in": ["2", "5", None]},
                    "kind": "3",
                    "title": {"matches": {"pattern": "1"}},
                    "year": {"gt": 1},
                },
            },
            "order_by": "1",
        },
    }
    assert translate_resource(resource, translate)["attributes"] == {
        "filter": {
            "query": "1",
            "fields": {
                "author": {"eq": "a"},
                "hero": {"in": ["b", "5", None]},
                "kind": "c",
                "title": {"matches": {"pattern": "1"}},
                "year": {"gt": 1},
            },
        },
        "order_by": "1",
    }


def test_filters_of_uploads_name_no_records() -> None:
    """An old id that a record shares with an upload means the upload there."""
    found = _attribute("upload_filter", "filter", {"fields": {"id": {"eq": "1"}}})
    assert found == {"fields": {"id": {"eq": "new upload 1"}}}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("favicon", "1", "new upload 1"),
        ("favicon", None, None),
        ("theme", {"hue": 1, "logo": "1"}, {"hue": 1, "logo": "new upload 1"}),
        ("theme", {"hue": 1, "logo": None}, {"hue": 1, "logo": None}),
        ("theme", {"hue": 1}, {"hue": 1}),
        (
            "global_seo",
            {"site_name": "1", "fallback_seo": {"title": "1", "image": "1"}},
            {"site_name": "1", "fallback_seo": {"title": "1", "image": "new upload 1"}},
        ),
        ("global_seo", {"fallback_seo": {"image": None}}, {"fallback_seo": {"image": None}}),
        ("global_seo", {"fallback_seo": {}}, {"fallback_seo": {}}),
        ("global_seo", {"fallback_seo": None}, {"fallback_seo": None}),
        (
            "global_seo",
            {"en": {"fallback_seo": {"image": "1"}}, "it": None},
            {"en": {"fallback_seo": {"image": "new upload 1"}}, "it": None},
        ),
        ("name", "1", "1"),
    ],
)
def test_the_site_names_uploads(name: str, value: Json, expected: Json) -> None:
    """Favicon, logo and the picture for search engines are translated, by locale or not."""
    assert _attribute("site", name, value) == expected


def test_pictures_that_did_not_come_over_are_no_setting() -> None:
    """A favicon, logo or picture whose upload has no id in the target becomes none."""
    site = {
        "type": "site",
        "id": "1",
        "attributes": {
            "favicon": "1",
            "theme": {"logo": "1"},
            "global_seo": {"fallback_seo": {"image": "1"}},
        },
    }
    assert translate_resource(site, lambda *_: "")["attributes"] == {
        "favicon": None,
        "theme": {"logo": None},
        "global_seo": {"fallback_seo": {"image": None}},
    }


def test_resources_may_lack_members() -> None:
    """A resource without attributes or relationships has only its own id to translate."""
    bare = {"type": "fieldset", "id": "1"}
    assert translate_resource(bare, new) == {"type": "fieldset", "id": "new fieldset 1"}
    empty = {**bare, "attributes": None, "relationships": None}
    assert translate_resource(empty, new) == {**empty, "id": "new fieldset 1"}
