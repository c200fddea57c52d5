"""A script lays hold of the requests it means, plays its acts and tells what it played."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from starlette.types import Message, Receive, Scope, Send

from datosnap.core.jsontext import Json, decode
from datosnap.sandbox.fault_acts import (
    Answer,
    Delay,
    Drop,
    Meanwhile,
    Meddle,
    MeddlingRefusedError,
    Rewrite,
    Swell,
    Truncate,
    expired_upload,
    lying_total,
    record_created,
    record_deleted,
    record_edited,
    refusal,
)
from datosnap.sandbox.fault_scenes import Edge, Wire
from datosnap.sandbox.faults import ALWAYS, Act, Fault, Rehearsed, Script, every, nth
from datosnap.sandbox.state import World
from datosnap.sandbox.worlds import new_world

LISTING = b'{"data":[],"meta":{"total_count":5}}'


@dataclass(slots=True)
class Stage:
    """A small application behind a script, a connection, and what happened to both."""

    faults: Sequence[Fault]
    status: int = 200
    carried_out: list[tuple[str, bytes]] = field(default_factory=list)
    wire: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    world: World = field(default_factory=lambda: new_world(seed=1))
    rehearsed: Rehearsed = field(init=False)
    _left: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Take the script in hand."""
        self.rehearsed = Rehearsed(Script(tuple(self.faults), self._sleep))

    def ask(self, method: str = "GET", target: str = "/items") -> list[Message]:
        """Make one request; give what was sent in answer."""
        path, _, query = target.partition("?")
        scope: Scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"accept-encoding", b"gzip"), (b"authorization", b"Bearer x")],
        }
        self.sent = []
        self._left = [
            {"type": "http.request", "body": b"12", "more_body": True},
            {"type": "http.request", "body": b"3", "more_body": False},
        ]
        edge = Edge(self._app, self.world, self.rehearsed, self._sleep, lambda _: self)
        asyncio.run(edge(scope, self._receive, self._send))
        return self.sent

    @property
    def body(self) -> bytes:
        """Give the body that was sent."""
        return b"".join(message.get("body", b"") for message in self.sent[1:])

    @property
    def headers(self) -> dict[bytes, bytes]:
        """Give the headers that were sent."""
        return dict(self.sent[0]["headers"])

    def close(self) -> None:
        """Be closed, as a connection is."""
        self.wire.append("closed")

    def reset(self) -> None:
        """Be reset, as a connection is."""
        self.wire.append("reset")

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        self.carried_out.append((f"{scope['method']} {scope['path']}", body))
        packs = b"accept-encoding" in dict(scope["headers"])
        headers = [
            (b"content-length", b"%d" % len(LISTING)),
            (b"etag", b"W/1"),
            (b"x-packs", b"%d" % packs),
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": LISTING, "more_body": False})

    async def _receive(self) -> Message:
        if self.wire:
            return {"type": "http.disconnect"}
        return self._left.pop(0)

    async def _send(self, message: Message) -> None:
        self.sent.append(message)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.mark.parametrize(
    ("route", "method", "target", "is_meant"),
    [
        ("GET /items", "GET", "/items", True),
        ("GET /items", "POST", "/items", False),
        ("* /items", "DELETE", "/items", True),
        ("GET /items", "GET", "/items/1", False),
        ("GET /items/{id}", "GET", "/items/1", True),
        ("GET /items/{id}", "GET", "/items/", False),
        ("GET /items?page[offset]=30", "GET", "/items?a=b&page%5Boffset%5D=30", True),
        ("GET /items?page[offset]=30", "GET", "/items?page%5Boffset%5D=300", False),
        ("GET /items?nested=", "GET", "/items?nested=", True),
        ("PUT /{project}/{file}", "PUT", "/64001/1-a.txt", True),
        ("PUT /{project}/{file}", "PUT", "/items/1-a.txt", False),
    ],
)
def test_a_route_means_some_requests(
    route: str, method: str, target: str, *, is_meant: bool
) -> None:
    """Method, segments and the parameters that were named must be those of the request."""
    path, _, query = target.partition("?")

    assert Fault(route, Delay(1)).matches(method, path, query) is is_meant


def test_calls_are_counted_from_one() -> None:
    """A script names calls by number, by step, or all of them."""
    numbers = range(1, 7)

    assert [n for n in numbers if nth(1, 4).include(n)] == [1, 4]
    assert [n for n in numbers if every(3).include(n)] == [3, 6]
    assert [n for n in numbers if ALWAYS.include(n)] == list(numbers)


def test_each_fault_counts_its_own_route() -> None:
    """Requests that are none of its route do not count; what was played is told in order."""
    stage = Stage([Fault("GET /site", Delay(1), nth(2)), Fault("GET /{any}", Delay(2), nth(2))])
    for path in ("/site", "/items", "/site"):
        stage.ask(target=path)

    assert stage.slept == [2, 1]
    assert [(one.path, one.number) for one in stage.rehearsed.fired] == [
        ("/items", 2),
        ("/site", 2),
    ]


def test_without_a_fault_everything_is_carried_out() -> None:
    """A script that means other requests changes nothing."""
    stage = Stage([Fault("GET /site", Drop(carried_out=False))])
    stage.ask("POST")

    assert stage.carried_out == [("POST /items", b"12")]
    assert (stage.body, stage.rehearsed.fired) == (LISTING, [])


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (Answer(502), 502, b""),
        (Answer(200, ["no", "object"]), 200, b'["no","object"]'),
        (refusal("NOT_FOUND"), 404, None),
        (expired_upload(), 403, None),
    ],
)
def test_an_answer_takes_the_place_of_the_work(
    answer: Answer, status: int, body: bytes | None
) -> None:
    """Nothing is carried out, the whole request is read, the length is right."""
    stage = Stage([Fault("* /items", answer)])
    sent = stage.ask("POST")

    assert (sent[0]["status"], stage.carried_out, stage._left) == (status, [], [])
    assert stage.headers[b"content-length"] == b"%d" % len(stage.body)
    assert body is None or stage.body == body


@pytest.mark.parametrize(
    ("drop", "work", "seen"),
    [
        (Drop(carried_out=False), 0, "reset"),
        (Drop(carried_out=True), 1, "reset"),
        (Drop(carried_out=True, reset=False), 1, "closed"),
    ],
)
def test_a_drop_sends_nothing(drop: Drop, work: int, seen: str) -> None:
    """The connection ends before a byte of an answer."""
    stage = Stage([Fault("GET /items", drop)])

    assert stage.ask() == []
    assert (len(stage.carried_out), stage.wire) == (work, [seen])


def test_a_cut_body_ends_with_the_connection_or_with_a_lie() -> None:
    """Either the length promises more than comes, or it agrees and the end is missing."""
    stage = Stage([Fault("GET /items", Truncate(10, is_told=True), nth(1)), *_cut_after_first()])
    stage.ask()
    told = stage.headers[b"content-length"], stage.body, stage.sent[1]["more_body"]
    stage.ask()

    assert told == (b"10", LISTING[:10], False)
    assert stage.headers[b"content-length"] == b"%d" % len(LISTING)
    assert (stage.body, stage.sent[1]["more_body"]) == (LISTING[:10], True)
    assert stage.wire == ["closed"]


def _cut_after_first() -> list[Fault]:
    return [Fault("GET /items", Truncate(10), nth(2))]


def test_a_swollen_body_unpacks_to_its_size() -> None:
    """What was asked for is packed, whatever the request could take; it has no ETag any more."""
    stage = Stage([Fault("GET /items", Swell(200_000))])
    stage.ask()

    assert (stage.headers[b"x-packs"], b"etag" in stage.headers) == (b"0", False)
    assert len(stage.body) < 2_000
    assert zlib.decompress(stage.body, 31) == LISTING + b" " * (200_000 - len(LISTING))


def test_a_body_is_rewritten() -> None:
    """Any nonsense can be put in the place of the truth."""
    nonsense: list[tuple[Act, Json]] = [
        (Rewrite(lambda _: "nothing"), "nothing"),
        (lying_total(lambda true: -true), {"data": [], "meta": {"total_count": -5}}),
    ]
    for act, expected in nonsense:
        stage = Stage([Fault("GET /items", act)])
        stage.ask()
        assert decode(stage.body) == expected
        assert stage.headers[b"content-length"] == b"%d" % len(stage.body)


@pytest.mark.parametrize(
    ("act", "request_line", "body"),
    [
        (Meanwhile("PUT", "/site", {"a": 1}), "PUT /site", {"a": 1}),
        (record_deleted("1"), "DELETE /items/1", None),
        (
            record_edited("1", {"title": "b"}),
            "PUT /items/1",
            {"data": {"type": "item", "id": "1", "attributes": {"title": "b"}}},
        ),
        (
            record_created("9", {"title": "b"}),
            "POST /items",
            {
                "data": {
                    "type": "item",
                    "attributes": {"title": "b"},
                    "relationships": {"item_type": {"data": {"type": "item_type", "id": "9"}}},
                }
            },
        ),
    ],
)
def test_somebody_else_writes_first(act: Act, request_line: str, body: Json) -> None:
    """The other request is carried out with the token of this one, before it."""
    stage = Stage([Fault("GET /items", act)])
    stage.ask()

    (first, sent), second = stage.carried_out
    assert (first, decode(sent) if sent else None) == (request_line, body)
    assert second == ("GET /items", b"12")


def test_a_refused_change_is_no_change() -> None:
    """A script whose own request is refused says so instead of going on."""
    stage = Stage([Fault("GET /items", record_deleted("1"))], status=404)

    with pytest.raises(MeddlingRefusedError, match="DELETE /items/1 was answered 404"):
        stage.ask()


def test_the_world_is_changed_by_hand() -> None:
    """The function gets the world that is about to answer."""
    seen: list[World] = []
    stage = Stage([Fault("GET /items", Meddle(seen.append))])
    stage.ask()

    assert seen == [stage.world]
    assert len(stage.carried_out) == 1


def test_a_wire_is_the_connection_of_a_socket() -> None:
    """Closing lets out what was sent, resetting does not wait."""

    class Socket:
        def setsockopt(self, *option: object) -> None:
            done.append("no linger")

    class Transport(asyncio.Transport):
        def close(self) -> None:
            done.append("close")

        def abort(self) -> None:
            done.append("abort")

    done: list[str] = []
    wire = Wire(Transport({"socket": Socket()}))
    wire.close()
    wire.reset()

    assert done == ["close", "no linger", "abort"]
