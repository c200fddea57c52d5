"""Translate what an object store answers into a failure that tells what to do about it.

pyarrow hands a store's own error code on nowhere but inside its text, so it is looked for there;
a text without one that is known reads a little poorer and is a DiskError all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pyarrow as pa

from datosnap.errors import AccessRefusedError, BackupError, DiskError, quote

# How pyarrow writes the codes of S3, Google Cloud Storage and Azure into its messages.
_CODE = re.compile(
    r"AWS Error (?P<s3>\w+)|google::cloud::Status\((?P<gs>\w+)|Azure Error: \[(?P<abfs>\w+)\]"
)
_DENIED = (AccessRefusedError, "access is denied", "check the credentials and what they allow")
_MISSING = (DiskError, "there is no such bucket or container", "create it, or check the address")
_AWAY = (
    DiskError,
    "the store cannot be reached",
    "check the address and the network, then run the same command again",
)
_BUSY = (DiskError, "the store is busy or failing", "run the same command again later")
_CLOCK = (DiskError, "this machine's clock is wrong", "set it and run the same command again")
_UNKNOWN = (DiskError, "the store refused", "check the address, the region and the credentials")
# code -> (the class of the failure, what it means, what to do next)
_MEANINGS: Mapping[str, tuple[type[BackupError], str, str]] = {
    "ACCESS_DENIED": _DENIED,
    "INVALID_ACCESS_KEY_ID": _DENIED,
    "INVALID_CLIENT_TOKEN_ID": _DENIED,
    "INVALID_SIGNATURE": _DENIED,
    "MISSING_AUTHENTICATION_TOKEN": _DENIED,
    "SIGNATURE_DOES_NOT_MATCH": _DENIED,
    "UNRECOGNIZED_CLIENT": _DENIED,
    "NO_SUCH_BUCKET": _MISSING,
    "NETWORK_CONNECTION": _AWAY,
    "INTERNAL_FAILURE": _BUSY,
    "REQUEST_TIMEOUT": _BUSY,
    "SERVICE_UNAVAILABLE": _BUSY,
    "SLOW_DOWN": _BUSY,
    "THROTTLING": _BUSY,
    "REQUEST_EXPIRED": _CLOCK,
    "REQUEST_TIME_TOO_SKEWED": _CLOCK,
    "PERMISSION_DENIED": _DENIED,
    "UNAUTHENTICATED": _DENIED,
    "UNAVAILABLE": _BUSY,
    "AuthenticationFailed": _DENIED,
    "AuthorizationFailure": _DENIED,
    "AuthorizationPermissionMismatch": _DENIED,
    "ContainerNotFound": _MISSING,
    "ServerBusy": _BUSY,
}


@contextmanager
def translating_store(doing: str, url: str) -> Iterator[None]:
    """Turn a failure of an object store met inside into one about `url`, which holds no secret.

    Raises: AccessRefusedError, DiskError, in one line: what was tried, where, why not, what to do.
    """
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        found = _CODE.search(str(error))
        code = found[found.lastgroup or 0] if found else ""
        failure, meaning, advice = _MEANINGS.get(code, _UNKNOWN)
        reason = quote(str(error) or type(error).__name__)
        raise failure(f"cannot {doing} {quote(url)}: {meaning} ({reason}); {advice}") from error
