"""Adapt stored records when the schema or the locales change underneath them.

Every function is called after the changed objects were stored, except that the destruction of a
model is announced before it goes. All versions of all records follow, so that whatever is read
later has the fields of now; then validity is judged again: a record that validators now hold
something against is flagged, never refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.calls import Call
from datosnap.sandbox.records import conversions
from datosnap.sandbox.records.content import ChangeAttributes, Surroundings, rewrite, transform
from datosnap.sandbox.records.deleting import remove_item
from datosnap.sandbox.records.desk import Desk, desk_of
from datosnap.sandbox.records.locales import record_locales
from datosnap.sandbox.records.references import without_items
from datosnap.sandbox.records.schema_view import FieldView, ModelView, Schema, field_view, linked_id
from datosnap.sandbox.records.siblings import number_all
from datosnap.sandbox.records.singletons import mark_singleton
from datosnap.sandbox.records.stages import initial_stage
from datosnap.sandbox.records.states import as_published, with_contents
from datosnap.sandbox.records.validating import is_valid
from datosnap.sandbox.state import Environment, Item, Version

# Makes, for one record's locales, the change that its attributes and its blocks' go through.
_ChangeIn = Callable[[list[str]], ChangeAttributes]
_Rewrite = Callable[[ModelView, JsonObject], JsonObject]


def field_created(call: Call, field: JsonObject) -> None:
    """Give every record or block of the model the new field, empty in every locale it has."""
    view, model_id = field_view(field), _model_id(field)

    def change_in(locales: list[str]) -> ChangeAttributes:
        def change(around: Surroundings, attributes: JsonObject) -> JsonObject:
            if around.model.id != model_id:
                return attributes
            empty = conversions.empty_value(view, locales, within_locale=around.within_locale)
            return {**attributes, view.api_key: empty}

        return change

    _change_all(call, _schema_without(call, field), change_in)
    _judge_again(call, model_id)


def field_updated(call: Call, before: JsonObject, after: JsonObject) -> None:
    """Convert the field's values to its new key, type and localization; drop what cannot be."""
    old, new = field_view(before), field_view(after)
    model_id = _model_id(after)
    if (old.api_key, old.field_type, old.localized) != (new.api_key, new.field_type, new.localized):
        change_in = _conversion(call.environment, model_id, old, new)
        _change_all(call, _schema_with(call, before), change_in)
    elif old.validators == new.validators:
        return
    _judge_again(call, model_id)


def field_destroyed(call: Call, field: JsonObject) -> None:
    """Take the field's values, and the blocks in them, out of every record of the model."""
    key, model_id = field["attributes"]["api_key"], _model_id(field)

    def change(around: Surroundings, attributes: JsonObject) -> JsonObject:
        if around.model.id != model_id:
            return attributes
        return {one: value for one, value in attributes.items() if one != key}

    _change_all(call, Schema(call.environment), lambda _locales: change)
    _judge_again(call, model_id)


def item_type_updated(call: Call, before: JsonObject, after: JsonObject) -> None:
    """Follow a model's flags: positions, locales that became required, the end of drafts."""
    desk = _fresh_desk(call)
    model = desk.schema.model(after["id"])
    was, now = before["attributes"], after["attributes"]
    changed = {name for name in now if now[name] != was.get(name)}
    if changed & {"sortable", "tree"}:
        number_all(desk.index, model)
        for item in desk.index.of_model(model.id):
            desk.environment.originals.pop(item.id, None)
    if "all_locales_required" in changed and model.flag("all_locales_required"):
        _fit_locales(desk, desk.index.of_model(model.id), [])
    if "draft_mode_active" in changed and not model.flag("draft_mode_active"):
        _publish_all(desk, model)
    if linked_id(before, "workflow") != model.workflow_id:
        _restart_workflow(desk, model)
    for item in list(desk.index.of_model(model.id)) if "singleton" in changed else ():
        mark_singleton(desk.environment, model, item.id)
    desk.index.forget_everything()


def item_type_destroyed(call: Call, item_type_id: str) -> None:
    """Delete a model's records, or a block model's blocks, and every reference to them."""
    desk = _fresh_desk(call)
    model = desk.schema.model(item_type_id)
    gone = frozenset(item.id for item in desk.index.of_model(item_type_id))
    for item_id in gone:
        remove_item(desk, desk.item(item_id))
    if model.is_block:
        _rewrite_all(desk, _all(desk), _without_blocks(desk.schema, item_type_id))
    elif gone:
        _rewrite_all(desk, _all(desk), _without_targets(desk.schema, gone))
    desk.index.forget_everything()


def locales_changed(call: Call, before: Collection[str], after: Collection[str]) -> None:
    """Drop the content of locales that are gone, and add those that models require."""
    desk = _fresh_desk(call)
    removed = [one for one in before if one not in after]
    _fit_locales(desk, _all(desk), removed)
    desk.index.forget_everything()
    for model in list(desk.schema.models()):
        _judge_again(call, model.id)


def _conversion(
    environment: Environment, model_id: str, old: FieldView, new: FieldView
) -> _ChangeIn:
    def change_in(locales: list[str]) -> ChangeAttributes:
        def change(around: Surroundings, attributes: JsonObject) -> JsonObject:
            if around.model.id != model_id:
                return attributes
            value = attributes.get(old.api_key)
            if around.within_locale:
                value = conversions.retyped(environment, old, new, value)
            else:
                value = conversions.converted(environment, old, new, value, locales)
            return {
                new.api_key if key == old.api_key else key: value if key == old.api_key else kept
                for key, kept in attributes.items()
            }

        return change

    return change_in


def _fit_locales(desk: Desk, items: Iterable[Item], removed: list[str]) -> None:
    schema, main = desk.schema, desk.schema.locales[0]

    def fit(model: ModelView, attributes: JsonObject) -> JsonObject:
        needed = schema.locales if model.flag("all_locales_required") else []

        def change(around: Surroundings, inside: JsonObject) -> JsonObject:
            if around.within_locale:
                return inside
            fields = around.model.fields
            return {
                key: conversions.in_locales(fields[key], value, removed, needed, main)
                if key in fields and fields[key].localized
                else value
                for key, value in inside.items()
            }

        return transform(schema, model, attributes, change)

    _rewrite_all(desk, list(items), fit)


def _without_blocks(schema: Schema, model_id: str) -> _Rewrite:
    def change(field: FieldView, value: Json) -> Json:
        return conversions.without_blocks_of(model_id, field, value)

    return lambda model, attributes: rewrite(schema, model, attributes, change)


def _without_targets(schema: Schema, gone: frozenset[str]) -> _Rewrite:
    return lambda model, attributes: without_items(schema, model, attributes, gone)


def _publish_all(desk: Desk, model: ModelView) -> None:
    now = desk.now()
    for item in list(desk.index.of_model(model.id)):
        if item.status != "published":
            desk.index.put(as_published(item, item.current, now, is_valid=item.current.is_valid))


def _restart_workflow(desk: Desk, model: ModelView) -> None:
    stage = initial_stage(desk, model)
    for item in list(desk.index.of_model(model.id)):
        desk.index.put(replace(item, stage=stage))


def _change_all(call: Call, seen: Schema, change_in: _ChangeIn) -> None:
    """Change all content, walking through it with the schema that it was written under."""
    desk = _fresh_desk(call)

    def rewritten(model: ModelView, attributes: JsonObject) -> JsonObject:
        then = seen.model(model.id)
        locales = _main_first(desk.schema, record_locales(seen, then, {}, attributes))
        return transform(seen, then, attributes, change_in(locales))

    _rewrite_all(desk, _all(desk), rewritten)
    desk.index.forget_everything()


def _rewrite_all(desk: Desk, items: Iterable[Item], change: _Rewrite) -> None:
    for item in items:
        model = desk.model_of(item)
        versions = [*item.versions, *([item.published] if item.published else [])]
        changed = []
        for version in versions:
            attributes = change(model, version.attributes)
            if attributes != version.attributes:
                changed.append(replace(version, attributes=attributes))
        if changed:
            desk.index.put(with_contents(item, changed))


def _judge_again(call: Call, model_id: str) -> None:
    """Judge the records of a model again; those of all models where it is a block model."""
    desk = _fresh_desk(call)
    model = desk.schema.model(model_id)
    for item in _all(desk) if model.is_block else list(desk.index.of_model(model_id)):
        _judge(desk, item)
    desk.index.forget_everything()


def _judge(desk: Desk, item: Item) -> None:
    judged = [_judged(desk, item, item.current)]
    if item.published is not None and item.published.id != item.current.id:
        judged.append(_judged(desk, item, item.published))
    after = with_contents(item, judged)
    if after.published is not None:
        after = replace(after, is_published_version_valid=after.published.is_valid)
    if after != item:
        desk.index.put(after)


def _judged(desk: Desk, item: Item, version: Version) -> Version:
    valid = is_valid(desk.facts(item.id), desk.model_of(item), version.attributes)
    return version if valid == version.is_valid else replace(version, is_valid=valid)


def _fresh_desk(call: Call) -> Desk:
    desk = desk_of(call)
    desk.index.forget_everything()
    return desk_of(call)


def _all(desk: Desk) -> list[Item]:
    return list(desk.environment.items.values())


def _schema_with(call: Call, field: JsonObject) -> Schema:
    """See the schema as it was while `field` was what it was."""
    fields = {**call.environment.of_type("field"), field["id"]: field}
    return _schema_over(call.environment, fields)


def _schema_without(call: Call, field: JsonObject) -> Schema:
    """See the schema as it was before `field` came."""
    fields = {**call.environment.of_type("field")}
    del fields[field["id"]]
    return _schema_over(call.environment, fields)


def _schema_over(environment: Environment, fields: dict[str, JsonObject]) -> Schema:
    resources = {**environment.resources, "field": fields}
    return Schema(replace(environment, resources=resources))


def _main_first(schema: Schema, locales: list[str]) -> list[str]:
    return [one for one in schema.locales if one in locales] or locales


def _model_id(field: JsonObject) -> str:
    model_id = linked_id(field, "item_type")
    assert model_id is not None, "a field belongs to a model"
    return model_id
