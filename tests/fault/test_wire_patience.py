"""A peer that is slow, silent or not there costs a bounded time; one that throttles is obeyed."""

from __future__ import annotations

import socket
import time

import pytest

from datosnap.api.client import Client, ClientSettings
from datosnap.api.token import Token
from datosnap.errors import OutcomeUnknownError, UnavailableError
from tests.support.hostile import Act, Drip, Hostile, Step, answer, hostile
from tests.support.scripted import ScriptedTime

pytestmark = pytest.mark.anyio

DEADLINE_S = 0.3
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n"
SLOW: dict[str, tuple[Step, ...]] = {
    "silent": (Act.HOLD,),
    "silent after the headers": (HEAD, Act.HOLD),
    "silent in the body": (HEAD + b'{"data":', Act.HOLD),
    "dripping headers": (Drip(HEAD, 0.02),),
    "dripping body": (HEAD, Drip(b"x" * 9999, 0.02)),
}


def settings(base_url: str) -> ClientSettings:
    """Allow two tries of 0.3 s each."""
    return ClientSettings(
        base_url=base_url, token=Token("s3cret-canary"), deadline_s=DEADLINE_S, max_tries=2
    )


@pytest.mark.parametrize("name", SLOW)
async def test_the_total_deadline_holds(name: str) -> None:
    """However a peer delays, each request is over at its deadline."""
    async with hostile(SLOW[name]) as peer:
        started = time.monotonic()
        async with Client(settings(peer.url), timing=ScriptedTime()) as client:
            with pytest.raises(UnavailableError, match=r"within 0.3 s; gave up after 2 tries"):
                await client.get("/site")
        took_s = time.monotonic() - started
        assert len(peer.served) == 2
    assert 2 * DEADLINE_S <= took_s < 2 * DEADLINE_S + 1


async def test_a_change_that_timed_out_is_not_repeated() -> None:
    """Silence after a POST means that it may have been made."""
    async with hostile((Act.HOLD,)) as peer:
        async with Client(settings(peer.url), timing=ScriptedTime()) as client:
            with pytest.raises(OutcomeUnknownError, match="may have been carried out"):
                await client.send("POST", "/items", {}, repeatable=False)
        assert len(peer.served) == 1


async def test_a_repeatable_change_that_timed_out_is_repeated() -> None:
    """With an id of its own the POST is sent again, and its answer counts."""
    async with hostile((Act.HOLD,), answer(b'{"data":1}', status="201 Created")) as peer:
        async with Client(settings(peer.url), timing=ScriptedTime()) as client:
            assert await client.send("POST", "/items", {}, repeatable=True) == {"data": 1}
        assert len(peer.served) == 2


async def test_an_unreachable_host_is_one_clear_line() -> None:
    """A port where nobody listens ends soon, with the address in the message."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        clock = ScriptedTime()
        async with Client(settings(url), timing=clock) as client:
            with pytest.raises(
                UnavailableError, match=r"cannot connect to '127\.0\.0\.1:"
            ) as caught:
                await client.send("POST", "/items", {}, repeatable=False)
    assert "\n" not in str(caught.value)
    assert sum(clock.waits) < 5


async def test_an_unknown_host_is_one_clear_line() -> None:
    """A name that does not resolve ends the same way."""
    async with Client(settings("https://nowhere.invalid"), timing=ScriptedTime()) as client:
        with pytest.raises(UnavailableError, match=r"cannot connect to 'nowhere\.invalid'"):
            await client.get("/site")


@pytest.mark.parametrize(
    ("header", "least_s", "most_s"),
    [
        ("X-RateLimit-Reset: 3", 3.0, 4.0),
        ("X-RateLimit-Reset: NaN", 1.0, 2.0),
        ("X-RateLimit-Reset: 1000000000", 1.0, 2.0),
        ("X-RateLimit-Reset: -5", 1.0, 2.0),
        ("X-RateLimit-Reset: soon", 1.0, 2.0),
        ("X-Other: 1", 1.0, 2.0),
    ],
)
async def test_a_429_waits_as_long_as_makes_sense(
    header: str, least_s: float, most_s: float
) -> None:
    """A sane header is obeyed, an absurd one ignored; the retry is never hot."""
    throttled = answer(b'{"data":[]}', header, status="429 Too Many Requests")
    clock = ScriptedTime()
    started = clock.seconds
    async with hostile(throttled, answer(b'{"data":1}')) as peer:
        async with Client(settings(peer.url), timing=clock) as client:
            assert await client.send("POST", "/items", {}, repeatable=False) == {"data": 1}
            assert client.spent.throttled == 1
        assert len(peer.served) == 2
    assert least_s <= clock.seconds - started <= most_s


async def test_a_connection_is_kept_between_requests() -> None:
    """Five requests over one wire use one connection."""
    async with hostile(answer(b'{"data":1}')) as peer:
        async with Client(settings(peer.url)) as client:
            for _ in range(5):
                await client.get("/site")
        assert_one_connection(peer)


def assert_one_connection(peer: Hostile) -> None:
    """Compare what the peer counted."""
    assert (peer.connections, len(peer.served)) == (1, 5)
