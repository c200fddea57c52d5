"""Create and update records: read the body, compose and judge the content, store the new state.

Nothing is stored before everything was checked, so a refused request leaves no trace.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from datosnap.core import ids
from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.failures import ApiFailure, invalid_field
from datosnap.sandbox.quotas import check_quota
from datosnap.sandbox.records.bodies import ItemBody, item_body
from datosnap.sandbox.records.clockwork import record_time
from datosnap.sandbox.records.composing import Composer
from datosnap.sandbox.records.desk import Desk, block_refused, desk_of
from datosnap.sandbox.records.limits import check_limits
from datosnap.sandbox.records.locales import check_locales, record_locales
from datosnap.sandbox.records.locks import check_unlocked
from datosnap.sandbox.records.rendering import included, item_resource
from datosnap.sandbox.records.schema_view import ModelView
from datosnap.sandbox.records.shapes import Reader
from datosnap.sandbox.records.siblings import PLACE_KEYS, Place, asked_place, put_at
from datosnap.sandbox.records.singletons import check_singleton, mark_singleton
from datosnap.sandbox.records.stages import checked_stage, initial_stage
from datosnap.sandbox.records.states import as_published, with_version
from datosnap.sandbox.records.validating import checked
from datosnap.sandbox.state import Item


def create(call: Call) -> Reply:
    """Create a record, and publish it at once where its model knows no drafts."""
    desk = desk_of(call)
    body = item_body(call.body, "item.create")
    model = _creatable_model(desk, body)
    item_id = _free_id(desk, body.id)
    place = asked_place(desk.index, model, None, body.attributes)
    content = _new_content(desk, model, body)
    is_valid = checked(desk.facts(item_id), model, content)
    check_quota(call, "items", len(desk.environment.items))
    creator = _creator(desk, body, desk.actor())
    if creator != desk.actor():
        desk.rights.check_new("edit_creator", model)
    now = desk.now()
    item = Item(
        id=item_id,
        item_type_id=model.id,
        creator=creator,
        created_at=_given_time(desk, body, "created_at") or now,
        updated_at=now,
        versions=(desk.version(content, now, is_valid=is_valid),),
        first_published_at=_given_time(desk, body, "first_published_at"),
        stage=initial_stage(desk, model),
    )
    stored = _store(desk, model, item, place, now)
    mark_singleton(desk.environment, model, item_id)
    return _answer(desk, stored, 201)


def update(call: Call) -> Reply:
    """Update a record with what is sent, and publish it where its model knows no drafts."""
    desk = desk_of(call)
    change = _checked_change(desk)
    now = desk.now()
    item = change.item
    if change.content is not None:
        item = with_version(item, desk.version(change.content, now, is_valid=change.is_valid))
    stored = _store(desk, change.model, item, change.place, now, renewed=change.content is not None)
    return _answer(desk, stored, 200)


def validate_new(call: Call) -> Reply:
    """Say what creating the record would say, and create nothing."""
    desk = desk_of(call)
    body = item_body(call.body, "item.create")
    model = _creatable_model(desk, body)
    item_id = _free_id(desk, body.id)
    asked_place(desk.index, model, None, body.attributes)
    checked(desk.facts(item_id), model, _new_content(desk, model, body))
    return Reply(None, 204)


def validate_existing(call: Call) -> Reply:
    """Say what updating the record would say, and update nothing."""
    _checked_change(desk_of(call))
    return Reply(None, 204)


def composed(
    desk: Desk, model: ModelView, attributes: JsonObject, old: JsonObject | None
) -> JsonObject:
    """Compose a content from what is sent and what is there.

    Raises: ApiFailure when a value, a locale, a block or the size is not acceptable.
    """
    given = {
        key: value
        for key, value in attributes.items()
        if not (model.is_sorted and key in _place_keys(model))
    }
    locales = record_locales(desk.schema, model, given, old)
    reader = Reader(desk.environment, desk.call.world.policy.links_must_exist)
    composer = Composer(desk.schema, locales, desk.new_id, desk.block_id, reader)
    content = composer.content(model, given, old)
    if composer.problems:
        raise ApiFailure.of(composer.problems)
    check_limits(desk.schema, model, content)
    check_locales(desk.schema, model, content)
    return content


def _new_content(desk: Desk, model: ModelView, body: ItemBody) -> JsonObject:
    return composed(desk, model, desk.rights.writable(model, body.attributes, None), None)


@dataclass(frozen=True, slots=True)
class _Change:
    item: Item
    model: ModelView
    content: JsonObject | None
    is_valid: bool
    place: Place | None


def _checked_change(desk: Desk) -> _Change:
    item = desk.asked_item()
    body = item_body(desk.call.body, "item.update")
    model = desk.model_of(item)
    desk.rights.check("update", item)
    check_unlocked(desk.call, item.id)
    _check_identity(item, body)
    attributes = desk.rights.writable(model, body.attributes, item)
    place = asked_place(desk.index, model, item, attributes)
    item = _with_meta(desk, model, item, body)
    if not attributes.keys() - (_place_keys(model) if model.is_sorted else set()):
        return _Change(item, model, None, item.current.is_valid, place)
    content = composed(desk, model, attributes, item.current.attributes)
    is_valid = checked(desk.facts(item.id), model, content)
    return _Change(item, model, content, is_valid, place)


def _place_keys(model: ModelView) -> frozenset[str]:
    return PLACE_KEYS if model.flag("tree") else PLACE_KEYS - {"parent_id"}


def _store(
    desk: Desk,
    model: ModelView,
    item: Item,
    place: Place | None,
    now: str,
    *,
    renewed: bool = True,
) -> Item:
    if renewed and not model.flag("draft_mode_active"):
        item = as_published(item, item.current, now, is_valid=item.current.is_valid)
    if place is not None:
        return put_at(desk.index, item, place)
    desk.index.put(item)
    return item


def _answer(desk: Desk, item: Item, status: int) -> Reply:
    data = item_resource(desk.index, item)
    return Reply({"data": data, "included": included(desk.index, item)}, status)


def _creatable_model(desk: Desk, body: ItemBody) -> ModelView:
    model = desk.schema.find(body.model_id or "")
    if model is None:
        raise ApiFailure("ITEM_TYPE_NOT_FOUND", {"item_type": body.model_id})
    if model.is_block:
        raise block_refused()
    desk.rights.check_new("create", model)
    check_singleton(desk.index, model)
    return model


def _free_id(desk: Desk, wanted: str | None) -> str:
    if wanted is None:
        return desk.new_id()
    if not ids.is_portable(wanted):
        raise invalid_field(field="id", code="INVALID_FORMAT", failing_value=wanted)
    if desk.index.get(wanted) is not None:
        raise invalid_field(field="id", code="VALIDATION_UNIQUENESS", failing_value=wanted)
    return wanted


def _check_identity(item: Item, body: ItemBody) -> None:
    if body.id not in {None, item.id}:
        raise ApiFailure("INVALID_ENTITY_ID", {"id": body.id})
    if body.model_id not in {None, item.item_type_id}:
        raise ApiFailure("ITEM_TYPE_CANNOT_BE_CHANGED")
    if body.meta.get("current_version") not in {None, item.current.id}:
        raise ApiFailure("STALE_ITEM_VERSION")


def _with_meta(desk: Desk, model: ModelView, item: Item, body: ItemBody) -> Item:
    creator = _creator(desk, body, item.creator) if body.names_creator else item.creator
    if creator != item.creator:
        desk.rights.check("edit_creator", item)
    stage = checked_stage(desk, model, body.meta["stage"]) if "stage" in body.meta else item.stage
    if stage != item.stage:
        desk.rights.check("move_to_stage", item, to_stage=stage)
    return replace(
        item,
        creator=creator,
        created_at=_given_time(desk, body, "created_at") or item.created_at,
        first_published_at=_given_time(desk, body, "first_published_at") or item.first_published_at,
        stage=stage,
    )


def _creator(desk: Desk, body: ItemBody, fallback: JsonObject | None) -> JsonObject | None:
    named = body.creator
    if named is None or named in (fallback, desk.actor()):
        return named or fallback
    project = desk.call.project
    known: dict[str, Json] = project.resources.get(named["type"], {})
    is_owner = {"type": project.owner.get("type"), "id": project.owner.get("id")} == named
    if named["id"] not in known and not is_owner:
        raise invalid_field(field="creator", code="VALIDATION_INVALID", failing_value=named)
    return named


def _given_time(desk: Desk, body: ItemBody, name: str) -> str | None:
    given = body.meta.get(name)
    if given is None:
        return None
    read = record_time(given, desk.environment)
    if read is None:
        raise ApiFailure("INVALID_DATE", {"field": name, "failing_value": given})
    return read
