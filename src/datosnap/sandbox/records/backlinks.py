"""Know, for every record, which records point to it, in current or published content."""

from __future__ import annotations

from collections.abc import Iterator

from datosnap.sandbox.records.index import RecordIndex
from datosnap.sandbox.records.references import item_references
from datosnap.sandbox.records.schema_view import Schema, schema_of
from datosnap.sandbox.state import Item, Version


class Backlinks:
    """The records that point to each record, kept up to date write by write."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._sources: dict[str, dict[str, None]] = {}
        self._targets: dict[str, frozenset[str]] = {}

    def learn(self, item: Item) -> None:
        """Take in what a record points to."""
        targets = frozenset(self._found(item))
        self._targets[item.id] = targets
        for target in targets:
            self._sources.setdefault(target, {})[item.id] = None

    def forget(self, item: Item) -> None:
        """Take out what a record pointed to."""
        for target in self._targets.pop(item.id):
            del self._sources[target][item.id]

    def of(self, target_id: str) -> list[str]:
        """List the ids of the records that point to a record."""
        return list(self._sources.get(target_id, ()))

    def _found(self, item: Item) -> Iterator[str]:
        model = self._schema.model(item.item_type_id)
        for version in contents(item):
            for reference in item_references(self._schema, model, version.attributes):
                yield reference.target_id


def contents(item: Item) -> list[Version]:
    """List the contents of a record that anybody can see: the current, and the published."""
    if item.published is None or item.published is item.current:
        return [item.current]
    return [item.current, item.published]


def backlinks_of(index: RecordIndex) -> Backlinks:
    """Give the backlinks of an environment, worked out when first asked for."""
    return index.follower("backlinks", lambda: Backlinks(schema_of(index.environment)))
