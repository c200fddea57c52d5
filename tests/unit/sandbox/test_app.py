"""The gateway admits or refuses requests before any handler sees them."""

from __future__ import annotations

import pytest
from starlette.routing import Route
from starlette.types import Message, Scope

from datosnap.core.jsontext import JsonObject, decode
from datosnap.sandbox import worlds
from datosnap.sandbox.app import Gateway, build_app
from datosnap.sandbox.calls import Call, Endpoint, Reply
from datosnap.sandbox.jobs import Jobs
from datosnap.sandbox.rate_limit import RateLimit
from datosnap.sandbox.routing import Routes
from tests.unit.sandbox.client import Client, finish, request


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"authorization": ""}, 401, "INVALID_AUTHORIZATION_HEADER"),
        ({"authorization": "Bearer nobody"}, 401, "INVALID_AUTHORIZATION_HEADER"),
        ({"authorization": "Basic abc"}, 401, "INVALID_AUTHORIZATION_HEADER"),
        ({"x_api_version": ""}, 422, "INVALID_API_VERSION"),
        ({"x_api_version": "2"}, 422, "INVALID_API_VERSION"),
        ({"accept": "text/html"}, 422, "INVALID_ACCEPT_HEADER"),
        ({"x_environment": "nowhere"}, 404, "INVALID_ENVIRONMENT"),
    ],
)
def test_requests_of_the_wrong_form_are_refused(
    api: Client, headers: dict[str, str], status: int, code: str
) -> None:
    """A bad header is answered with its own code, as JSON."""
    answer = api.get("/site", **headers)

    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_missing_accept_header_means_anything(api: Client) -> None:
    """Who does not say what he takes, takes what there is."""
    assert api.get("/site", accept="").status == 200


def test_unknown_path_is_an_invalid_endpoint(api: Client) -> None:
    """A path that no table names is refused with 404."""
    answer = api.get("/nothing")

    assert (answer.status, answer.code) == (404, "INVALID_ENDPOINT")


@pytest.mark.parametrize(
    ("content", "headers", "code"),
    [
        (b"{", {}, "INVALID_JSON_BODY"),
        (b"[]", {}, "INVALID_FORMAT"),
        (b"{}", {"content_type": "text/plain"}, "INVALID_CONTENT_TYPE_HEADER"),
        (b"{}", {}, "INVALID_FORMAT"),
        (b"", {}, "INVALID_FORMAT"),
    ],
)
def test_bodies_that_cannot_be_read_are_refused(
    api: Client, content: bytes, headers: dict[str, str], code: str
) -> None:
    """Bytes that are no JSON object, or are called something else, go no further."""
    answer = api.send("POST", "/item-types", content or None, **headers)

    assert (answer.status, answer.code) == (422, code)


def test_vendor_content_type_is_taken(api: Client) -> None:
    """The documentation's media type works as well as the client's."""
    body = {"data": {"type": "item_type", "attributes": {"name": "A", "api_key": "a"}}}

    assert api.post("/item-types", body, content_type="application/vnd.api+json").status == 201


def test_answers_carry_the_headers_of_the_api(api: Client) -> None:
    """Every answer tells its environment, version, request id and the rate limit."""
    answer = api.get("/site")

    told = answer.headers
    assert told["x-environment"] == "main"
    assert told["x-api-version"] == "3"
    assert told["cache-control"] == "max-age=0, private, must-revalidate"
    assert told["etag"].startswith('W/"')
    assert {"x-request-id", "x-ratelimit-limit", "x-ratelimit-remaining"} <= told.keys()


def test_equal_answers_have_equal_etags(api: Client) -> None:
    """The ETag follows the body."""
    first, second = api.get("/roles"), api.get("/roles")

    assert first.headers["etag"] == second.headers["etag"]


def test_a_large_answer_is_packed_when_wanted(api: Client) -> None:
    """Gzip is used for bodies worth it, and only when accepted."""
    packed = api.get("/roles", accept_encoding="br, gzip")
    plain = api.get("/roles", accept_encoding="gzip;q=0")

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json == plain.json


def test_a_small_answer_is_not_packed(api: Client) -> None:
    """A few bytes are sent as they are."""
    assert "content-encoding" not in api.get("/webhooks", accept_encoding="gzip").headers


def test_error_body_has_the_shape_of_the_api(api: Client) -> None:
    """Errors are a list of `api_error`, equal ones with equal ids."""
    first, second = (api.get("/fields/unknown").json["data"] for _ in range(2))

    attributes: JsonObject = first[0]["attributes"]
    assert first == second
    assert (first[0]["type"], len(first[0]["id"])) == ("api_error", 6)
    assert attributes["doc_url"].endswith("/errors#NOT_FOUND")


def test_maintenance_mode_refuses_writes_to_the_primary(api: Client) -> None:
    """While it is on, the primary can be read, and a fork of it written."""
    api.put("/maintenance-mode/activate", {})
    api.post("/environments/main/fork", {"data": {"type": "environment", "id": "fork"}})

    assert api.make("/item-types", "item_type", name="A", api_key="a").code == "MAINTENANCE_MODE"
    assert api.get("/item-types").status == 200
    body = {"data": {"type": "item_type", "attributes": {"name": "A", "api_key": "a"}}}
    assert api.post("/item-types", body, x_environment="fork").status == 201


def test_read_only_environment_refuses_writes(api: Client) -> None:
    """A frozen environment is read and not written."""
    api.main.read_only = True

    answer = api.make("/item-types", "item_type", name="A", api_key="a")

    assert answer.code == "ENVIRONMENT_IN_READ_ONLY_MODE"
    assert api.get("/item-types").status == 200


def test_sandboxes_only_refuses_schema_changes_on_the_primary(api: Client) -> None:
    """A project that wants schema changes in sandboxes refuses them elsewhere."""
    api.change("/site", "site", force_use_of_sandbox_environments=True)

    answer = api.make("/item-types", "item_type", name="A", api_key="a")

    assert answer.code == "PRIMARY_ENVIRONMENT_SETTINGS_READ_ONLY"


def test_a_role_without_the_right_is_refused(api: Client) -> None:
    """The editor's token reads the schema and may not change it."""
    editor = next(role for role in api.get("/roles").data if role["attributes"]["name"] == "Editor")
    flags = {"can_access_cma": True, "can_access_cda": False, "can_access_cda_preview": False}
    role = {"role": {"type": "role", "id": editor["id"]}}
    api.token = api.make("/access_tokens", "access_token", role, name="E", **flags).attributes[
        "token"
    ]

    answer = api.make("/item-types", "item_type", name="A", api_key="a")

    assert (answer.status, answer.code) == (403, "INSUFFICIENT_PERMISSIONS")
    assert api.get("/item-types").status == 200


def test_a_token_without_access_to_the_management_api_is_refused(api: Client) -> None:
    """A token for the delivery API alone opens nothing here."""
    flags = {"can_access_cma": False, "can_access_cda": True, "can_access_cda_preview": False}
    api.token = api.make("/access_tokens", "access_token", name="D", **flags).attributes["token"]

    assert api.get("/site").code == "INSUFFICIENT_PERMISSIONS"


def test_a_change_moves_the_date_of_the_last_one(api: Client) -> None:
    """Writing moves `last_data_change_at`, reading and refusals do not."""
    before = api.main.last_data_change_at
    api.get("/site")
    api.make("/item-types", "item_type", name="A", api_key="A!")
    assert api.main.last_data_change_at == before

    api.make("/item-types", "item_type", name="A", api_key="a")
    assert api.main.last_data_change_at > before


def test_reading_does_not_move_a_seeded_clock(api: Client) -> None:
    """However often a project is read, its next write happens at the same moment."""
    for path in ("/site", "/environments", "/item-types", "/roles", "/environments/main"):
        assert api.get(path).status == 200

    assert (api.world.clock() - worlds.EPOCH).total_seconds() == 1


def test_rate_limit_answers_429() -> None:
    """The sixty-first request in a window is told how long to wait."""
    api = Client.fresh(rate_limit=True)
    answers = [api.get("/site") for _ in range(61)]

    assert [answer.status for answer in answers].count(200) == 60
    assert answers[-1].status == 429
    assert answers[-1].code == "RATE_LIMIT_EXCEEDED"
    assert int(answers[-1].headers["x-ratelimit-reset"]) > 0


def test_a_defect_is_answered_as_an_exception_and_raised() -> None:
    """A handler that breaks gives 500 in the API's shape, and its traceback to the server's log."""
    api = Client.fresh()

    def broken(_call: Call) -> Reply:
        raise ZeroDivisionError

    rows = Routes([Endpoint("GET", "/broken", broken, changes=False)])
    limit = RateLimit(enforced=False, now=lambda: 0.0)
    app = build_app(api.world)
    app.router.routes[:] = [Route("/{path:path}", Gateway(api.world, Jobs(), limit, rows))]
    headers = {**api.headers, "authorization": f"Bearer {api.token}"}
    sent: list[Message] = []

    with pytest.raises(ZeroDivisionError):
        request(app, "GET", "/broken", b"", headers, sent=sent)

    assert sent[0]["status"] == 500
    assert decode(sent[1]["body"])["data"][0]["attributes"]["code"] == "EXCEPTION"


def test_requests_without_a_version_reach_the_files(api: Client) -> None:
    """The CDN asks for no token and no version."""
    api.project.blobs[f"/{api.project.id}/1-a.txt"] = b"hello"

    answer = request(api.app, "GET", f"/{api.project.id}/1-a.txt", b"", {})

    assert (answer.status, answer.body) == (200, b"hello")


def test_an_account_stands_above_roles(api: Client) -> None:
    """Who owns the project may do everything."""
    api.project.tokens["owner"] = {"type": "account", "id": "1"}
    api.token = "owner"

    assert api.make("/item-types", "item_type", name="A", api_key="a").status == 201


def test_client_that_goes_away_changes_nothing(api: Client) -> None:
    """A body that breaks off is not carried out, and no answer is written."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/item-types",
        "query_string": b"",
        "headers": [],
    }
    finish(api.app(scope, receive, send))

    assert sent == []
    assert api.get("/item-types").data == []
