"""Whatever content is drawn: references are found where they stand, and rewritten everywhere."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings

from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.rebuilding import Rebuilder
from datosnap.core.references import Kind, Reference, Walk, find
from datosnap.core.remapping import IdMap
from tests.support.contents import (
    BLOCK_IDS,
    ITEM_IDS,
    UPLOAD_IDS,
    Content,
    at,
    contents,
    is_block,
    remapped,
    same_block,
    texts,
)

_unhurried = settings(deadline=None)
_POOLS = {*ITEM_IDS, *UPLOAD_IDS, *BLOCK_IDS}


def _same_id(reference: Reference) -> str:
    return reference.id


def _searched(content: Content) -> Counter[Reference]:
    """Search the bare JSON for ids, knowing no schema: a key tells an upload from the rest."""
    fields = content.model.fields
    attributes = {key: one for key, one in content.record["attributes"].items() if key in fields}
    return Counter(
        Reference(_kind(path[-1], text), text, path)
        for path, text in texts(attributes)
        if text in _POOLS
    )


def _kind(key: str | int, text: str) -> Kind:
    if text in BLOCK_IDS:
        return Kind.BLOCK
    is_upload = key in ("upload_id", "image")
    return Kind.UPLOAD if is_upload else Kind.ITEM


def _blocks_inside(value: Json) -> list[JsonObject]:
    """Collect blocks, innermost first."""
    if is_block(value):
        return [*_blocks_inside(value["attributes"]), value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [block for one in inner for block in _blocks_inside(one)]


@_unhurried
@given(contents())
def test_every_reference_is_found_once(content: Content) -> None:
    """A search that knows no schema finds the same ids, at the same paths, equally often."""
    found = find(content.record["attributes"], content.model, content.schema)
    assert Counter(found.references) == _searched(content)


@_unhurried
@given(contents(flat=True))
def test_ids_of_blocks_are_found_in_flat_reads(content: Content) -> None:
    """Where an answer gives ids in place of blocks, those are references too."""
    found = find(content.record["attributes"], content.model, content.schema)
    assert Counter(found.references) == _searched(content)


@_unhurried
@given(contents())
def test_paths_lead_to_what_was_found(content: Content) -> None:
    """Following the path of a reference leads to its id, and that of a block to the block."""
    attributes = content.record["attributes"]
    found = find(attributes, content.model, content.schema)

    assert all(at(attributes, one.path) == one.id for one in found.references)
    assert all(at(attributes, one.path) is one.resource for one in found.blocks)


@_unhurried
@given(contents())
def test_every_block_is_found_once_innermost_first(content: Content) -> None:
    """Each block comes up once, after the blocks inside it, with the model it is of."""
    found = find(content.record["attributes"], content.model, content.schema).blocks

    assert [one.resource for one in found] == _blocks_inside(content.record["attributes"])
    assert all(one.item_type_id in content.schema.item_types for one in found)


@_unhurried
@given(contents())
def test_rewriting_with_the_same_ids_changes_nothing(content: Content) -> None:
    """Content is rebuilt equal, key order included, when every id stays what it is."""
    attributes = content.record["attributes"]
    walk = Walk(content.schema, _same_id, same_block)

    rebuilt = walk.content(attributes, content.model)

    assert rebuilt == attributes
    assert list(texts(rebuilt)) == list(texts(attributes))


@_unhurried
@given(contents())
def test_rewriting_there_and_back_changes_nothing(content: Content) -> None:
    """New ids for all and then the old ones again give the content back."""
    there = remapped(content.schema)
    back = IdMap()
    for kind, source_id, target_id in there:
        back.add(kind, target_id, source_id)
    attributes = content.record["attributes"]

    away = _rewritten(content, attributes, there)

    assert _rewritten(content, away, back) == attributes
    found = find(attributes, content.model, content.schema).references
    assert (away == attributes) is (not found)


def _rewritten(content: Content, attributes: JsonObject, ids: IdMap) -> JsonObject:
    def rewrite(reference: Reference) -> str:
        return ids.translate(reference.kind, reference.id)

    return Walk(content.schema, rewrite, same_block).content(attributes, content.model)


@_unhurried
@given(contents())
def test_rewriting_leaves_the_original_alone(content: Content) -> None:
    """The content that is read is not changed by rewriting it."""
    before = list(texts(content.record["attributes"]))
    Rebuilder(content.schema, remapped(content.schema)).content(content.record, content.model)
    assert list(texts(content.record["attributes"])) == before


@_unhurried
@given(contents())
def test_no_source_id_remains(content: Content) -> None:
    """When everything has a new id no text of a request is an old one, at any depth or locale."""
    ids = remapped(content.schema)
    rebuilder = Rebuilder(content.schema, ids)

    rebuilt = rebuilder.content(content.record, content.model)
    body = rebuilder.create_body(content.record, content.model, rebuilt)

    old = {*_POOLS, *content.schema.item_types}
    assert not old & set(_all_texts(body))
    assert not rebuilt.dangling
    assert not rebuilt.waiting


def _all_texts(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _all_texts(one)]


@_unhurried
@given(contents())
def test_each_reference_goes_to_its_own_target(content: Content) -> None:
    """References keep their number, order and kind, and each is what its source id became."""
    ids = remapped(content.schema)
    rebuilt = Rebuilder(content.schema, ids).content(content.record, content.model)

    before = find(content.record["attributes"], content.model, content.schema).references
    after = _references_of(rebuilt.attributes, content, ids)

    assert after == [ids.translate(one.kind, one.id) for one in before]
    in_tree = isinstance(rebuilt.attributes.get("parent_id"), str)
    assert rebuilt.rewritten == len(before) + in_tree


def _references_of(attributes: JsonObject, content: Content, ids: IdMap) -> list[str]:
    """Read the references of rebuilt content, whose blocks name the target's models."""
    sources = {target_id: source_id for source_id, target_id in ids.of_kind("item_type").items()}

    def renamed(value: Json) -> Json:
        if isinstance(value, list):
            return [renamed(one) for one in value]
        if not isinstance(value, dict):
            return value
        if value.get("type") == "item_type":
            return {**value, "id": sources[value["id"]]}
        return {key: renamed(one) for key, one in value.items()}

    return [one.id for one in find(renamed(attributes), content.model, content.schema).references]


@_unhurried
@given(contents())
def test_blocks_are_always_new(content: Content) -> None:
    """No block of a request carries an id; each names the target's model and its own fields."""
    ids = remapped(content.schema)
    rebuilt = Rebuilder(content.schema, ids).content(content.record, content.model)

    blocks = _blocks_inside(rebuilt.attributes)

    assert rebuilt.blocks == len(blocks) == len(_blocks_inside(content.record["attributes"]))
    targets = set(ids.of_kind("item_type").values())
    for block in blocks:
        assert block.keys() == {"type", "attributes", "relationships"}
        assert block["relationships"]["item_type"]["data"]["id"] in targets


@_unhurried
@given(contents())
def test_nothing_points_to_what_did_not_come_over(content: Content) -> None:
    """Without any target all links are left out and told, and no old id is written."""
    ids = IdMap()
    for source_id, target_id in remapped(content.schema).of_kind("item_type").items():
        ids.add("item_type", source_id, target_id)

    rebuilt = Rebuilder(content.schema, ids).content(content.record, content.model)

    told = [one for one in rebuilt.dangling if one.path != ("parent_id",)]
    found = find(content.record["attributes"], content.model, content.schema).references
    assert told == list(found)
    assert not _POOLS & set(_all_texts(rebuilt.attributes))


@_unhurried
@given(contents())
def test_text_survives_the_loss_of_its_links(content: Content) -> None:
    """A structured text whose targets are gone for good keeps all of its own words."""
    ids = IdMap()
    rebuilt = Rebuilder(content.schema, ids).content(content.record, content.model)

    assert _words(rebuilt.attributes) == _words(content.record["attributes"])


def _words(value: Json) -> str:
    if isinstance(value, dict) and value.get("type") == "span":
        words: str = value["value"]
        return words
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return "".join(map(_words, inner))


@_unhurried
@given(contents())
def test_what_waits_is_written_later(content: Content) -> None:
    """Links to records that come later are left out at first; the second write has them all."""
    ids = remapped(content.schema)
    rebuilder = Rebuilder(content.schema, ids)

    first = rebuilder.content(content.record, content.model, later=ITEM_IDS)
    second = rebuilder.content(content.record, content.model)

    items = set(ids.of_kind("item").values())
    uploads = set(ids.of_kind("upload").values())
    assert not (items - uploads) & set(_all_texts(first.attributes))
    assert all(one.kind is Kind.ITEM for one in first.waiting)
    assert bool(first.waiting) is (first.attributes != second.attributes)
