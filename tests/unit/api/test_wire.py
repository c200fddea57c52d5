"""One exchange ends in a complete answer or in a failure that says what happened."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import httpcore
import pytest

from datosnap.api.wire import Answer, Wire, WireRequest
from datosnap.core.retrying import Failure, Kind
from tests.support.transports import Canned, CannedCarrier, json_answer

pytestmark = pytest.mark.anyio

REQUEST = WireRequest("GET", "https://api.test/items?a=1", {"Authorization": "Bearer s3cret"})
JSON = {"Content-Type": "application/json; charset=utf-8"}
BODY = b'{"data":[{"id":"1"}]}'


async def exchange(
    *script: Canned | Exception, max_bytes: int = 10_000, deadline_s: float = 5
) -> Answer | Failure:
    """Send one request to a scripted peer."""
    wire = Wire(lambda: CannedCarrier(script), deadline_s=deadline_s)
    try:
        return await wire.exchange(REQUEST, max_bytes=max_bytes)
    finally:
        await wire.aclose()


async def failure(*script: Canned | Exception, max_bytes: int = 10_000) -> Failure:
    """Send one request that must fail."""
    outcome = await exchange(*script, max_bytes=max_bytes)
    assert isinstance(outcome, Failure)
    return outcome


async def test_gives_the_answer_with_what_the_headers_tell() -> None:
    """Status, body, request id, rate hints and the server's clock come back."""
    told = {
        "X-Request-Id": "r-1",
        "X-RateLimit-Limit": "90",
        "X-RateLimit-Reset": "2",
        "Date": "Mon, 05 Jan 2026 09:00:07 GMT",
    }
    canned = Canned([BODY[:5], BODY[5:]], headers={**JSON, **told})
    served_at = datetime(2026, 1, 5, 9, 0, 7, tzinfo=UTC)
    assert await exchange(canned) == Answer(200, BODY, True, "r-1", 90, 2.0, served_at)


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Jan 2026 09:00:07 GMT", "1e999", "💥"])
async def test_a_date_that_cannot_be_meant_is_none(date: str) -> None:
    """The answer itself is good all the same."""
    headers = {**JSON, "Date": date.encode().decode("latin-1")}
    outcome = await exchange(Canned([BODY], headers=headers))
    assert outcome == Answer(200, BODY)


async def test_asks_for_gzip_alone_and_decodes_it() -> None:
    """No encoding is offered that is not undone here."""
    packed = gzip.compress(BODY)
    carrier = CannedCarrier([Canned([packed], headers={**JSON, "Content-Encoding": "gzip"})])
    wire = Wire(lambda: carrier, deadline_s=5)
    outcome = await wire.exchange(REQUEST, max_bytes=10_000)
    await wire.aclose()
    assert outcome == Answer(200, BODY)
    assert carrier.seen[0].headers["Accept-Encoding"] == "gzip"
    assert carrier.seen[0].headers["Authorization"] == "Bearer s3cret"


@pytest.mark.parametrize(
    ("method", "content", "length"),
    [("GET", None, None), ("POST", b"{}", "2"), ("PUT", None, "0"), ("DELETE", None, None)],
)
async def test_says_where_it_asks_and_how_long_its_body_is(
    method: str, content: bytes | None, length: str | None
) -> None:
    """The host is named with its port, and a length wherever a body could be expected."""
    carrier = CannedCarrier([json_answer()])
    wire = Wire(lambda: carrier, deadline_s=5)
    await wire.exchange(
        WireRequest(method, "https://[::1]:81/x?y=%5B", {}, content), max_bytes=10_000
    )
    sent = carrier.seen[0]
    assert (sent.method, sent.url, sent.body) == (method, "https://::1/x?y=%5B", content or b"")
    assert sent.headers["Host"] == "[::1]:81"
    assert sent.headers.get("Content-Length") == length


async def test_repeated_headers_are_one_list() -> None:
    """A second encoding does not hide behind the first."""
    twice = {**JSON, "Content-Encoding": "gzip", "content-encoding": "gzip"}
    outcome = await failure(Canned([gzip.compress(BODY)], headers=twice))
    assert "'gzip, gzip'" in outcome.reason


@pytest.mark.parametrize("content_type", ["application/vnd.api+json", "Application/JSON ; x=y"])
async def test_knows_json_by_its_media_type(content_type: str) -> None:
    """Any spelling of a JSON media type is JSON."""
    outcome = await exchange(Canned([BODY], headers={"Content-Type": content_type}))
    assert outcome == Answer(200, BODY)


@pytest.mark.parametrize("content_type", ["text/html", "", "application/jsonp", "text/json+x"])
async def test_a_success_that_is_not_json_is_none(content_type: str) -> None:
    """A page of HTML with status 200 is no answer of the API."""
    outcome = await failure(Canned([b"<html>{}"], headers={"Content-Type": content_type}))
    assert outcome.kind is Kind.NOT_JSON


async def test_a_refusal_that_is_not_json_has_no_body() -> None:
    """The status of a proxy's own error page counts, its text does not."""
    outcome = await exchange(Canned([b"<html>"], 403, {"Content-Type": "text/html"}))
    assert outcome == Answer(403, b"", is_json=False)


@pytest.mark.parametrize("status", [302, 404, 502])
async def test_a_refusal_may_be_empty(status: int) -> None:
    """The status alone says enough, whatever type is named."""
    outcome = await exchange(Canned([], status, JSON))
    assert outcome == Answer(status, b"", is_json=False)


async def test_no_content_needs_neither_type_nor_length() -> None:
    """204 is a success without a body."""
    assert await exchange(Canned(status=204, length=None)) == Answer(204, b"", is_json=False)


async def test_a_body_without_a_known_end_is_refused() -> None:
    """What ends with the connection may have been cut anywhere."""
    outcome = await failure(Canned([BODY], headers=JSON, length=None))
    assert outcome.kind is Kind.NONSENSE
    chunked = Canned([BODY], headers={**JSON, "Transfer-Encoding": "chunked"}, length=None)
    assert await exchange(chunked) == Answer(200, BODY)


@pytest.mark.parametrize("length", ["20", "22", "x", "", "21.0"])
async def test_the_announced_length_is_compared(length: str) -> None:
    """A body of another length than announced is refused."""
    outcome = await failure(Canned([BODY], headers=JSON, length=length))
    assert outcome.kind is Kind.TRUNCATED


@pytest.mark.parametrize("body", [b"", b"{", b'{"data":[', b"[]", b"null"])
async def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    """An answer cut by its own server is noticed, and so is an empty one."""
    assert (await failure(Canned([body], headers=JSON))).kind is Kind.TRUNCATED


async def test_a_body_over_the_cap_is_left_unread() -> None:
    """Reading stops at the cap, compressed or not."""
    huge = Canned([b"x" * 200_000] * 2, headers=JSON, breaks=AssertionError("read to the end"))
    assert "larger than" in (await failure(huge, max_bytes=1_000)).reason
    packed = Canned([gzip.compress(bytes(5_000))], headers={**JSON, "Content-Encoding": "gzip"})
    assert "larger than" in (await failure(packed, max_bytes=1_000)).reason


@pytest.mark.parametrize("text", ["x" * 65, "ä", "", "a\tb"])
async def test_a_request_id_that_cannot_be_shown_is_dropped(text: str) -> None:
    """Only short plain ids get into messages."""
    canned = Canned([BODY], headers={**JSON, "X-Request-Id": text})
    outcome = await exchange(canned)
    assert isinstance(outcome, Answer)
    assert outcome.request_id is None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpcore.ConnectError("refused"), Kind.UNREACHABLE),
        (httpcore.ConnectTimeout("slow"), Kind.UNREACHABLE),
        (httpcore.PoolTimeout("busy"), Kind.UNREACHABLE),
        (httpcore.ProxyError("407"), Kind.UNREACHABLE),
        (httpcore.ReadTimeout("slow"), Kind.TIMEOUT),
        (httpcore.WriteError(""), Kind.LOST),
        (httpcore.ReadError(""), Kind.LOST),
        (httpcore.RemoteProtocolError("illegal status line"), Kind.LOST),
        (httpcore.LocalProtocolError("illegal header"), Kind.LOST),
    ],
)
async def test_every_exception_becomes_a_kind(error: Exception, kind: Kind) -> None:
    """Nothing of the HTTP library gets through, and only a missing connection is harmless."""
    outcome = await failure(error)
    assert outcome.kind is kind
    assert str(error) in outcome.reason
    assert not outcome.reason.endswith(": ")


async def test_a_body_that_breaks_off_is_a_lost_connection() -> None:
    """An error in the middle of a body counts like one before it."""
    broken = Canned([BODY[:9]], headers=JSON, breaks=httpcore.RemoteProtocolError("closed"))
    assert (await failure(broken)).kind is Kind.LOST


async def test_the_deadline_holds_for_the_whole_exchange() -> None:
    """A body that never ends is given up at the deadline."""
    outcome = await exchange(Canned([BODY], headers=JSON, hangs=True), deadline_s=0.02)
    assert outcome == Failure(Kind.TIMEOUT, "no complete answer within 0.02 s")


async def test_a_connection_that_misbehaved_is_not_used_again() -> None:
    """After a failure the next request goes over a new connection, after a success it does not."""
    opened: list[CannedCarrier] = []

    def connect() -> CannedCarrier:
        opened.append(CannedCarrier([json_answer(), json_answer(b"{")]))
        return opened[-1]

    wire = Wire(connect, deadline_s=5)
    for expected in (1, 2, 2):
        await wire.exchange(REQUEST, max_bytes=10_000)
        assert len(opened) == expected
    assert opened[0].closed
    await wire.aclose()
    assert opened[1].closed


@pytest.mark.parametrize("end", ["closed", "expired"])
async def test_a_connection_that_has_ended_is_not_used_at_all(end: str) -> None:
    """A peer may close an idle connection: what cannot be repeated must not be sent over it."""
    opened: list[CannedCarrier] = []

    def connect() -> CannedCarrier:
        opened.append(CannedCarrier([json_answer()]))
        return opened[-1]

    wire = Wire(connect, deadline_s=5)
    setattr(opened[0], end, True)
    assert isinstance(await wire.exchange(REQUEST, max_bytes=10_000), Answer)
    await wire.aclose()
    assert [len(one.seen) for one in opened] == [0, 1]
    assert opened[0].closed


def test_a_request_does_not_show_its_headers() -> None:
    """The token is not in the representation of a request."""
    assert "s3cret" not in repr(REQUEST)
