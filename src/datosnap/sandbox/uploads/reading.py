"""Answer what uploads there are and what one is like."""

from __future__ import annotations

from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.uploads.filters import matching, ordered
from datosnap.sandbox.uploads.paging import page
from datosnap.sandbox.uploads.references import used_ids
from datosnap.sandbox.uploads.resources import KIND, shown, stored
from datosnap.sandbox.uploads.rights import seen

_PAGE = 30


def list_uploads(call: Call) -> Reply:
    """List uploads, newest first unless asked otherwise."""
    environment, asked = call.environment, call.query.get("filter", {})
    readable = seen(call, environment.of_type(KIND).values())
    kept = matching(readable, asked, lambda: used_ids(environment))
    found = ordered(kept, call.query.get("order_by"))
    return page(call, found, lambda upload: shown(call, upload), limit=_PAGE)


def find_upload(call: Call) -> Reply:
    """Give one upload."""
    return Reply({"data": shown(call, stored(call, call.path["id"]))})
