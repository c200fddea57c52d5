"""Find the place that a word names: a prefix of an object store, or a folder of the local disk.

An address of an object store is believed only when each of its parts is one that is known to hold
no secret, so that it can be shown and written down; keys come from the environment, where the
libraries of each store look for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import SplitResult, parse_qsl, urlsplit

import pyarrow as pa
from pyarrow.fs import FileSystem

from datosnap.errors import UsageError, quote
from datosnap.store.objects import ObjectPlace
from datosnap.store.place import LocalPlace
from datosnap.store.storeerrors import translating_store

Root: TypeAlias = LocalPlace | ObjectPlace
# What callers may name a place by.
Where: TypeAlias = Path | str | Root

_AZURE = frozenset(
    {
        "blob_storage_authority",
        "client_id",
        "credential_kind",
        "dfs_storage_authority",
        "enable_tls",
    }
)
# scheme -> the options of pyarrow's addresses that hold no secret
OPTIONS: Final[Mapping[str, frozenset[str]]] = {
    "s3": frozenset({"endpoint_override", "region", "scheme", "tls_ca_file_path"}),
    "gs": frozenset({"endpoint_override", "project_id", "retry_limit_seconds", "scheme"}),
    "abfs": _AZURE,
    "abfss": _AZURE,
}
# Small objects then take one request instead of three.
_ALWAYS: Mapping[str, str] = {"s3": "allow_delayed_open=true"}
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)


def locate(where: Where) -> Root:
    """Find the place that `where` names; nothing is read there yet.

    Shape: `s3://bucket/prefix?region=…`, `gs://bucket/prefix`, or
    `abfs://container@account.dfs.core.windows.net/prefix`; all else is a path.
    Raises: UsageError when an address cannot be right; AccessRefusedError or DiskError when the
    region of a bucket is asked for in vain.
    """
    match where:
        case LocalPlace() | ObjectPlace():
            return where
        case Path():
            return LocalPlace(where)
        case _:
            found = _SCHEME.match(where)
            return _objects(where, found[1].lower()) if found else LocalPlace(Path(where))


def _objects(url: str, scheme: str) -> ObjectPlace:
    if scheme not in OPTIONS:
        raise UsageError(
            f"expected a path or an address that begins with {'://, '.join(OPTIONS)}://, "
            f"found {quote(f'{scheme}://')}"
        )
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _unusable(scheme, "its parts cannot be told apart") from None
    _ensure_plain(parts)
    shown = url.partition("?")[0].rstrip("/") + (f"?{parts.query}" if parts.query else "")
    files, base = _connect(parts, shown)
    if not base.strip("/"):
        raise _unusable(scheme, "it names no bucket")
    return ObjectPlace(files, base.rstrip("/"), shown)


def _ensure_plain(parts: SplitResult) -> None:
    # Messages do not repeat the address: what is wrong with it may be that a key is in it.
    if parts.password is not None or not _may_name(parts.scheme, parts.username):
        raise _unusable(parts.scheme, "credentials do not belong in it, but in the environment")
    if not parts.hostname:
        raise _unusable(parts.scheme, "it names no bucket")
    if parts.fragment:
        raise _unusable(parts.scheme, "it holds a '#'")
    if any(step in {"", ".", ".."} for step in parts.path.strip("/").split("/") if parts.path[1:]):
        raise _unusable(parts.scheme, "its path has a step that is empty, '.' or '..'")
    for name, _ in parse_qsl(parts.query, keep_blank_values=True):
        if name not in OPTIONS[parts.scheme]:
            known = ", ".join(sorted(OPTIONS[parts.scheme]))
            raise _unusable(parts.scheme, f"of its options only {known} are known")


def _may_name(scheme: str, user: str | None) -> bool:
    # Azure has the container there, Google the word for going without an account.
    return user is None or scheme in {"abfs", "abfss"} or (scheme, user) == ("gs", "anonymous")


def _connect(parts: SplitResult, shown: str) -> tuple[FileSystem, str]:
    query = "&".join(filter(None, (parts.query, _ALWAYS.get(parts.scheme, ""))))
    with translating_store("connect to", shown):
        try:
            return FileSystem.from_uri(parts._replace(query=query).geturl())
        except pa.ArrowInvalid as error:
            raise _unusable(parts.scheme, quote(str(error))) from error


def _unusable(scheme: str, why: str) -> UsageError:
    return UsageError(f"the {scheme}:// address cannot be used: {why}")
