"""List, find and restore the versions of records, newest first."""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject, encode
from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.failures import not_found
from datosnap.sandbox.queries import is_true
from datosnap.sandbox.records.desk import Desk, desk_of
from datosnap.sandbox.records.index import RecordIndex
from datosnap.sandbox.records.paging import asked_page
from datosnap.sandbox.records.references import item_references, without_items
from datosnap.sandbox.records.rendering import View, item_resource, shown_attributes
from datosnap.sandbox.records.states import as_published, with_version
from datosnap.sandbox.records.validating import is_valid
from datosnap.sandbox.state import Item, Version

_DEFAULT_LIMIT = 15
_LIMIT_MAX = 50


def list_versions(call: Call) -> Reply:
    """List a record's versions, a page at a time."""
    desk = desk_of(call)
    item = desk.asked_item()
    page = asked_page(call.query, default=_DEFAULT_LIMIT, most=_LIMIT_MAX)
    view = View(nested=is_true(call.query.get("nested")))
    shown = item.versions[::-1][page.stretch]
    data = b",".join(_version_bytes(desk, item, version, view) for version in shown)
    total = b"%d" % len(item.versions)
    return Reply(b'{"data":[' + data + b'],"meta":{"total_count":' + total + b"}}")


def find_version(call: Call) -> Reply:
    """Give one version by its own id."""
    desk = desk_of(call)
    item, version = _asked_version(desk)
    view = View(nested=is_true(call.query.get("nested")))
    return Reply(b'{"data":' + _version_bytes(desk, item, version, view) + b"}")


def restore_version(call: Call) -> Reply:
    """Make an old content the current one again, as a new version; history stays as it is."""
    desk = desk_of(call)
    item, version = _asked_version(desk)
    desk.rights.check("update", item)
    model, now = desk.model_of(item), desk.now()
    content = _without_dead_links(desk, item, version.attributes)
    valid = is_valid(desk.facts(item.id), model, content)
    restored = with_version(item, desk.version(content, now, is_valid=valid))
    if not model.flag("draft_mode_active"):
        restored = as_published(restored, restored.current, now, is_valid=valid)
    desk.index.put(restored)
    shown = version_resource(desk, restored, restored.current, View())
    return Reply({"data": [item_resource(desk.index, restored), shown]})


def version_resource(desk: Desk, item: Item, version: Version, view: View) -> JsonObject:
    """Show one version as a JSON:API object."""
    model = desk.model_of(item)
    return {
        "type": "item_version",
        "id": version.id,
        "attributes": shown_attributes(model, version.attributes, view),
        "relationships": {
            "item_type": {"data": {"type": "item_type", "id": model.id}},
            "item": {"data": {"type": "item", "id": item.id}},
            "editor": {"data": version.editor},
        },
        "meta": {
            "created_at": version.created_at,
            "is_valid": version.is_valid,
            "is_published": item.published is not None and item.published.id == version.id,
            "published_from": version.published_from,
            "published_until": version.published_until,
            "is_current": version.id == item.current.id,
        },
    }


def _version_bytes(desk: Desk, item: Item, version: Version, view: View) -> bytes:
    original = desk.environment.originals.get(item.id)
    came = original.versions.get(version.id) if original else None
    if came is None or (original is not None and original.nested and not view.nested):
        return encode(version_resource(desk, item, version, view))
    return came


def _asked_version(desk: Desk) -> tuple[Item, Version]:
    version_id = desk.call.path["id"]
    owners = desk.index.remembered("version owners", lambda: _owners(desk.index))
    item = desk.index.get(owners.get(version_id, ""))
    if item is None or not desk.rights.sees(item):
        raise not_found()
    found = [*item.versions, *([item.published] if item.published else [])]
    return item, next(one for one in found if one.id == version_id)


def _owners(index: RecordIndex) -> dict[str, str]:
    owners = {}
    for item in index.environment.items.values():
        owners.update(dict.fromkeys((version.id for version in item.versions), item.id))
        if item.published is not None:
            owners[item.published.id] = item.id
    return owners


def _without_dead_links(desk: Desk, item: Item, attributes: JsonObject) -> JsonObject:
    model = desk.model_of(item)
    targets = {one.target_id for one in item_references(desk.schema, model, attributes)}
    gone = frozenset(target for target in targets if desk.index.get(target) is None)
    return without_items(desk.schema, model, attributes, gone) if gone else attributes
