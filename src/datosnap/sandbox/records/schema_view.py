"""See item types and fields as records need them: by api_key, with validators and flags at hand.

The stored JSON:API objects stay the truth. A view is made when first asked for and thrown away
as soon as one of the objects it was made from has been replaced, so it can never be stale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.state import Environment

BLOCK_TYPES = frozenset({"rich_text", "single_block", "structured_text"})
LIST_TYPES = frozenset({"rich_text", "links", "gallery"})

_DERIVED_KEY = "records.schema"


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field: what decides which values it takes."""

    id: str
    api_key: str
    label: str
    field_type: str
    localized: bool
    validators: JsonObject
    default: Json

    @property
    def holds_blocks(self) -> bool:
        """Tell whether values of the field may contain blocks."""
        return self.field_type in BLOCK_TYPES

    @property
    def blank(self) -> Json:
        """Give the value of the field when nothing was ever put in."""
        return [] if self.field_type in LIST_TYPES else None


@dataclass(frozen=True, slots=True)
class ModelView:
    """One model or block model: its flags, and its fields by api_key in order of creation."""

    id: str
    api_key: str
    resource: JsonObject
    fields: Mapping[str, FieldView]
    title_key: str | None
    workflow_id: str | None

    def flag(self, name: str) -> bool:
        """Tell whether an attribute such as `singleton` or `draft_mode_active` is on."""
        return bool(self.resource["attributes"].get(name))

    @property
    def is_block(self) -> bool:
        """Tell whether items of the model live only inside others."""
        return self.flag("modular_block")

    @property
    def is_sorted(self) -> bool:
        """Tell whether records of the model have a position."""
        return self.flag("sortable") or self.flag("tree")

    @property
    def keeps_invalid_drafts(self) -> bool:
        """Tell whether a draft may be saved although validators refuse it."""
        return self.flag("draft_saving_active") and self.flag("draft_mode_active")


@dataclass(slots=True)
class Schema:
    """The models of one environment, seen."""

    environment: Environment
    _seen: dict[str, tuple[JsonObject, tuple[JsonObject, ...], ModelView]] = field(
        default_factory=dict
    )

    def model(self, model_id: str) -> ModelView:
        """Give the view of a model that exists."""
        resource = self.environment.of_type("item_type")[model_id]
        fields = self._fields(resource)
        seen = self._seen.get(model_id)
        if seen is not None and seen[0] is resource and _are_same(seen[1], fields):
            return seen[2]
        view = _model_view(resource, fields)
        self._seen[model_id] = (resource, fields, view)
        return view

    def find(self, model_id: str) -> ModelView | None:
        """Give the view of a model, or None when there is no such model."""
        return self.model(model_id) if model_id in self.environment.of_type("item_type") else None

    def named(self, id_or_api_key: str) -> ModelView | None:
        """Find a model by id or by api_key."""
        if id_or_api_key in self.environment.of_type("item_type"):
            return self.model(id_or_api_key)
        for model_id, resource in self.environment.of_type("item_type").items():
            if resource["attributes"].get("api_key") == id_or_api_key:
                return self.model(model_id)
        return None

    def models(self) -> Iterator[ModelView]:
        """Walk through all models and block models."""
        return (self.model(model_id) for model_id in list(self.environment.of_type("item_type")))

    @property
    def locales(self) -> list[str]:
        """Give the site's locales, the main one first."""
        locales: list[str] = self.environment.site["attributes"]["locales"]
        return locales

    def _fields(self, resource: JsonObject) -> tuple[JsonObject, ...]:
        stored = self.environment.of_type("field")
        linkage = (resource.get("relationships") or {}).get("fields", {}).get("data", ())
        return tuple(stored[link["id"]] for link in linkage if link["id"] in stored)


def schema_of(environment: Environment) -> Schema:
    """Give the environment's schema view, kept between requests."""
    seen = environment.derived.get(_DERIVED_KEY)
    if isinstance(seen, Schema) and seen.environment is environment:
        return seen
    schema = Schema(environment)
    environment.derived[_DERIVED_KEY] = schema
    return schema


def field_view(resource: JsonObject) -> FieldView:
    """See one field object."""
    attributes = resource["attributes"]
    return FieldView(
        id=resource["id"],
        api_key=attributes["api_key"],
        label=attributes.get("label", ""),
        field_type=attributes["field_type"],
        localized=bool(attributes.get("localized")),
        validators=attributes.get("validators") or {},
        default=attributes.get("default_value"),
    )


def linked_id(resource: JsonObject, relationship: str) -> str | None:
    """Give the id that a to-one relationship points to."""
    linkage = (resource.get("relationships") or {}).get(relationship) or {}
    data = linkage.get("data")
    return data["id"] if data else None


def _model_view(resource: JsonObject, fields: tuple[JsonObject, ...]) -> ModelView:
    title_id = linked_id(resource, "title_field")
    views = [field_view(one) for one in fields]
    return ModelView(
        id=resource["id"],
        api_key=resource["attributes"]["api_key"],
        resource=resource,
        fields={view.api_key: view for view in views},
        title_key=next((view.api_key for view in views if view.id == title_id), None),
        workflow_id=linked_id(resource, "workflow"),
    )


def _are_same(before: tuple[JsonObject, ...], after: tuple[JsonObject, ...]) -> bool:
    return len(before) == len(after) and all(map(_is_same, before, after))


def _is_same(before: JsonObject, after: JsonObject) -> bool:
    return before is after
