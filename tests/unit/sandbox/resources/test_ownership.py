"""Who goes hands over what it made."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.uploads.blobs import put_blob
from tests.unit.sandbox.client import Client
from tests.unit.sandbox.resources.shelf import field, model
from tests.unit.sandbox.roleplay import acting, token_of


@pytest.fixture
def gone(api: Client) -> JsonObject:
    """Give a token that made a record and an upload, which a fork has too."""
    posts = model(api, "post")
    field(api, "post", "title", "string")
    token = token_of(api, api.get("/roles").data[1])
    with acting(api, token):
        link: JsonObject = {"item_type": {"type": "item_type", "id": posts["id"]}}
        api.make("/items", "item", link, title="A")
        path = api.make("/upload-requests", "upload_request", filename="a.txt").data["id"]
        put_blob(api.world, api.project.id, path.rpartition("/")[2], b"words")
        api.make("/uploads", "upload", None, path=path)
    api.post("/environments/main/fork", {"data": {"type": "environment", "id": "fork"}})
    return {"type": "access_token", "id": token["id"]}


def _creators(api: Client, environment: str) -> list[JsonObject]:
    listed = [
        *api.get("/items?version=current", x_environment=environment).data,
        *api.get("/uploads", x_environment=environment).data,
    ]
    return [one["relationships"]["creator"]["data"] for one in listed]


def test_everything_goes_to_the_heir(api: Client, gone: JsonObject) -> None:
    """Records and uploads, in every environment."""
    owner = api.project.owner
    named = f"destination_user_type={owner['type']}&destination_user_id={owner['id']}"

    assert api.delete(f"/access_tokens/{gone['id']}?{named}").status == 200

    for environment in ("main", "fork"):
        assert _creators(api, environment) == [owner, owner]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "DESTINATION_USER_REQUIRED"),
        ("?destination_user_type=robot&destination_user_id=1", "INVALID_DESTINATION_TYPE"),
        ("?destination_user_id=1", "INVALID_DESTINATION_TYPE"),
        ("?destination_user_type=user&destination_user_id=1", "INVALID_DESTINATION_USER"),
        ("?destination_user_type=user", "INVALID_DESTINATION_USER"),
    ],
)
def test_an_heir_is_needed_who_is_there(
    api: Client, gone: JsonObject, query: str, code: str
) -> None:
    """Otherwise nothing goes and nothing changes."""
    assert api.delete(f"/access_tokens/{gone['id']}{query}").code == code
    assert _creators(api, "main") == [gone, gone]


def test_nobody_inherits_from_himself(api: Client, gone: JsonObject) -> None:
    """Who goes is no heir."""
    query = f"?destination_user_type=access_token&destination_user_id={gone['id']}"

    assert api.delete(f"/access_tokens/{gone['id']}{query}").code == "INVALID_DESTINATION_USER"


def test_a_user_s_things_go_to_an_heir_too(api: Client) -> None:
    """Who made nothing leaves without one."""
    users = api.project.of_type("user")
    users["5"] = {
        "type": "user",
        "id": "5",
        "attributes": {"email": "a@example.com"},
        "relationships": {"role": {"data": None}},
    }

    assert api.delete("/users/5").status == 200
    assert "5" not in users
