"""Act as somebody with a role of one's own making, and as the owner again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from datosnap.core.jsontext import Json, JsonObject
from tests.unit.sandbox.client import Client

_FLAGS = {"can_access_cma": True, "can_access_cda": False, "can_access_cda_preview": False}


def rule(action: str, **more: Json) -> JsonObject:
    """Write a rule about the primary environment."""
    return {"environment": "main", "action": action, **more}


def everything(**more: Json) -> JsonObject:
    """Write the rule that grants every action."""
    return rule("all", on_creator="anyone", localization_scope="all", **more)


def role(
    api: Client,
    *,
    records: list[JsonObject] | None = None,
    but_records: list[JsonObject] | None = None,
    uploads: list[JsonObject] | None = None,
    but_uploads: list[JsonObject] | None = None,
    **attributes: Json,
) -> JsonObject:
    """Make a role that is let into every environment."""
    number = len(api.project.of_type("role"))
    given = {
        "name": f"Role {number}",
        "environments_access": "all",
        "positive_item_type_permissions": records or [],
        "negative_item_type_permissions": but_records or [],
        "positive_upload_permissions": uploads or [],
        "negative_upload_permissions": but_uploads or [],
        **attributes,
    }
    made: JsonObject = api.make("/roles", "role", **given).data
    return made


def token_of(api: Client, held: JsonObject | None) -> JsonObject:
    """Make a token that has a role, or none."""
    link = {"type": "role", "id": held["id"]} if held else None
    made: JsonObject = api.make(
        "/access_tokens", "access_token", {"role": link}, name="T", **_FLAGS
    ).data
    return made


@contextmanager
def acting(api: Client, token: JsonObject) -> Iterator[JsonObject]:
    """Send requests with another token while the block lasts; give who is asking."""
    own = api.token
    api.token = token["attributes"]["token"]
    try:
        yield {"type": "access_token", "id": token["id"]}
    finally:
        api.token = own
