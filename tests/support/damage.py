"""Damage a copy of a project, so that an import has something to restore."""

from __future__ import annotations

from collections.abc import Callable

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.state import Environment
from tests.support.importing import environment_of
from tests.unit.sandbox.client import Client

# What an API that judges may say to a change that was made blindly.
_ANSWERED = frozenset({200, 422})


def damage(api: Client) -> int:
    """Delete some records, empty and take back others; give how many requests were granted."""
    done = 0
    for number, record in enumerate(list(environment_of(api).items)):
        done += _HARMS[number % len(_HARMS)](api, record)
    return done


def _delete(api: Client, record: str) -> bool:
    return _granted(api, "DELETE", f"/items/{record}")


def _empty(api: Client, record: str) -> bool:
    item = environment_of(api).items.get(record)
    if item is None:
        return False
    content = item.current.attributes
    emptied = {key: _nothing(value) for key, value in content.items()}
    data = {"type": "item", "id": record, "attributes": emptied}
    return _granted(api, "PUT", f"/items/{record}", {"data": data})


def _nothing(value: object) -> JsonObject | None:
    by_locale = isinstance(value, dict) and bool(value) and all(len(one) in {2, 5} for one in value)
    return dict.fromkeys(value) if by_locale and isinstance(value, dict) else None


def _take_back(api: Client, record: str) -> bool:
    """Take a record back from its readers; without drafts records are always public."""
    environment = environment_of(api)
    item = environment.items.get(record)
    model = environment.of_type("item_type")[item.item_type_id] if item else None
    if model is None or not model["attributes"]["draft_mode_active"]:
        return False
    return _granted(api, "PUT", f"/items/{record}/unpublish")


def _leave(_: Client, __: str) -> bool:
    return False


_HARMS: tuple[Callable[[Client, str], bool], ...] = (_delete, _empty, _leave, _take_back)


def _granted(api: Client, method: str, path: str, body: JsonObject | None = None) -> bool:
    answered = api.send(method, path, body)
    assert answered.status in {*_ANSWERED, 404}, answered.json
    return answered.status < 300


def clear(environment: Environment) -> None:
    """Take all records and uploads out, as if nobody had ever made one; the schema stays."""
    environment.items.clear()
    environment.originals.clear()
    environment.derived.clear()
    environment.of_type("upload").clear()
    for identifier, model in list(environment.of_type("item_type").items()):
        links = {**model["relationships"], "singleton_item": {"data": None}}
        meta = {**model["meta"], "has_singleton_item": False}
        environment.of_type("item_type")[identifier] = {
            **model,
            "relationships": links,
            "meta": meta,
        }
