"""Read what surrounds the records: environment, role, schema, settings and project-wide lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from anyio import to_thread

from datosnap.api.client import Client
from datosnap.api.endpoints import RESOURCES, SCHEMA_QUERY, Resource
from datosnap.core.entities import Schema, read_schema
from datosnap.core.jsontext import JsonObject, decode_object, encode, slice_included, slice_page
from datosnap.core.roles import blind_spots
from datosnap.core.secrets import withhold
from datosnap.errors import AccessRefusedError, NonsenseError, RejectedError, UsageError
from datosnap.flows.export_run import ExportRun
from datosnap.store.manifest import Withheld

# `included` types of the one call that reads the schema, and the files they go to.
_SCHEMA_FILES = {"item_type": "item_types", "field": "fields", "fieldset": "fieldsets"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A source that was reached: who it is, its schema, and the bytes it was read from."""

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


async def open_source(client: Client, environment: str | None) -> Opened:
    """Reach the project, pin its environment and read its schema.

    Raises: UsageError when there is no such environment; AccessRefusedError for a bad token.
    """
    raw_environment, identity = await pin_environment(client, environment)
    site, schema_lines = slice_included(await client.get("/site", SCHEMA_QUERY))
    by_type = {kind: [decode_object(one) for one in lines] for kind, lines in schema_lines.items()}
    described = decode_object(site)
    role, spots = await _role(client, identity)
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


async def export_schema(run: ExportRun, opened: Opened) -> None:
    """Write site, environment and schema."""
    files = {"site": [opened.site], "environment": [opened.environment]}
    for kind, name in _SCHEMA_FILES.items():
        files[name] = opened.schema_lines.get(kind, [])
    for name, lines in files.items():
        if run.writer.has_resources(name):
            continue
        await to_thread.run_sync(run.writer.resources, name, lines)


async def export_resources(run: ExportRun, *, include_secrets: bool) -> None:
    """Write every other resource, one file each, and note what was withheld.

    A list that the plan or the role does not offer is a gap, not the end.
    """
    known = run.writer.noted("withheld") or []
    run.withheld += [Withheld(**one) for one in known]
    for resource in RESOURCES:
        if run.writer.has_resources(resource.name):
            continue
        try:
            lines, _ = slice_page(await run.client.get(resource.path))
        except (RejectedError, AccessRefusedError) as error:
            if not resource.optional:
                run.note_gap("resource", resource.name, str(error))
            continue
        if not include_secrets and (resource.secrets or resource.searched):
            lines = list(_without_secrets(resource, lines, run.withheld))
        await to_thread.run_sync(run.writer.resources, resource.name, lines)
        run.writer.note("withheld", [asdict(one) for one in run.withheld])


def _without_secrets(
    resource: Resource, lines: Iterable[bytes], withheld: list[Withheld]
) -> Iterable[bytes]:
    """Leave secrets out; a line without any stays as the API sent it."""
    for line in lines:
        one = decode_object(line)
        left = withhold(one.get("attributes") or {}, resource.secrets, resource.searched)
        if not left.paths:
            yield line
            continue
        withheld.append(Withheld(resource.name, one["id"], ", ".join(left.paths)))
        yield encode({**one, "attributes": left.attributes})


def _changed_at(environment: JsonObject) -> str | None:
    moment: str | None = (environment.get("meta") or {}).get("last_data_change_at")
    return moment


async def _role(client: Client, environment: JsonObject) -> tuple[JsonObject, tuple[str, ...]]:
    """Describe who asks: the identity behind the token, its role, and what that cannot see."""
    answer = await client.get_object("/users/me", {"include": "role"})
    who: JsonObject = answer["data"]
    role = next((one for one in answer.get("included") or [] if one["type"] == "role"), None)
    told: JsonObject = {"actor": {"type": who["type"], "id": who["id"]}, "role": None}
    if role is None:
        return told, ()
    told["role"] = {"id": role["id"], "name": role["attributes"]["name"]}
    is_primary = bool((environment.get("meta") or {}).get("primary"))
    return told, blind_spots(role, environment["id"], is_primary=is_primary)
