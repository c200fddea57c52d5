"""Create the sample's records, and fill in later what could not be said at first.

A record may not refer to one that does not exist, and the sample's records refer to each other in
circles: a field that is ahead of its time is left out, or says what its stand-in field says
where it is required, and is filled in when all records are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from datosnap.core.jsontext import Json, JsonObject
from datosnap.flows.sample.catalogue import Field, Record
from datosnap.flows.sample.desk import Desk
from datosnap.flows.sample.identities import linkage, record_identity
from datosnap.flows.sample.values import locales_of, strings_in


def all_locales(desk: Desk, record: Record) -> list[str]:
    """Tell which locales the record ends up with."""
    return locales_of(desk.model_of(record), record.values, desk.locales)


def first_locales(desk: Desk, record: Record) -> list[str]:
    """Tell which locales the record begins with; all when none of the early ones is its own."""
    spoken = all_locales(desk, record)
    early = record.first.get("locales", spoken)
    return [locale for locale in spoken if locale in early] or spoken


async def create_record(desk: Desk, record: Record) -> None:
    """Create a record as its first version was."""
    left_out = record.first.get("without", ())
    values = {key: value for key, value in record.values.items() if key not in left_out}
    attributes = desk.writer.attributes(desk.model_of(record), values, first_locales(desk, record))
    desk.waiting[record.name] = _hold_back(desk, record, attributes)
    if parent := record.values.get("parent_id"):
        attributes["parent_id"] = record_identity(parent)
    await desk.create("/items", _request(desk, record, attributes))
    desk.created.add(record.id)
    desk.now[record.name] = record
    desk.writes.append(record.name)


async def fill_in(desk: Desk, record: Record) -> None:
    """Write the fields that waited for other records, if any did."""
    waiting = desk.waiting[record.name]
    if waiting:
        attributes = desk.writer.attributes(
            desk.model_of(record), record.values, first_locales(desk, record)
        )
        await update(desk, record, {key: attributes[key] for key in waiting})


async def complete(desk: Desk, record: Record) -> None:
    """Write what the first version lacked: fields left out, locales translated later.

    Values that are there are sent back as they are read, so that their blocks stay the same.
    """
    model, left_out = desk.model_of(record), record.first.get("without", ())
    final = desk.writer.attributes(model, record.values, all_locales(desk, record))
    changed = {key: final[key] for key in left_out if key in final}
    early = first_locales(desk, record)
    if early != all_locales(desk, record):
        held = (await desk.cms.get_object(f"/items/{record.id}"))["data"]["attributes"]
        for field in model.fields.values():
            if field.localized and field.key not in left_out:
                kept = {locale: held[field.key][locale] for locale in early}
                changed[field.key] = {**final[field.key], **kept}
    if changed:
        await update(desk, record, changed)


async def update(desk: Desk, record: Record, attributes: JsonObject) -> None:
    """Change a record, which makes a new version of it when one of its fields is named."""
    data = {"type": "item", "id": record.id, "attributes": attributes}
    await desk.change(f"/items/{record.id}", {"data": data})
    if desk.model_of(record).fields.keys() & attributes.keys():
        desk.writes.append(record.name)


def _request(desk: Desk, record: Record, attributes: JsonObject) -> JsonObject:
    data: JsonObject = {
        "type": "item",
        "id": record.id,
        "attributes": attributes,
        "relationships": {"item_type": linkage("item_type", desk.model_of(record).id)},
    }
    if record.meta:
        data["meta"] = record.meta
    return {"data": data}


def _hold_back(desk: Desk, record: Record, attributes: JsonObject) -> list[str]:
    early = desk.catalogue.record_ids - desk.created
    fields = desk.model_of(record).fields
    waiting = [key for key, value in attributes.items() if _refers(value, early)]
    for key in waiting:
        _replace(fields[key], attributes)
    return waiting


def _refers(value: Json, ids: Iterable[str]) -> bool:
    return not frozenset(strings_in(value)).isdisjoint(ids)


def _replace(field: Field, attributes: JsonObject) -> None:
    value = attributes.pop(field.key)
    if "stand_in" in field.spec:
        attributes[field.key] = attributes[field.spec["stand_in"]]
    elif isinstance(value, Mapping) and field.localized:
        attributes[field.key] = dict.fromkeys(value)
