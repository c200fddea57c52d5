"""Keep the fields and fieldsets of a model in order.

The fields of a fieldset are numbered among themselves; fieldsets and all other fields share one
order. Source: the official tool that writes migrations, which plays through what the server does
to positions before it moves anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.resources import models
from datosnap.sandbox.resources.changes import linked_id, with_attributes
from datosnap.sandbox.resources.positions import inserted, moved, next_position, removed
from datosnap.sandbox.state import Environment


def put(environment: Environment, part: JsonObject, at: int | None = None) -> JsonObject:
    """Give a new stored part its place, behind its siblings if none is asked for."""
    places = _places(environment, part)
    del places[part["id"]]
    _write(environment, inserted(places, part["id"], at or next_position(places)))
    return _stored(environment, part["id"])


def move(environment: Environment, before: JsonObject, at: int) -> JsonObject:
    """Bring a part, which `before` shows as it was, to a place where it stands now."""
    part = _stored(environment, before["id"])
    if _shelf(before) == _shelf(part):
        _write(environment, moved(_places(environment, part), part["id"], at))
        return _stored(environment, part["id"])
    left = {**_places(environment, before), part["id"]: before["attributes"]["position"]}
    _write(environment, removed(left, part["id"]))
    return put(environment, part, at)


def close_up(environment: Environment, gone: JsonObject) -> None:
    """Close the gap that a part left which is no longer stored."""
    left = {**_places(environment, gone), gone["id"]: gone["attributes"]["position"]}
    _write(environment, removed(left, gone["id"]))


def _shelf(part: JsonObject) -> str | None:
    return linked_id(part, "fieldset") if part["type"] == "field" else None


def _places(environment: Environment, part: JsonObject) -> dict[str, int]:
    model, shelf = models.model_of(environment, part), _shelf(part)
    parts = [*models.fields_of(environment, model), *models.fieldsets_of(environment, model)]
    return {each["id"]: each["attributes"]["position"] for each in parts if _shelf(each) == shelf}


def _stored(environment: Environment, part_id: str) -> JsonObject:
    fields = environment.of_type("field")
    return fields[part_id] if part_id in fields else environment.of_type("fieldset")[part_id]


def _write(environment: Environment, positions: Mapping[str, int]) -> None:
    for part_id, position in positions.items():
        part = _stored(environment, part_id)
        if part["attributes"]["position"] != position:
            models.store(environment, with_attributes(part, {"position": position}))
