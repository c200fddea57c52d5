"""Records become requests: ids of the target, new blocks, dates, and what could not come."""

from __future__ import annotations

from datosnap.core.entities import ItemType, read_schema
from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.rebuilding import Rebuilder
from datosnap.core.references import Kind, Reference
from datosnap.core.remapping import IdMap
from tests.support.schemas import field, item_type

_SCHEMA = read_schema(
    [
        item_type("1", "page", tree=True),
        item_type("2", "quote", modular_block=True),
        item_type("3", "bare"),
    ],
    [
        field("1", "title", "string", localized=True, position=1),
        field("1", "friend", "link", position=2),
        field("1", "hero", "file", position=3),
        field("1", "quote", "single_block", position=4),
        field("2", "by", "link", position=1),
        field("2", "text", "string", position=2),
    ],
)
_PAGE, _BARE = _SCHEMA.item_types["1"], _SCHEMA.item_types["3"]


def _rebuilder() -> Rebuilder:
    ids = IdMap()
    for kind, source_id, target_id in [
        ("item_type", "1", "T1"),
        ("item_type", "2", "T2"),
        ("item", "10", "A"),
        ("item", "11", "B"),
        # The same old id as a record's.
        ("upload", "10", "U"),
    ]:
        ids.add(kind, source_id, target_id)
    return Rebuilder(_SCHEMA, ids)


def _record(model: ItemType = _PAGE, **attributes: Json) -> JsonObject:
    return {
        "type": "item",
        "id": "10",
        "attributes": attributes,
        "relationships": {"item_type": {"data": {"type": "item_type", "id": model.id}}},
        "meta": {
            "created_at": "2018-11-24T10:00:00.000+00:00",
            "updated_at": "2019-11-24T10:00:00.000+00:00",
            "first_published_at": None,
            "status": "draft",
        },
    }


def test_references_get_the_ids_of_their_kind() -> None:
    """A record and an upload with the same old id become what each became."""
    record = _record(friend="10", hero={"upload_id": "10", "alt": None}, parent_id="11")
    rebuilt = _rebuilder().content(record, _PAGE)

    assert rebuilt.attributes == {
        "friend": "A",
        "hero": {"upload_id": "U", "alt": None},
        "parent_id": "B",
    }
    assert (rebuilt.rewritten, rebuilt.blocks) == (3, 0)
    assert (rebuilt.waiting, rebuilt.dangling) == ((), ())


def test_links_to_later_records_wait() -> None:
    """A link, or a parent, that does not exist yet is left out and told."""
    record = _record(friend="11", hero={"upload_id": "10"}, parent_id="11")
    rebuilt = _rebuilder().content(record, _PAGE, later={"11", "10"})

    assert rebuilt.attributes == {"friend": None, "hero": {"upload_id": "U"}, "parent_id": None}
    assert rebuilt.waiting == (
        Reference(Kind.ITEM, "11", ("friend",)),
        Reference(Kind.ITEM, "11", ("parent_id",)),
    )
    assert rebuilt.dangling == ()


def test_links_to_nothing_are_told() -> None:
    """What did not come over is left out, and named with its place."""
    rebuilt = _rebuilder().content(_record(friend="99", hero={"upload_id": "11"}), _PAGE)

    assert rebuilt.attributes == {"friend": None, "hero": None, "parent_id": None}
    assert rebuilt.dangling == (
        Reference(Kind.ITEM, "99", ("friend",)),
        Reference(Kind.UPLOAD, "11", ("hero", "upload_id")),
    )


def test_keys_that_are_no_fields_are_left_out() -> None:
    """Positions and the dates that older answers repeat cannot be sent, in blocks neither."""
    block = {
        "type": "item",
        "id": "b",
        "attributes": {"by": "11", "text": None, "created_at": "2018", "updated_at": "2018"},
        "relationships": {"item_type": {"data": {"type": "item_type", "id": "2"}}},
    }
    record = _record(title={"en": None}, position=4, created_at="2018", quote=block)
    rebuilt = _rebuilder().content(record, _PAGE)

    assert rebuilt.attributes == {
        "title": {"en": None},
        "quote": {
            "type": "item",
            "attributes": {"by": "B", "text": None},
            "relationships": {"item_type": {"data": {"type": "item_type", "id": "T2"}}},
        },
        "parent_id": None,
    }
    assert rebuilt.blocks == 1


def test_links_that_are_never_to_be_are_left_out_for_good() -> None:
    """They dangle, whatever their record became; an upload of the same old id is another thing."""
    record = _record(friend="11", hero={"upload_id": "10"})
    rebuilt = _rebuilder().content(record, _PAGE, never={"10", "11"})

    assert (rebuilt.attributes["friend"], rebuilt.waiting) == (None, ())
    assert rebuilt.attributes["hero"] == {"upload_id": "U"}
    assert rebuilt.dangling == (Reference(Kind.ITEM, "11", ("friend",)),)


def test_a_block_that_is_not_there_is_told() -> None:
    """An id in place of a block, as in a flat read, is no content and never sent."""
    rebuilt = _rebuilder().content(_record(quote="b"), _PAGE)
    assert rebuilt.attributes["quote"] is None
    assert rebuilt.dangling == (Reference(Kind.BLOCK, "b", ("quote",)),)


def test_blocks_of_an_unknown_model_bring_nothing() -> None:
    """Of a block whose model is gone no field can be sent."""
    block = {"type": "item", "id": "b", "attributes": {"x": "10"}, "relationships": {}}
    rebuilt = _rebuilder().content(_record(quote=block), _PAGE)
    assert rebuilt.attributes["quote"]["attributes"] == {}


def test_records_may_lack_attributes() -> None:
    """A model without fields has records without attributes, and no parent outside a tree."""
    bare = {key: one for key, one in _record(_BARE).items() if key != "attributes"}
    assert _rebuilder().content(bare, _BARE).attributes == {}
    assert _rebuilder().content(_record(_BARE, parent_id="11"), _BARE).attributes == {}


def test_a_record_is_created_under_its_new_id() -> None:
    """The request holds content, model and creation date; what a server sets itself is not sent."""
    rebuilder = _rebuilder()
    record = _record(friend="11")
    body = rebuilder.create_body(record, _PAGE, rebuilder.content(record, _PAGE))

    assert body == {
        "data": {
            "type": "item",
            "id": "A",
            "attributes": {"friend": "B", "parent_id": None},
            "relationships": {"item_type": {"data": {"type": "item_type", "id": "T1"}}},
            "meta": {"created_at": "2018-11-24T10:00:00.000+00:00"},
        }
    }


def test_the_first_publication_is_kept() -> None:
    """A record that was published keeps the date of the first time."""
    rebuilder = _rebuilder()
    record = _record(_BARE)
    record["meta"] = {"first_published_at": "2020", "published_at": "2021"}
    body = rebuilder.create_body(record, _BARE, rebuilder.content(record, _BARE))
    assert body["data"]["meta"] == {"first_published_at": "2020"}

    del record["meta"]
    body = rebuilder.create_body(record, _BARE, rebuilder.content(record, _BARE))
    assert body["data"]["meta"] == {}


def test_an_update_names_the_record_and_what_changes() -> None:
    """The second write holds the attributes it is given and nothing else."""
    body = _rebuilder().update_body(_record(), {"friend": "B"})
    assert body == {"data": {"type": "item", "id": "A", "attributes": {"friend": "B"}}}
