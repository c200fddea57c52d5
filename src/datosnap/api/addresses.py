"""Judge addresses before anything is sent to them.

The base URL carries the token, so it is encrypted or on this machine. Addresses of assets come
from content, which strangers may have written: they must lead to public hosts, and the caller
connects to the very address that was checked, so that a name cannot mean another one a moment
later.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import SplitResult, urlsplit, urlunsplit
from urllib.parse import quote as quote_url
from urllib.request import getproxies, proxy_bypass

import anyio

from datosnap.core.retrying import Failure, Kind
from datosnap.errors import UsageError, quote

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_PORTS = {"http": 80, "https": 443}
# Global unicast is all that is public in IPv6; 6to4 (RFC 3056) inside it wraps IPv4 addresses.
_V6_PUBLIC = ipaddress.IPv6Network("2000::/3")
_V6_6TO4 = ipaddress.IPv6Network("2002::/16")
# Networks without IPv4 see public IPv4 hosts like this (RFC 6052), wrapped.
_V6_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_V4_MASK = 0xFFFF_FFFF
# What may stand in an address as it is; anything else is percent-encoded.
_URL_SAFE = "%/:=&?~#+!$,;'@()*[]"


class Resolver(Protocol):
    """Finds the addresses of a name."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Give the addresses in the order in which to try them; none when there are none."""
        ...


class SystemResolver:
    """The resolver of the operating system."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Ask for the stream addresses of `host`."""
        try:
            found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            return []
        return [str(address[0]) for _, _, _, _, address in found]


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send a request for an asset.

    `urls` name the checked addresses, to be tried in turn; `host` and `server_name` keep the
    name for the `Host` header and the certificate. `is_pinned` is False when a proxy resolves.
    """

    urls: tuple[str, ...]
    host: str
    server_name: str
    is_pinned: bool


def check_base_url(base_url: str) -> None:
    """Refuse a base URL that is none, or that would carry the token unencrypted.

    Raises: UsageError.
    """
    parts = _split(base_url)
    if parts is None or parts.query or parts.fragment:
        raise UsageError(f"the base URL {quote(base_url)} is not an http or https address")
    if parts.username is not None or parts.password is not None:
        raise UsageError("the base URL holds a user name or password; leave them out")
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise UsageError(
            f"the base URL {quote(base_url)} would carry the API token unencrypted; use https"
        )


def proxy_of(base_url: str) -> str | None:
    """Give the address of the proxy that leads to the API; None when it is reached directly."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    return None if _is_loopback(host) else _proxy_for(parts.scheme, host)


async def locate(url: str, *, allow_private: bool, resolver: Resolver) -> Target | Failure:
    """Check an asset's address and say where to connect.

    A failure may pass when the host is not known, and is nonsense when it must not be contacted.
    """
    url = quote_url(url, safe=_URL_SAFE)
    parts = _split(url)
    if parts is None or parts.username is not None or parts.password is not None:
        return Failure(Kind.NONSENSE, "this is not the address of an asset")
    if parts.scheme == "http" and not allow_private:
        return Failure(Kind.NONSENSE, "the address is not encrypted; expected https")
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    if not allow_private and _proxy_for(parts.scheme, host):
        # The operator's proxy is the way out and resolves names by itself; literals are known.
        is_closed = _is_loopback(host) or not _is_public_or_name(host)
        whole = urlunsplit(parts._replace(fragment=""))
        return _private(host) if is_closed else Target((whole,), parts.netloc, host, False)
    addresses = await resolver.resolve(host, port)
    if not addresses:
        return Failure(Kind.NEVER_REACHED, "the host is not known")
    # All are refused when one is not public: which is tried first is not ours to bet on.
    closed = [] if allow_private else [text for text in addresses if not _is_public(text)]
    if closed:
        return _private(closed[0])
    urls = (parts._replace(netloc=f"{_bracketed(text)}:{port}", fragment="") for text in addresses)
    return Target(tuple(map(urlunsplit, urls)), parts.netloc, host, is_pinned=True)


def without_query(url: str) -> str:
    """Give what a message may tell of an address: signatures stand in its query."""
    return url.partition("?")[0].partition("#")[0]


def _private(address: str) -> Failure:
    return Failure(Kind.NONSENSE, f"it leads to {quote(address)}, which is not a public address")


def _is_public(text: str) -> bool:
    address = _address(text)
    return address is not None and is_public_address(address)


def _is_public_or_name(host: str) -> bool:
    address = _address(host)
    return address is None or is_public_address(address)


def is_public_address(address: IpAddress) -> bool:
    """Tell whether `address` is one of the public internet, seen through any wrapping."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    if address.ipv4_mapped is not None:
        return is_public_address(address.ipv4_mapped)
    if address in _V6_NAT64:
        return is_public_address(ipaddress.IPv4Address(int(address) & _V4_MASK))
    return address in _V6_PUBLIC and address not in _V6_6TO4 and address.is_global


def _split(url: str) -> SplitResult | None:
    """Take an http or https address apart; None when it is none."""
    is_clean = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return None
    is_ours = parts.scheme in _PORTS and bool(parts.hostname) and has_port
    return parts if is_clean and is_ours else None


def _address(text: str) -> IpAddress | None:
    """Read an address, also in the spellings that resolvers accept (decimal, octal, hex)."""
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(text))
    except OSError:
        return None


def _is_loopback(host: str) -> bool:
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    return address is not None and address.is_loopback


def _proxy_for(scheme: str, host: str) -> str | None:
    if proxy_bypass(host):
        return None
    proxies = getproxies()
    found = proxies.get(scheme) or proxies.get("all")
    # Proxies are commonly named without a scheme.
    return found if not found or "://" in found else f"http://{found}"


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
