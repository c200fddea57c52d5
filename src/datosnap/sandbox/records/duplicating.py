"""Duplicate records: the same content with new ids for its blocks, told apart by its title.

Only the title is documented to change; unique texts change too, since nothing could be
duplicated otherwise.
"""

from __future__ import annotations

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.quotas import check_quota
from datosnap.sandbox.records.content import replace_blocks, rewrite
from datosnap.sandbox.records.desk import Desk, desk_of
from datosnap.sandbox.records.rendering import included, item_resource
from datosnap.sandbox.records.schema_view import FieldView, ModelView
from datosnap.sandbox.records.siblings import Place, put_at
from datosnap.sandbox.records.singletons import check_singleton
from datosnap.sandbox.records.stages import initial_stage
from datosnap.sandbox.records.states import as_published
from datosnap.sandbox.records.validating import checked
from datosnap.sandbox.state import Item

_SUFFIXES = {"string": " (duplicate)", "slug": "-duplicate"}


def duplicate(call: Call) -> Reply:
    """Create a copy of a record's current content, a draft where its model knows drafts."""
    desk = desk_of(call)
    source = desk.asked_item()
    model = desk.model_of(source)
    desk.rights.check("duplicate", source)
    check_singleton(desk.index, model)
    check_quota(call, "items", len(desk.environment.items))
    item = _copy(desk, model, source)
    if not model.flag("draft_mode_active"):
        item = as_published(item, item.current, item.created_at, is_valid=item.current.is_valid)
    if model.is_sorted:
        item = put_at(desk.index, item, Place(source.parent_id, None))
    else:
        desk.index.put(item)
    data = item_resource(desk.index, item)
    return Reply({"data": data, "included": included(desk.index, item)}, 201)


def _copy(desk: Desk, model: ModelView, source: Item) -> Item:
    content = rewrite(
        desk.schema,
        model,
        _renamed(model, source.current.attributes),
        lambda field, value: _with_new_blocks(desk, field, value),
    )
    item_id, now = desk.new_id(), desk.now()
    is_valid = checked(desk.facts(item_id), model, content)
    return Item(
        id=item_id,
        item_type_id=model.id,
        creator=desk.actor(),
        created_at=now,
        updated_at=now,
        versions=(desk.version(content, now, is_valid=is_valid),),
        stage=initial_stage(desk, model),
    )


def _renamed(model: ModelView, attributes: JsonObject) -> JsonObject:
    renamed = dict(attributes)
    for key, field in model.fields.items():
        is_title = key == model.title_key and field.field_type == "string"
        if is_title or "unique" in field.validators:
            renamed[key] = _suffixed(field, attributes[key])
    return renamed


def _suffixed(field: FieldView, value: Json) -> Json:
    suffix = _SUFFIXES.get(field.field_type)
    if isinstance(value, dict):
        return {locale: _suffixed(field, one) for locale, one in value.items()}
    return value + suffix if suffix and isinstance(value, str) else value


def _with_new_blocks(desk: Desk, field: FieldView, value: Json) -> Json:
    return replace_blocks(field, value, lambda block: {**block, "id": desk.new_id()})
