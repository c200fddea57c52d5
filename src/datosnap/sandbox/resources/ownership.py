"""Hand what somebody made over to somebody else, when who made it goes.

Source: the API's own description of the destruction of users and tokens: the request names the
new owner's type and id. That it must do so only when there is something to own is inferred, as
the official test-suite destroys a token that made nothing without naming anybody.
"""

from __future__ import annotations

from dataclasses import replace

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.records.index import index_of
from datosnap.sandbox.resources.changes import link, ref, with_links
from datosnap.sandbox.state import Environment, Item

_KINDS = frozenset({"account", "organization", "user", "access_token", "sso_user"})


def hand_over(call: Call, gone: JsonObject) -> None:
    """Give the records and uploads of `gone` to whom the request names.

    Raises: ApiFailure when nobody is named who could take them.
    """
    owner = ref(gone["type"], gone["id"])
    heir = _heir(call, owner)
    for environment in call.project.environments.values():
        items = [one for one in environment.items.values() if one.creator == owner]
        uploads = [
            one for one in environment.of_type("upload").values() if link(one, "creator") == owner
        ]
        if not items and not uploads:
            continue
        if heir is None:
            raise ApiFailure("DESTINATION_USER_REQUIRED")
        _give(environment, items, uploads, heir)


def _heir(call: Call, gone: JsonObject) -> JsonObject | None:
    kind = call.query.get("destination_user_type")
    named = call.query.get("destination_user_id")
    if kind is None and named is None:
        return None
    if kind not in _KINDS:
        raise ApiFailure("INVALID_DESTINATION_TYPE", {"type": kind})
    heir = ref(kind, str(named))
    project = call.project
    is_known = named in project.resources.get(kind, {}) or heir == project.owner
    if not is_known or heir == gone:
        raise ApiFailure("INVALID_DESTINATION_USER", {"id": named})
    return heir


def _give(
    environment: Environment, items: list[Item], uploads: list[JsonObject], heir: JsonObject
) -> None:
    index = index_of(environment)
    for item in items:
        index.put(replace(item, creator=heir))
    for upload in uploads:
        environment.of_type("upload")[upload["id"]] = with_links(upload, {"creator": heir})
