"""Write small projects in a few words, through the API: models, fields, records, uploads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datosnap.core.jsontext import Json, JsonObject
from tests.unit.sandbox.client import Client, document
from tests.unit.sandbox.resources.shelf import field as make_field
from tests.unit.sandbox.resources.shelf import model as make_model

# The validators that name the models which links or blocks may be of, by type of field.
_NAMING = {
    "link": ("item_item_type",),
    "links": ("items_item_type",),
    "rich_text": ("rich_text_blocks",),
    "single_block": ("single_block_blocks",),
    "structured_text": (
        "structured_text_blocks",
        "structured_text_inline_blocks",
        "structured_text_links",
    ),
}
# Publishing brings along what is linked.
FOLLOWING: JsonObject = {"on_publish_with_unpublished_references_strategy": "publish_references"}


@dataclass(frozen=True, slots=True)
class Author:
    """Someone who writes into one project, and is never refused."""

    api: Client

    def locales(self, *locales: str) -> None:
        """Set the project's locales."""
        assert self.api.change("/site", "site", locales=list(locales)).status == 200

    def model(self, api_key: str, links: JsonObject | None = None, **flags: Json) -> str:
        """Make a model, with drafts unless told otherwise."""
        if not flags.get("modular_block"):
            flags = {"draft_mode_active": True, **flags}
        if links:
            named = {"name": api_key, "api_key": api_key, **flags}
            made = self.api.make("/item-types", "item_type", links, **named).data
        else:
            made = make_model(self.api, api_key, **flags)
        return str(made["id"])

    def block_model(self, api_key: str) -> str:
        """Make a block model."""
        return self.model(api_key, modular_block=True)

    def field(
        self,
        model: str,
        api_key: str,
        kind: str = "string",
        *,
        to: Sequence[str] = (),
        blocks: Sequence[str] = (),
        follow: bool = False,
        validators: JsonObject | None = None,
        **more: Json,
    ) -> str:
        """Make a field; `to` and `blocks` are the ids of models that it may name."""
        needed: JsonObject = {
            name: {"item_types": list(blocks)}
            if "block" in name
            else {"item_types": list(to), **(FOLLOWING if follow else {})}
            for name in _NAMING.get(kind, ())
        }
        rules = {**needed, **(validators or {})}
        return str(make_field(self.api, model, api_key, kind, validators=rules, **more)["id"])

    def validate(self, field_id: str, **validators: Json) -> None:
        """Add validators to a field that exists."""
        stored = self.api.main.of_type("field")[field_id]["attributes"]["validators"]
        body = document("field", None, {"validators": {**stored, **validators}})
        self._put(f"/fields/{field_id}", {**body["data"], "id": field_id})

    def create(self, model: str, attributes: JsonObject | None = None, **more: Json) -> str:
        """Make a record; `meta` and `id` may be given."""
        links = {"item_type": {"type": "item_type", "id": model}, **more.pop("links", {})}
        body = document("item", links, attributes or {})
        body["data"] |= more
        return str(self.api.post("/items", body).data["id"])

    def update(self, record: str, attributes: JsonObject | None = None, **more: Json) -> None:
        """Change a record."""
        data = {"type": "item", "id": record, "attributes": attributes or {}, **more}
        self._put(f"/items/{record}", data)

    def publish(self, *records: str, body: JsonObject | None = None) -> None:
        """Publish records, whole unless a body says otherwise."""
        for one in records:
            answered = self.api.put(f"/items/{one}/publish", body)
            assert answered.status == 200, answered.json

    def published(self, model: str, attributes: JsonObject | None = None, **more: Json) -> str:
        """Make a record and publish it."""
        record = self.create(model, attributes, **more)
        self.publish(record)
        return record

    def schedule(self, record: str, kind: str, attributes: JsonObject) -> None:
        """Plan a publication or unpublishing."""
        body = {"data": {"type": kind, "attributes": attributes}}
        answered = self.api.post(f"/items/{record}/{kind.replace('_', '-')}", body)
        assert answered.status == 201, answered.json

    def upload(self, name: str, data: bytes, **attributes: Json) -> str:
        """Put a file into the media area."""
        asked = self.api.make("/upload-requests", "upload_request", filename=name).data
        self.api.project.blobs[asked["id"]] = data
        return str(self.api.make("/uploads", "upload", path=asked["id"], **attributes).data["id"])

    def workflow(self, *stages: str) -> str:
        """Make a workflow of these stages, the first one initial."""
        listed = [{"id": one, "name": one, "initial": one == stages[0]} for one in stages]
        made = self.api.make("/workflows", "workflow", name="W", api_key="w", stages=listed)
        return str(made.data["id"])

    def _put(self, path: str, data: JsonObject) -> None:
        answered = self.api.put(path, {"data": data})
        assert answered.status == 200, answered.json


def block(model: str, **attributes: Json) -> JsonObject:
    """Write a new block."""
    return {
        "type": "item",
        "attributes": attributes,
        "relationships": {"item_type": {"data": {"type": "item_type", "id": model}}},
    }


def text(*nodes: JsonObject) -> JsonObject:
    """Write a structured text of these nodes."""
    return {"schema": "dast", "document": {"type": "root", "children": list(nodes)}}


def paragraph(*nodes: JsonObject | str) -> JsonObject:
    """Write a paragraph; a string is a span."""
    return {"type": "paragraph", "children": [_node(one) for one in nodes]}


def _node(one: JsonObject | str) -> JsonObject:
    return {"type": "span", "value": one} if isinstance(one, str) else one
