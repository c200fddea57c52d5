"""Compare a record's current content with its published one, and show its schedules.

This is the only place where the API tells what a schedule selects.
"""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.records.desk import Desk, desk_of
from datosnap.sandbox.records.rendering import View
from datosnap.sandbox.records.scheduling import PUBLICATION, UNPUBLISHING, schedule_resource
from datosnap.sandbox.records.schema_view import ModelView
from datosnap.sandbox.records.states import content_locales
from datosnap.sandbox.records.validating import findings
from datosnap.sandbox.records.versions import version_resource
from datosnap.sandbox.state import Item

_NAMES = ("scheduled_publication", "scheduled_unpublishing", "published_version")


def current_vs_published(call: Call) -> Reply:
    """Tell what a publication would change, and what is planned."""
    desk = desk_of(call)
    item = desk.asked_item()
    related = _related(desk, item)
    linkage = {
        name: {"data": {"type": one["type"], "id": one["id"]} if one else None}
        for name, one in related.items()
    }
    data = {
        "type": "item_current_vs_published_state",
        "id": item.id,
        "attributes": _attributes(desk, item),
        "relationships": linkage,
    }
    return Reply({"data": data, "included": [one for one in related.values() if one]})


def _related(desk: Desk, item: Item) -> dict[str, JsonObject | None]:
    public = version_resource(desk, item, item.published, View()) if item.published else None
    found = (
        schedule_resource(PUBLICATION, item, item.publication) if item.publication else None,
        schedule_resource(UNPUBLISHING, item, item.unpublishing) if item.unpublishing else None,
        public,
    )
    return dict(zip(_NAMES, found, strict=True))


def _attributes(desk: Desk, item: Item) -> JsonObject:
    model = desk.model_of(item)
    current = item.current.attributes
    public = item.published.attributes if item.published else {}
    now_in, public_in = content_locales(model, current), content_locales(model, public)
    found = list(findings(desk.facts(item.id), model, current))
    both = [one for one in now_in if one in public_in]
    return {
        "current_version_locales": now_in,
        "published_version_locales": public_in,
        "changed_locales": [one for one in both if _differs(model, current, public, one)],
        "added_locales": [one for one in now_in if one not in public_in],
        "removed_locales": [one for one in public_in if one not in now_in],
        "non_localized_fields_changed": any(
            current.get(key) != public.get(key)
            for key, field in model.fields.items()
            if not field.localized
        ),
        "current_version_invalid_locales": sorted({one.locale for one in found if one.locale}),
        "current_version_non_localized_fields_invalid": any(not one.locale for one in found),
    }


def _differs(model: ModelView, current: JsonObject, public: JsonObject, locale: str) -> bool:
    return any(
        current[key].get(locale) != (public.get(key) or {}).get(locale)
        for key, field in model.fields.items()
        if field.localized
    )
