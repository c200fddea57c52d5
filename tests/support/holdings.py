"""See what an environment of a sandbox holds, so that two can be compared without the product.

Read from the sandbox's own state and written apart from what the product compares: ids are
replaced wherever a text is one, blocks lose theirs, and what a server says by itself is left out
by name. Equal holdings are equal projects; an id too many is a double.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.records.facts import Facts
from datosnap.sandbox.records.index import index_of
from datosnap.sandbox.records.schema_view import schema_of
from datosnap.sandbox.records.validating import is_valid
from datosnap.sandbox.state import Environment, Item, Schedule, Version

# What a server says of its own accord, by kind; the rest is what people made.
_OWN: Mapping[str, frozenset[str]] = {
    "upload": frozenset(
        {"url", "path", "filename", "created_at", "updated_at", "smart_tags", "colors"}
        | {"blurhash", "thumbhash", "mux_playback_id", "mux_mp4_highest_res"}
    ),
    "plugin": frozenset({"package_version"}),
}
_MADE = (
    "item_type",
    "field",
    "fieldset",
    "workflow",
    "plugin",
    "menu_item",
    "schema_menu_item",
    "item_type_filter",
    "upload_filter",
    "upload_collection",
    "upload",
)
# Lists of members, which the members tell themselves, and who made what.
_OWN_LINKS = frozenset({"fields", "fieldsets", "children", "creator"})
_SITE = ("locales", "timezone", "no_index", "favicon", "theme", "global_seo")
_ID = re.compile(rb"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])")

Holdings = dict[str, dict[str, str]]


def holdings(environment: Environment, ids: Mapping[str, str] | None = None) -> Holdings:
    """Give everything that people made, by kind and id; `ids` replaces ids by others."""
    known = ids or {}
    held: Holdings = {
        kind: {
            known.get(one["id"], one["id"]): _canonical(_resource(kind, one), known)
            for one in environment.of_type(kind).values()
        }
        for kind in _MADE
    }
    held["item"] = {
        known.get(one.id, one.id): _canonical(_record(one), known)
        for one in environment.items.values()
    }
    site = environment.site["attributes"]
    held["site"] = {"site": _canonical({name: site.get(name) for name in _SITE}, known)}
    return held


def differences(left: Holdings, right: Holdings) -> list[tuple[str, str, str, str]]:
    """Give kind, id and both sides of everything that differs."""
    return [
        (kind, one, left[kind].get(one, "(missing)"), right[kind].get(one, "(missing)"))
        for kind in left
        for one in left[kind].keys() | right[kind].keys()
        if left[kind].get(one) != right[kind].get(one)
    ]


def verdicts(environment: Environment) -> dict[str, list[bool | None]]:
    """Judge every record by the content of now: its latest, and its published where it has one.

    What an environment holds is what validators said when a record was last written: of values
    that must be unique, others may have taken or left one since.
    """
    schema, index = schema_of(environment), index_of(environment)

    def judge(item: Item, version: Version | None) -> bool | None:
        facts = Facts(environment, schema, index, item.id)
        model = schema.model(item.item_type_id)
        return None if version is None else is_valid(facts, model, version.attributes)

    return {
        one.id: [judge(one, one.current), judge(one, one.published)]
        for one in environment.items.values()
    }


def all_ids(environment: Environment) -> set[str]:
    """Give every id of records, blocks, uploads and what else people made."""
    made = {one for kind in _MADE for one in environment.of_type(kind)}
    found = {one for item in environment.items.values() for one in _block_ids(item)}
    return made | set(environment.items) | found


def ids_in(rows: Iterable[bytes], ids: set[str]) -> set[str]:
    """Give those of `ids` that stand anywhere in some rows, in whatever text."""
    found = {match.decode() for row in rows for match in _ID.findall(row)}
    return found & ids


def _resource(kind: str, resource: JsonObject) -> JsonObject:
    own = _OWN.get(kind, frozenset())
    links = resource.get("relationships") or {}
    return {
        "attributes": {k: v for k, v in resource["attributes"].items() if k not in own},
        "relationships": {k: v for k, v in links.items() if k not in _OWN_LINKS},
    }


def _record(item: Item) -> JsonObject:
    return {
        "model": item.item_type_id,
        "status": item.status,
        "current": _content(item.current),
        "published": _content(item.published),
        "validity": [item.current.is_valid, item.is_published_version_valid],
        "created": item.created_at,
        "first": item.first_published_at,
        "place": [item.parent_id, item.position],
        "stage": item.stage,
        "planned": [_planned(item.publication), _planned(item.unpublishing)],
    }


def _content(version: Version | None) -> Json:
    return None if version is None else _without_block_ids(version.attributes)


def _planned(schedule: Schedule | None) -> Json:
    return None if schedule is None else [schedule.at, schedule.selection]


def _is_block(value: Json) -> bool:
    return isinstance(value, dict) and value.get("type") == "item" and "attributes" in value


def _without_block_ids(value: Json) -> Json:
    if isinstance(value, list):
        return [_without_block_ids(one) for one in value]
    if isinstance(value, dict):
        gone = {"id"} if _is_block(value) else set()
        return {key: _without_block_ids(one) for key, one in value.items() if key not in gone}
    return value


def _block_ids(item: Item) -> Iterable[str]:
    waiting: list[Json] = [one.attributes for one in item.versions]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
            if _is_block(value):
                yield value["id"]
        elif isinstance(value, list):
            waiting.extend(value)


def _canonical(value: Json, ids: Mapping[str, str]) -> str:
    return json.dumps(_renamed(value, ids), sort_keys=True, ensure_ascii=True)


def _renamed(value: Json, ids: Mapping[str, str]) -> Json:
    if isinstance(value, str):
        return ids.get(value, value)
    if isinstance(value, list):
        return [_renamed(one, ids) for one in value]
    if isinstance(value, dict):
        return {key: _renamed(one, ids) for key, one in value.items()}
    return value
