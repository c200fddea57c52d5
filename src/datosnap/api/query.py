"""Write query parameters as the API reads them: nested keys in brackets, lists as `key[]`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import quote

Scalar: TypeAlias = str | int | bool | None
Parameter: TypeAlias = "Scalar | Sequence[Scalar] | Mapping[str, Parameter]"
Query: TypeAlias = Mapping[str, Parameter]


def encode_query(query: Query) -> str:
    """Write a query string; parameters that are None are left out.

    Shape: `{"page": {"limit": 30}, "nested": True}` gives `page[limit]=30&nested=true`, with the
    brackets percent-encoded.
    Source: the official client's `buildNormalizedParams.ts`.
    """
    return "&".join(
        f"{_quoted(key)}={_quoted(value)}"
        for name, parameter in query.items()
        for key, value in _flatten(name, parameter)
    )


# Names and most values are the same for every page of a listing.
@lru_cache(maxsize=256)
def _quoted(text: str) -> str:
    return quote(text, safe="")


def _flatten(key: str, parameter: Parameter) -> Iterator[tuple[str, str]]:
    if isinstance(parameter, Mapping):
        for name, inner in parameter.items():
            yield from _flatten(f"{key}[{name}]", inner)
    elif isinstance(parameter, Sequence) and not isinstance(parameter, str):
        for item in parameter:
            yield from _flatten(f"{key}[]", item)
    elif parameter is not None:
        yield key, _text(parameter)


def _text(value: str | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
