"""Turn what the API answered into what it accepts.

Bodies are checked against closed schemas: an unknown key is a refusal, so an answer is never a
valid request. What may be sent is a table here, one row a resource. Source: the request types of
the official client and the importer's notes of the API reference.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from datosnap.core.jsontext import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a resource accepts when it is created: attributes and relationships by name."""

    attributes: tuple[str, ...]
    relationships: tuple[str, ...] = ()


ACCEPTED: Mapping[str, Accepted] = {
    "workflow": Accepted(("name", "api_key", "stages")),
    "item_type": Accepted(
        (
            "name",
            "api_key",
            "modular_block",
            "singleton",
            "sortable",
            "tree",
            "draft_mode_active",
            "draft_saving_active",
            "all_locales_required",
            "collection_appearance",
            "hint",
            "inverse_relationships_enabled",
        ),
        ("workflow",),
    ),
    "fieldset": Accepted(("title", "hint", "collapsible", "start_collapsed", "position")),
    "field": Accepted(
        (
            "label",
            "field_type",
            "api_key",
            "localized",
            "hint",
            "validators",
            "appearance",
            "default_value",
            "position",
            "deep_filtering_enabled",
            "content_link_enabled",
        ),
        ("fieldset",),
    ),
    "menu_item": Accepted(
        ("label", "external_url", "position", "open_in_new_tab"),
        ("item_type", "item_type_filter", "parent"),
    ),
    "schema_menu_item": Accepted(("label", "kind", "position"), ("item_type", "parent")),
    "item_type_filter": Accepted(
        ("name", "filter", "columns", "order_by", "shared"), ("item_type",)
    ),
    "upload_filter": Accepted(("name", "filter", "shared")),
    "upload_collection": Accepted(("label", "position"), ("parent",)),
    "upload": Accepted(
        ("copyright", "author", "notes", "default_field_metadata", "tags"),
        ("upload_collection",),
    ),
}

# Block models refuse whatever only makes sense for records of their own.
_NOT_FOR_BLOCK_MODELS = frozenset(
    {
        "singleton",
        "sortable",
        "tree",
        "draft_mode_active",
        "draft_saving_active",
        "all_locales_required",
        "collection_appearance",
        "inverse_relationships_enabled",
    }
)
# Fields whose values are not text cannot carry the marks that visual editing needs.
_CONTENT_LINK_TYPES = frozenset({"string", "text", "structured_text"})
# Field types that cannot have a default value.
_WITHOUT_DEFAULT = frozenset(
    {
        "seo",
        "slug",
        "video",
        "file",
        "gallery",
        "link",
        "links",
        "rich_text",
        "single_block",
        "structured_text",
    }
)
# These name the block models that a field may hold.
BLOCK_VALIDATORS = (
    "rich_text_blocks",
    "single_block_blocks",
    "structured_text_blocks",
    "structured_text_inline_blocks",
)
# Without these a field cannot exist; all others can wait until the content is there.
STRUCTURAL_VALIDATORS = frozenset(
    {*BLOCK_VALIDATORS, "structured_text_links", "item_item_type", "items_item_type"}
)
# A slug without a format of its own is held to the usual one, so that leaving the format out would
# not do: this one takes any slug.
_ANY_SLUG: JsonObject = {"custom_pattern": ".*"}
# What a finished model points to among its own fields; None must be sent too, because the server
# fills title and image by itself when fields are created.
FIELD_POINTERS = (
    "title_field",
    "image_preview_field",
    "excerpt_field",
    "presentation_title_field",
    "presentation_image_field",
    "ordering_field",
)


# What else of a resource can be set once it is there, or is compared with what is there.
_SET_LATER: Mapping[str, Accepted] = {
    "item_type": Accepted(("ordering_direction", "ordering_meta"), FIELD_POINTERS),
    "plugin": Accepted(("parameters",)),
}
# What kind of thing a relationship points to, where its name does not say it.
_POINTS_TO = dict.fromkeys(FIELD_POINTERS, "field")


def definition(resource: JsonObject) -> JsonObject:
    """Give by name what of a resource an update can set, of those it has; links as ids."""
    kind: str = resource["type"]
    created, later = (table.get(kind, Accepted(())) for table in (ACCEPTED, _SET_LATER))
    given: JsonObject = resource.get("attributes") or {}
    names = (*created.attributes, *later.attributes)
    values = {name: given[name] for name in names if name in given}
    _NARROW.get(kind, _as_it_is)(values)
    links: JsonObject = resource.get("relationships") or {}
    for name in (*created.relationships, *later.relationships):
        if name in links:
            values[name] = (links[name].get("data") or {}).get("id")
    return values


def change_body(kind: str, identifier: str, values: JsonObject) -> JsonObject:
    """Build the body that sets some of what `definition` gives."""
    created, later = (table.get(kind, Accepted(())) for table in (ACCEPTED, _SET_LATER))
    linked = (*created.relationships, *later.relationships)
    relationships = {
        name: {"data": None if value is None else {"type": _pointed_to(kind, name), "id": value}}
        for name, value in values.items()
        if name in linked
    }
    attributes = {name: value for name, value in values.items() if name not in linked}
    return update_body(kind, identifier, attributes, relationships or None)


def _pointed_to(kind: str, name: str) -> str:
    return kind if name == "parent" else _POINTS_TO.get(name, name)


def create_body(resource: JsonObject) -> JsonObject:
    """Build the body that creates `resource` under its own id.

    Shape: `{"data": {"type", "id", "attributes", "relationships"?}}`.
    """
    kind: str = resource["type"]
    accepted = ACCEPTED[kind]
    given: JsonObject = resource.get("attributes") or {}
    attributes = {name: given[name] for name in accepted.attributes if name in given}
    _NARROW.get(kind, _as_it_is)(attributes)
    data: JsonObject = {"type": kind, "id": resource["id"], "attributes": attributes}
    relationships = _relationships(resource, accepted)
    if relationships:
        data["relationships"] = relationships
    return {"data": data}


def update_body(
    kind: str,
    identifier: str,
    attributes: JsonObject | None = None,
    relationships: JsonObject | None = None,
) -> JsonObject:
    """Build the body that changes some attributes and relationships of a resource."""
    data: JsonObject = {"type": kind, "id": identifier, "attributes": attributes or {}}
    if relationships is not None:
        data["relationships"] = relationships
    return {"data": data}


def split_validators(validators: JsonObject) -> tuple[JsonObject, bool]:
    """Give the validators without which a field cannot be created, and whether others remain."""
    structural = {name: one for name, one in validators.items() if name in STRUCTURAL_VALIDATORS}
    if "slug_format" in validators:
        structural["slug_format"] = _ANY_SLUG
    return structural, structural != validators


def permitted_models(
    validators: JsonObject, known: Container[str]
) -> tuple[JsonObject, tuple[str, ...]]:
    """Leave out of validators the models that are not `known`, and name those."""
    kept, gone = dict(validators), []
    for name, rules in validators.items():
        if isinstance(rules, dict) and isinstance(rules.get("item_types"), list):
            gone += [one for one in rules["item_types"] if one not in known]
            kept[name] = {**rules, "item_types": [o for o in rules["item_types"] if o in known]}
    return kept, tuple(dict.fromkeys(gone))


def _relationships(resource: JsonObject, accepted: Accepted) -> JsonObject:
    given: JsonObject = resource.get("relationships") or {}
    return {
        name: {"data": _linkage(given[name].get("data"))}
        for name in accepted.relationships
        if isinstance(given.get(name), dict) and given[name].get("data") is not None
    }


def _linkage(data: Json) -> Json:
    return {"type": data["type"], "id": data["id"]}


def _as_it_is(_: JsonObject) -> None:
    pass


def _narrow_item_type(attributes: JsonObject) -> None:
    if attributes.get("modular_block"):
        for name in _NOT_FOR_BLOCK_MODELS:
            attributes.pop(name, None)


def _narrow_field(attributes: JsonObject) -> None:
    field_type = attributes["field_type"]
    if field_type in _WITHOUT_DEFAULT:
        attributes.pop("default_value", None)
    if field_type not in _CONTENT_LINK_TYPES:
        attributes.pop("content_link_enabled", None)
    if isinstance(attributes.get("validators"), dict):
        attributes["validators"] = {
            name: clean_validator(name, rules) for name, rules in attributes["validators"].items()
        }
    if isinstance(attributes.get("appearance"), dict):
        attributes["appearance"] = clean_appearance(attributes["appearance"])


def clean_validator(name: str, rules: Json) -> Json:
    """Drop the empty list that the server adds to `extension` and then refuses."""
    if name == "extension" and isinstance(rules, dict) and rules.get("predefined_list"):
        return {"predefined_list": rules["predefined_list"]}
    if name == "extension" and isinstance(rules, dict):
        return {"extensions": rules.get("extensions") or []}
    return rules


def clean_appearance(appearance: JsonObject) -> JsonObject:
    """Keep the keys of an appearance that a request may carry."""
    kept = {
        name: appearance[name]
        for name in ("editor", "parameters", "addons", "field_extension")
        if appearance.get(name) is not None
    }
    addons = kept.get("addons") or []
    kept["addons"] = [
        {
            name: one[name]
            for name in ("id", "parameters", "field_extension")
            if one.get(name) is not None
        }
        for one in addons
    ]
    return kept


_NARROW = {"item_type": _narrow_item_type, "field": _narrow_field}
