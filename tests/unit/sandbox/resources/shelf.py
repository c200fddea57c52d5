"""Short ways to make models and fields through the API."""

from __future__ import annotations

from datosnap.core.jsontext import Json, JsonObject
from tests.unit.sandbox.client import Client

# Two ids of the form that the API takes.
ID = "DxMaW10UQiCmZcuuA-IkkA"
OTHER_ID = "FF-P5of6Qp-DD2w0xoaa6Q"


def model(api: Client, api_key: str, **attributes: Json) -> JsonObject:
    """Make a model named after its key."""
    named: JsonObject = {"name": api_key.capitalize(), "api_key": api_key, **attributes}
    made: JsonObject = api.make("/item-types", "item_type", **named).data
    return made


def field(
    api: Client,
    model_key: str,
    api_key: str,
    kind: str,
    *,
    fieldset: str | None = None,
    **more: Json,
) -> JsonObject:
    """Make a field named after its key."""
    links: JsonObject = {"fieldset": {"type": "fieldset", "id": fieldset}} if fieldset else {}
    named: JsonObject = {
        "label": api_key.capitalize(),
        "api_key": api_key,
        "field_type": kind,
        **more,
    }
    made: JsonObject = api.make(f"/item-types/{model_key}/fields", "field", links, **named).data
    return made
