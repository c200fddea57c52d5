"""Write the requests that create the sample's models, fieldsets and fields.

Rows of the schema table say the usual in few words: `targets` and `blocks` list models by their
api_key and stand for the validators that the type of the field demands; a column that is left
out takes the server's default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from datosnap.core.jsontext import Json, JsonObject
from datosnap.flows.sample.catalogue import Field, Model
from datosnap.flows.sample.identities import identity, linkage

_TARGETS: Mapping[str, str] = {
    "link": "item_item_type",
    "links": "items_item_type",
    "structured_text": "structured_text_links",
}
_BLOCKS: Mapping[str, str] = {
    "rich_text": "rich_text_blocks",
    "single_block": "single_block_blocks",
    "structured_text": "structured_text_blocks",
}
# records that link to each other in circles can only be published together
_STRATEGIES: JsonObject = {
    "on_publish_with_unpublished_references_strategy": "publish_references",
    "on_reference_unpublish_strategy": "fail",
    "on_reference_delete_strategy": "delete_references",
}
_COPIED = ("label", "hint", "default_value", "deep_filtering_enabled", "content_link_enabled")
_PRESENTED = (
    "title_field",
    "image_preview_field",
    "excerpt_field",
    "presentation_title_field",
    "presentation_image_field",
    "ordering_field",
)


def model_request(model: Model) -> JsonObject:
    """Write the creation of a model without its fields."""
    spec = model.spec
    workflow = spec.get("workflow")
    relationships = (
        {"workflow": linkage("workflow", identity("workflow", workflow))} if workflow else {}
    )
    return resource(
        "item_type",
        model.id,
        {
            "name": spec["name"],
            "api_key": model.key,
            "modular_block": model.is_block,
            **spec.get("attributes", {}),
        },
        relationships,
    )


def finish_request(model: Model) -> JsonObject | None:
    """Write the update that says which fields present and order the records; None for none."""
    chosen = {name: model.spec[name] for name in _PRESENTED if name in model.spec}
    ordering = {k: v for k, v in model.spec.items() if k in {"ordering_direction", "ordering_meta"}}
    if not chosen and not ordering:
        return None
    fields = {
        name: linkage("field", None if key is None else _field_id(model, key))
        for name, key in chosen.items()
    }
    return resource("item_type", model.id, ordering, fields)


def fieldset_id(model: Model, title: str) -> str:
    """Give the id of a model's fieldset."""
    return identity("fieldset", f"{model.key}.{title}")


def rows_of(model: Model) -> Iterator[Field | JsonObject]:
    """Walk a model's fields and fieldsets in the order in which people see them."""
    for row in model.spec["fields"]:
        yield model.fields[row["key"]] if "key" in row else row


def fieldset_request(model: Model, row: JsonObject) -> JsonObject:
    """Write the creation of a fieldset."""
    attributes = {key: value for key, value in row.items() if key != "fieldset"}
    return resource(
        "fieldset", fieldset_id(model, row["fieldset"]), {"title": row["fieldset"], **attributes}
    )


def field_request(model: Model, field: Field, models: Mapping[str, Model]) -> JsonObject:
    """Write the creation of a field."""
    spec = field.spec
    attributes: JsonObject = {
        "api_key": field.key,
        "field_type": field.kind,
        "localized": field.localized,
        **{key: spec[key] for key in _COPIED if key in spec},
        "validators": validators(model, field, models),
    }
    if "appearance" in spec:
        attributes["appearance"] = appearance(spec["appearance"])
    inside = spec.get("in")
    held = {"fieldset": linkage("fieldset", fieldset_id(model, inside))} if inside else {}
    return resource("field", field.id, attributes, held)


def validators(model: Model, field: Field, models: Mapping[str, Model]) -> JsonObject:
    """Write a field's validators, models and fields named by their ids."""
    written = dict(field.spec.get("validators", {}))
    if field.kind in _TARGETS:
        strategies = {**_STRATEGIES, **field.spec.get("strategies", {})}
        targets = [models[key].id for key in field.spec.get("targets", ())]
        written[_TARGETS[field.kind]] = {"item_types": targets, **strategies}
    if field.kind in _BLOCKS:
        blocks = [models[key].id for key in field.spec.get("blocks", ())]
        written[_BLOCKS[field.kind]] = {"item_types": blocks}
    if "inline_blocks" in field.spec:
        inline = [models[key].id for key in field.spec["inline_blocks"]]
        written["structured_text_inline_blocks"] = {"item_types": inline}
    if "slug_of" in field.spec:
        source = _field_id(model, field.spec["slug_of"])
        written["slug_title_field"] = {"title_field_id": source}
    return written


def appearance(spec: JsonObject) -> JsonObject:
    """Write how a field is edited; `plugin:word` stands for the plugin's id."""
    addons = [{**addon, "id": _editor(addon["id"])} for addon in spec.get("addons", ())]
    return {
        **spec,
        "editor": _editor(spec["editor"]),
        "parameters": spec.get("parameters", {}),
        "addons": addons,
    }


def resource(
    kind: str, identifier: str | None, attributes: Json, relationships: JsonObject | None = None
) -> JsonObject:
    """Write a request body around one JSON:API object."""
    data: JsonObject = {"type": kind}
    if identifier is not None:
        data["id"] = identifier
    data["attributes"] = attributes
    if relationships:
        data["relationships"] = relationships
    return {"data": data}


def _editor(name: str) -> str:
    kind, _, key = name.partition(":")
    return identity(kind, key) if key else kind


def _field_id(model: Model, key: str) -> str:
    return model.fields[key].id
