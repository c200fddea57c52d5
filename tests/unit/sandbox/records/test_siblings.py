"""Positions and parents: contiguous from 1, shifted by every move, live at once."""

from __future__ import annotations

import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.failures import ApiFailure
from tests.unit.sandbox.records.building import F, Lab, lab, refusal


def sorted_lab(count: int, **flags: Json) -> tuple[Lab, list[str]]:
    """Make a sortable model with some records."""
    at = lab()
    at.model("page", F("title"), **(flags or {"sortable": True}))
    return at, [at.create("page", {"title": str(one)})["id"] for one in range(1, count + 1)]


def order(at: Lab, parent: str | None = None) -> str:
    """Read the titles below a parent in their order; every position must be the next number."""
    pages = [one["attributes"] for one in at.data("GET", "/items", filter={"type": "page"})]
    below = [one for one in pages if one.get("parent_id") == parent]
    below.sort(key=lambda one: int(one["position"]))
    assert [one["position"] for one in below] == list(range(1, len(below) + 1))
    return "".join(str(one["title"]) for one in below)


def test_records_are_appended() -> None:
    """Without a position a record goes to the end."""
    at, _ = sorted_lab(3)
    assert order(at) == "123"


def test_new_record_takes_a_position() -> None:
    """A position shifts those behind; one beyond the end is the end."""
    at, _ = sorted_lab(3)
    assert at.create("page", {"title": "x", "position": 2})["attributes"]["position"] == 2
    assert at.create("page", {"title": "y", "position": 99})["attributes"]["position"] == 5
    assert order(at) == "1x23y"


@pytest.mark.parametrize(
    ("moved", "position", "expected"),
    [(1, 3, "2314"), (4, 1, "4123"), (2, 2, "1234"), (3, 9, "1243")],
)
def test_record_moves_among_its_siblings(moved: int, position: int, expected: str) -> None:
    """A move shifts the others and makes no version."""
    at, ids = sorted_lab(4)
    before = at.get(ids[moved - 1])["meta"]
    after = at.update(ids[moved - 1], {"position": position})["meta"]
    assert order(at) == expected
    assert after == before


def test_content_and_position_change_together() -> None:
    """A read-back with its position changes the content and leaves the place."""
    at, ids = sorted_lab(2)
    at.update(ids[0], {"title": "9", "position": 1})
    assert order(at) == "92"


@pytest.mark.parametrize("position", [0, -1, "1", 1.5, True])
def test_impossible_positions_are_refused(position: Json) -> None:
    """Positions count from 1."""
    at, _ = sorted_lab(1)
    with pytest.raises(ApiFailure) as refused:
        at.create("page", {"position": position})
    assert refusal(refused.value)[0] == "INVALID_POSITION"


def test_deleting_closes_the_gap() -> None:
    """Those behind a deleted record move up."""
    at, ids = sorted_lab(4)
    at.data("DELETE", f"/items/{ids[1]}")
    assert order(at) == "134"


def tree() -> tuple[Lab, list[str]]:
    """Make a tree: 1 with 2 and 3 below, 4 and 5 beside."""
    at, ids = sorted_lab(5, tree=True)
    for child in (ids[1], ids[2]):
        at.update(child, {"parent_id": ids[0]})
    return at, ids


def test_children_are_counted_per_parent() -> None:
    """Each parent has its own positions, and knows that it has children."""
    at, ids = tree()
    assert (order(at), order(at, ids[0])) == ("145", "23")
    assert at.get(ids[0])["meta"]["has_children"] is True
    assert at.get(ids[3])["meta"]["has_children"] is False
    leaf: JsonObject = at.get(ids[1])["attributes"]
    assert (leaf["parent_id"], leaf["position"]) == (ids[0], 1)


def test_record_moves_to_another_parent() -> None:
    """A move takes a record out here and puts it in there, at the end or at a position."""
    at, ids = tree()
    at.update(ids[3], {"parent_id": ids[0]})
    assert (order(at), order(at, ids[0])) == ("15", "234")
    at.update(ids[4], {"parent_id": ids[0], "position": 1})
    assert (order(at), order(at, ids[0])) == ("1", "5234")
    at.update(ids[2], {"parent_id": None, "position": 1})
    assert (order(at), order(at, ids[0])) == ("31", "524")


def test_has_children_follows_in_listings() -> None:
    """A listing that was read before tells of children that came and went since."""
    at, ids = tree()

    def told() -> list[bool]:
        pages = at.data("GET", "/items", filter={"ids": f"{ids[0]},{ids[3]}"})
        return [one["meta"]["has_children"] for one in reversed(pages)]

    assert told() == [True, False]
    at.update(ids[1], {"parent_id": ids[3]})
    at.update(ids[2], {"parent_id": ids[3]})
    assert told() == [False, True]


def test_impossible_parents_are_refused() -> None:
    """A parent must exist in the same model, and not be below the record."""
    at, ids = tree()
    at.model("other", F("title"), tree=True)
    other = at.create("other", {})["id"]
    for parent in ("ghost", other, 5):
        with pytest.raises(ApiFailure) as refused:
            at.update(ids[1], {"parent_id": parent})
        assert refusal(refused.value)[0] == "INVALID_PARENT_ID"
    at.update(ids[3], {"parent_id": ids[1]})
    for parent in (ids[0], ids[1], ids[3]):
        with pytest.raises(ApiFailure) as refused:
            at.update(ids[0], {"parent_id": parent})
        assert refusal(refused.value)[0] == "INVALID_PARENT"


def test_sortable_model_has_no_parents() -> None:
    """`parent_id` is for trees; a plain model has neither."""
    at, ids = sorted_lab(1)
    with pytest.raises(ApiFailure):
        at.update(ids[0], {"parent_id": ids[0]})
    with pytest.raises(ApiFailure):
        at.update(ids[0], {"parent_id": None})
    assert "parent_id" not in at.get(ids[0])["attributes"]


def test_deleting_a_parent_moves_its_children_up() -> None:
    """Children of a deleted page go to the end of its siblings."""
    at, ids = tree()
    at.data("DELETE", f"/items/{ids[0]}")
    assert order(at) == "4523"
