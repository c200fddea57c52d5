"""Build a random project in a sandbox through its API, from a seed: any schema, any content.

Records are made empty and then filled, so that links run in any direction, circles and links to
oneself among them. Then time passes: records are edited, published and taken back, trees and
sorted models are put in order, some records go, and validators come that the content may not
satisfy, as they do in the life of a project.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from datosnap.core.jsontext import Json, JsonObject
from tests.support.random_values import FIELD_TYPES, FieldDraft, Values
from tests.unit.sandbox.client import Answer, Client, document

_LOCALES = (("en",), ("it",), ("en", "it"), ("de", "en", "pt-BR"))
_WITH_BLOCKS = ("rich_text", "single_block", "structured_text")
_FAR = "2056-02-10T11:03:42.000Z"
# What an API that judges may say to a change that was drawn blindly.
_ANSWERED = frozenset({200, 201, 422})


@dataclass(slots=True)
class Model:
    """A model that was made: its id, what kind it is, and its fields."""

    id: str
    flags: JsonObject
    fields: list[FieldDraft] = field(default_factory=list)

    @property
    def is_ordered(self) -> bool:
        """Tell whether its records have places."""
        return bool(self.flags.get("tree") or self.flags.get("sortable"))


@dataclass(slots=True)
class RandomWorld:
    """A project under construction, and everything that is drawn for it."""

    api: Client
    draw: Random
    locales: Sequence[str] = ("en",)
    stages: Sequence[str] = ()
    models: list[Model] = field(default_factory=list)
    blocks: list[Model] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)

    @property
    def values(self) -> Values:
        """Give what values are drawn from."""
        records: dict[str, list[str]] = {}
        for one in self.api.main.items.values():
            records.setdefault(one.item_type_id, []).append(one.id)
        fields = {one.id: one.fields for one in self.blocks}
        return Values(self.draw, fields, records, self.uploads)

    def chance(self, percent: int) -> bool:
        """Draw whether something happens that does so many times in a hundred."""
        return self.draw.randrange(100) < percent

    def ids_of(self, model: Model) -> list[str]:
        """Give the ids of a model's records."""
        return [one.id for one in self.api.main.items.values() if one.item_type_id == model.id]

    def try_to(self, method: str, path: str, body: JsonObject | None = None) -> Answer:
        """Ask for a change that may be refused, but not otherwise fail."""
        answered = self.api.send(method, path, body)
        assert answered.status in _ANSWERED, answered.json
        return answered

    def live_on(self) -> None:
        """Let some more things happen, and records change places."""
        for _ in range(self.draw.randrange(3, 12)):
            _live(self)
        if self.chance(50):
            _put_in_order(self)


def random_world(seed: int) -> RandomWorld:
    """Build the world of a seed."""
    world = RandomWorld(Client.fresh(), Random(seed))  # noqa: S311 - a repeatable draw is wanted
    _settle(world)
    _make_models(world)
    _make_fields(world)
    _make_records(world)
    for _ in range(world.draw.randrange(3, 12)):
        _live(world)
    _put_in_order(world)
    _tighten(world)
    return world


def _settle(world: RandomWorld) -> None:
    api, draw = world.api, world.draw
    world.locales = draw.choice(_LOCALES)
    assert api.change("/site", "site", locales=list(world.locales)).status == 200
    if world.chance(40):
        stages: list[JsonObject] = [
            {"id": "to_write", "name": "To write", "initial": True},
            {"id": "written", "name": "Written"},
        ]
        made = api.make("/workflows", "workflow", name="W", api_key="w", stages=stages)
        world.stages = (made.data["id"], *(str(one["id"]) for one in stages))
    collection = None
    if world.chance(50):
        collection = api.make("/upload-collections", "upload_collection", label="Folder").data
    for number in range(draw.randrange(4)):
        world.uploads.append(_upload(world, number, collection))


def _upload(world: RandomWorld, number: int, collection: JsonObject | None) -> str:
    api, draw = world.api, world.draw
    name = draw.choice(("a b.txt", "Ünï.txt", "same.txt", "noext"))
    asked = api.make("/upload-requests", "upload_request", filename=name).data
    # Two of a world may have the same bytes.
    api.project.blobs[asked["id"]] = b"bytes %d" % draw.choice((number, 0))
    links: JsonObject = {}
    if collection is not None and world.chance(50):
        links["upload_collection"] = {"type": "upload_collection", "id": collection["id"]}
    values = Values(draw)
    metadata = {
        "alt": dict.fromkeys(world.locales, values.text()),
        "title": dict.fromkeys(world.locales),
        "custom_data": {one: {"k": "v"} for one in world.locales},
    }
    made = api.make(
        "/uploads",
        "upload",
        links,
        path=asked["id"],
        author=draw.choice((None, "Ω", "")),
        notes=draw.choice((None, values.text())),
        tags=draw.choice(([], ["a", "b c"])),
        default_field_metadata=metadata,
    )
    made_id: str = made.data["id"]
    return made_id


def _make_models(world: RandomWorld) -> None:
    for number in range(world.draw.randrange(4)):
        world.blocks.append(_model(world, f"block_{chr(97 + number)}", {"modular_block": True}))
    for number in range(world.draw.randrange(1, 5)):
        world.models.append(_model(world, f"model_{chr(97 + number)}", _flags(world)))


def _flags(world: RandomWorld) -> JsonObject:
    shape = world.draw.choice(("", "", "", "singleton", "tree", "sortable"))
    flags: JsonObject = {shape: True} if shape else {}
    flags["draft_mode_active"] = world.chance(75)
    flags["draft_saving_active"] = flags["draft_mode_active"] and world.chance(40)
    flags["all_locales_required"] = world.chance(30)
    return flags


def _model(world: RandomWorld, api_key: str, flags: JsonObject) -> Model:
    links: JsonObject = {}
    if flags.get("draft_mode_active") and world.stages and world.chance(60):
        links["workflow"] = {"type": "workflow", "id": world.stages[0]}
    made = world.api.make("/item-types", "item_type", links, name=api_key, api_key=api_key, **flags)
    return Model(made.data["id"], {**flags, "workflow": bool(links)})


def _make_fields(world: RandomWorld) -> None:
    for model in (*world.blocks, *world.models):
        fieldset = None
        if world.chance(30):
            path = f"/item-types/{model.id}/fieldsets"
            fieldset = world.api.make(path, "fieldset", title="Set").data["id"]
        for number in range(world.draw.randrange(1, 7)):
            model.fields.append(_field(world, model, f"field_{chr(97 + number)}", fieldset))


def _field(world: RandomWorld, model: Model, api_key: str, fieldset: str | None) -> FieldDraft:
    draw = world.draw
    kinds = FIELD_TYPES if model in world.blocks else (*FIELD_TYPES, *_WITH_BLOCKS, "link", "links")
    kind = draw.choice(kinds)
    localized = world.chance(40)
    links = tuple(one.id for one in world.models if world.chance(70))
    blocks = tuple(one.id for one in world.blocks if world.chance(70))
    attributes: JsonObject = {"validators": _structure(world, kind, links, blocks)}
    if kind in {"string", "text"} and world.chance(30):
        one = draw.choice(("a default", ""))
        attributes["default_value"] = dict.fromkeys(world.locales, one) if localized else one
    inside = {"fieldset": {"type": "fieldset", "id": fieldset}} if fieldset else None
    made = world.api.make(
        f"/item-types/{model.id}/fields",
        "field",
        inside if world.chance(50) else None,
        label=api_key,
        api_key=api_key,
        field_type=kind,
        localized=localized,
        **attributes,
    )
    return FieldDraft(made.data["id"], api_key, kind, localized, links, blocks)


def _structure(
    world: RandomWorld, kind: str, links: Sequence[str], blocks: Sequence[str]
) -> JsonObject:
    """Give the validators without which a field of that type cannot be."""
    publishing = world.draw.choice(("fail", "publish_references"))
    to_models = {
        "item_types": list(links),
        "on_publish_with_unpublished_references_strategy": publishing,
        "on_reference_unpublish_strategy": world.draw.choice(("fail", "delete_references")),
    }
    to_blocks = {"item_types": list(blocks)}
    by_kind: dict[str, JsonObject] = {
        "link": {"item_item_type": to_models},
        "links": {"items_item_type": to_models},
        "rich_text": {"rich_text_blocks": to_blocks},
        "single_block": {"single_block_blocks": to_blocks},
        "structured_text": {
            "structured_text_blocks": to_blocks,
            "structured_text_inline_blocks": to_blocks,
            "structured_text_links": to_models,
        },
    }
    return by_kind.get(kind, {})


def _make_records(world: RandomWorld) -> None:
    for model in world.models:
        most = 1 if model.flags.get("singleton") else 5
        for _ in range(world.draw.randrange(most + 1)):
            body = document("item", {"item_type": {"type": "item_type", "id": model.id}}, {})
            assert world.api.post("/items", body).status == 201
    for model in world.models:
        for record in world.ids_of(model):
            _fill(world, model, record)


def _fill(world: RandomWorld, model: Model, record: str) -> None:
    """Give a record another content, all of it, since it may change its locales."""
    some = list(world.locales)
    if not model.flags["all_locales_required"]:
        some = world.draw.sample(some, world.draw.randrange(1, len(some) + 1))
    content = world.values.content(model.fields, some)
    _change(world, record, content)


def _change(world: RandomWorld, record: str, attributes: JsonObject, **more: Json) -> None:
    body = {"type": "item", "id": record, "attributes": attributes, **more}
    world.try_to("PUT", f"/items/{record}", {"data": body})


def _live(world: RandomWorld) -> None:
    """Let one thing happen to one record."""
    everyone = [(model, one) for model in world.models for one in world.ids_of(model)]
    if not everyone:
        return
    model, record = world.draw.choice(everyone)
    act = world.draw.choice(("edit", "publish", "publish", "publish and edit", "unpublish", "more"))
    if "publish" in act and model.flags["draft_mode_active"]:
        verb = "unpublish" if act == "unpublish" else "publish"
        world.try_to("PUT", f"/items/{record}/{verb}?recursive=true")
    if "edit" in act:
        _fill(world, model, record)
    if act == "more":
        _live_on(world, model, record)


def _live_on(world: RandomWorld, model: Model, record: str) -> None:
    """Let one of the rarer things happen."""
    act = world.draw.choice(("delete", "schedule", "stage", "dates", "publish in part"))
    if act == "delete" and not model.flags.get("tree"):
        world.try_to("DELETE", f"/items/{record}")
    elif act == "schedule" and model.flags["draft_mode_active"]:
        planned: JsonObject = {"publication_scheduled_at": _FAR}
        body = {"data": {"type": "scheduled_publication", "attributes": planned}}
        world.try_to("POST", f"/items/{record}/scheduled-publication", body)
    elif act == "stage" and model.flags["workflow"]:
        _change(world, record, {}, meta={"stage": world.stages[-1]})
    elif act == "dates":
        past = {"created_at": "2011-01-01T10:00:00.000+00:00"}
        _change(world, record, {}, meta=past)
    elif act == "publish in part" and model.flags["draft_mode_active"]:
        _publish_part(world, model, record)


def _publish_part(world: RandomWorld, model: Model, record: str) -> None:
    """Publish one of the locales in which a record is, if it is in any."""
    content = world.api.main.items[record].current.attributes
    found = [list(content[one.api_key]) for one in model.fields if one.localized]
    if found:
        part: JsonObject = {
            "content_in_locales": [world.draw.choice(found[0])],
            "non_localized_content": world.chance(50),
        }
        body = {"data": {"type": "selective_publish_operation", "attributes": part}}
        world.try_to("PUT", f"/items/{record}/publish", body)


def _put_in_order(world: RandomWorld) -> None:
    for model in world.models:
        if not model.is_ordered:
            continue
        records = world.ids_of(model)
        for record in records:
            place: JsonObject = {}
            if model.flags.get("tree"):
                place["parent_id"] = world.draw.choice([None, *records])
            if world.chance(60):
                place["position"] = world.draw.randrange(1, len(records) + 1)
            if place:
                _change(world, record, place)


def _tighten(world: RandomWorld) -> None:
    """Let validators come late, so that some of the content does not satisfy them."""
    for model in (*world.blocks, *world.models):
        for one in model.fields:
            late = _LATE.get(one.field_type)
            if late is None or not world.chance(40):
                continue
            stored = world.api.main.of_type("field")[one.id]["attributes"]["validators"]
            validators = {**stored, **world.draw.choice(late)}
            body = document("field", None, {"validators": validators})
            body["data"]["id"] = one.id
            world.try_to("PUT", f"/fields/{one.id}", body)


_REQUIRED: JsonObject = {"required": {}}
_LATE: dict[str, Sequence[JsonObject]] = {
    "string": (_REQUIRED, {"length": {"min": 3, "max": 10}}, {"enum": {"values": ["plain"]}}),
    "text": (_REQUIRED, {"length": {"max": 4}}, {"format": {"predefined_pattern": "email"}}),
    "slug": (_REQUIRED, {"unique": {}}),
    "integer": (_REQUIRED, {"number_range": {"min": 0, "max": 5}}),
    "float": ({"number_range": {"max": 0}},),
    "date": (_REQUIRED, {"date_range": {"min": "2000-01-01"}}),
    "json": (_REQUIRED,),
    "color": (_REQUIRED,),
    "lat_lon": (_REQUIRED,),
    "video": (_REQUIRED,),
    "link": (_REQUIRED, {"unique": {}}),
    "links": ({"size": {"min": 1}},),
    "file": (_REQUIRED, {"extension": {"predefined_list": "image"}}),
    "gallery": ({"size": {"eq": 2}}, {"required_alt_title": {"alt": True}}),
    "rich_text": ({"size": {"multiple_of": 2}},),
    "single_block": (_REQUIRED,),
    "structured_text": (_REQUIRED, {"length": {"min": 20}}),
    "seo": ({"required_seo_fields": {"title": True}}, {"title_length": {"min": 5}}),
}
