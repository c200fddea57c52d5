"""Draw schemas and records: every field type, localized or not, blocks nested, all text nodes.

Ids come from small pools, so that they repeat, and old decimal ones are shared between kinds.
No other text of a record can look like an id, so that a plain search through the JSON finds the
same references as the code under test, without knowing a schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from hypothesis import strategies as st

from datosnap.core.entities import ItemType, Schema, read_schema
from datosnap.core.ids import from_random
from datosnap.core.jsontext import Json, JsonObject
from datosnap.core.references import Block, Path
from datosnap.core.remapping import IdMap, IdPolicy, Target, choose_ids

LOCALES = ("en", "it", "zh-Hant")
# Blocks within blocks up to here.
MAX_DEPTH = 3
_PLAIN = ("string", "text", "slug", "boolean", "integer", "float", "date", "date_time", "json")
_OBJECTS = ("color", "lat_lon", "video")
_REFERRING = ("link", "links", "file", "gallery", "seo")
_HOLDING = ("structured_text", "rich_text", "single_block")
FIELD_TYPES = (*_PLAIN, *_OBJECTS, *_REFERRING, *_HOLDING)
NODE_TYPES = (
    *("root", "paragraph", "heading", "list", "listItem", "blockquote", "code", "thematicBreak"),
    *("span", "link", "itemLink", "inlineItem", "inlineBlock", "block"),
)
_BLOCKS_VALIDATORS = {
    "rich_text": ("rich_text_blocks",),
    "single_block": ("single_block_blocks",),
    "structured_text": ("structured_text_blocks", "structured_text_inline_blocks"),
}

Draw = st.DrawFn

# The same decimal ids stand for records, uploads and models of old projects.
LEGACY_IDS = tuple(str(number) for number in range(101, 107))
ITEM_IDS = (*LEGACY_IDS, *(from_random(bytes([1, number]) * 8) for number in range(6)))
UPLOAD_IDS = (*LEGACY_IDS, *(from_random(bytes([2, number]) * 8) for number in range(6)))
BLOCK_IDS = ("201", *(from_random(bytes([3, number]) * 8) for number in range(4)))
TEXTS = st.text(alphabet='ab éß漢😀\n"\\/', max_size=6)


@dataclass(frozen=True, slots=True)
class Content:
    """A record, its model and the schema that both belong to."""

    schema: Schema
    model: ItemType
    record: JsonObject


@st.composite
def schemas(draw: Draw) -> Schema:
    """Draw one or two models and as many block models, each with some fields of its own."""
    legacy = draw(st.booleans())
    ids = LEGACY_IDS if legacy else tuple(from_random(bytes([4, at]) * 8) for at in range(6))
    models, blocks = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    item_types = [
        draw(item_types_of(ids[at], f"type_{at}", modular_block=at >= models))
        for at in range(models + blocks)
    ]
    block_ids = ids[models : models + blocks]
    fields = [one for owner in item_types for one in draw(fields_of(owner["id"], block_ids))]
    return read_schema(item_types, fields)


@st.composite
def item_types_of(draw: Draw, identifier: str, api_key: str, *, modular_block: bool) -> JsonObject:
    """Draw a model or block model without its fields."""
    return {
        "type": "item_type",
        "id": identifier,
        "attributes": {
            "name": api_key.title(),
            "api_key": api_key,
            "modular_block": modular_block,
            "tree": not modular_block and draw(st.booleans()),
        },
        "relationships": {"workflow": {"data": None}},
    }


@st.composite
def fields_of(draw: Draw, owner_id: str, block_ids: Sequence[str]) -> list[JsonObject]:
    """Draw the fields of a model: some of all types, each localized or not."""
    chosen = draw(st.lists(st.sampled_from(FIELD_TYPES), min_size=1, max_size=6))
    # A type that holds others comes up often, so that depth does.
    chosen += draw(st.lists(st.sampled_from(_HOLDING), max_size=2))
    return [
        {
            "type": "field",
            "id": f"{owner_id}-{position}",
            "attributes": {
                "api_key": f"{field_type}_{position}",
                "field_type": field_type,
                "localized": draw(st.booleans()),
                "position": position,
                "validators": {
                    name: {"item_types": list(block_ids)}
                    for name in _BLOCKS_VALIDATORS.get(field_type, ())
                },
            },
            "relationships": {"item_type": {"data": {"type": "item_type", "id": owner_id}}},
        }
        for position, field_type in enumerate(chosen, start=1)
    ]


@st.composite
def contents(draw: Draw, *, flat: bool = False) -> Content:
    """Draw a schema and a record of one of its models; `flat` gives ids in place of blocks."""
    schema = draw(schemas())
    model = draw(st.sampled_from(schema.models))
    return Content(schema, model, draw(records(schema, model, flat=flat)))


@st.composite
def records(draw: Draw, schema: Schema, model: ItemType, *, flat: bool = False) -> JsonObject:
    """Draw a record of a model, as the API answers it."""
    attributes = _Drawing(draw, schema, flat=flat).attributes(model, MAX_DEPTH)
    if model.tree:
        attributes["position"] = draw(st.integers(1, 9))
        attributes["parent_id"] = draw(st.none() | st.sampled_from(ITEM_IDS))
    status = draw(st.sampled_from(["draft", "updated", "published"]))
    return {
        "type": "item",
        "id": draw(st.sampled_from(ITEM_IDS)),
        "attributes": attributes,
        "relationships": {
            "item_type": {"data": {"type": "item_type", "id": model.id}},
            "creator": {"data": {"type": "user", "id": "7"}},
        },
        "meta": {
            "created_at": "2024-03-12T20:08:33.887+00:00",
            "updated_at": "2024-03-12T20:08:33.895+00:00",
            "published_at": None if status == "draft" else "2024-03-12T20:08:33.945+00:00",
            "first_published_at": None if status == "draft" else "2024-03-12T20:08:33.945+00:00",
            "status": status,
            "current_version": "LPlwzflrSYyH4FQhCubRgQ",
            "stage": None,
        },
    }


class _Drawing:
    """Draws the content of one record; `depth` counts the blocks that may still nest.

    Within a localized value the fields of blocks have plain values, localized or not.
    """

    def __init__(self, draw: Draw, schema: Schema, *, flat: bool) -> None:
        self._draw = draw
        self._schema = schema
        self._flat = flat
        self._within_locale = False

    def attributes(self, item_type: ItemType, depth: int) -> JsonObject:
        drawn: JsonObject = {}
        for api_key, field in item_type.fields.items():
            make = partial(_VALUES[field.field_type], self, depth)
            if field.localized and not self._within_locale:
                locales = self.some(st.sampled_from(LOCALES), unique=True)
                self._within_locale = True
                drawn[api_key] = {one: self.maybe(make) for one in locales}
                self._within_locale = False
            else:
                drawn[api_key] = self.maybe(make)
        return drawn

    def one(self, strategy: st.SearchStrategy[Json]) -> Json:
        return self._draw(strategy)

    def some(self, strategy: st.SearchStrategy[Json], *, unique: bool = False) -> list[Json]:
        return self._draw(st.lists(strategy, max_size=2, unique=unique))

    def several(self, make: Callable[[], Json]) -> list[Json]:
        return [make() for _ in range(self._draw(st.integers(0, 2)))]

    def maybe(self, make: Callable[[], Json]) -> Json:
        return make() if self._draw(st.integers(0, 4)) else None

    def file(self) -> JsonObject:
        return {
            "upload_id": self.one(st.sampled_from(UPLOAD_IDS)),
            "alt": self.one(st.none() | TEXTS),
            "title": None,
            "custom_data": {},
            "focal_point": None,
            "poster_time": None,
        }

    def seo(self) -> JsonObject:
        members: JsonObject = {
            "title": self.one(st.none() | TEXTS),
            "image": self.one(st.none() | st.sampled_from(UPLOAD_IDS)),
            "no_index": False,
        }
        return {name: members[name] for name in members if self.one(st.booleans())}

    def block(self, depth: int) -> Json:
        if self._flat:
            return self.one(st.sampled_from(BLOCK_IDS))
        item_type = self.one(st.sampled_from(self._schema.block_models))
        return {
            "type": "item",
            "id": self.one(st.sampled_from(BLOCK_IDS)),
            "attributes": self.attributes(item_type, depth - 1),
            "relationships": {"item_type": {"data": {"type": "item_type", "id": item_type.id}}},
        }

    def blocks(self, depth: int) -> list[Json]:
        return self.several(lambda: self.block(depth)) if depth else []

    def single_block(self, depth: int) -> Json:
        return self.block(depth) if depth else None

    def structured_text(self, depth: int) -> JsonObject:
        nodes = [self.node(depth) for _ in range(self.one(st.integers(0, 3)))]
        return {"schema": "dast", "document": {"type": "root", "children": nodes}}

    def node(self, depth: int) -> Json:
        makes = _NODES if depth else _NODES[:-1]
        return makes[self.one(st.integers(0, len(makes) - 1))](self, depth)

    def paragraph(self, depth: int) -> JsonObject:
        return {"type": "paragraph", "children": self.inline(depth)}

    def heading(self, depth: int) -> JsonObject:
        return {"type": "heading", "level": 2, "children": self.inline(depth)}

    def bullets(self, depth: int) -> JsonObject:
        inner: JsonObject = {"type": "listItem", "children": [self.paragraph(depth)]}
        if self.one(st.booleans()):
            inner["children"].append({"type": "list", "style": "numbered", "children": []})
        return {"type": "list", "style": "bulleted", "children": [inner]}

    def blockquote(self, depth: int) -> JsonObject:
        quoted = self.several(lambda: self.paragraph(depth))
        return {"type": "blockquote", "attribution": "Me", "children": quoted}

    def code(self, _: int) -> JsonObject:
        return {"type": "code", "language": "js", "highlight": [0], "code": self.one(TEXTS)}

    def thematic_break(self, _: int) -> JsonObject:
        return {"type": "thematicBreak"}

    def block_node(self, depth: int) -> JsonObject:
        return {"type": "block", "item": self.block(depth)}

    def inline(self, depth: int) -> list[Json]:
        makes = _INLINE_NODES if depth else _INLINE_NODES[:-1]
        return self.several(lambda: makes[self.one(st.integers(0, len(makes) - 1))](self, depth))

    def inline_block(self, depth: int) -> JsonObject:
        return {"type": "inlineBlock", "item": self.block(depth)}

    def span(self, _: int = 0) -> JsonObject:
        return {"type": "span", "marks": ["strong"], "value": self.one(TEXTS)}

    def web_link(self, _: int) -> JsonObject:
        meta = [{"id": "rel", "value": "nofollow"}]
        spans = self.several(self.span)
        return {"type": "link", "url": "https://x.y", "meta": meta, "children": spans}

    def item_link(self, _: int) -> JsonObject:
        item = self.one(st.sampled_from(ITEM_IDS))
        return {"type": "itemLink", "item": item, "children": self.several(self.span)}

    def inline_item(self, _: int) -> JsonObject:
        return {"type": "inlineItem", "item": self.one(st.sampled_from(ITEM_IDS))}


Make = Callable[[_Drawing, int], Json]

# Of both, the node that needs depth is last.
_INLINE_NODES: tuple[Make, ...] = (
    _Drawing.span,
    _Drawing.web_link,
    _Drawing.item_link,
    _Drawing.inline_item,
    _Drawing.inline_block,
)
_NODES: tuple[Make, ...] = (
    _Drawing.paragraph,
    _Drawing.heading,
    _Drawing.bullets,
    _Drawing.blockquote,
    _Drawing.code,
    _Drawing.thematic_break,
    _Drawing.block_node,
)


def _of(strategy: st.SearchStrategy[Json]) -> Make:
    return lambda drawing, _: drawing.one(strategy)


_COLOR: JsonObject = {"red": 1, "green": 2, "blue": 3, "alpha": 255}
_VIDEO: JsonObject = {"provider": "youtube", "url": "https://x.y", "width": 1, "title": None}
_VALUES: dict[str, Make] = {
    "string": _of(TEXTS),
    "text": _of(TEXTS),
    "slug": _of(st.sampled_from(["a", "a-b"])),
    "boolean": _of(st.booleans()),
    "integer": _of(st.integers(-(2**63), 2**63 - 1)),
    "float": _of(st.floats(allow_nan=False, allow_infinity=False)),
    "date": _of(st.dates().map(str)),
    "date_time": _of(st.just("2026-02-01T10:00:00+01:00")),
    "json": _of(st.sampled_from(["{}", '["a","b"]', "null"])),
    "color": _of(st.just(_COLOR)),
    "lat_lon": _of(st.just({"latitude": 45.07, "longitude": 7.68})),
    "video": _of(st.just(_VIDEO)),
    "link": _of(st.sampled_from(ITEM_IDS)),
    "links": lambda drawing, _: drawing.some(st.sampled_from(ITEM_IDS)),
    "file": lambda drawing, _: drawing.file(),
    "gallery": lambda drawing, _: drawing.several(drawing.file),
    "seo": lambda drawing, _: drawing.seo(),
    "structured_text": _Drawing.structured_text,
    "rich_text": _Drawing.blocks,
    "single_block": _Drawing.single_block,
}


def texts(value: Json, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Give every text in a value and its path; a block's own id and model are not looked into."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from texts(one, (*path, index))
    elif is_block(value):
        yield from texts(value["attributes"], path)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from texts(one, (*path, key))


def is_block(value: Json) -> bool:
    """Tell whether a value is a block, nested in its place."""
    return isinstance(value, dict) and value.get("type") == "item" and "attributes" in value


def at(value: Json, path: Path) -> Json:
    """Follow a path; from a block it steps straight to its attributes."""
    for step in path:
        value = (value["attributes"] if is_block(value) else value)[step]
    return value


def same_block(block: Block, attributes: JsonObject) -> JsonObject:
    """Give a block as it was, with the rebuilt attributes."""
    return {**block.resource, "attributes": attributes}


def remapped(schema: Schema) -> IdMap:
    """Give a new id to everything that a record of the schema can refer to, and to its models."""
    ids = IdMap()
    sources = [
        *(("item", one) for one in ITEM_IDS),
        *(("upload", one) for one in UPLOAD_IDS),
        *(("item_type", one) for one in schema.item_types),
    ]
    choose_ids(sources, IdPolicy.REMAP, Target("target", "main", {}), ids)
    return ids
