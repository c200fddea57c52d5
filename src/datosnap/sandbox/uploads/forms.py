"""The closed schemas of every request about uploads.

Three of them leave `attributes` open: keys that are not named there are taken and do nothing,
while the named ones are held to their types.
Source: `uploads.md`; the request types of the official client, which are the server's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import invalid_format
from datosnap.sandbox.schemas import (
    FLAG_OR_NULL,
    OPEN,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    Rule,
    choice,
    many,
    one,
    one_or_none,
    shape,
    violations,
)

_AT = "#/data/attributes"


@dataclass(frozen=True, slots=True)
class Form:
    """What one request may and must hold.

    `identified` tells whether an id must be there (True), may be (False) or may not (None).
    """

    name: str
    kind: str
    attributes: Mapping[str, Rule] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    relationships: Mapping[str, Rule] = field(default_factory=dict)
    bound: tuple[str, ...] = ()
    is_open: bool = False
    identified: bool | None = None

    def data(self, body: JsonObject) -> JsonObject:
        """Give the body's `data`, once it is known to follow the form.

        Raises: ApiFailure, INVALID_FORMAT with a message for each thing that is wrong.
        """
        schema = f"#/definitions/{self.name}"
        messages = list(violations(self._rule(), body, "#", schema))
        if not messages and self.is_open:
            given = body["data"].get("attributes", {})
            known = {key: given[key] for key in given if key in self.attributes}
            messages = list(violations(shape(self.attributes), known, _AT, schema))
        if messages:
            raise invalid_format(*messages)
        data: JsonObject = body["data"]
        return data

    def _rule(self) -> Rule:
        keys = None if self.is_open else self.attributes
        attributes = Rule(("object",), keys=keys, required=self.needed)
        held: dict[str, Rule] = {"type": choice(self.kind), "attributes": attributes}
        held["relationships"] = shape(self.relationships, required=self.bound)
        needed = ["type"]
        needed += ["attributes"] if self.needed else []
        needed += ["relationships"] if self.bound else []
        if self.identified is not None:
            held["id"] = TEXT
            needed += ["id"] if self.identified else []
        return shape({"data": shape(held, required=needed)}, required=("data",))


def linkage(data: JsonObject, name: str) -> Json:
    """Give the `data` of a relationship, None when it is not there."""
    return data.get("relationships", {}).get(name, {}).get("data")


def has_link(data: JsonObject, name: str) -> bool:
    """Tell whether a request says anything about a relationship."""
    return name in data.get("relationships", {})


_COLLECTION = {"upload_collection": one_or_none("upload_collection")}
_UPLOADS = {"uploads": many("upload")}
_CREATOR = {"creator": one("account", "access_token", "user", "sso_user", "organization")}
_WRITABLE = {
    "path": TEXT,
    "copyright": TEXT_OR_NULL,
    "author": TEXT_OR_NULL,
    "notes": TEXT_OR_NULL,
    "default_field_metadata": OPEN,
    "tags": TEXTS,
}

REQUEST = Form(
    name="upload_request/create",
    kind="upload_request",
    attributes={"filename": TEXT},
    relationships=_COLLECTION,
    is_open=True,
)
CREATE = Form(
    name="upload/create",
    kind="upload",
    attributes=_WRITABLE,
    needed=("path",),
    relationships=_COLLECTION,
    is_open=True,
    identified=False,
)
UPDATE = Form(
    name="upload/update",
    kind="upload",
    attributes={**_WRITABLE, "basename": TEXT},
    relationships={**_COLLECTION, **_CREATOR},
    is_open=True,
    identified=True,
)
BULK_TAG = Form(
    name="upload/bulk_tag",
    kind="upload_bulk_tag_operation",
    attributes={"tags": TEXTS},
    needed=("tags",),
    relationships=_UPLOADS,
    bound=("uploads",),
)
BULK_SET_COLLECTION = Form(
    name="upload/bulk_set_upload_collection",
    kind="upload_bulk_set_upload_collection_operation",
    relationships={**_COLLECTION, **_UPLOADS},
    bound=("upload_collection", "uploads"),
)
BULK_DESTROY = Form(
    name="upload/bulk_destroy",
    kind="upload_bulk_destroy_operation",
    relationships=_UPLOADS,
    bound=("uploads",),
)
TAG = Form(
    name="upload_tag/create",
    kind="upload_tag",
    attributes={"name": TEXT},
    needed=("name",),
)
SUBTITLES = Form(
    name="upload_track/generate_subtitles",
    kind="subtitles_generation",
    attributes={"name": TEXT, "language_code": TEXT},
    needed=("language_code",),
)
TRACK = Form(
    name="upload_track/create",
    kind="upload_track",
    attributes={
        "url_or_upload_request_id": TEXT,
        "type": choice("subtitles", "audio"),
        "name": TEXT,
        "language_code": TEXT,
        "closed_captions": FLAG_OR_NULL,
    },
    needed=("url_or_upload_request_id", "type", "language_code"),
)
