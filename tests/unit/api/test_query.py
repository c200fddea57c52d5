"""Query parameters are written with brackets, as the API reads them."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from datosnap.api.query import Query, encode_query


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({}, ""),
        ({"nested": True, "version": "current"}, "nested=true&version=current"),
        ({"page": {"limit": 30, "offset": 0}}, "page[limit]=30&page[offset]=0"),
        ({"filter": {"fields": {"slug": {"in": ["a"]}}}}, "filter[fields][slug][in][]=a"),
        ({"a": None, "b": False, "c": {"d": None}, "e": []}, "b=false"),
        ({"include": ["x", 1, True]}, "include[]=x&include[]=1&include[]=true"),
    ],
)
def test_writes_nested_parameters(query: Query, text: str) -> None:
    """Objects become brackets, lists repeat their key, nothing is left out but None."""
    assert encode_query(query).replace("%5B", "[").replace("%5D", "]") == text


def test_any_text_survives_the_query() -> None:
    """Separators, brackets, spaces and other scripts in a value come back as they were."""
    value = "a&b=c[d]#e?f/g+h i%20é🌍\n"
    text = encode_query({"filter": {"query": value}})
    assert parse_qsl(text, strict_parsing=True) == [("filter[query]", value)]
    assert text.isascii()
