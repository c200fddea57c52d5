"""Keep the tags of assets: those that were created, and those that any asset has.

A tag's id is its name. Smart tags are what a picture model found; there is none here, so they
come only with loaded assets.
Source: `uploads.md`, tags.
"""

from __future__ import annotations

from collections.abc import Iterable

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.failures import ApiFailure, invalid_field
from datosnap.sandbox.state import Environment
from datosnap.sandbox.uploads.forms import TAG
from datosnap.sandbox.uploads.paging import page
from datosnap.sandbox.uploads.resources import KIND

_PAGE = 50


def register_tags(environment: Environment, names: Iterable[str]) -> None:
    """Create the tags that are not there yet, as using them does."""
    tags = environment.of_type("upload_tag")
    for name in names:
        tags.setdefault(name, _tag("upload_tag", name))


def create_tag(call: Call) -> Reply:
    """Create a tag.

    Raises: ApiFailure, when its name is taken.
    """
    name = TAG.data(call.body)["attributes"]["name"]
    if name in _names(call, "upload_tag"):
        raise invalid_field(field="name", code="VALIDATION_UNIQUENESS", record_type="UploadTag")
    register_tags(call.environment, [name])
    return Reply({"data": _tag("upload_tag", name)}, 201)


def list_tags(call: Call) -> Reply:
    """List the tags by name."""
    return _listing(call, "upload_tag")


def list_smart_tags(call: Call) -> Reply:
    """List the tags that analysis found, by name."""
    return _listing(call, "upload_smart_tag")


def _listing(call: Call, kind: str) -> Reply:
    asked = call.query.get("filter", {})
    if not isinstance(asked, dict) or asked.keys() - {"query"}:
        raise ApiFailure("INVALID_PARAMS", {"parameter": "filter"})
    needle = str(asked.get("query", "")).casefold()
    names = sorted(name for name in _names(call, kind) if needle in name.casefold())
    return page(call, [_tag(kind, name) for name in names], lambda tag: tag, limit=_PAGE)


def _names(call: Call, kind: str) -> set[str]:
    uploads = call.environment.of_type(KIND).values()
    attribute = _ATTRIBUTES[kind]
    used = {name for upload in uploads for name in upload["attributes"][attribute]}
    return used | call.environment.of_type(kind).keys()


def _tag(kind: str, name: str) -> JsonObject:
    return {"id": name, "type": kind, "attributes": {"name": name}}


# tag type -> the attribute of uploads that names such tags
_ATTRIBUTES = {"upload_tag": "tags", "upload_smart_tag": "smart_tags"}
