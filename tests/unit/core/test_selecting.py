"""Which records are meant, and what they cannot do without."""

from __future__ import annotations

import pytest

from datosnap.core.selecting import Needs, Selected, Selection, left_behind, select
from datosnap.errors import UsageError

RECORDS = {"a": "post", "b": "post", "c": "page", "d": "page", "e": "tag"}
NEEDS = {
    "a": Needs(("c",), ("u",)),
    "b": Needs(("b", "gone")),
    "c": Needs(("d", "a"), ("v",)),
    "d": Needs(("e",)),
}


@pytest.mark.parametrize(
    ("asked", "records", "uploads"),
    [
        (Selection(records=("a",)), "a", ""),
        (Selection(models=("post", "tag")), "abe", ""),
        (Selection(models=("tag",), records=("b",)), "be", ""),
        (Selection(records=("a",), dependencies=True), "acde", "uv"),
        (Selection(records=("b",), dependencies=True), "b", ""),
    ],
)
def test_what_is_selected(asked: Selection, records: str, uploads: str) -> None:
    """With dependencies comes what is needed, and what that needs, around circles too."""
    chosen = select(asked, {"post", "page", "tag"}, RECORDS, NEEDS)

    assert chosen == Selected(set(records), set(uploads))


def test_nothing_named_is_everything() -> None:
    """To follow dependencies alone selects nothing."""
    assert Selection(dependencies=True).is_everything
    assert not Selection(models=("post",)).is_everything


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (Selection(models=("psot",)), "--models: the snapshot has no 'psot'"),
        (Selection(records=tuple("uvwxyz")), "--records: .* 'y' and 1 more"),
    ],
)
def test_what_is_not_there_is_named(asked: Selection, told: str) -> None:
    """A misspelt name is refused with the first few of its kind."""
    with pytest.raises(UsageError, match=told):
        select(asked, {"post"}, RECORDS, NEEDS)


def test_what_is_left_behind_is_told_by_record() -> None:
    """Only records that miss something are named, with what that is."""
    known = {"item": {"a", "b", "c", "d"}, "upload": {"u"}}

    assert left_behind(Selected(set(RECORDS)), NEEDS, known) == {
        "b": {("record", "gone")},
        "c": {("upload", "v")},
        "d": {("record", "e")},
    }
