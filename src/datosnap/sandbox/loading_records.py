"""Put records into an environment as the API told of them: content, published copies, history.

A record keeps the bytes it came in, which are its answer until it is written to: numbers, key
order and members that are not known here are those of the API. Where history is missing, the
versions that must have been are the current one and, when it differs, the published one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from datosnap.core import ids
from datosnap.core.jsontext import Json, JsonObject, decode_object
from datosnap.sandbox.records.clockwork import moment, zone_of
from datosnap.sandbox.records.schema_view import ModelView, schema_of
from datosnap.sandbox.state import Environment, Item, Original, Schedule, Version

_UUID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Told:
    """One resource that the API told, as it came and as it reads."""

    raw: bytes
    value: JsonObject

    @classmethod
    def of(cls, raw: bytes) -> Told:
        """Read a resource."""
        return cls(raw, decode_object(raw))


@dataclass(frozen=True, slots=True)
class ToldRecord:
    """What the API told of one record.

    `published` is there only when it differs from the current content; `versions` come newest
    first, as they are listed, and may be missing; `schedules` are its pending ones.
    """

    current: Told
    published: Told | None = None
    versions: Sequence[Told] = ()
    schedules: Sequence[JsonObject] = ()


def load_records(
    environment: Environment, records: Iterable[ToldRecord], *, editor: JsonObject
) -> None:
    """Add records, in the order in which they were created; `editor` is who wrote unless told."""
    loaded = [load_record(environment, one, editor=editor) for one in records]
    zone = zone_of(environment)

    def age(item: Item) -> float:
        created_at = moment(item.created_at, zone)
        return created_at.timestamp() if created_at else 0.0

    known = [*environment.items.values(), *loaded]
    environment.items = {item.id: item for item in sorted(known, key=age)}


def load_record(environment: Environment, told: ToldRecord, *, editor: JsonObject) -> Item:
    """Make one record of what was told; it is not among the environment's items yet."""
    record = told.current.value
    meta, links = record["meta"], record["relationships"]
    model = schema_of(environment).model(links["item_type"]["data"]["id"])
    creator = (links.get("creator") or {}).get("data")
    versions = _versions(model, record, told, creator or editor)
    published = _published(model, record, told, versions)
    if meta["status"] == "updated" and published is not None and not told.versions:
        versions = [published, *versions]
    public = {"published": told.current, "updated": told.published}.get(meta["status"])
    environment.originals[record["id"]] = Original(
        told.current.raw,
        public.raw if public else None,
        {one.value["id"]: one.raw for one in told.versions},
        nested=any(field.holds_blocks for field in model.fields.values()),
    )
    schedules = {one["type"]: one for one in told.schedules}
    return Item(
        id=record["id"],
        item_type_id=model.id,
        creator=creator,
        created_at=meta["created_at"],
        updated_at=meta["updated_at"],
        versions=tuple(versions),
        published=published,
        is_published_version_valid=meta.get("is_published_version_valid"),
        published_at=meta.get("published_at"),
        first_published_at=meta.get("first_published_at"),
        position=record["attributes"].get("position") if model.is_sorted else None,
        parent_id=record["attributes"].get("parent_id") if model.flag("tree") else None,
        stage=meta.get("stage"),
        publication=_schedule(record, "publication", schedules.get("scheduled_publication")),
        unpublishing=_schedule(record, "unpublishing", schedules.get("scheduled_unpublishing")),
    )


def _versions(
    model: ModelView, record: JsonObject, told: ToldRecord, editor: JsonObject
) -> list[Version]:
    """Give a record's versions, oldest first; the last one is the current."""
    versions = [_version(model, one.value, editor) for one in reversed(told.versions)]
    meta = record["meta"]
    if versions and versions[-1].id == meta["current_version"]:
        return versions
    content, valid = _content(model, record), meta.get("is_current_version_valid", True)
    since = meta["published_at"] if meta["status"] == "published" else None
    written = meta["updated_at"]
    return [*versions, Version(meta["current_version"], content, written, editor, valid, since)]


def _version(model: ModelView, told: JsonObject, editor: JsonObject) -> Version:
    meta = told["meta"]
    return Version(
        id=told["id"],
        attributes=_content(model, told),
        created_at=meta["created_at"],
        editor=((told["relationships"].get("editor") or {}).get("data")) or editor,
        is_valid=meta.get("is_valid", True),
        published_from=meta.get("published_from"),
        published_until=meta.get("published_until"),
    )


def _published(
    model: ModelView, record: JsonObject, told: ToldRecord, versions: Sequence[Version]
) -> Version | None:
    """Give the content that readers see: of the version it is, or of one that history lacks."""
    status, current = record["meta"]["status"], versions[-1]
    if status != "updated":
        return current if status == "published" else None
    content = current.attributes
    if told.published is not None:
        content = _content(model, told.published.value)
    heads = {one.value["id"]: one.value["meta"] for one in told.versions}
    for version in versions[:-1]:
        if heads.get(version.id, {}).get("is_published"):
            is_same = version.attributes == content
            return version if is_same else replace(version, attributes=content)
    since = record["meta"]["published_at"]
    valid = record["meta"].get("is_published_version_valid") is not False
    identifier = _derived_id(record["id"], "published", since)
    return Version(identifier, content, since, current.editor, valid, since)


def _content(model: ModelView, told: JsonObject) -> JsonObject:
    """Give the values of the fields, a value for each, without what says where a record stands."""
    content = dict(told["attributes"])
    if model.is_sorted:
        content.pop("position", None)
    if model.flag("tree"):
        content.pop("parent_id", None)
    for key, field in model.fields.items():
        if key not in content:
            content[key] = {} if field.localized else field.blank
    return content


def _schedule(record: JsonObject, kind: str, told: JsonObject | None) -> Schedule | None:
    key = f"{kind}_scheduled_at"
    if told is None:
        at = record["meta"].get(key)
        return Schedule(_derived_id(record["id"], key, at), at) if at else None
    attributes = told["attributes"]
    selection: Json = attributes.get("selective_publication")
    locales = attributes.get("content_in_locales")
    if locales is not None:
        selection = {"content_in_locales": locales}
    return Schedule(told["id"], attributes[key], selection)


def _derived_id(*parts: str) -> str:
    """Make an id for what the API did not name: the same whenever the same is loaded."""
    text = "\n".join(parts).encode()
    return ids.from_random(hashlib.sha256(text).digest()[:_UUID_BYTES])
