"""Decide what two projects' contents have in common, whatever their ids and clocks.

Written apart from the importer: it reads what both projects answer, translates the ids of one
side and compares everything but what no import can carry over. What is left out of a comparison
is a table here, with the reason, so that "no difference" means what it says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from datosnap.core.entities import Schema
from datosnap.core.jsontext import Json, JsonObject, encode, encode_canonical
from datosnap.core.references import Block, Reference, Walk
from datosnap.core.remapping import Translate, translate_resource

# A differing value is shown up to here.
_SHOWN_MAX = 120
# Stands for a key or element that one side does not have.
ABSENT = "(absent)"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two sides differ; ids are the right side's where it has one."""

    kind: str
    id: str
    path: str
    left: str
    right: str


# Set by the server from its own clock and never by a writer, or derived from its own name.
_VOLATILE_META = frozenset({"updated_at", "published_at", "current_version"})
_VOLATILE_ATTRIBUTES: dict[str, frozenset[str]] = {
    # Older projects repeat the record's dates among its attributes.
    "item": frozenset({"created_at", "updated_at"}),
    "upload": frozenset(
        {
            # The address carries the project and the second of the upload.
            "url",
            "path",
            "filename",
            "created_at",
            "updated_at",
            # Given by services that look at the picture, in their own time.
            "smart_tags",
            "blurhash",
            "thumbhash",
            "colors",
            "mux_playback_id",
            "mux_mp4_highest_res",
        }
    ),
    "site": frozenset(
        {
            # The project's own name, addresses and keys.
            "name",
            "domain",
            "internal_domain",
            "internal_subdomain",
            "imgix_host",
            "google_maps_api_token",
            "last_data_change_at",
            "frontend_url",
            "items_count",
        }
    ),
    # The misspelt copies of a key that is compared.
    "field": frozenset({"appeareance"}),
    "item_type": frozenset({"collection_appeareance"}),
    "plugin": frozenset({"package_version"}),
}
_VOLATILE_RELATIONSHIPS: dict[str, frozenset[str]] = {
    # Lists that repeat, in another order, what the members say themselves.
    "item_type": frozenset({"fields", "fieldsets"}),
    "menu_item": frozenset({"children"}),
    "schema_menu_item": frozenset({"children"}),
    "upload_collection": frozenset({"children"}),
    # People and plans of the project itself.
    "site": frozenset({"account", "owner", "item_types"}),
}
_CREATORS = frozenset({"creator"})


@dataclass(frozen=True, slots=True)
class View:
    """One side of a comparison: how it is read, and which ids stand for which.

    `with_people` compares creators too; they exist only within one project.
    """

    schema: Schema
    translate: Translate
    with_people: bool = False

    def record(self, record: JsonObject) -> JsonObject:
        """Give what of a record is compared; blocks are compared by place, not by id."""
        own_type: str = record["relationships"]["item_type"]["data"]["id"]
        item_type = self.schema.item_types.get(own_type)
        attributes = _without(record.get("attributes"), _VOLATILE_ATTRIBUTES["item"])
        if item_type is not None:
            attributes = Walk(self.schema, self._rewrite, self._rebuild).content(
                attributes, item_type
            )
        if isinstance(attributes.get("parent_id"), str):
            attributes["parent_id"] = self.translate("item", attributes["parent_id"])
        seen: JsonObject = {
            "item_type": self.translate("item_type", own_type),
            "attributes": attributes,
            "meta": _without(record.get("meta"), _VOLATILE_META),
        }
        if self.with_people:
            seen["creator"] = record["relationships"].get("creator")
        return seen

    def resource(self, resource: JsonObject) -> JsonObject:
        """Give what of a resource of schema, settings or uploads is compared."""
        kind: str = resource["type"]
        translated = translate_resource(resource, self.translate)
        hidden = _VOLATILE_RELATIONSHIPS.get(kind, frozenset())
        if not self.with_people:
            hidden |= _CREATORS
        return {
            "attributes": _without(
                translated.get("attributes"), _VOLATILE_ATTRIBUTES.get(kind, frozenset())
            ),
            "relationships": _without(translated.get("relationships"), hidden),
            "meta": _without(translated.get("meta"), _VOLATILE_RESOURCE_META),
        }

    def _rewrite(self, reference: Reference) -> str:
        return self.translate(reference.kind, reference.id)

    def _rebuild(self, block: Block, attributes: JsonObject) -> JsonObject:
        item_type = self.translate("item_type", block.item_type_id or "")
        return {"block": item_type, "attributes": attributes}


# Antivirus runs at its own time; creation dates are the project's.
_VOLATILE_RESOURCE_META = frozenset({"antivirus", "created_at", "last_data_change_at"})


def digest(seen: JsonObject) -> bytes:
    """Hash what is compared, so that a whole project fits in memory.

    Units: 16 bytes; equal values give equal bytes.
    """
    return hashlib.blake2b(encode_canonical(seen), digest_size=16).digest()


def between(left: Json, right: Json, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Give every place in which two values differ: its path and both sides, as short texts."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in [*left, *(one for one in right if one not in left)]:
            inner = f"{path}.{key}" if path else str(key)
            yield from _pair(left, right, key, inner)
    elif isinstance(left, list) and isinstance(right, list):
        lefts, rights = dict(enumerate(left)), dict(enumerate(right))
        for index in lefts | rights:
            yield from _pair(lefts, rights, index, f"{path}[{index}]")
    elif encode(left) != encode(right):
        yield path, shown(left), shown(right)


def shown(value: Json) -> str:
    """Write a value as short text for people."""
    text = encode(value).decode("utf-8")
    return text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 1] + "…"


def _pair(
    left: Mapping[Json, Json], right: Mapping[Json, Json], key: Json, path: str
) -> Iterator[tuple[str, str, str]]:
    if key not in left:
        yield path, ABSENT, shown(right[key])
    elif key not in right:
        yield path, shown(left[key]), ABSENT
    else:
        yield from between(left[key], right[key], path)


def _without(members: JsonObject | None, hidden: frozenset[str]) -> JsonObject:
    return {key: value for key, value in (members or {}).items() if key not in hidden}
