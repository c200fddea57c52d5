"""Addresses from content lead to public hosts or nowhere."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from datosnap.api.addresses import (
    SystemResolver,
    Target,
    is_public_address,
    locate,
    proxy_of,
    without_query,
)
from datosnap.core.retrying import Failure, Kind

pytestmark = pytest.mark.anyio


@dataclass
class Names:
    """A resolver with a fixed answer, which keeps what it was asked."""

    addresses: Sequence[str] = ("93.184.216.34",)
    asked: list[tuple[str, int]] = field(default_factory=list)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Give the fixed answer."""
        self.asked.append((host, port))
        return self.addresses


async def refused(url: str, *addresses: str) -> Failure:
    """Look for an address that must be refused."""
    outcome = await locate(url, allow_private=False, resolver=Names(addresses))
    assert isinstance(outcome, Failure)
    return outcome


async def test_connects_to_the_address_that_was_checked() -> None:
    """The name is resolved once; the request goes to that address, under the name."""
    names = Names(["93.184.216.34", "2606:4700::6810"])
    url = "https://www.cdn.test/1/a.png?w=3#top"
    assert await locate(url, allow_private=False, resolver=names) == Target(
        urls=(
            "https://93.184.216.34:443/1/a.png?w=3",
            "https://[2606:4700::6810]:443/1/a.png?w=3",
        ),
        host="www.cdn.test",
        server_name="www.cdn.test",
        is_pinned=True,
    )
    assert names.asked == [("www.cdn.test", 443)]


async def test_keeps_ports_and_escapes_what_no_address_holds() -> None:
    """A port stays; spaces and other scripts in a path are escaped, escapes are kept."""
    url = "https://cdn.test:8443/a b/ü%20.png"
    target = await locate(url, allow_private=False, resolver=Names())
    assert isinstance(target, Target)
    assert target.urls == ("https://93.184.216.34:8443/a%20b/%C3%BC%20.png",)
    assert target.host == "cdn.test:8443"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "240.0.0.1"),
        *("0.0.0.0", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1"),  # noqa: S104 - nothing is bound to it
        *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1", "2002:7f00:1::", "2001:0:1::1"),
        *("64:ff9b::7f00:1", "64:ff9b:1::1", "2001:db8::1", "not an address"),
    ],
)
async def test_refuses_an_address_that_is_not_public(address: str) -> None:
    """Loopback, private, link-local, wrapped and reserved addresses are not contacted."""
    outcome = await refused("https://innocent.test/a.png", address)
    assert outcome.kind is Kind.NONSENSE
    assert "not a public address" in outcome.reason


async def test_one_private_address_among_public_ones_is_enough() -> None:
    """A name that also leads inside is refused as a whole."""
    outcome = await refused("https://innocent.test/", "93.184.216.34", "10.0.0.1")
    assert "'10.0.0.1'" in outcome.reason


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://cdn.test/a",
        "//cdn.test/a",
        "cdn.test/a",
        "",
        "https:///a",
        "https://user@cdn.test/a",
        "https://u:p@cdn.test/a",
        "https://[::1/a",
        "javascript:1",
        "https://cdn.test:99999/",
        "https://cdn.test:x/",
        "http://cdn.test/a",
    ],
)
async def test_refuses_what_is_not_an_https_address(url: str) -> None:
    """Other schemes, credentials, broken and unencrypted addresses are refused."""
    assert (await refused(url, "93.184.216.34")).kind is Kind.NONSENSE


async def test_a_name_nobody_knows_may_be_known_later() -> None:
    """An unknown host is no nonsense: the resolver may be down."""
    assert (await refused("https://cdn.test/a")).kind is Kind.NEVER_REACHED


@pytest.mark.parametrize("url", ["http://127.0.0.1:4010/a", "https://10.0.0.1/a"])
async def test_a_sandbox_may_be_private(url: str) -> None:
    """With permission, private and unencrypted addresses pass."""
    outcome = await locate(url, allow_private=True, resolver=SystemResolver())
    assert isinstance(outcome, Target)
    assert outcome.is_pinned


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost"])
async def test_no_spelling_of_loopback_gets_through(host: str) -> None:
    """Decimal, hexadecimal, octal and short forms are seen for what they resolve to."""
    outcome = await locate(f"https://{host}/a", allow_private=False, resolver=SystemResolver())
    assert isinstance(outcome, Failure)
    assert outcome.kind in (Kind.NONSENSE, Kind.NEVER_REACHED)


async def test_a_proxy_resolves_names_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a proxy is the way out, names go to it, and private literals still go nowhere."""
    monkeypatch.setenv("https_proxy", "http://proxy.test:3128")
    monkeypatch.setenv("no_proxy", "near.test")
    names = Names()
    url = "https://cdn.test/a?b#c"
    target = await locate(url, allow_private=False, resolver=names)
    assert target == Target(("https://cdn.test/a?b",), "cdn.test", "cdn.test", is_pinned=False)
    assert names.asked == []
    for host in ("127.0.0.1", "2130706433", "[::1]", "localhost", "a.localhost", "10.0.0.1"):
        assert isinstance(
            await locate(f"https://{host}/", allow_private=False, resolver=names), Failure
        )
    near = await locate("https://near.test/", allow_private=False, resolver=names)
    assert isinstance(near, Target)
    assert near.is_pinned


async def test_the_systems_resolver_gives_addresses_or_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Known names give addresses; an error of the resolver gives none."""
    assert "127.0.0.1" in await SystemResolver().resolve("127.0.0.1", 80)

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert await SystemResolver().resolve("nowhere.test", 80) == []


@pytest.mark.parametrize("text", ["8.8.8.8", "2606:4700::6810", "64:ff9b::808:808"])
def test_public_addresses_are_public(text: str) -> None:
    """Addresses of the internet pass, also as networks without IPv4 see them."""
    assert is_public_address(ipaddress.ip_address(text))


def test_a_signature_is_left_out_of_what_is_shown() -> None:
    """Query and fragment are cut off."""
    assert without_query("https://s3.test/a?X-Amz-Signature=1#b") == "https://s3.test/a"
    assert without_query("https://s3.test/a#b?c") == "https://s3.test/a"


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://api.test", "http://proxy.test:3128"),
        ("https://api.test:444/path", "http://proxy.test:3128"),
        ("https://near.test", None),
        ("https://[::1]:1", None),
        ("https://localhost", None),
        ("http://127.0.0.1:1", None),
    ],
)
@pytest.mark.parametrize("name", ["https_proxy", "all_proxy"])
@pytest.mark.parametrize("value", ["http://proxy.test:3128", "proxy.test:3128"])
def test_the_api_is_reached_by_the_operators_proxy(
    monkeypatch: pytest.MonkeyPatch, base_url: str, expected: str | None, name: str, value: str
) -> None:
    """The environment names it, with a scheme or without; this machine needs none."""
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("no_proxy", "near.test")
    assert proxy_of(base_url) == expected


def test_there_may_be_no_proxy() -> None:
    """Without one the API is reached directly."""
    assert proxy_of("https://api.test") is None
