"""What the bodies for models, fields and fieldsets may hold.

Source: the attribute lists of the API's own schema; the misspelt doubles of `appearance` are
accepted because older clients send them back.
"""

from __future__ import annotations

from datosnap.sandbox.field_types import FIELD_TYPES
from datosnap.sandbox.schemas import (
    ANY,
    FLAG,
    OPEN,
    TEXT,
    TEXT_OR_NULL,
    WHOLE,
    Body,
    Rule,
    choice,
    each,
    one_or_none,
    shape,
)

_COLLECTION = choice("compact", "table")
_ITEM_TYPE = {
    "name": TEXT,
    "api_key": TEXT,
    "singleton": FLAG,
    "all_locales_required": FLAG,
    "sortable": FLAG,
    "modular_block": FLAG,
    "draft_mode_active": FLAG,
    "draft_saving_active": FLAG,
    "tree": FLAG,
    "ordering_direction": choice("asc", "desc").or_null(),
    "ordering_meta": choice(
        "created_at", "updated_at", "first_published_at", "published_at"
    ).or_null(),
    "collection_appearance": _COLLECTION,
    "collection_appeareance": _COLLECTION,
    "hint": TEXT_OR_NULL,
    "inverse_relationships_enabled": FLAG,
    "has_singleton_item": FLAG,
}
_ITEM_TYPE_LINKS = {
    "title_field": one_or_none("field"),
    "image_preview_field": one_or_none("field"),
    "excerpt_field": one_or_none("field"),
    "presentation_title_field": one_or_none("field"),
    "presentation_image_field": one_or_none("field"),
    "ordering_field": one_or_none("field"),
    "workflow": one_or_none("workflow"),
}
_ADDON = shape(
    {"id": TEXT, "field_extension": TEXT_OR_NULL, "parameters": OPEN},
    required=("id", "parameters"),
)
_APPEARANCE = shape(
    {
        "editor": TEXT,
        "parameters": OPEN,
        "addons": each(_ADDON),
        "field_extension": TEXT_OR_NULL,
    },
    required=("editor", "parameters", "addons"),
).or_null()
_VALIDATORS = Rule(("object",), values=OPEN)
_FIELD = {
    "label": TEXT,
    "field_type": choice(*FIELD_TYPES),
    "api_key": TEXT,
    "localized": FLAG,
    "validators": _VALIDATORS,
    "appearance": _APPEARANCE,
    "appeareance": _APPEARANCE,
    "position": WHOLE,
    "hint": TEXT_OR_NULL,
    "default_value": ANY,
    "deep_filtering_enabled": FLAG,
    "content_link_enabled": FLAG,
}
_FIELDSET = {
    "title": TEXT,
    "hint": TEXT_OR_NULL,
    "position": WHOLE,
    "collapsible": FLAG,
    "start_collapsed": FLAG,
}
_PLACED = shape(
    {
        "type": choice("field", "fieldset"),
        "id": TEXT,
        "attributes": shape({"position": WHOLE}, required=("position",)),
        "relationships": shape({"fieldset": one_or_none("fieldset")}),
    },
    required=("type", "id", "attributes"),
)

MODEL = {
    "item_type.create": Body(
        "item_type",
        attributes=_ITEM_TYPE,
        needed=("name", "api_key"),
        relationships=_ITEM_TYPE_LINKS,
    ).rule(),
    "item_type.update": Body(
        "item_type",
        attributes=_ITEM_TYPE,
        relationships=_ITEM_TYPE_LINKS,
        meta=shape({"has_singleton_item": FLAG}),
    ).rule(),
    "item_type.reorder": shape({"data": each(_PLACED)}, required=("data",)),
    "field.create": Body(
        "field",
        attributes=_FIELD,
        needed=("label", "field_type", "api_key"),
        relationships={"fieldset": one_or_none("fieldset")},
    ).rule(),
    "field.update": Body(
        "field",
        attributes=_FIELD,
        relationships={"fieldset": one_or_none("fieldset")},
    ).rule(),
    "fieldset.create": Body("fieldset", attributes=_FIELDSET, needed=("title",)).rule(),
    "fieldset.update": Body("fieldset", attributes=_FIELDSET).rule(),
}
