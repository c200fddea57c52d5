"""Hold who asks to what their role lets them see and do with assets.

An asset that may not be read is not there. Source: the API's description of roles; that
unreadable assets are hidden, not refused, is inferred. Rules that are limited to some locales are
held to the asset as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.access import Access, Subject, access_of
from datosnap.sandbox.calls import Call
from datosnap.sandbox.failures import ApiFailure


def seen(call: Call, uploads: Iterable[JsonObject]) -> Iterable[JsonObject]:
    """Give the uploads that may be read."""
    access = _access(call)
    if access is None:
        return uploads
    return [one for one in uploads if access.allows("read", _subject(one))]


def sees(call: Call, upload: JsonObject) -> bool:
    """Tell whether an upload may be read."""
    access = _access(call)
    return access is None or access.allows("read", _subject(upload))


def check(call: Call, action: str, upload: JsonObject, **facts: Json) -> None:
    """Refuse an action on an upload.

    Raises: ApiFailure INSUFFICIENT_PERMISSIONS.
    """
    access = _access(call)
    if access is not None and not access.allows(action, _subject(upload, facts)):
        raise ApiFailure("INSUFFICIENT_PERMISSIONS")


def check_new(call: Call, link: Json) -> None:
    """Refuse to make an upload in a collection, or in none.

    Raises: ApiFailure INSUFFICIENT_PERMISSIONS.
    """
    access = _access(call)
    subject = Subject({"upload_collection": link["id"] if link else None}, call.actor)
    if access is not None and not access.allows("create", subject):
        raise ApiFailure("INSUFFICIENT_PERMISSIONS")


def _access(call: Call) -> Access | None:
    return access_of(call.project, call.environment, call.actor, "upload")


def _subject(upload: JsonObject, more: dict[str, Json] | None = None) -> Subject:
    links = upload["relationships"]
    collection = links["upload_collection"]["data"]
    facts = {"upload_collection": collection["id"] if collection else None, **(more or {})}
    return Subject(facts, links["creator"]["data"])
