"""Write models and fields as the API answers them, for tests that need just these."""

from __future__ import annotations

from datosnap.core.jsontext import JsonObject


def item_type(identifier: str, api_key: str, **attributes: object) -> JsonObject:
    """Give a model as the API answers it."""
    return {
        "type": "item_type",
        "id": identifier,
        "attributes": {"name": api_key.title(), "api_key": api_key, **attributes},
    }


def field(owner: str, api_key: str, field_type: str, **attributes: object) -> JsonObject:
    """Give a field of a model as the API answers it."""
    return {
        "type": "field",
        "id": f"{owner}-{api_key}",
        "attributes": {"api_key": api_key, "field_type": field_type, **attributes},
        "relationships": {"item_type": {"data": {"type": "item_type", "id": owner}}},
    }
