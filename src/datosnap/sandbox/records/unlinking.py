"""Take the references to records that go away out of the records that point to them."""

from __future__ import annotations

from dataclasses import replace

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.records.backlinks import backlinks_of
from datosnap.sandbox.records.desk import Desk
from datosnap.sandbox.records.references import Reference, item_references, without_items
from datosnap.sandbox.records.states import with_version
from datosnap.sandbox.records.validating import is_valid
from datosnap.sandbox.state import Item


def references_to(
    desk: Desk, target_id: str, *, published_only: bool
) -> list[tuple[Item, Reference]]:
    """List who points to a record, with the field that does; its own pointers do not count."""
    found = []
    for source_id in backlinks_of(desk.index).of(target_id):
        source = desk.item(source_id)
        if source_id == target_id:
            continue
        for content in _contents(source, published_only=published_only):
            found += [
                (source, reference)
                for reference in item_references(desk.schema, desk.model_of(source), content)
                if reference.target_id == target_id
            ]
    return found


def unlink(desk: Desk, source: Item, gone: frozenset[str]) -> None:
    """Store a record without its references to `gone`, as a new version of its content."""
    model, now = desk.model_of(source), desk.now()
    facts = desk.facts(source.id)
    current = without_items(desk.schema, model, source.current.attributes, gone)
    item = source
    if current is not source.current.attributes:
        version = desk.version(current, now, is_valid=is_valid(facts, model, current))
        item = with_version(source, version)
    if source.published is not None:
        public = without_items(desk.schema, model, source.published.attributes, gone)
        if source.status == "published":
            item = replace(item, published=item.current)
        elif public is not source.published.attributes:
            version = desk.version(public, now, is_valid=is_valid(facts, model, public))
            item = replace(item, published=version)
        valid = item.published is not None and item.published.is_valid
        item = replace(item, is_published_version_valid=valid)
    desk.index.put(item)


def _contents(source: Item, *, published_only: bool) -> list[JsonObject]:
    public = [source.published.attributes] if source.published else []
    return public if published_only else [source.current.attributes, *public]
