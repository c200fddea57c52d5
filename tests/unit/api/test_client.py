"""The client sends what the API expects, tries again where it may, and follows jobs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import anyio
import pytest

from datosnap.api.client import Client, ClientSettings, Heard, Spent
from datosnap.api.connections import user_agent
from datosnap.api.token import Token
from datosnap.api.wire import Answer
from datosnap.core.jsontext import JsonObject
from datosnap.core.retrying import Failure, Kind
from datosnap.errors import (
    AccessRefusedError,
    NonsenseError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
    UsageError,
)
from tests.support.scripted import ScriptedTime, ScriptedWires, ok, refusal

pytestmark = pytest.mark.anyio

SETTINGS = ClientSettings(base_url="https://api.test/", token=Token("s3cret-canary"))
PENDING = refusal(404, "NOT_FOUND")
ACCEPTED = ok({"data": {"id": "j1", "type": "job"}}, 202)
LOST = Failure(Kind.LOST, "the connection broke")
UNREACHABLE = Failure(Kind.UNREACHABLE, "cannot connect")


def finished(status: int, payload: JsonObject) -> Answer:
    """Answer with the result of a job."""
    return ok(
        {"data": {"type": "job_result", "attributes": {"status": status, "payload": payload}}}
    )


def scripted(
    *outcomes: Answer | Failure, settings: ClientSettings = SETTINGS
) -> tuple[Client, ScriptedWires, ScriptedTime]:
    """Make a client over scripted wires and a scripted clock."""
    wires, time = ScriptedWires(outcomes), ScriptedTime()
    return Client(settings, timing=time, open_wire=wires.open), wires, time


def sent(wires: ScriptedWires) -> Sequence[str]:
    """Give method and path of each request."""
    return [f"{one.method} {one.url.removeprefix('https://api.test')}" for one in wires.requests]


async def test_get_sends_what_the_api_asks_for() -> None:
    """Address, query and headers are as documented, and the body comes back as sent."""
    body = b'{"data": [ ], "big":18446744073709551616}'
    client, wires, _ = scripted(Answer(200, body))
    async with client:
        assert await client.get("/items", {"page": {"limit": 30}, "nested": True}) == body
    request = wires.requests[0]
    assert request.url == "https://api.test/items?page%5Blimit%5D=30&nested=true"
    assert (request.method, request.content) == ("GET", None)
    assert request.headers == {
        "Authorization": "Bearer s3cret-canary",
        "Accept": "application/json",
        "User-Agent": user_agent(),
        "X-Api-Version": "3",
    }


async def test_send_carries_its_body_as_json() -> None:
    """A change is sent as JSON, and its answer comes back decoded."""
    client, wires, _ = scripted(ok({"data": {"id": "1"}}, 201))
    async with client:
        answer = await client.send("POST", "/items", {"data": {"type": "item"}}, repeatable=False)
    assert answer == {"data": {"id": "1"}}
    assert wires.requests[0].content == b'{"data":{"type":"item"}}'
    assert wires.requests[0].headers["Content-Type"] == "application/json"


async def test_no_content_is_an_empty_object() -> None:
    """204 gives an empty object."""
    client, _, _ = scripted(Answer(204, b"", is_json=False))
    async with client:
        assert await client.send("DELETE", "/items/1", repeatable=True) == {}


async def test_pinning_sends_later_requests_to_one_environment() -> None:
    """The environment's header is missing before, there after, and named in errors."""
    client, wires, _ = scripted(ok({"data": []}), ok({"data": []}), PENDING)
    async with client:
        await client.get("/site")
        client.pin("backup-1")
        await client.get("/site")
        with pytest.raises(RejectedError, match="GET /items/1 in environment 'backup-1'"):
            await client.get("/items/1")
        with pytest.raises(UsageError):
            client.pin("no such\nname")
    assert [one.headers.get("X-Environment") for one in wires.requests] == [
        None,
        "backup-1",
        "backup-1",
    ]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "items",
        "/",
        "/items/",
        "/items/../roles",
        "/items/..",
        "/./a",
        "/a?b",
        "/a#b",
        "/a//b",
        "/a b",
        "/a%2e",
        "/ä",
        "/items/1\r\nX: y",
        "https://evil.test/",
    ],
)
async def test_an_id_from_outside_cannot_leave_its_path(path: str) -> None:
    """Dot segments, queries and anything to be escaped are refused unsent."""
    client, wires, _ = scripted(ok({}))
    async with client:
        with pytest.raises(NonsenseError, match="cannot be a path"):
            await client.get(path)
    assert wires.requests == []


async def test_a_body_that_is_no_json_names_its_request() -> None:
    """What cannot be decoded is told with method and path."""
    client, _, _ = scripted(Answer(200, b'{"data": nonsense}'))
    async with client:
        with pytest.raises(NonsenseError, match="GET /site: expected JSON"):
            await client.get_object("/site")


async def test_a_read_is_tried_again_until_it_succeeds() -> None:
    """Broken connections, gateways and HTML pages pass."""
    html = Failure(Kind.NOT_JSON, "status 200 with content type 'text/html'")
    gateway = Answer(502, b"", is_json=False)
    client, wires, time = scripted(LOST, gateway, html, ok({"data": 1}))
    async with client:
        assert await client.get_object("/site") == {"data": 1}
        assert client.spent == Spent(
            calls=4, retries=3, throttled=0, seconds_waited=sum(time.waits)
        )
    assert len(wires.requests) == 4
    assert all(wait >= 0.05 for wait in time.waits)


async def test_a_change_that_may_be_done_is_not_repeated() -> None:
    """With an unknown outcome a POST is sent once, and the error says that it may be done."""
    client, wires, _ = scripted(LOST)
    async with client:
        with pytest.raises(OutcomeUnknownError, match="may have been carried out"):
            await client.send("POST", "/items", {}, repeatable=False)
    assert len(wires.requests) == 1


async def test_a_repeatable_change_is_repeated() -> None:
    """With an id of its own a POST is sent again after a lost reply."""
    client, wires, _ = scripted(LOST, ok({"data": 1}, 201))
    async with client:
        assert await client.send("POST", "/items", {}, repeatable=True) == {"data": 1}
    assert len(wires.requests) == 2


@pytest.mark.parametrize(
    "refused",
    [
        refusal(422, "CONCURRENT_ITEM_UPDATE"),
        refusal(422, "BATCH_DATA_VALIDATION_IN_PROGRESS"),
        refusal(422, "ODD", transient=True),
        Answer(429, b"", is_json=False),
        UNREACHABLE,
    ],
)
async def test_a_change_that_was_refused_for_now_is_sent_again(refused: Answer | Failure) -> None:
    """What was certainly not done is repeated, even a POST without an id."""
    client, wires, _ = scripted(refused, ok({"data": 1}, 201))
    async with client:
        assert await client.send("POST", "/items", {}, repeatable=False) == {"data": 1}
    assert len(wires.requests) == 2


async def test_tries_end() -> None:
    """A broken API is given up, with the number of tries and the time they took."""
    client, wires, _ = scripted(LOST)
    async with client:
        with pytest.raises(UnavailableError, match="gave up after 8 tries in"):
            await client.get("/site")
    assert len(wires.requests) == 8


async def test_a_host_that_never_answered_is_given_up_soon() -> None:
    """A mistyped host costs three tries; one that has answered before costs them all."""
    client, wires, _ = scripted(UNREACHABLE)
    async with client:
        with pytest.raises(UnavailableError, match="cannot connect; gave up after 3 tries"):
            await client.get("/site")
    client, wires, _ = scripted(ok({}), UNREACHABLE)
    async with client:
        await client.get("/site")
        with pytest.raises(UnavailableError, match="after 8 tries"):
            await client.get("/site")
    assert len(wires.requests) == 9


async def test_a_refused_token_is_not_tried_twice() -> None:
    """401 ends at once, and the message does not hold the token."""
    client, wires, _ = scripted(refusal(401, "INVALID_AUTHORIZATION_HEADER"))
    async with client:
        with pytest.raises(AccessRefusedError) as caught:
            await client.get("/site")
    assert len(wires.requests) == 1
    assert "s3cret" not in f"{caught.value!r} {caught.value}"


async def test_a_job_is_followed_to_its_result() -> None:
    """404 means not yet; the result's payload is the answer, and every poll is counted."""
    done = finished(201, {"data": {"id": "f1"}})
    client, wires, time = scripted(ACCEPTED, PENDING, PENDING, done)
    async with client:
        answer = await client.send("POST", "/item-types/1/fields", {}, repeatable=False)
        assert client.spent.calls == 4
    assert answer == {"data": {"id": "f1"}}
    assert sent(wires) == ["POST /item-types/1/fields"] + ["GET /job-results/j1"] * 3
    assert time.waits == sorted(time.waits)


async def test_a_read_that_became_a_job_gives_its_payload() -> None:
    """Any endpoint may become a job; the payload comes back as the bytes it was."""
    body = b'{"data":{"attributes":{"status":200,"payload":{"data": [1.0 ]}}}}'
    client, _, _ = scripted(ACCEPTED, Answer(200, body))
    async with client:
        assert await client.get("/items") == b'{"data": [1.0 ]}'


async def test_a_failing_job_fails_like_a_direct_answer() -> None:
    """The inner status and its errors are what the caller sees."""
    problem = {"code": "INVALID_FIELD", "details": {"field": "api_key"}}
    payload = {"data": [{"type": "api_error", "attributes": problem}]}
    client, _, _ = scripted(ACCEPTED, finished(422, payload))
    async with client:
        with pytest.raises(RejectedError, match="POST /fields: status 422 INVALID_FIELD api_key"):
            await client.send("POST", "/fields", {}, repeatable=False)


async def test_a_job_refused_for_now_is_started_again() -> None:
    """A concurrent update inside a job was not made, so the whole request is repeated."""
    problem = {"code": "CONCURRENT_ITEM_TYPE_UPDATE", "details": {}}
    busy = finished(422, {"data": [{"type": "api_error", "attributes": problem}]})
    client, wires, _ = scripted(ACCEPTED, busy, ACCEPTED, finished(200, {"data": 1}))
    async with client:
        assert await client.send("PUT", "/fields/1", {}, repeatable=False) == {"data": 1}
    assert sent(wires) == ["PUT /fields/1", "GET /job-results/j1"] * 2


async def test_polls_are_repeated_where_the_request_is_not() -> None:
    """A poll that breaks is sent again, without a second POST."""
    client, wires, _ = scripted(ACCEPTED, LOST, PENDING, finished(200, {"data": 1}))
    async with client:
        assert await client.send("POST", "/uploads", {}, repeatable=False) == {"data": 1}
    assert sent(wires) == ["POST /uploads"] + ["GET /job-results/j1"] * 3


@pytest.mark.parametrize(
    ("repeatable", "error"), [(False, OutcomeUnknownError), (True, UnavailableError)]
)
async def test_a_job_that_never_ends_is_given_up(
    *, repeatable: bool, error: type[UnavailableError]
) -> None:
    """Polling ends with the patience, after few calls, and is not begun again."""
    client, wires, time = scripted(ACCEPTED, PENDING)
    started = time.seconds
    async with client:
        with pytest.raises(error, match=r"no result after 30\d s"):
            await client.send("POST", "/uploads", {}, repeatable=repeatable)
    assert 300 <= time.seconds - started <= 310
    assert 60 <= len(wires.requests) <= 100
    assert sent(wires).count("POST /uploads") == 1


@pytest.mark.parametrize(
    "polled", [LOST, Failure(Kind.NONSENSE, "odd"), ok({"data": 5}), ok({}, 202)]
)
async def test_a_result_that_cannot_be_read_leaves_the_outcome_unknown(
    polled: Answer | Failure,
) -> None:
    """Whatever goes wrong while polling, the change may have been made."""
    client, wires, _ = scripted(ACCEPTED, polled)
    async with client:
        with pytest.raises(OutcomeUnknownError, match="its job's result cannot be read"):
            await client.send("POST", "/uploads", {}, repeatable=False)
    assert sent(wires).count("POST /uploads") == 1


async def test_an_accepted_request_without_a_job_is_nonsense() -> None:
    """202 without the id of a job leads nowhere."""
    client, _, _ = scripted(ok({"data": None}, 202))
    async with client:
        with pytest.raises(NonsenseError, match="202 without a job"):
            await client.send("PUT", "/site", {}, repeatable=True)


@pytest.mark.parametrize("reset_s", [3.0, None])
async def test_a_429_is_waited_out(reset_s: float | None) -> None:
    """The wait that the API names is kept; unnamed, waits stay short but never hot."""
    throttled = Answer(429, b"", is_json=False, reset_s=reset_s)
    client, _, time = scripted(throttled, throttled, ok({"data": 1}))
    started = time.seconds
    async with client:
        assert await client.get_object("/site") == {"data": 1}
        assert client.spent.throttled == 2
    assert time.seconds - started >= 2 * (reset_s or 1.0)
    assert min(time.waits) >= 0.01


async def test_a_429_holds_back_all_requests() -> None:
    """A request that was not refused itself waits as well."""
    client, _, time = scripted(Answer(429, b"", is_json=False, reset_s=30.0), ok({}))
    async with client, anyio.create_task_group() as tasks:
        tasks.start_soon(client.get, "/site")
        await anyio.lowlevel.checkpoint()
        await anyio.lowlevel.checkpoint()
        tasks.start_soon(client.get, "/items")
    assert sum(time.waits) >= 30


async def test_nine_refusals_of_ten_do_not_end_a_run() -> None:
    """Forty 429s in a row are sat out, within the patience for one call."""
    storm = [Answer(429, b"", is_json=False)] * 40
    client, wires, time = scripted(*storm, ok({"data": 1}))
    started = time.seconds
    async with client:
        assert await client.get_object("/site") == {"data": 1}
    assert len(wires.requests) == 41
    assert time.seconds - started < 300


async def test_no_more_requests_are_under_way_than_allowed() -> None:
    """Twenty calls over three wires: three at once, and each wire is opened and closed once."""
    settings = ClientSettings(base_url="https://api.test", token=Token("a"), in_flight=3)
    client, wires, _ = scripted(ok({}), settings=settings)
    async with client, anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(client.get, "/site")
    assert wires.most_busy == 3
    assert (wires.opened, wires.closed) == (3, 3)


async def test_max_rate_is_kept() -> None:
    """With two requests a second allowed, five take at least two seconds."""
    settings = ClientSettings(base_url="https://api.test", token=Token("a"), max_rate=2)
    client, _, time = scripted(ok({}), settings=settings)
    async with client:
        for _ in range(5):
            await client.get("/site")
    assert sum(time.waits) == pytest.approx(2.0)


async def test_a_limit_named_by_the_api_is_obeyed() -> None:
    """After an answer that names five requests a window, the sixth waits."""
    client, _, time = scripted(Answer(200, b"{}", limit=5))
    async with client:
        for _ in range(5):
            await client.get("/site")
        assert time.waits == []
        await client.get("/site")
    assert sum(time.waits) == pytest.approx(3.05)


async def test_what_answers_tell_of_the_api_is_kept() -> None:
    """The latest limit and time that were told stay, whatever later answers leave out."""
    served_at = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    client, _, _ = scripted(
        Answer(200, b"{}", limit=90), Answer(200, b"{}", served_at=served_at), Answer(200, b"{}")
    )
    assert client.heard == Heard()
    async with client:
        for _ in range(3):
            await client.get("/site")
    assert client.heard == Heard(limit=90, served_at=served_at)
