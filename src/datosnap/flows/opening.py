"""Reach a project: pin its environment, read its schema, and learn what the token may see."""

from __future__ import annotations

from dataclasses import dataclass

from datosnap.api.client import Client
from datosnap.api.endpoints import SCHEMA_QUERY
from datosnap.core.entities import Schema, read_schema
from datosnap.core.jsontext import JsonObject, decode_object, slice_included, slice_page
from datosnap.core.roles import blind_spots
from datosnap.errors import NonsenseError, UsageError
from datosnap.store.columns.shape import Shape

_ABOVE_ROLES = frozenset({"account", "organization"})
_UNKNOWN = ("anything (the API does not tell its role)",)


@dataclass(frozen=True, slots=True)
class Opened:
    """A source that was reached: who it is, its schema, and the bytes it was read from.

    `rights` is the role as the API tells it, None for those who stand above roles.
    """

    project_id: str
    project_name: str
    environment_id: str
    changed_at: str | None
    role: JsonObject
    blind_spots: tuple[str, ...]
    schema: Schema
    site: bytes
    environment: bytes
    schema_lines: dict[str, list[bytes]]
    rights: JsonObject | None = None

    @property
    def locales(self) -> list[str]:
        """Give the locales of the environment, the main one first."""
        locales: list[str] = decode_object(self.site)["attributes"]["locales"]
        return locales

    @property
    def shape(self) -> Shape:
        """Give what the columns of typed tables follow from."""
        return Shape(self.schema, tuple(dict.fromkeys(self.locales)))


async def open_source(client: Client, environment: str | None) -> Opened:
    """Reach the project, pin its environment and read its schema.

    Raises: UsageError when there is no such environment; AccessRefusedError for a bad token.
    """
    raw_environment, identity = await pin_environment(client, environment)
    site, schema_lines = slice_included(await client.get("/site", SCHEMA_QUERY))
    by_type = {kind: [decode_object(one) for one in lines] for kind, lines in schema_lines.items()}
    described = decode_object(site)
    role, spots, rights = await _role(client, identity)
    return Opened(
        project_id=described["id"],
        project_name=described["attributes"].get("name") or "",
        environment_id=identity["id"],
        changed_at=_changed_at(identity),
        role=role,
        blind_spots=spots,
        schema=read_schema(by_type.get("item_type", []), by_type.get("field", [])),
        site=site,
        environment=raw_environment,
        schema_lines=schema_lines,
        rights=rights,
    )


async def pin_environment(client: Client, wanted: str | None) -> tuple[bytes, JsonObject]:
    """Find the environment (the primary one when none is named) and pin every later call to it.

    Raises: UsageError naming those that exist.
    """
    lines, _ = slice_page(await client.get("/environments"))
    found = [(line, decode_object(line)) for line in lines]
    for line, one in found:
        if one["id"] == wanted or (wanted is None and one["meta"].get("primary")):
            client.pin(one["id"])
            return line, one
    names = ", ".join(sorted(str(one["id"]) for _, one in found)) or "none"
    if wanted is None:
        raise NonsenseError(f"GET /environments: expected a primary one, found: {names}")
    raise UsageError(f"unknown environment {wanted!r}; the project has: {names}")


async def changed_at(client: Client, environment_id: str) -> str | None:
    """Read when the environment's content was last changed, by the API's clock."""
    answer = await client.get_object(f"/environments/{environment_id}")
    return _changed_at(answer["data"])


def _changed_at(environment: JsonObject) -> str | None:
    moment: str | None = (environment.get("meta") or {}).get("last_data_change_at")
    return moment


async def _role(
    client: Client, environment: JsonObject
) -> tuple[JsonObject, tuple[str, ...], JsonObject | None]:
    """Describe who asks: the identity behind the token, its role, what that cannot see, and it."""
    answer = await client.get_object("/users/me", {"include": "role"})
    who: JsonObject = answer["data"]
    role = next((one for one in answer.get("included") or [] if one["type"] == "role"), None)
    told: JsonObject = {"actor": {"type": who["type"], "id": who["id"]}, "role": None}
    if role is None:
        # An account or organization stands above roles; of anybody else the role must be known.
        return told, () if who["type"] in _ABOVE_ROLES else _UNKNOWN, None
    told["role"] = {"id": role["id"], "name": role["attributes"]["name"]}
    is_primary = bool((environment.get("meta") or {}).get("primary"))
    return told, blind_spots(role, environment["id"], is_primary=is_primary), role
