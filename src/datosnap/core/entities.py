"""Give the CMS's schema a typed shape: models, block models and their fields.

The API calls a model `item_type` and a record `item`; people say model and record. This is the
one module that reads those JSON:API objects; above it a schema is values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from datosnap.core.jsontext import JsonObject

# Field types whose value holds blocks.
_BLOCK_FIELD_TYPES = frozenset({"rich_text", "single_block"})
_STRUCTURED_TEXT_BLOCKS = ("structured_text_blocks", "structured_text_inline_blocks")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model or block model."""

    id: str
    api_key: str
    field_type: str
    localized: bool
    validators: JsonObject
    position: int
    label: str = ""
    hint: str | None = None

    @property
    def may_hold_blocks(self) -> bool:
        """Tell whether a value of the field can hold blocks."""
        if self.field_type in _BLOCK_FIELD_TYPES:
            return True
        return self.field_type == "structured_text" and any(
            (self.validators.get(name) or {}).get("item_types") for name in _STRUCTURED_TEXT_BLOCKS
        )


@dataclass(frozen=True, slots=True)
class ItemType:
    """A model, or a block model when `modular_block` is set."""

    id: str
    api_key: str
    name: str
    modular_block: bool
    singleton: bool
    sortable: bool
    tree: bool
    draft_mode_active: bool
    workflow_id: str | None
    fields: Mapping[str, Field]
    title_field_id: str | None = None
    all_locales_required: bool = False

    @property
    def may_hold_blocks(self) -> bool:
        """Tell whether a record of the model can hold blocks, so that it must be read nested."""
        return any(field.may_hold_blocks for field in self.fields.values())

    @property
    def is_ordered(self) -> bool:
        """Tell whether its records have a place among their siblings."""
        return self.sortable or self.tree

    @property
    def title_field(self) -> Field | None:
        """Give the field whose value names a record to people; None when it has none."""
        own = (one for one in self.fields.values() if one.id == self.title_field_id)
        return next(own, None)


@dataclass(frozen=True, slots=True)
class Schema:
    """All models and block models of an environment, by id."""

    item_types: Mapping[str, ItemType]

    @property
    def models(self) -> list[ItemType]:
        """Give the models whose records stand on their own, by api_key."""
        own = (one for one in self.item_types.values() if not one.modular_block)
        return sorted(own, key=lambda one: one.api_key)

    @property
    def block_models(self) -> list[ItemType]:
        """Give the block models, by api_key."""
        blocks = (one for one in self.item_types.values() if one.modular_block)
        return sorted(blocks, key=lambda one: one.api_key)


def read_schema(item_types: Iterable[JsonObject], fields: Iterable[JsonObject]) -> Schema:
    """Read a schema from the API's `item_type` and `field` resources."""
    by_owner: dict[str, list[Field]] = {}
    for resource in fields:
        owner_id = related_id(resource, "item_type")
        if owner_id is not None:
            by_owner.setdefault(owner_id, []).append(_field(resource))
    return Schema(
        {one["id"]: _item_type(one, by_owner.get(one["id"], [])) for one in item_types},
    )


def related_id(resource: JsonObject, name: str) -> str | None:
    """Give the id that the to-one relationship `name` points to, None when it points nowhere."""
    linkage = (resource.get("relationships") or {}).get(name) or {}
    data = linkage.get("data")
    if not isinstance(data, dict):
        return None
    identifier: str = data["id"]
    return identifier


def _field(resource: JsonObject) -> Field:
    attributes: JsonObject = resource["attributes"]
    return Field(
        id=resource["id"],
        api_key=attributes["api_key"],
        field_type=attributes["field_type"],
        localized=bool(attributes.get("localized")),
        validators=attributes.get("validators") or {},
        position=attributes.get("position") or 0,
        label=str(attributes.get("label") or attributes["api_key"]),
        hint=attributes.get("hint"),
    )


def _item_type(resource: JsonObject, fields: list[Field]) -> ItemType:
    attributes: JsonObject = resource["attributes"]
    in_order = sorted(fields, key=lambda one: (one.position, one.api_key))
    return ItemType(
        id=resource["id"],
        api_key=attributes["api_key"],
        name=attributes.get("name") or attributes["api_key"],
        modular_block=bool(attributes.get("modular_block")),
        singleton=bool(attributes.get("singleton")),
        sortable=bool(attributes.get("sortable")),
        tree=bool(attributes.get("tree")),
        draft_mode_active=bool(attributes.get("draft_mode_active")),
        workflow_id=related_id(resource, "workflow"),
        fields={one.api_key: one for one in in_order},
        title_field_id=related_id(resource, "title_field"),
        all_locales_required=bool(attributes.get("all_locales_required")),
    )
