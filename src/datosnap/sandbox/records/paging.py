"""Cut a page out of a list, as `page[offset]` and `page[limit]` ask."""

from __future__ import annotations

from dataclasses import dataclass

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure


@dataclass(frozen=True, slots=True)
class Page:
    """Which stretch of a list is wanted."""

    offset: int
    limit: int

    @property
    def stretch(self) -> slice:
        """Give the stretch as Python cuts it."""
        return slice(self.offset, self.offset + self.limit)


def asked_page(query: JsonObject, *, default: int, most: int, clamps: bool = False) -> Page:
    """Read which page a request wants; a limit of 0 asks for the count alone.

    `clamps` cuts a page beyond `most`, which is refused otherwise. Raises: ApiFailure with
    `INVALID_PARAMS`.
    """
    page = query.get("page") or {}
    if not isinstance(page, dict):
        raise invalid_parameter("page", "must be page[offset] and page[limit]")
    offset = _number(page, "offset", 0)
    limit = _number(page, "limit", default)
    if limit > most and clamps:
        return Page(offset, most)
    if limit > most:
        raise invalid_parameter("page[limit]", f"must not be more than {most}")
    return Page(offset, limit)


def invalid_parameter(name: str, complaint: str) -> ApiFailure:
    """Refuse a query parameter."""
    return ApiFailure("INVALID_PARAMS", {"parameter": name, "message": complaint})


def _number(page: JsonObject, name: str, fallback: int) -> int:
    text: Json = page.get(name)
    if text is None:
        return fallback
    if not isinstance(text, str) or not text.isascii() or not text.isdigit():
        raise invalid_parameter(f"page[{name}]", "must be a number from 0")
    return int(text)
