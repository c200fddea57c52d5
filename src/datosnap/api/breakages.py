"""Put what the HTTP libraries raise into failures that say whether a request can have arrived.

httpcore carries the API's requests, httpx the assets'; the second names its exceptions after the
first. They hold the request and so the token, and go no further than here.
"""

from __future__ import annotations

import httpcore
import httpx

from datosnap.core.retrying import Failure, Kind
from datosnap.errors import QUOTED_MAX, quote

# Only these prove that the request never left: there was no connection to send it over.
_NEVER_SENT = (
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpcore.PoolTimeout,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_TIMED_OUT = (httpcore.TimeoutException, httpx.TimeoutException)
# All that httpcore raises; it has no class above these.
CORE_ERRORS = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
)


def failure_of(error: Exception, host: str) -> Failure:
    """Turn an exception of an HTTP library into a failure, without the request that it holds."""
    if isinstance(error, _NEVER_SENT):
        return Failure(Kind.UNREACHABLE, f"cannot connect to {quote(host)}: {_words(error)}")
    if isinstance(error, _TIMED_OUT):
        return Failure(Kind.TIMEOUT, f"timed out: {_words(error)}")
    return Failure(Kind.LOST, f"the connection broke: {_words(error)}")


def _words(error: Exception) -> str:
    """Give the library's words on one line; some of its errors have none."""
    return " ".join(str(error).split())[:QUOTED_MAX] or type(error).__name__
