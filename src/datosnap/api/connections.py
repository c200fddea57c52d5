"""Open connections the one way they are to be opened here: no redirects, cookies or chatter.

The API's are httpcore's, which knows of nothing but connections; the assets' are httpx's, which
logs whole addresses, and those of uploads are signed, and whose cookie jar would carry state from
one answer into the next request. Both are switched off where a client is made.
"""

from __future__ import annotations

import logging
import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version

import httpcore
import httpx

# Long enough for every healthy path, short enough to leave most of a deadline for the answer.
_MAX_CONNECT_S = 15.0
# Below the idle limits of common load balancers (60 s), so that we close first.
_KEEP_ALIVE_S = 20.0
_CHATTY_LOGGERS = ("httpx", "httpcore")


def user_agent() -> str:
    """Name ourselves and our version."""
    return f"datosnap/{version('datosnap')}"


def tls_context() -> ssl.SSLContext:
    """Load the trusted authorities once, for all clients that share them."""
    return httpx.create_ssl_context()


def connect_s(deadline_s: float) -> float:
    """Give how long making a connection may take, of the time there is for a whole exchange.

    Units: seconds; for TCP and then for TLS, so that a timeout there is told apart.
    """
    return min(_MAX_CONNECT_S, deadline_s / 3)


def open_carrier(
    base_url: str, tls: ssl.SSLContext, proxy_url: str | None
) -> httpcore.AsyncConnectionInterface:
    """Open one connection, made when it is first used and kept between requests."""
    _quieten()
    # The pool only chooses the kind of connection: looking after one costs it as much as a request.
    pool = httpcore.AsyncConnectionPool(
        ssl_context=tls,
        proxy=None if proxy_url is None else _proxy(proxy_url),
        keepalive_expiry=_KEEP_ALIVE_S,
    )
    return pool.create_connection(httpcore.URL(base_url).origin)


def _proxy(url: str) -> httpcore.Proxy:
    # httpx knows how names and passwords stand in the address of a proxy.
    known = httpx.Proxy(url)
    return httpcore.Proxy(str(known.url), auth=known.raw_auth)


def _quieten() -> None:
    for name in _CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


def open_client(
    *,
    tls: ssl.SSLContext,
    use_proxies: bool,
    connections: int,
    keep: int,
    deadline_s: float,
    idle_s: float | None = None,
) -> httpx.AsyncClient:
    """Open a client of at most `connections` connections, `keep` of them kept between requests.

    Units: seconds. `deadline_s` is the caller's own for a whole exchange; `idle_s` bounds the time
    between two pieces of a body, where that deadline is long.
    """
    _quieten()
    return httpx.AsyncClient(
        verify=tls,
        trust_env=use_proxies,
        follow_redirects=False,
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": user_agent()},
        timeout=httpx.Timeout(idle_s, pool=None, connect=connect_s(deadline_s)),
        limits=httpx.Limits(
            max_connections=connections,
            max_keepalive_connections=keep,
            keepalive_expiry=_KEEP_ALIVE_S,
        ),
    )
