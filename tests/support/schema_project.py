"""A project that has something of every kind that a schema and its settings are made of.

It has hardly any records: what is judged by it is what surrounds them.
"""

from __future__ import annotations

from dataclasses import dataclass

from datosnap.core.jsontext import Json, JsonObject
from tests.support.importing import beside
from tests.unit.sandbox.client import Client
from tests.unit.sandbox.resources.shelf import field, model

LOCALES = ["en", "it"]
_WEBHOOK_NEEDS: JsonObject = {
    "headers": {"X-Key": "s3cret"},
    "custom_payload": None,
    "http_basic_user": "u",
    "http_basic_password": "p",
}


@dataclass(frozen=True, slots=True)
class SchemaProject:
    """The project's client, and the ids that tests ask for by name."""

    api: Client
    ids: dict[str, str]


def schema_project() -> SchemaProject:
    """Build the project."""
    api = Client.fresh()
    assert api.change("/site", "site", locales=LOCALES, timezone="Europe/Rome").status == 200
    ids: dict[str, str] = {}
    _environment(api, ids)
    _post(api, ids)
    _arrangement(api, ids)
    return SchemaProject(api, ids)


def link(kind: str, identifier: str) -> JsonObject:
    """Give the linkage of a relationship."""
    return {"type": kind, "id": identifier}


def _environment(api: Client, ids: dict[str, str]) -> None:
    stages: list[JsonObject] = [{"id": "in", "name": "In", "initial": True}]
    stages.append({"id": "out", "name": "Out"})
    ids["workflow"] = _id(api, "/workflows", "workflow", name="Desk", api_key="desk", stages=stages)
    ids["plugin"] = _id(api, "/plugins", "plugin", package_name="datocms-plugin-tags")
    parameters = {"limit": 3, "apiKey": "s3cret"}
    change(api, f"/plugins/{ids['plugin']}", "plugin", parameters=parameters)
    ids["quote"] = model(api, "quote", modular_block=True)["id"]
    ids["quote.text"] = field(api, "quote", "text", "string", validators={"required": {}})["id"]
    ids["home"] = model(api, "home", singleton=True)["id"]
    ids["home.title"] = field(api, "home", "title", "string")["id"]


def _post(api: Client, ids: dict[str, str]) -> None:
    desk = {"workflow": link("workflow", ids["workflow"])}
    made = api.make(
        "/item-types", "item_type", desk, name="Post", api_key="post", draft_mode_active=True
    )
    ids["post"] = made.data["id"]
    ids["post.set"] = _id(api, "/item-types/post/fieldsets", "fieldset", title="Words")
    rules: JsonObject = {"required": {}, "length": {"min": 2, "max": 80}}
    ids["post.title"] = field(api, "post", "title", "string", localized=True, validators=rules)[
        "id"
    ]
    source = {"title_field_id": ids["post.title"]}
    validators: JsonObject = {"slug_title_field": source, "unique": {}}
    ids["post.slug"] = field(api, "post", "slug", "slug", validators=validators)["id"]
    blocks: JsonObject = {"rich_text_blocks": {"item_types": [ids["quote"]]}, "size": {"max": 9}}
    ids["post.body"] = field(
        api, "post", "body", "rich_text", fieldset=ids["post.set"], validators=blocks
    )["id"]
    shown = {"editor": ids["plugin"], "parameters": {"a": 1}, "addons": []}
    ids["post.tags"] = field(
        api, "post", "tags", "json", fieldset=ids["post.set"], appearance=shown
    )["id"]
    to_home: JsonObject = {"item_item_type": {"item_types": [ids["home"], ids["post"]]}}
    ids["post.of"] = field(api, "post", "of", "link", validators=to_home)["id"]
    ids["post.cover"] = field(api, "post", "cover", "file")["id"]
    built_in = {"editor": "date_picker", "parameters": {}, "addons": []}
    ids["post.at"] = field(api, "post", "at", "date", appearance=built_in)["id"]
    ordering = {"ordering_field": link("field", ids["post.at"]), "image_preview_field": None}
    path = f"/item-types/{ids['post']}"
    assert api.change(path, "item_type", ordering, ordering_direction="desc").status == 200


def _arrangement(api: Client, ids: dict[str, str]) -> None:
    post = {"item_type": link("item_type", ids["post"])}
    named = {"name": "Mine", "filter": {"query": "x"}, "shared": True}
    ids["filter"] = _id(api, "/item-type-filters", "item_type_filter", post, **named)
    ids["upload_filter"] = _id(api, "/upload-filters", "upload_filter", **named)
    ids["folder"] = _id(api, "/upload-collections", "upload_collection", label="Folder")
    inside = {"parent": link("upload_collection", ids["folder"])}
    ids["inner"] = _id(api, "/upload-collections", "upload_collection", inside, label="Inner")
    ids["menu"] = _id(api, "/menu-items", "menu_item", label="All")
    leaf = {**post, "parent": link("menu_item", ids["menu"])}
    ids["leaf"] = _id(api, "/menu-items", "menu_item", leaf, label="Posts")
    group = {"label": "Blocks", "kind": "modular_block"}
    ids["group"] = _id(api, "/schema-menu-items", "schema_menu_item", **group)
    entry = next(
        one["id"]
        for one in api.get("/schema-menu-items").data
        if (one["relationships"]["item_type"]["data"] or {}).get("id") == ids["quote"]
    )
    moved = {"parent": link("schema_menu_item", ids["group"])}
    change(api, f"/schema-menu-items/{entry}", "schema_menu_item", moved)
    look = {"type": "monochromatic", "hue": 120, "logo": None}
    change(api, "/site", "site", theme=look, no_index=True)


def add_extras(project: SchemaProject) -> None:
    """Add a build trigger, a webhook and two roles, one heir to the other."""
    api, ids = project.api, project.ids
    ids["trigger"] = _id(
        api,
        "/build-triggers",
        "build_trigger",
        name="Site",
        adapter="custom",
        adapter_settings={"trigger_url": "https://example.com/s3cret"},
        autotrigger_on_scheduled_publications=True,
    )
    of_posts = [{"entity_type": "item_type", "entity_ids": [ids["post"]]}]
    events = [{"entity_type": "item", "event_types": ["publish"], "filters": of_posts}]
    about: JsonObject = {"name": "Tell", "url": "https://example.com/", "events": events}
    ids["webhook"] = _id(api, "/webhooks", "webhook", **about, **_WEBHOOK_NEEDS)
    rule = {"environment": "main", "action": "read", "item_type": ids["post"]}
    ids["reader"] = _id(
        api,
        "/roles",
        "role",
        name="Reader",
        positive_item_type_permissions=[rule],
        negative_item_type_permissions=[],
    )
    heir = {"inherits_permissions_from": [link("role", ids["reader"])]}
    ids["writer"] = _id(api, "/roles", "role", heir, name="A writer", can_edit_schema=True)


def half_of(api: Client, name: str) -> Client:
    """Build a project of somebody else's that has a part of the schema, in its own way."""
    half = beside(api, name)
    change(half, "/site", "site", locales=["de", "en"])
    model(half, "post", draft_mode_active=True, hint="ours")
    rules: JsonObject = {"length": {"min": 4}}
    field(half, "post", "title", "string", localized=True, hint="ours", validators=rules)
    field(half, "post", "own", "boolean")
    path = f"/item-types/{half.get('/item-types/post').data['id']}"
    change(half, path, "item_type", {"title_field": None}, ordering_meta="created_at")
    assert half.make("/plugins", "plugin", package_name="datocms-plugin-tags").status == 201
    assert half.make("/menu-items", "menu_item", label="Ours").status == 201
    return half


def change(
    api: Client, path: str, kind: str, links: JsonObject | None = None, /, **attributes: Json
) -> None:
    """Change a resource, which must go well."""
    answered = api.change(path, kind, links, **attributes)
    assert answered.status == 200, answered.json


def _id(
    api: Client, path: str, kind: str, links: JsonObject | None = None, /, **attributes: Json
) -> str:
    made: str = api.make(path, kind, links, **attributes).data["id"]
    return made
