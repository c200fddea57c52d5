"""The token reaches one host and no message, log, representation or traceback."""

from __future__ import annotations

import base64
import logging
import traceback
from urllib.parse import quote

import pytest

from datosnap.api.assets import AssetClient
from datosnap.api.client import Client, ClientSettings
from datosnap.api.token import Token
from datosnap.errors import BackupError, NonsenseError
from tests.support.hostile import Act, Step, answer, hostile
from tests.support.scripted import ScriptedTime

pytestmark = pytest.mark.anyio

CANARY = "tok3n/canary+4f9a"
SPELLINGS = (CANARY, quote(CANARY, safe=""), base64.b64encode(CANARY.encode()).decode()[:-4])
REDIRECTS = ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
HTML = answer(b"<html>", content_type="text/html")
TROUBLE: dict[str, tuple[Step, ...]] = {
    "refused": answer(b'{"data":[]}', status="401 Unauthorized"),
    "rejected": answer(b'{"data":[{"attributes":{"code":"X"}}]}', status="422 Unprocessable"),
    "html": HTML,
    "gateway": answer(b"", status="502 Bad Gateway"),
    "reset": (Act.RESET,),
    "cut": (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", Act.CLOSE),
    "silent": (Act.HOLD,),
    "junk": (b"junk\r\n\r\n", Act.CLOSE),
}


def settings(base_url: str) -> ClientSettings:
    """Hold the canary."""
    return ClientSettings(base_url=base_url, token=Token(CANARY), deadline_s=0.3, max_tries=2)


@pytest.mark.parametrize("name", TROUBLE)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_failure_shows_the_token(
    name: str, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Message, representation, traceback with its causes, and a DEBUG log hold no token."""
    caplog.set_level(logging.DEBUG)
    async with hostile(TROUBLE[name]) as peer:
        client = Client(settings(peer.url), timing=ScriptedTime())
        async with client:
            with pytest.raises(BackupError) as caught:
                await client.send(method, "/items", {}, repeatable=method == "GET")
        assert peer.served
    shown = "".join(
        [
            *traceback.format_exception(caught.value),
            repr(caught.value),
            repr(vars(caught.value)),
            repr(client),
            repr(settings(peer.url)),
            caplog.text,
        ]
    )
    assert all(spelling not in shown for spelling in SPELLINGS)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("status", REDIRECTS)
async def test_a_redirect_is_not_followed(status: str) -> None:
    """The host that a redirect names is never contacted, and the token never seen there."""
    async with hostile(answer(b'{"data":1}')) as canary:
        there = answer(b"", f"Location: {canary.url}/stolen", status=status)
        async with hostile(there) as peer:
            async with Client(settings(peer.url), timing=ScriptedTime()) as client:
                with pytest.raises(NonsenseError, match="a redirect, which is not followed"):
                    await client.get("/site")
            assert peer.served[0].header("Authorization") == f"Bearer {CANARY}"
        assert canary.connections == 0


async def test_proxies_do_not_see_what_stays_on_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sandbox on loopback is called directly, whatever proxies are set."""
    async with hostile(HTML) as proxy, hostile(answer(b'{"data":1}')) as peer:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        async with Client(settings(peer.url)) as client:
            assert await client.get_object("/site") == {"data": 1}
        assert proxy.connections == 0


async def test_cookies_are_not_sent_back() -> None:
    """What one answer sets does not travel with the next request."""
    async with hostile(answer(b"{}", "Set-Cookie: a=b; Path=/")) as peer:
        async with Client(settings(peer.url)) as client:
            await client.get("/site")
            await client.get("/site")
        assert [served.header("Cookie") for served in peer.served] == [None, None]


class NoSink:
    """A sink that must stay empty."""

    def write(self, data: bytes) -> None:
        """Refuse."""
        raise AssertionError(data)

    def restart(self) -> None:
        """Do nothing."""


async def test_a_signed_address_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Neither messages nor logs hold the query of an asset's address."""
    caplog.set_level(logging.DEBUG)
    async with hostile(answer(b"", status="404 Not Found")) as peer:
        async with AssetClient(allow_private=True, timing=ScriptedTime()) as assets:
            url = f"{peer.url}/a.png?X-Amz-Signature=s1gned-canary"
            with pytest.raises(BackupError) as caught:
                await assets.download(url, NoSink(), size=1, md5=None)
        assert b"s1gned-canary" in peer.served[0].head
        assert peer.served[0].header("Authorization") is None
    shown = "".join([*traceback.format_exception(caught.value), caplog.text])
    assert "s1gned-canary" not in shown


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "[::1]"])
async def test_content_cannot_make_us_call_this_machine(host: str) -> None:
    """No spelling of loopback in an asset's address opens a connection to it."""
    async with hostile(answer(b"x")) as canary:
        async with AssetClient(timing=ScriptedTime()) as assets:
            url = f"https://{host}:{canary.port}/a.png"
            with pytest.raises(BackupError):
                await assets.download(url, NoSink(), size=1, md5=None)
        assert canary.connections == 0
