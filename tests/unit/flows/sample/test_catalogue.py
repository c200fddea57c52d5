"""The sample's tables are whole: every word in them means something that is there."""

from __future__ import annotations

from itertools import chain

from datosnap.core.ids import is_portable
from datosnap.core.jsontext import JsonObject
from datosnap.flows.sample.catalogue import Catalogue, load_catalogue
from datosnap.flows.sample.identities import identity
from datosnap.flows.sample.uploading import asset
from datosnap.flows.sample.values import Writer, locales_of, strings_in

CATALOGUE = load_catalogue()


def written(catalogue: Catalogue) -> list[JsonObject]:
    """Write the final attributes of every record."""
    writer, order = Writer(catalogue.models), catalogue.settings["locales"]
    return [
        writer.attributes(
            catalogue.models[record.model],
            record.values,
            locales_of(catalogue.models[record.model], record.values, order),
        )
        for record in catalogue.records.values()
    ]


def ids_under(key: str, value: object) -> set[str]:
    """Collect the ids that stand under one key, however deep."""
    if isinstance(value, dict):
        own = {value[key]} if isinstance(value.get(key), str) else set()
        return own.union(*(ids_under(key, member) for member in value.values()))
    if isinstance(value, list):
        return set().union(*(ids_under(key, member) for member in value))
    return set()


def test_every_value_belongs_to_a_field() -> None:
    """No record says something that its model has no field for, but where it stands in a tree."""
    strangers = {
        (record.name, key)
        for record in CATALOGUE.records.values()
        for key in record.values
        if key not in CATALOGUE.models[record.model].fields and key != "parent_id"
    }
    assert not strangers


def test_every_file_is_an_upload() -> None:
    """Each upload that a value names is in the media library, and none is named twice."""
    keys = [row["key"] for row in CATALOGUE.uploads]
    known = {identity("upload", key) for key in keys}
    assert len(known) == len(keys)
    named = ids_under("upload_id", written(CATALOGUE))
    assert named
    assert named <= known


def test_every_link_in_a_text_is_a_record() -> None:
    """Each link inside a structured text leads to a record of the sample."""
    documents = ids_under("item", written(CATALOGUE))
    assert documents
    assert documents <= CATALOGUE.record_ids


def test_every_link_field_leads_to_a_record() -> None:
    """Each link and each member of a list of links is a record of an allowed model."""
    for record in CATALOGUE.records.values():
        for field in CATALOGUE.models[record.model].fields.values():
            if field.kind in {"link", "links"}:
                names = {name for name in strings_in(record.values.get(field.key)) if ":" in name}
                assert names <= CATALOGUE.records.keys()
                assert {name.split(":")[0] for name in names} <= set(field.spec["targets"])


def test_ids_are_such_as_the_api_takes() -> None:
    """All ids are version 4 UUIDs in the API's writing, and different."""
    fields = chain.from_iterable(model.fields.values() for model in CATALOGUE.models.values())
    ids = [
        *CATALOGUE.record_ids,
        *(model.id for model in CATALOGUE.models.values()),
        *(field.id for field in fields),
    ]
    assert len(set(ids)) == len(ids)
    assert all(is_portable(identifier) for identifier in ids)


def test_assets_stay_small() -> None:
    """All assets together keep the snapshots of both formats within their budget."""
    contents = [asset(row, CATALOGUE)[1] for row in CATALOGUE.uploads]
    assert sum(len(content) for content in contents) < 400_000
    assert max(len(content) for content in contents) < 16_000


def test_two_uploads_have_the_same_bytes_under_other_names() -> None:
    """A snapshot that keeps assets by content has a pair to keep once."""
    assets = [asset(row, CATALOGUE) for row in CATALOGUE.uploads]
    assert len({name for name, _ in assets}) == len(assets)
    assert len({content for _, content in assets}) == len(assets) - 1
