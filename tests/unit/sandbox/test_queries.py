"""Query strings become nested objects."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from datosnap.sandbox.queries import is_true, listed, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("nested=true", {"nested": "true"}),
        ("page[limit]=30&page[offset]=60", {"page": {"limit": "30", "offset": "60"}}),
        ("filter%5Btype%5D=post", {"filter": {"type": "post"}}),
        (
            "filter[fields][slug][in][]=a&filter[fields][slug][in][]=b",
            {"filter": {"fields": {"slug": {"in": ["a", "b"]}}}},
        ),
        ("include[]=a&include[]=b", {"include": ["a", "b"]}),
        ("a=1%2B1&a=2", {"a": "2"}),
        ("order_by=", {"order_by": ""}),
    ],
)
def test_brackets_nest(text: str, expected: JsonObject) -> None:
    """Encoded or not, brackets make objects and empty ones lists."""
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "page[limit=3",
        "[a]=1",
        "a=1&a[b]=2",
        "a[b]=2&a=1",
        "a=1&a[]=2",
        "a[b]=1&a[]=2",
        "a=1&a[b][c]=2",
    ],
)
def test_odd_brackets_and_contradictions_are_refused(text: str) -> None:
    """A key that cannot be placed is refused, not dropped."""
    with pytest.raises(ApiFailure) as caught:
        parse(text)
    assert caught.value.problems[0][0] == "INVALID_PARAMS"


def test_lists_come_with_commas_or_as_lists() -> None:
    """`include=a,b` and `include[]=a&include[]=b` say the same."""
    assert listed("a,b") == listed(["a", "b"]) == ["a", "b"]
    assert listed(None) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [("true", True), ("1", True), ("false", False), (None, False), ({}, False)],
)
def test_yes_is_true_or_one(value: Json, expected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Booleans come as texts."""
    assert is_true(value) is expected
