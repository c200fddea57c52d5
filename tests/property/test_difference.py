"""Whatever two values hold: they are told apart exactly where they differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from datosnap.core.difference import ABSENT, View, between, digest
from datosnap.core.entities import Schema
from datosnap.core.jsontext import Json, JsonObject, decode, encode
from datosnap.core.rebuilding import Rebuilder
from datosnap.core.remapping import IdMap
from tests.support.contents import Content, contents, remapped

_unhurried = settings(deadline=None)
_KEYS = st.text(alphabet="abc", min_size=1, max_size=2)
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.floats(-2, 2)
    | st.sampled_from(["", "a", "(absent)", "0", "null"])
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)
_OBJECTS = st.dictionaries(_KEYS, _VALUES, max_size=3)


def _leaves(value: Json, path: str = "") -> Iterator[tuple[str, bytes]]:
    """Give every place of a value with its text; an empty list or object is such a place too."""
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from _leaves(one, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for index, one in enumerate(value):
            yield from _leaves(one, f"{path}[{index}]")
    else:
        yield path, encode(value)


def _spoilt(value: Json, path: str, wanted: str) -> Json:
    """Put something else where `wanted` is."""
    if path == wanted:
        return "something else"
    if isinstance(value, dict):
        return {
            key: _spoilt(one, f"{path}.{key}" if path else key, wanted)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_spoilt(one, f"{path}[{at}]", wanted) for at, one in enumerate(value)]
    return value


@_unhurried
@given(_OBJECTS, _OBJECTS)
def test_equal_digests_mean_equal_content(left: JsonObject, right: JsonObject) -> None:
    """Two digests are equal exactly when no place differs, key order aside."""
    differing = list(between(left, right))
    assert (digest(left) == digest(right)) is (not differing)
    assert bool(differing) is (dict(_leaves(left)) != dict(_leaves(right)))


@_unhurried
@given(_OBJECTS)
def test_key_order_is_no_difference(value: JsonObject) -> None:
    """The same members in another order are the same content."""
    turned = {key: value[key] for key in reversed(value)}
    assert digest(turned) == digest(value)
    assert list(between(turned, value)) == []


@_unhurried
@given(_OBJECTS, st.data())
def test_one_changed_place_is_told_alone(value: JsonObject, data: st.DataObject) -> None:
    """Changing one place gives one difference, at that place, with both sides."""
    path, text = data.draw(st.sampled_from(list(_leaves(value))))
    changed = _spoilt(value, "", path)

    assert list(between(value, changed)) == [(path, text.decode(), '"something else"')]
    assert list(between(changed, value)) == [(path, '"something else"', text.decode())]


@_unhurried
@given(_OBJECTS, _OBJECTS)
def test_every_differing_place_is_told(left: JsonObject, right: JsonObject) -> None:
    """Each place that one side has otherwise lies at or below a path that is told, and no other."""
    told = {path for path, _, _ in between(left, right)}
    ours, theirs = dict(_leaves(left)), dict(_leaves(right))
    for path in ours | theirs:
        covered = any(_is_within(path, one) for one in told)
        if ours.get(path) == theirs.get(path):
            assert not covered
        else:
            # An empty list or object differs from a filled one in what the filled one holds.
            assert covered or any(_is_within(one, path) for one in told)


def _is_within(path: str, outer: str) -> bool:
    return not outer or path == outer or path.startswith((f"{outer}.", f"{outer}["))


@_unhurried
@given(_OBJECTS, _OBJECTS)
def test_sides_can_be_turned(left: JsonObject, right: JsonObject) -> None:
    """Seen from the other side the same places differ, with the sides exchanged."""
    here = sorted(between(left, right))
    there = sorted((path, theirs, ours) for path, ours, theirs in between(right, left))
    assert here == there


@_unhurried
@given(_OBJECTS, _KEYS)
def test_an_absent_key_is_not_null(value: JsonObject, key: str) -> None:
    """A key with null and no such key are told apart."""
    with_key, without = {**value, key: None}, {one: value[one] for one in value if one != key}
    assert (key, "null", ABSENT) in list(between(with_key, without))
    assert digest(with_key) != digest(without)


@_unhurried
@given(contents())
def test_an_imported_record_is_the_same(content: Content) -> None:
    """A record rebuilt for another project, blocks new, differs in nothing from its source."""
    ids = remapped(content.schema)
    rebuilder = Rebuilder(content.schema, ids)
    rebuilt = rebuilder.content(content.record, content.model)
    body = rebuilder.create_body(content.record, content.model, rebuilt)
    pseudo = {"position"} & content.record["attributes"].keys()
    created = {**body["data"], "meta": content.record["meta"]}
    created["attributes"] |= {key: content.record["attributes"][key] for key in pseudo}

    left = View(content.schema, ids.translate).record(content.record)
    right = View(_translated(content.schema, ids), _as_it_is).record(created)

    assert list(between(left, right)) == []
    assert digest(left) == digest(right)


def _translated(schema: Schema, ids: IdMap) -> Schema:
    models = [
        replace(one, id=ids.translate("item_type", one.id)) for one in schema.item_types.values()
    ]
    return Schema({one.id: one for one in models})


def _as_it_is(_: str, identifier: str) -> str:
    return identifier


@_unhurried
@given(contents())
def test_clocks_versions_and_block_ids_do_not_count(content: Content) -> None:
    """What the server sets by its own clock, and the ids of blocks, make no difference."""
    view = View(content.schema, _as_it_is)
    later = decode(encode(content.record))
    later["meta"] |= {"updated_at": "later", "published_at": "later", "current_version": "other"}
    later["attributes"] = _other_block_ids(later["attributes"])

    assert digest(view.record(later)) == digest(view.record(content.record))


def _other_block_ids(value: Json) -> Json:
    if isinstance(value, list):
        return [_other_block_ids(one) for one in value]
    if not isinstance(value, dict):
        return value
    own = {"id": "another"} if value.get("type") == "item" else {}
    return {key: _other_block_ids(one) for key, one in value.items()} | own
