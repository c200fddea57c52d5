"""A role lets its holder see and do what its rules say with assets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.uploads.blobs import put_blob
from tests.unit.sandbox.client import Answer, Client
from tests.unit.sandbox.roleplay import acting, everything, role, rule, token_of

REFUSED = "INSUFFICIENT_PERMISSIONS"
Act = Callable[[Client, str], Answer]


@pytest.fixture
def api() -> Client:
    """Give a project with a collection."""
    client = Client.fresh()
    client.make("/upload-collections", "upload_collection", label="Shelf")
    return client


def _path(api: Client) -> str:
    path: str = api.make("/upload-requests", "upload_request", filename="a.txt").data["id"]
    assert put_blob(api.world, api.project.id, path.rpartition("/")[2], b"words") == 200
    return path


def _shelf(api: Client) -> JsonObject:
    found: JsonObject = api.get("/upload-collections").data[0]
    return {"type": "upload_collection", "id": found["id"]}


def _upload(api: Client, collection: JsonObject | None = None) -> str:
    links: JsonObject = {"upload_collection": collection}
    made: str = api.make("/uploads", "upload", links, path=_path(api)).data["id"]
    return made


def _change(
    api: Client, upload: str, links: JsonObject | None = None, **attributes: Json
) -> Answer:
    data: JsonObject = {"type": "upload", "id": upload, "attributes": attributes}
    if links is not None:
        data["relationships"] = {name: {"data": one} for name, one in links.items()}
    return api.put(f"/uploads/{upload}", {"data": data})


def _bulk(name: str, **more: Json) -> Act:
    def act(api: Client, upload: str) -> Answer:
        links: JsonObject = {"uploads": {"data": [{"type": "upload", "id": upload}]}}
        if "upload_collection" in more:
            links["upload_collection"] = {"data": _shelf(api)}
        data: JsonObject = {
            "type": f"upload_bulk_{name.replace('-', '_')}_operation",
            "relationships": links,
        }
        if "tags" in more:
            data["attributes"] = {"tags": more["tags"]}
        return api.post(f"/uploads/bulk/{name}", {"data": data})

    return act


def test_lists_leave_out_what_may_not_be_read(api: Client) -> None:
    """A role for one collection sees what lies in it, and counts that."""
    shelf = _shelf(api)
    inside, outside = _upload(api, shelf), _upload(api)
    token = token_of(api, role(api, uploads=[rule("read", upload_collection=shelf["id"])]))

    with acting(api, token):
        listed = api.get("/uploads").json
        assert [one["id"] for one in listed["data"]] == [inside]
        assert listed["meta"]["total_count"] == 1
        assert api.get(f"/uploads/{inside}").status == 200
        assert api.get(f"/uploads/{outside}").code == "NOT_FOUND"
        assert api.get(f"/uploads/{outside}/references").code == "NOT_FOUND"


ACTS: dict[str, Act] = {
    "create": lambda api, _: api.make("/upload-requests", "upload_request", filename="b.txt"),
    "update": lambda api, upload: _change(api, upload, notes="n"),
    "replace_asset": lambda api, upload: _change(api, upload, path="/1/2-other.txt"),
    "delete": lambda api, upload: api.delete(f"/uploads/{upload}"),
    "move": lambda api, upload: _change(api, upload, {"upload_collection": _shelf(api)}),
    "edit_creator": lambda api, upload: _change(
        api, upload, {"creator": {"type": "organization", "id": api.project.owner["id"]}}
    ),
}


@pytest.mark.parametrize("action", ACTS)
def test_each_action_asks_for_its_own_right(api: Client, action: str) -> None:
    """Who may do everything but one thing is refused that one."""
    upload = _upload(api)
    forbidding = role(api, uploads=[everything()], but_uploads=[rule(action)])
    with acting(api, token_of(api, forbidding)):
        assert ACTS[action](api, upload).code == REFUSED

    granting = role(api, uploads=[rule("read"), rule(action)])
    with acting(api, token_of(api, granting)):
        answer = ACTS[action](api, upload)
        assert answer.status < 300 or answer.code != REFUSED


def test_an_upload_is_made_where_the_role_allows(api: Client) -> None:
    """The collection counts, and that of the request does not stand for that of the upload."""
    shelf = _shelf(api)
    allowed = role(api, uploads=[rule("create", upload_collection=shelf["id"])])
    path = _path(api)

    with acting(api, token_of(api, allowed)):
        none: JsonObject = {"upload_collection": None}
        assert api.make("/uploads", "upload", none, path=path).code == REFUSED
        made = api.make("/uploads", "upload", {"upload_collection": shelf}, path=path)
        assert made.status == 201


@pytest.mark.parametrize(
    ("action", "act"),
    [
        ("update", _bulk("tag", tags=["t"])),
        ("move", _bulk("set-upload-collection", upload_collection=True)),
        ("delete", _bulk("destroy")),
    ],
)
def test_bulk_operations_count_what_was_refused(api: Client, action: str, act: Act) -> None:
    """The operation succeeds and says how many parts of it did not."""
    upload = _upload(api)
    held = role(api, uploads=[everything()], but_uploads=[rule(action)])

    with acting(api, token_of(api, held)):
        assert act(api, upload).json["meta"] == {"successful": 0, "failed": 1}
    assert act(api, upload).json["meta"] == {"successful": 1, "failed": 0}


def test_nothing_changes_for_what_is_sent_back(api: Client) -> None:
    """The collection and the creator that an upload has already ask for no right."""
    upload = _upload(api)
    links = {name: one["data"] for name, one in _links(api, upload).items()}
    held = role(api, uploads=[rule("read"), rule("update")])

    with acting(api, token_of(api, held)):
        assert _change(api, upload, links, notes="n").status == 200


def _links(api: Client, upload: str) -> JsonObject:
    found: JsonObject = api.get(f"/uploads/{upload}").data["relationships"]
    return found
