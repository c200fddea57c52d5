"""The tree of paths finds the row a request means."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from datosnap.sandbox.routing import Routes


@dataclass(frozen=True)
class _Row:
    method: str
    path: str


_ROUTES = Routes(
    [
        _Row("GET", "/items"),
        _Row("GET", "/items/{id}"),
        _Row("PUT", "/items/{id}/publish"),
        _Row("POST", "/items/bulk/publish"),
        _Row("GET", "/item-types/{item_type_id}/fields/{id}"),
    ]
)


def test_variable_segments_are_given_by_name() -> None:
    """The values of a path's variables come with the row."""
    found = _ROUTES.find("GET", "/item-types/post/fields/title")

    assert found is not None
    assert found[1] == {"item_type_id": "post", "id": "title"}


def test_fixed_segment_goes_before_a_variable_one() -> None:
    """`bulk` is not taken for a record's id."""
    found = _ROUTES.find("POST", "/items/bulk/publish")

    assert found == (_Row("POST", "/items/bulk/publish"), {})


def test_variable_segment_is_tried_after_a_fixed_one() -> None:
    """A record whose id is `bulk` can still be published."""
    found = _ROUTES.find("PUT", "/items/bulk/publish")

    assert found == (_Row("PUT", "/items/{id}/publish"), {"id": "bulk"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/items"),
        ("GET", "/nothing"),
        ("GET", "/items/1/2"),
        ("GET", "/item-types//fields/a"),
    ],
)
def test_unknown_path_or_method_finds_nothing(method: str, path: str) -> None:
    """What no row describes has no answer."""
    assert _ROUTES.find(method, path) is None


def test_two_rows_for_one_path_are_a_defect() -> None:
    """A table with a row that would never be reached is refused."""
    with pytest.raises(ValueError, match="two rows answer GET /a"):
        Routes([_Row("GET", "/a"), _Row("GET", "/a")])
