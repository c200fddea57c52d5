"""Schemas, people and what else belongs to a project, refused."""

from __future__ import annotations

from tests.unit.sandbox.client import Answer
from tests.unit.sandbox.refusals.stage import Scene, Stage
from tests.unit.sandbox.resources.shelf import field
from tests.unit.sandbox.roleplay import acting, token_of


def _ordered_singleton(stage: Stage) -> Answer:
    home = {"name": "Home", "api_key": "home", "ordering_meta": "created_at"}
    return stage.api.make("/item-types", "item_type", None, **home, singleton=True)


def _ordered_list(stage: Stage) -> Answer:
    page = {"name": "Page", "api_key": "page", "ordering_meta": "created_at"}
    return stage.api.make("/item-types", "item_type", None, **page, sortable=True)


def _slug_source(stage: Stage) -> Answer:
    stage.model("post")
    title = field(stage.api, "post", "title", "string")["id"]
    validators = {"slug_title_field": {"title_field_id": title}}
    field(stage.api, "post", "slug", "slug", validators=validators)
    return stage.api.delete(f"/fields/{title}")


def _other_kind(stage: Stage) -> Answer:
    made = stage.api.make(
        "/schema-menu-items", "schema_menu_item", None, label="Group", kind="item_type"
    ).data
    return stage.api.change(
        f"/schema-menu-items/{made['id']}", "schema_menu_item", None, kind="modular_block"
    )


def _linked_entry(stage: Stage) -> Answer:
    stage.model("post")
    entry = stage.api.get("/schema-menu-items").data[0]["id"]
    return stage.api.delete(f"/schema-menu-items/{entry}")


def _plugin_version(stage: Stage) -> Answer:
    named = {"package_name": "datocms-plugin-a", "package_version": "new"}
    return stage.api.make("/plugins", "plugin", None, **named)


def _legacy_again(stage: Stage) -> Answer:
    named = {"name": "P", "url": "https://example.com"}
    made = stage.api.make("/plugins", "plugin", None, **named).data["id"]
    return stage.api.change(f"/plugins/{made}", "plugin", None, plugin_type="sidebar")


def _factory_token(stage: Stage) -> Answer:
    held = stage.api.project.of_type("access_token")
    identifier, token = next(iter(held.items()))
    attributes = {**token["attributes"], "hardcoded_type": "readonly"}
    held[identifier] = {**token, "attributes": attributes}
    return stage.api.delete(f"/access_tokens/{identifier}")


def _unknown_index(stage: Stage) -> Answer:
    return stage.api.get("/search-results?filter[query]=a&filter[search_index_id]=1")


def _guest_who_is_there(stage: Stage) -> Answer:
    stage.user()
    editor = {"role": {"type": "role", "id": stage.api.get("/roles").data[0]["id"]}}
    return stage.api.make("/site-invitations", "site_invitation", editor, email="a@example.com")


def _oneself(stage: Stage) -> Answer:
    stage.api.project.tokens["me"] = stage.user()
    stage.api.token = "me"
    return stage.api.delete("/users/5")


def _owner_gone(stage: Stage, query: str = "") -> Answer:
    post = stage.model("post", "title")
    token = token_of(stage.api, stage.api.get("/roles").data[1])
    with acting(stage.api, token):
        stage.record(post)
    return stage.api.delete(f"/access_tokens/{token['id']}{query}")


def _unknown_heir(stage: Stage) -> Answer:
    return _owner_gone(stage, "?destination_user_type=user&destination_user_id=1")


def _strange_heir(stage: Stage) -> Answer:
    return _owner_gone(stage, "?destination_user_type=robot&destination_user_id=1")


SCENES: dict[str, Scene] = {
    "INVALID_ORDERING_FOR_SINGLETON_ITEM_TYPE": _ordered_singleton,
    "INVALID_ORDERING_FOR_SORTABLE_ITEM_TYPE": _ordered_list,
    "USED_AS_SLUG_SOURCE": _slug_source,
    "KIND_CANNOT_BE_CHANGED": _other_kind,
    "CANNOT_CREATE_OR_DESTROY_SCHEMA_MENU_ITEM_LINKED_TO_ITEM_TYPE": _linked_entry,
    "INVALID_PLUGIN_VERSION": _plugin_version,
    "CANNOT_UPGRADE_MODERN_PLUGIN_INTO_LEGACY": _legacy_again,
    "NON_EDITABLE_ACCESS_TOKEN": _factory_token,
    "INVALID_SEARCH_INDEX_ID": _unknown_index,
    "ACCOUNT_ALREADY_JOINED_SITE": _guest_who_is_there,
    "CANNOT_DESTROY_CURRENT_USER": _oneself,
    "DESTINATION_USER_REQUIRED": _owner_gone,
    "INVALID_DESTINATION_USER": _unknown_heir,
    "INVALID_DESTINATION_TYPE": _strange_heir,
}
