"""Publish and unpublish records, and whatever has to come along.

Everything that is going to happen is planned and checked first: ancestors in a tree, linked
records by the strategy of the linking field, validators. Only then are records stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.failures import ApiFailure, invalid_format
from datosnap.sandbox.queries import is_true
from datosnap.sandbox.records.bodies import selection
from datosnap.sandbox.records.desk import Desk, desk_of
from datosnap.sandbox.records.references import item_references
from datosnap.sandbox.records.rendering import included, item_resource
from datosnap.sandbox.records.siblings import children_of
from datosnap.sandbox.records.states import (
    as_published,
    as_unpublished,
    content_locales,
    selected_content,
    without_locales,
)
from datosnap.sandbox.records.unlinking import references_to, unlink
from datosnap.sandbox.records.validating import findings
from datosnap.sandbox.state import Item, Version


def publish(call: Call) -> Reply:
    """Publish a record, or the selected parts of it."""
    desk = desk_of(call)
    item = desk.asked_item()
    selected = selection(call.body, "item.publish")
    check_publishable(desk, item, selected)
    publish_item(desk, item, selected, recursive=is_true(call.query.get("recursive")))
    return answer(desk, item.id)


def unpublish(call: Call) -> Reply:
    """Unpublish a record, or some of its locales."""
    desk = desk_of(call)
    item = desk.asked_item()
    selected = selection(call.body, "item.unpublish")
    check_publishable(desk, item, selected)
    unpublish_item(desk, item, selected, recursive=is_true(call.query.get("recursive")))
    return answer(desk, item.id)


def answer(desk: Desk, item_id: str) -> Reply:
    """Answer with a record and what comes along with it."""
    item = desk.item(item_id)
    return Reply({"data": item_resource(desk.index, item), "included": included(desk.index, item)})


def check_publishable(desk: Desk, item: Item, selected: JsonObject | None) -> None:
    """Refuse to publish or unpublish what the role of who asks does not let it.

    Raises: ApiFailure INSUFFICIENT_PERMISSIONS.
    """
    desk.rights.check("publish", item)
    if selected is None:
        locales = content_locales(desk.model_of(item), item.current.attributes)
        desk.rights.check_parts("publish", item, [None, *locales])
    else:
        rest = [None] if selected.get("non_localized_content") else []
        locales = selected.get("content_in_locales") or []
        desk.rights.check_parts("publish", item, [*rest, *locales])


def publish_item(desk: Desk, item: Item, selected: JsonObject | None, *, recursive: bool) -> None:
    """Publish one record with all that its links and its place in a tree demand."""
    plan = _Publication(desk, recursive=recursive)
    plan.add(item, _selected_version(desk, item, selected) if selected else item.current)
    plan.carry_out()


def unpublish_item(desk: Desk, item: Item, selected: JsonObject | None, *, recursive: bool) -> None:
    """Unpublish one record, or take some locales of it out of what is published."""
    locales = selected["content_in_locales"] if selected else None
    if item.published is not None and locales is not None:
        model = desk.model_of(item)
        _check_locales(desk, locales)
        public = item.published.attributes
        if set(content_locales(model, public)) - set(locales):
            kept = without_locales(model, public, locales)
            desk.index.put(_with_public(desk, item, kept))
            return
    plan = _Unpublication(desk, recursive=recursive)
    plan.add(item)
    plan.carry_out()


@dataclass(slots=True)
class _Publication:
    desk: Desk
    recursive: bool
    steps: list[tuple[str, Version]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def add(self, item: Item, version: Version) -> None:
        self.seen.add(item.id)
        self._add_parent(item)
        self._add_links(item, version)
        self.steps.append((item.id, self._judged(item, version)))

    def carry_out(self) -> None:
        now = self.desk.now()
        for item_id, version in self.steps:
            item = self.desk.item(item_id)
            self.desk.index.put(as_published(item, version, now, is_valid=version.is_valid))

    def _add_parent(self, item: Item) -> None:
        parent = self.desk.index.get(item.parent_id) if item.parent_id else None
        if parent is None or parent.published is not None or parent.id in self.seen:
            return
        if not self.recursive:
            raise ApiFailure("UNPUBLISHED_PARENT", {"parent_id": parent.id})
        self.add(parent, parent.current)

    def _add_links(self, item: Item, version: Version) -> None:
        model = self.desk.model_of(item)
        for reference in item_references(self.desk.schema, model, version.attributes):
            target = self.desk.index.get(reference.target_id)
            if target is None or target.published is not None or target.id in self.seen:
                continue
            strategy = reference.strategy("on_publish_with_unpublished_references_strategy")
            if strategy != "publish_references":
                details = {"field": reference.path, "item_id": target.id}
                raise ApiFailure("UNPUBLISHED_LINK", details)
            self.add(target, target.current)

    def _judged(self, item: Item, version: Version) -> Version:
        facts, model = self.desk.facts(item.id), self.desk.model_of(item)
        found = [one.details for one in findings(facts, model, version.attributes)]
        flags = self.desk.environment.site.get("meta") or {}
        if found and flags.get("improved_validation_at_publishing", True):
            raise ApiFailure("INVALID_DRAFT", {"item_id": item.id, "errors": found})
        return replace(version, is_valid=not found)


@dataclass(slots=True)
class _Unpublication:
    desk: Desk
    recursive: bool
    going: dict[str, None] = field(default_factory=dict)
    unlinked: dict[str, set[str]] = field(default_factory=dict)

    def add(self, item: Item) -> None:
        self.going[item.id] = None
        for child in children_of(self.desk.index, item.item_type_id, item.id):
            if child.published is None or child.id in self.going:
                continue
            if not self.recursive:
                raise ApiFailure("PUBLISHED_CHILDREN", {"item_id": child.id})
            self.add(child)
        self._add_references(item)

    def carry_out(self) -> None:
        now = self.desk.now()
        for source_id, gone in self.unlinked.items():
            unlink(self.desk, self.desk.item(source_id), frozenset(gone))
        for item_id in self.going:
            self.desk.index.put(as_unpublished(self.desk.item(item_id), now))

    def _add_references(self, item: Item) -> None:
        for source, reference in references_to(self.desk, item.id, published_only=True):
            if source.id in self.going:
                continue
            strategy = reference.strategy("on_reference_unpublish_strategy")
            if strategy == "unpublish":
                self.add(source)
            elif strategy == "delete_references":
                self.unlinked.setdefault(source.id, set()).add(item.id)
            else:
                details = {"field": reference.path, "item_id": source.id}
                raise ApiFailure("PUBLISHED_REFERENCES", details)


def _selected_version(desk: Desk, item: Item, selected: JsonObject) -> Version:
    model = desk.model_of(item)
    _check_locales(desk, selected["content_in_locales"])
    content = selected_content(
        model,
        item,
        selected["content_in_locales"],
        non_localized=selected["non_localized_content"],
    )
    if content == item.current.attributes:
        return item.current
    return desk.version(content, desk.now(), is_valid=True)


def _with_public(desk: Desk, item: Item, content: JsonObject) -> Item:
    version = desk.version(content, desk.now(), is_valid=True)
    return replace(item, published=version)


def _check_locales(desk: Desk, locales: list[str]) -> None:
    unknown = [one for one in locales if one not in desk.schema.locales]
    if unknown:
        raise invalid_format(
            *(f'#/data/attributes/content_in_locales: unknown locale "{one}".' for one in unknown)
        )
