"""Clients are opened without redirects, cookies and chatter."""

from __future__ import annotations

import base64
import logging
import re
import ssl
from http.cookiejar import DefaultCookiePolicy

import httpcore
import httpx
import pytest

from datosnap.api.assets import _connector
from datosnap.api.client import ClientSettings, _wire_opener
from datosnap.api.connections import (
    connect_s,
    open_carrier,
    open_client,
    tls_context,
    user_agent,
)
from datosnap.api.timing import RealTime
from datosnap.api.token import Token
from datosnap.api.wire import Wire
from tests.support.hostile import answer, hostile

pytestmark = pytest.mark.anyio


async def test_a_client_follows_and_remembers_nothing() -> None:
    """No redirect is followed, no cookie kept, no environment read when proxies are not used."""
    client = open_client(
        tls=tls_context(), use_proxies=False, connections=1, keep=1, deadline_s=6, idle_s=3
    )
    async with client:
        assert not client.follow_redirects
        assert not client.trust_env
        assert client.timeout == httpx.Timeout(3, connect=2, pool=None)
        assert client.headers["User-Agent"] == user_agent()
        policy = client.cookies.jar._policy  # type: ignore[attr-defined]  # typeshed hides it
        assert isinstance(policy, DefaultCookiePolicy)
        assert policy.allowed_domains() == ()


async def test_the_libraries_are_quiet() -> None:
    """Neither addresses nor headers are logged, however much is logged elsewhere."""
    async with open_client(
        tls=tls_context(), use_proxies=False, connections=1, keep=1, deadline_s=1
    ):
        for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection"):
            assert not logging.getLogger(name).isEnabledFor(logging.INFO)


async def test_a_carrier_is_as_quiet_and_not_made_yet() -> None:
    """What carries the API's requests logs nothing either."""
    carrier = open_carrier("https://api.test", tls_context(), None)
    assert not logging.getLogger("httpcore.http11").isEnabledFor(logging.INFO)
    assert not carrier.is_closed()
    assert not carrier.has_expired()
    await carrier.aclose()


async def test_a_carrier_goes_through_the_proxy_it_is_given() -> None:
    """The proxy is asked for a tunnel, with the name and password in its address, not ours."""
    async with hostile(answer(b"", status="407 Proxy Authentication Required")) as peer:
        proxy = peer.url.replace("http://", "http://me:p%40ss@")
        carrier = open_carrier("https://api.test", tls_context(), proxy)
        headers = [("Host", "api.test"), ("Authorization", "Bearer s3cret")]
        request = httpcore.Request("GET", "https://api.test/items", headers=headers)
        with pytest.raises(httpcore.ProxyError, match="407"):
            await carrier.handle_async_request(request)
        await carrier.aclose()
    assert peer.served[0].head.startswith(b"CONNECT api.test:443 HTTP/1.1\r\n")
    basic = base64.b64encode(b"me:p@ss").decode()
    assert peer.served[0].header("Proxy-Authorization") == f"Basic {basic}"
    assert b"s3cret" not in peer.served[0].head


@pytest.mark.parametrize(("deadline_s", "expected"), [(6, 2), (60, 15), (600, 15)])
def test_connecting_takes_a_part_of_the_deadline(deadline_s: float, expected: float) -> None:
    """Most of the time is left for the answer."""
    assert connect_s(deadline_s) == expected


def test_certificates_are_checked() -> None:
    """A certificate must be valid and name the host."""
    context = tls_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_we_name_ourselves() -> None:
    """The version is part of the name."""
    assert re.fullmatch(r"datosnap/\d+\.\d+\.\d+\S*", user_agent())


async def test_clients_open_what_is_meant_for_them() -> None:
    """The API's wires and the assets' clients come from the same place, ready to use."""
    settings = ClientSettings(base_url="http://127.0.0.1:9", token=Token("a"))
    wire = _wire_opener(settings)()
    assert isinstance(wire, Wire)
    await wire.aclose()
    async with _connector()(use_proxies=False, keep=2) as client:
        assert client.timeout.connect == 15.0


async def test_real_time_passes() -> None:
    """The real clock moves on, and draws stay within their range."""
    time = RealTime()
    before = time.now()
    await time.sleep(0)
    assert time.now() >= before
    assert all(0 <= time.jitter() < 1 for _ in range(100))
