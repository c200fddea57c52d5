"""Walk through everything of a world that is kept, and build a world of what was kept.

Two forms: a shelf is a dictionary whose entries are kept one by one; a card holds the few single
values of the world, of a project or of an environment, and the order of what is below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from datosnap.core.jsontext import Json, JsonObject, decode_object, encode
from datosnap.sandbox.persistence_codecs import BYTES, ITEM, JSON, MOMENT, ORIGINAL, Codec
from datosnap.sandbox.state import Environment, Project, World

# attribute -> how its entries are written
_OF_WORLD: Mapping[str, Codec] = {"sessions": JSON, "accounts": JSON}
_OF_PROJECT: Mapping[str, Codec] = {"tokens": JSON, "upload_requests": MOMENT, "blobs": BYTES}
_OF_ENVIRONMENT: Mapping[str, Codec] = {"items": ITEM, "originals": ORIGINAL}

_WORLD = "world"
_PROJECT_CARD = (
    "id",
    "name",
    "created_at",
    "primary_id",
    "attributes",
    "maintenance",
    "owner",
    "limits",
    "status",
)
_ENVIRONMENT_CARD = (
    "id",
    "created_at",
    "site",
    "forked_from",
    "status",
    "read_only",
    "ready_at",
    "frozen_until",
    "last_data_change_at",
)
_MOMENTS = ("ready_at", "frozen_until")


@dataclass(frozen=True, slots=True)
class Shelf:
    """A dictionary that is kept: its name, its entries' form, and how to put another in its place.

    Shape: the name is `world/<attribute>`, `<project>/<attribute>`, `<project>//<type>`,
    `<project>/<environment>/<attribute>` or `<project>/<environment>//<type>`.
    """

    name: str
    held: dict[str, Json]
    codec: Codec
    put: Callable[[dict[str, Json]], None]


def shelves(world: World) -> Iterator[Shelf]:
    """Give all shelves of a world."""
    yield from _attributes(f"{_WORLD}/", world, _OF_WORLD)
    for project in world.projects.values():
        yield from _attributes(f"{project.id}/", project, _OF_PROJECT)
        yield from _resources(f"{project.id}//", project.resources)
        for environment in project.environments.values():
            place = f"{project.id}/{environment.id}/"
            yield from _attributes(place, environment, _OF_ENVIRONMENT)
            yield from _resources(f"{place}/", environment.resources)


def shelf_named(world: World, name: str) -> Shelf:
    """Give the shelf of a world that was built from cards; a type of resources is made anew."""
    owner, *way = name.split("/")
    if owner == _WORLD:
        return next(_attributes(f"{_WORLD}/", world, {way[0]: _OF_WORLD[way[0]]}))
    holder: Project | Environment = world.projects[owner]
    table = _OF_PROJECT
    if len(way) > 1 and way[0]:
        holder, table, way = world.projects[owner].environments[way[0]], _OF_ENVIRONMENT, way[1:]
    if way[0]:
        return next(_attributes(name.removesuffix(way[0]), holder, {way[0]: table[way[0]]}))
    kind = way[1]
    return _of_type(name, holder.resources, kind, holder.of_type(kind))


def cards(world: World) -> dict[str, bytes]:
    """Give all cards of a world."""
    written = {_WORLD: {"last_number": world.last_number, "projects": list(world.projects)}}
    for project in world.projects.values():
        card = {name: getattr(project, name) for name in _PROJECT_CARD}
        written[project.id] = {**card, "environments": list(project.environments)}
        for environment in project.environments.values():
            own = {name: getattr(environment, name) for name in _ENVIRONMENT_CARD}
            written[f"{project.id}/{environment.id}"] = own
    return {key: encode(card) for key, card in written.items()}


def build(world: World, kept: Mapping[str, bytes]) -> None:
    """Put into an empty world the projects and environments that cards tell of."""
    card = decode_object(kept[_WORLD])
    world.last_number = card["last_number"]
    for project_id in card["projects"]:
        own = decode_object(kept[project_id])
        names = own.pop("environments")
        environments = {
            name: _environment(decode_object(kept[f"{project_id}/{name}"])) for name in names
        }
        world.projects[project_id] = Project(**own, environments=environments)


def _environment(card: JsonObject) -> Environment:
    for name in _MOMENTS:
        card[name] = datetime.fromisoformat(card[name]) if card[name] else None
    return Environment(**card)


def _attributes(
    prefix: str, holder: World | Project | Environment, table: Mapping[str, Codec]
) -> Iterator[Shelf]:
    for name, codec in table.items():
        held: dict[str, Json] = getattr(holder, name)
        yield Shelf(prefix + name, held, codec, partial(setattr, holder, name))


def _resources(prefix: str, resources: dict[str, dict[str, JsonObject]]) -> Iterator[Shelf]:
    for kind, held in resources.items():
        yield _of_type(prefix + kind, resources, kind, held)


def _of_type(
    name: str, resources: dict[str, dict[str, JsonObject]], kind: str, held: dict[str, JsonObject]
) -> Shelf:
    return Shelf(name, held, JSON, partial(resources.__setitem__, kind))
