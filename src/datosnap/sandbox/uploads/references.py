"""Know which records use which uploads, in current or in published content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.queries import is_true
from datosnap.sandbox.records.backlinks import contents
from datosnap.sandbox.records.index import RecordIndex, index_of
from datosnap.sandbox.records.references import upload_references
from datosnap.sandbox.records.rendering import View, item_resource
from datosnap.sandbox.records.rights import rights_of
from datosnap.sandbox.records.schema_view import schema_of
from datosnap.sandbox.state import Environment, Item, Version
from datosnap.sandbox.uploads.resources import stored


class Uses:
    """The records that use each upload, kept up to date write by write."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._records: dict[str, Counter[str]] = {}

    def learn(self, item: Item) -> None:
        """Take in what a record uses."""
        for upload_id in self._used_by(item):
            self._records.setdefault(upload_id, Counter())[item.id] += 1

    def forget(self, item: Item) -> None:
        """Take out what a record used."""
        for upload_id in self._used_by(item):
            records = self._records[upload_id]
            records[item.id] -= 1
            if not records[item.id]:
                del records[item.id]

    def of(self, upload_id: str) -> list[str]:
        """List the ids of the records that use an upload."""
        return list(self._records.get(upload_id, ()))

    def used(self) -> set[str]:
        """Give the ids of all uploads that any record uses."""
        return {upload_id for upload_id, records in self._records.items() if records}

    def _used_by(self, item: Item) -> list[str]:
        return [
            upload_id
            for version in contents(item)
            for upload_id in _uploads_in(self._environment, item, version)
        ]


def is_used(environment: Environment, upload_id: str) -> bool:
    """Tell whether any record uses an upload."""
    return bool(users_of(environment, upload_id))


def users_of(environment: Environment, upload_id: str) -> list[str]:
    """Give the ids of the records that use an upload."""
    return _uses(index_of(environment)).of(upload_id)


def used_ids(environment: Environment) -> set[str]:
    """Give the ids of the uploads that records use."""
    return _uses(index_of(environment)).used()


def list_references(call: Call) -> Reply:
    """List the records that use an upload, newest first."""
    upload_id = stored(call, call.path["id"])["id"]
    version = call.query.get("version", "current")
    if version not in _SEEN:
        raise ApiFailure("INVALID_PARAMS", {"parameter": "version"})
    index = index_of(call.environment)
    view = View(published=version == "published", nested=is_true(call.query.get("nested")))
    data: list[JsonObject] = []
    items = rights_of(call).seen(
        [call.environment.items[one] for one in users_of(call.environment, upload_id)]
    )
    for item in sorted(items, key=lambda one: one.created_at, reverse=True):
        seen = _SEEN[version](item)
        if any(upload_id in _uploads_in(call.environment, item, one) for one in seen):
            data.append(item_resource(index, item, view))
    return Reply({"data": data})


def _uses(index: RecordIndex) -> Uses:
    return index.follower("upload uses", lambda: Uses(index.environment))


def _uploads_in(environment: Environment, item: Item, version: Version) -> list[str]:
    schema = schema_of(environment)
    model = schema.model(item.item_type_id)
    return list(upload_references(schema, model, version.attributes))


# which contents of a record count, by the `version` that was asked for
_SEEN: dict[str, Callable[[Item], list[Version]]] = {
    "current": lambda item: [item.current],
    "published": lambda item: [item.published] if item.published else [],
    "published-or-current": contents,
}
