"""Step a record from state to state: new content, published, unpublished, selected parts of it.

Pure functions from a record to a record; what may be done, and to whom else it must be done, is
decided by their callers.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.records.schema_view import ModelView
from datosnap.sandbox.state import Item, Version


def with_version(item: Item, version: Version) -> Item:
    """Give the record new current content; what is published stays."""
    return replace(item, versions=(*item.versions, version), updated_at=version.created_at)


def as_published(item: Item, version: Version, now: str, *, is_valid: bool) -> Item:
    """Make a content of the record the published one.

    Publishing moves `published_at`, and `first_published_at` the first time, and nothing else.
    """
    is_same = item.published is not None and item.published.id == version.id
    public = version if is_same else replace(version, published_from=now, published_until=None)
    return replace(
        item,
        versions=_marked(item.versions, None if is_same else item.published, now, public),
        published=public,
        is_published_version_valid=is_valid,
        published_at=now,
        first_published_at=item.first_published_at or now,
    )


def as_unpublished(item: Item, now: str) -> Item:
    """Take the record's published content away; it keeps `first_published_at`."""
    return replace(
        item,
        versions=_marked(item.versions, item.published, now, None),
        published=None,
        is_published_version_valid=None,
        published_at=None,
    )


def with_contents(item: Item, contents: Collection[Version]) -> Item:
    """Replace versions of the record, current and published alike, by others of the same id."""
    by_id = {version.id: version for version in contents}
    published = item.published
    return replace(
        item,
        versions=tuple(by_id.get(version.id, version) for version in item.versions),
        published=by_id.get(published.id, published) if published else None,
    )


def selected_content(
    model: ModelView, item: Item, locales: Collection[str], *, non_localized: bool
) -> JsonObject:
    """Give the published content with the chosen locales, and the rest, taken from the current."""
    current = item.current.attributes
    public = item.published.attributes if item.published else {}
    merged: JsonObject = {}
    for key, field in model.fields.items():
        if field.localized:
            kept = {one: value for one, value in public.get(key, {}).items() if one not in locales}
            taken = {one: value for one, value in current[key].items() if one in locales}
            merged[key] = _in_order(current[key], kept | taken)
        else:
            merged[key] = current[key] if non_localized else public.get(key, field.blank)
    return merged


def without_locales(model: ModelView, attributes: JsonObject, gone: Collection[str]) -> JsonObject:
    """Give a content without some of its locales."""
    kept = dict(attributes)
    for key, field in model.fields.items():
        if field.localized and isinstance(kept.get(key), dict):
            kept[key] = {one: value for one, value in kept[key].items() if one not in gone}
    return kept


def content_locales(model: ModelView, attributes: JsonObject) -> list[str]:
    """List the locales of a content."""
    for key, field in model.fields.items():
        if field.localized and isinstance(attributes.get(key), dict):
            return list(attributes[key])
    return []


def _in_order(pattern: JsonObject, values: JsonObject) -> JsonObject:
    first = {one: values[one] for one in pattern if one in values}
    return first | values


def _marked(
    versions: tuple[Version, ...], ending: Version | None, now: str, public: Version | None
) -> tuple[Version, ...]:
    """Write into the versions which one is published from now on, and which one no more."""
    marked = []
    for version in versions:
        if public is not None and version.id == public.id:
            marked.append(public)
        elif ending is not None and version.id == ending.id:
            marked.append(replace(version, published_until=now))
        else:
            marked.append(version)
    return tuple(marked)
