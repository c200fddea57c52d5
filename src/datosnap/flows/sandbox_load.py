"""Fill a sandbox from a snapshot: the one place where the store and the sandbox meet.

Nothing passes through the API: what a snapshot holds becomes the sandbox's state directly, with
every id, date and version as it was, legacy ids too, which the API would refuse from anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from datosnap.api.endpoints import RESOURCES
from datosnap.core.jsontext import JsonObject, decode_object
from datosnap.errors import CorruptSnapshotError, quote
from datosnap.sandbox.loading import (
    complete,
    entrance,
    load_project,
    load_resources,
    load_upload,
)
from datosnap.sandbox.loading_records import Told, ToldRecord, load_records
from datosnap.sandbox.state import Environment, Project, World
from datosnap.store.locations import Where
from datosnap.store.snapshot import Snapshot

T = TypeVar("T")

# Where the values of secrets may be missing: file -> type.
_WITH_SECRETS = {"webhooks": "webhook", "build_triggers": "build_trigger"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A project that was loaded: its name, a token of full rights, and how much of it there is."""

    name: str
    token: str
    records: int
    uploads: int
    assets: int


def load_snapshot(world: World, where: Where) -> Loaded:
    """Add the project of the snapshot at `where` to a world.

    Memory: the whole project, its assets too.
    Raises: SnapshotNotFoundError, CorruptSnapshotError, UsageError, DiskError.
    """
    snapshot = Snapshot.open(where)
    try:
        return _load(world, snapshot)
    except (KeyError, TypeError, AttributeError) as error:
        raise CorruptSnapshotError(
            f"expected a DatoCMS project in {quote(str(where))}, found one that cannot be:"
            f" {type(error).__name__} {error}"
        ) from error


def _load(world: World, snapshot: Snapshot) -> Loaded:
    site, environment = (_resources(snapshot, name)[0] for name in ("site", "environment"))
    project = load_project(world, site, environment)
    (only,) = project.environments.values()
    _load_resources(snapshot, project, only)
    uploads = _load_uploads(snapshot, project, only)
    schedules = _by_record(map(decode_object, snapshot.schedules()), lambda one: one)
    told = (one for model in snapshot.models() for one in _records(snapshot, model, schedules))
    load_records(only, told, editor=project.owner)
    withheld = [
        (_WITH_SECRETS[one.kind], one.id, name)
        for one in snapshot.manifest.facts.withheld
        for name in one.what.split(", ")
        if one.kind in _WITH_SECRETS
    ]
    complete(world, project, withheld)
    token = entrance(world, project)
    return Loaded(project.name, token, len(only.items), uploads, len(project.blobs))


def _load_resources(snapshot: Snapshot, project: Project, environment: Environment) -> None:
    # Models are listed newest first.
    load_resources(environment, reversed(_resources(snapshot, "item_types")))
    for name in ("fields", "fieldsets"):
        load_resources(environment, _resources(snapshot, name))
    for resource in RESOURCES:
        holder = project if resource.scope == "project" else environment
        load_resources(holder, _resources(snapshot, resource.name))


def _load_uploads(snapshot: Snapshot, project: Project, environment: Environment) -> int:
    bodies: dict[str, bytes | None] = {}
    count = 0
    for row in snapshot.rows("uploads"):
        upload = decode_object(row)
        md5 = upload["attributes"].get("md5") or ""
        if md5 not in bodies:
            is_there = snapshot.asset_entry(md5) is not None
            bodies[md5] = b"".join(snapshot.asset(md5)) if is_there else None
        load_upload(project, environment, upload, bodies[md5])
        count += 1
    return count


def _records(
    snapshot: Snapshot, model: str, schedules: Mapping[str, Sequence[JsonObject]]
) -> Iterator[ToldRecord]:
    published = {one.value["id"]: one for one in map(Told.of, snapshot.rows("published", model))}
    versions = _by_record(map(Told.of, snapshot.rows("history", model)), lambda one: one.value)
    for current in map(Told.of, snapshot.rows("current", model)):
        record_id = current.value["id"]
        yield ToldRecord(
            current,
            published.get(record_id),
            versions.get(record_id, ()),
            schedules.get(record_id, ()),
        )


def _by_record(things: Iterable[T], value_of: Callable[[T], JsonObject]) -> dict[str, list[T]]:
    """Sort what belongs to records by the record."""
    found: dict[str, list[T]] = {}
    for one in things:
        record_id = value_of(one)["relationships"]["item"]["data"]["id"]
        found.setdefault(record_id, []).append(one)
    return found


def _resources(snapshot: Snapshot, name: str) -> list[JsonObject]:
    return [decode_object(row) for row in snapshot.resources(name)]
