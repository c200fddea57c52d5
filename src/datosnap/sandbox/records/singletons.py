"""Keep singletons single, and their models telling which record it is."""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records.index import RecordIndex
from datosnap.sandbox.records.schema_view import ModelView
from datosnap.sandbox.state import Environment


def check_singleton(index: RecordIndex, model: ModelView) -> None:
    """Refuse a second record of a singleton model.

    Raises: ApiFailure with `DUPLICATE_SINGLETON`.
    """
    if model.flag("singleton") and index.count(model.id):
        raise ApiFailure("DUPLICATE_SINGLETON")


def mark_singleton(environment: Environment, model: ModelView, item_id: str | None) -> None:
    """Write into a singleton model which record it has; None when it has none any more."""
    if not model.flag("singleton"):
        return
    has_item = item_id is not None
    linkage: JsonObject | None = {"type": "item", "id": item_id} if has_item else None
    resource = model.resource
    environment.of_type("item_type")[model.id] = {
        **resource,
        "attributes": {**resource["attributes"], "has_singleton_item": has_item},
        "relationships": {**resource["relationships"], "singleton_item": {"data": linkage}},
        "meta": {**resource.get("meta", {}), "has_singleton_item": has_item},
    }
