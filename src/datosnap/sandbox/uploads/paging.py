"""Cut a listing into the page that was asked for.

Source: `transport.md`, pagination: uploads 30 a page and at most 500, tags 50 and 500; a limit
of 0 gives no data, only the count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from datosnap.core.jsontext import JsonObject
from datosnap.sandbox.calls import Call, Reply
from datosnap.sandbox.failures import ApiFailure

PAGE_MAX = 500


def page(
    call: Call,
    entries: Sequence[JsonObject],
    show: Callable[[JsonObject], JsonObject],
    *,
    limit: int,
) -> Reply:
    """Answer with one page of `entries`, each as `show` gives it; `limit` is the default one.

    Shape: `{"data": [resource, …], "meta": {"total_count": n}}`.
    Raises: ApiFailure, when the page asked for is none.
    """
    asked = call.query.get("page", {})
    if not isinstance(asked, dict):
        raise _refused("page")
    offset, count = _number(asked, "offset", 0), _number(asked, "limit", limit)
    if count > PAGE_MAX:
        raise _refused("page[limit]")
    data = [show(entry) for entry in entries[offset : offset + count]]
    return Reply({"data": data, "meta": {"total_count": len(entries)}})


def _number(asked: JsonObject, name: str, default: int) -> int:
    text = asked.get(name, str(default))
    if not isinstance(text, str) or not (text.isascii() and text.isdecimal()):
        raise _refused(f"page[{name}]")
    return int(text)


def _refused(parameter: str) -> ApiFailure:
    return ApiFailure("INVALID_PARAMS", {"parameter": parameter})
