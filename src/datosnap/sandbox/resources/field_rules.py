"""Decide what a field may look like, and complete it as the server does.

Source: the field documentation and recorded answers: a missing appearance becomes the editor's
default one, strategies of link validators are filled in, a localized default covers the locales
of the site. The misspelt double `appeareance` is read beside `appearance`.
"""

from __future__ import annotations

from datosnap.core.jsontext import Json, JsonObject, encode
from datosnap.sandbox.calls import Call
from datosnap.sandbox.field_types import CONTENT_LINKED, FIELD_TYPES, FieldType
from datosnap.sandbox.resources import models
from datosnap.sandbox.resources.changes import linked_id, with_attributes
from datosnap.sandbox.resources.field_defaults import fits
from datosnap.sandbox.resources.item_type_rules import API_KEY
from datosnap.sandbox.resources.refusals import invalid, not_unique, refused
from datosnap.sandbox.validator_shapes import VALIDATORS, ValidatorShape, completed

_RESERVED = frozenset(
    [
        "position",
        "is_valid",
        "id",
        "type",
        "updated_at",
        "created_at",
        "attributes",
        "fields",
        "item_type",
        "is_singleton",
        "seo_meta_tags",
        "parent_id",
        "parent",
        "children",
        "status",
        "meta",
        "eq",
        "neq",
        "all_in",
        "any_in",
        "exists",
    ]
)
_PARAMETERS_MAX_BYTES = 10 * 1024


def checked(call: Call, field: JsonObject, before: JsonObject | None) -> JsonObject:
    """Give the field as it is stored, when it may be so.

    Raises: ApiFailure.
    """
    kind = FIELD_TYPES[field["attributes"]["field_type"]]
    _check_names(call, field)
    _check_fieldset(call, field)
    validators = _validators(call, field, kind)
    appearance = _appearance(call, field, kind, before)
    localized = field["attributes"]["localized"]
    if before is not None and before["attributes"]["localized"] != localized:
        field = _default_moved(call, field, before)
    return with_attributes(
        field,
        {
            "validators": validators,
            "appearance": appearance,
            "appeareance": appearance,
            "default_value": _default(call, field, kind),
            "content_link_enabled": _content_link(field),
        },
    )


def _check_names(call: Call, field: JsonObject) -> None:
    api_key = field["attributes"]["api_key"]
    if not field["attributes"]["label"].strip():
        raise refused("field", "label", "VALIDATION_REQUIRED", "can't be blank")
    if not API_KEY.fullmatch(api_key):
        raise refused("field", "api_key", "VALIDATION_FORMAT", "is not a valid API key")
    if api_key in _RESERVED:
        raise refused("field", "api_key", "VALIDATION_EXCLUSION", "is reserved")
    for other in models.fields_of(call.environment, models.model_of(call.environment, field)):
        if other["id"] != field["id"] and other["attributes"]["api_key"] == api_key:
            raise not_unique("field", "api_key")


def _check_fieldset(call: Call, field: JsonObject) -> None:
    fieldset_id = linked_id(field, "fieldset")
    if fieldset_id is None:
        return
    fieldset = call.environment.of_type("fieldset").get(fieldset_id)
    if fieldset is None or linked_id(fieldset, "item_type") != linked_id(field, "item_type"):
        raise invalid("field", "fieldset", "is not a fieldset of this model")


def _validators(call: Call, field: JsonObject, kind: FieldType) -> JsonObject:
    validators: JsonObject = field["attributes"]["validators"]
    for name in validators:
        if name not in kind.validators:
            raise invalid(
                "field", f"validators.{name}", "validator not applicable on this field type"
            )
    for name in kind.required:
        if name not in validators:
            raise refused("field", f"validators.{name}", "VALIDATION_REQUIRED", "is required")
    return {name: _validator(call, field, name, given) for name, given in validators.items()}


def _validator(call: Call, field: JsonObject, name: str, given: JsonObject) -> JsonObject:
    shape = VALIDATORS[name]
    # A full read-back of a stored validator is no news, though it could not be sent anew.
    stored = call.environment.of_type("field").get(field["id"])
    if stored is not None and stored["attributes"]["validators"].get(name) == given:
        return given
    faults = shape.faults(name, given)
    faults = faults or _unknown_names(call, field, shape, given)
    if faults:
        raise invalid("field", f"validators.{name}", "; ".join(faults))
    return completed(name, given)


def _unknown_names(
    call: Call, field: JsonObject, shape: ValidatorShape, given: JsonObject
) -> list[str]:
    if shape.names == "title":
        title = call.environment.of_type("field").get(given["title_field_id"])
        mine = linked_id(field, "item_type")
        known = title is not None and linked_id(title, "item_type") == mine
        return [] if known else ["is not a field of this model"]
    if shape.names is None:
        return []
    is_block = shape.names == "block"
    models_known = call.environment.of_type("item_type")
    return [
        f"{each} is not a {'block ' if is_block else ''}model"
        for each in given["item_types"]
        if each not in models_known or models_known[each]["attributes"]["modular_block"] != is_block
    ]


def _appearance(
    call: Call, field: JsonObject, kind: FieldType, before: JsonObject | None
) -> JsonObject:
    given = field["attributes"]["appearance"]
    changed_type = (
        before is not None
        and before["attributes"]["field_type"] != field["attributes"]["field_type"]
    )
    kept = before is not None and given == before["attributes"]["appearance"]
    if given is None or (changed_type and kept):
        editor = kind.default_editor
        return {"editor": editor, "parameters": kind.editors[editor], "addons": []}
    plugins = call.environment.of_type("plugin")
    if given["editor"] not in kind.editors and given["editor"] not in plugins:
        raise invalid("field", "appearance", f"{given['editor']} is no editor of this type")
    for addon in given["addons"]:
        if addon["id"] not in plugins:
            raise invalid("field", "appearance", f"{addon['id']} is not a plugin")
    if len(encode(given)) > _PARAMETERS_MAX_BYTES:
        raise invalid("field", "appearance", "parameters exceed 10 KB")
    return {key: value for key, value in given.items() if value is not None}


def _content_link(field: JsonObject) -> bool:
    given = field["attributes"]["content_link_enabled"]
    if given is None:
        return True
    if not given and field["attributes"]["field_type"] not in CONTENT_LINKED:
        raise invalid("field", "content_link_enabled", "cannot be off for this field type")
    return bool(given)


def _default_moved(call: Call, field: JsonObject, before: JsonObject) -> JsonObject:
    value = field["attributes"]["default_value"]
    if value != before["attributes"]["default_value"]:
        return field
    main = call.environment.site["attributes"]["locales"][0]
    if field["attributes"]["localized"]:
        moved: Json = {main: value}
    else:
        moved = value.get(main) if isinstance(value, dict) else None
    return with_attributes(field, {"default_value": moved})


def _default(call: Call, field: JsonObject, kind: FieldType) -> Json:
    value = field["attributes"]["default_value"]
    if not field["attributes"]["localized"]:
        _check_default(kind, value)
        return value
    locales = call.environment.site["attributes"]["locales"]
    by_locale = {} if value is None else value
    if not isinstance(by_locale, dict) or not set(by_locale) <= set(locales):
        raise invalid("field", "default_value", "must be an object over the site's locales")
    for each in by_locale.values():
        _check_default(kind, each)
    return {locale: by_locale.get(locale) for locale in locales}


def _check_default(kind: FieldType, value: Json) -> None:
    if value is not None and not (kind.default and fits(kind.default, value)):
        raise invalid("field", "default_value", "not acceptable for this field type")
