"""A loaded project is entered by a token that may do everything, its own or a new one."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.loading import entrance
from tests.unit.sandbox.client import Client
from tests.unit.sandbox.roleplay import rule


def _change_admin(api: Client, **permissions: Json) -> None:
    roles = api.project.of_type("role")
    admin = api.get("/roles").data[1]
    final = {**admin["meta"]["final_permissions"], **permissions}
    roles[admin["id"]] = {**admin, "meta": {"final_permissions": final}}


def test_a_token_of_full_rights_is_the_entrance(api: Client) -> None:
    """The project's own."""
    assert entrance(api.world, api.project) == api.token


@pytest.mark.parametrize(
    "permissions",
    [
        {"can_manage_sso": False},
        {"environments_access": "sandbox_only"},
        {"positive_upload_permissions": [rule("read")]},
        {"negative_item_type_permissions": [rule("delete")]},
    ],
)
def test_a_token_that_lacks_something_is_not(api: Client, permissions: JsonObject) -> None:
    """Another is made that no list shows, and it opens everything."""
    _change_admin(api, **permissions)

    text = entrance(api.world, api.project)

    assert text != api.token
    assert next(iter(api.project.tokens)) == text
    assert len(api.get("/access_tokens").data) == 1
    api.token = text
    assert api.get("/items").status == 200
