"""Walk through a record's content: every value in every locale, blocks at any depth.

Content is kept nested: a block stands as an object where it lives. Everything else that looks
inside content (flattening, references, validators, schema changes) goes through these walks, so
that only this file knows where blocks hide and when a field is localized: inside a value that
is itself per locale, fields of blocks are not localized again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.records.schema_view import FieldView, ModelView, Schema

BLOCK_NODES = frozenset({"block", "inlineBlock"})

ChangeBlock = Callable[[JsonObject], Json]
ChangeValue = Callable[[FieldView, Json], Json]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Of which model some attributes are, and whether a value around them is per locale."""

    model: ModelView
    within_locale: bool


ChangeAttributes = Callable[[Surroundings, JsonObject], JsonObject]


@dataclass(frozen=True, slots=True)
class Spot:
    """One value in a record: whose field, in which locale, at which path from the record."""

    model: ModelView
    field: FieldView
    locale: str | None
    path: str
    value: Json
    in_block: bool


@dataclass(frozen=True, slots=True)
class PlacedBlock:
    """A block, its model, and whether some value around it is per locale."""

    block: JsonObject
    model: ModelView
    localized_outside: bool


def block_model_id(block: JsonObject) -> str:
    """Give the id of a stored block's model."""
    model_id: str = block["relationships"]["item_type"]["data"]["id"]
    return model_id


def blocks_in(field: FieldView, value: Json) -> list[JsonObject]:
    """List the blocks that stand directly in one value."""
    if not value or not field.holds_blocks:
        return []
    if field.field_type == "rich_text":
        return list(value)
    if field.field_type == "single_block":
        return [value]
    return [node["item"] for node in nodes_in(value) if node["type"] in BLOCK_NODES]


def nodes_in(document: JsonObject | None) -> Iterator[JsonObject]:
    """Walk through the nodes of a structured text, parents before children."""
    waiting = [document["document"]] if document else []
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.get("children", ())))


def spots(
    schema: Schema,
    model: ModelView,
    attributes: JsonObject,
    *,
    locale: str | None = None,
    prefix: str = "",
) -> Iterator[Spot]:
    """Walk through all values of a content, each block's values after the value it stands in."""
    for key, field in model.fields.items():
        if key not in attributes:
            continue
        whole, path = attributes[key], prefix + key
        if field.localized and locale is None:
            for one, value in (whole or {}).items():
                spot = Spot(model, field, one, f"{path}.{one}", value, in_block=bool(prefix))
                yield from _with_blocks(schema, spot)
        else:
            spot = Spot(model, field, locale, path, whole, in_block=bool(prefix))
            yield from _with_blocks(schema, spot)


def rewrite(
    schema: Schema,
    model: ModelView,
    attributes: JsonObject,
    change: ChangeValue,
    *,
    localized_outside: bool = False,
) -> JsonObject:
    """Give the content with every value put through `change`, innermost first.

    A content in which nothing changed is given back as it is, the same object.
    """
    changed = {}
    for key, field in model.fields.items():
        if key not in attributes:
            continue
        per_locale = field.localized and not localized_outside
        inside = partial(
            _rewritten_block, schema, change, localized=field.localized or localized_outside
        )
        before = attributes[key]
        after = _changed(field, before, inside, change, per_locale=per_locale)
        if after is not before:
            changed[key] = after
    return {**attributes, **changed} if changed else attributes


def transform(
    schema: Schema,
    model: ModelView,
    attributes: JsonObject,
    change: ChangeAttributes,
    *,
    localized_outside: bool = False,
) -> JsonObject:
    """Put the attributes of a content and of each block in it through `change`, innermost first."""
    changed = dict(attributes)
    for key, field in model.fields.items():
        if not field.holds_blocks or not changed.get(key):
            continue
        inside = partial(
            _transformed_block, schema, change, localized=field.localized or localized_outside
        )
        per_locale = field.localized and not localized_outside
        changed[key] = _changed(field, changed[key], inside, _keep, per_locale=per_locale)
    return change(Surroundings(model, localized_outside), changed)


def replace_blocks(field: FieldView, value: Json, change: ChangeBlock) -> Json:
    """Put another thing in the place of each block of a value; the same value when none changed."""
    if not value or not field.holds_blocks:
        return value
    if field.field_type == "rich_text":
        blocks = [change(block) for block in value]
        return value if all(map(_is_same, blocks, value)) else blocks
    if field.field_type == "single_block":
        return change(value)
    document = _replaced_node(value["document"], change)
    return value if document is value["document"] else {**value, "document": document}


def flatten(
    model: ModelView, attributes: JsonObject, *, localized_outside: bool = False
) -> JsonObject:
    """Give the content as a plain read shows it: blocks as their ids."""
    flat = dict(attributes)
    for key, field in model.fields.items():
        if field.holds_blocks and flat.get(key):
            per_locale = field.localized and not localized_outside
            flat[key] = _changed(field, flat[key], _block_id, _keep, per_locale=per_locale)
    return flat


def direct_blocks(
    schema: Schema, model: ModelView, attributes: JsonObject, *, localized_outside: bool = False
) -> Iterator[PlacedBlock]:
    """Walk through the blocks that stand directly in a content's values."""
    for key, field in model.fields.items():
        if not field.holds_blocks or not attributes.get(key):
            continue
        per_locale = field.localized and not localized_outside
        values = attributes[key].values() if per_locale else (attributes[key],)
        localized = field.localized or localized_outside
        for block in (block for value in values for block in blocks_in(field, value)):
            yield PlacedBlock(block, schema.model(block_model_id(block)), localized)


def all_blocks(
    schema: Schema, model: ModelView, attributes: JsonObject, *, localized_outside: bool = False
) -> Iterator[PlacedBlock]:
    """Walk through all blocks of a content at any depth, inner ones before the outer."""
    outside = localized_outside
    for placed in direct_blocks(schema, model, attributes, localized_outside=outside):
        yield from all_blocks(
            schema,
            placed.model,
            placed.block["attributes"],
            localized_outside=placed.localized_outside,
        )
        yield placed


def _with_blocks(schema: Schema, spot: Spot) -> Iterator[Spot]:
    yield spot
    for index, block in enumerate(blocks_in(spot.field, spot.value)):
        model = schema.model(block_model_id(block))
        prefix = f"{spot.path}.{index}."
        yield from spots(schema, model, block["attributes"], locale=spot.locale, prefix=prefix)


def _changed(
    field: FieldView, value: Json, inside: ChangeBlock, change: ChangeValue, *, per_locale: bool
) -> Json:
    if not per_locale:
        return change(field, replace_blocks(field, value, inside))
    after = {
        one: change(field, replace_blocks(field, content, inside))
        for one, content in (value or {}).items()
    }
    same = value is not None and all(after[one] is value[one] for one in after)
    return value if same else after


def _rewritten_block(
    schema: Schema, change: ChangeValue, block: JsonObject, *, localized: bool
) -> JsonObject:
    model = schema.model(block_model_id(block))
    before = block["attributes"]
    after = rewrite(schema, model, before, change, localized_outside=localized)
    return block if after is before else {**block, "attributes": after}


def _transformed_block(
    schema: Schema, change: ChangeAttributes, block: JsonObject, *, localized: bool
) -> JsonObject:
    model = schema.model(block_model_id(block))
    before = block["attributes"]
    after = transform(schema, model, before, change, localized_outside=localized)
    return block if after == before else {**block, "attributes": after}


def _replaced_node(node: JsonObject, change: ChangeBlock) -> JsonObject:
    if node["type"] in BLOCK_NODES:
        item = change(node["item"])
        return node if item is node["item"] else {**node, "item": item}
    before = node.get("children")
    if not before:
        return node
    after = [_replaced_node(child, change) for child in before]
    return node if all(map(_is_same, after, before)) else {**node, "children": after}


def _block_id(block: JsonObject) -> Json:
    return block["id"]


def _keep(_field: FieldView, value: Json) -> Json:
    return value


def _is_same(after: Json, before: Json) -> bool:
    return after is before
