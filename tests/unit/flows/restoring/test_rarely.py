"""What an import meets rarely: long lists, lists that move, locales that are owed, lost bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.api.wire import Answer
from datosnap.core.matching import OnConflict
from datosnap.core.retrying import Failure
from datosnap.errors import UnavailableError, UsageError
from tests.support.authoring import Author
from tests.support.importing import (
    Asked,
    CarryOut,
    beside,
    exported,
    fork_of,
    imported,
)
from tests.support.newsroom import change, newsroom, value
from tests.support.small_projects import small_project
from tests.unit.sandbox.client import Client


def test_many_records_are_remembered_by_their_list(tmp_path: Path) -> None:
    """Of more than a hundred the whole list costs fewer calls, and tells our work as well."""
    project = small_project(1, posts=230, notes=3)
    exported(project.api, tmp_path / "out")
    place, state = beside(project.api), tmp_path / "state"
    first = imported(place, tmp_path / "out", state=state)
    assert first.gaps == []
    edited = project.ids("post")[7]
    change(place, edited, title="edited")

    again = imported(place, tmp_path / "out", state=state)

    assert again.wires.writes == []
    assert [one for _, one, _ in again.gaps] == [edited]


def test_a_list_that_never_stands_still_is_no_ground_to_decide_on(tmp_path: Path) -> None:
    """A record that was missed would be taken for lost; so nothing is written at all."""
    project = small_project(1, posts=70, notes=3)
    exported(project.api, tmp_path / "out")
    made: list[str] = []

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        answer = carry_out()
        if asked.path == "/items" and project.models["post"] in asked.query:
            made.append(project.create("post"))
        return answer

    with pytest.raises(UnavailableError, match="stands still"):
        imported(project.api, tmp_path / "out", hook=hook)

    assert len(made) > 3
    assert len(project.ids("post")) == 70 + len(made)


def test_locales_that_only_the_target_has_are_owed_too(tmp_path: Path) -> None:
    """Where its records must have every locale those come empty, and that is no difference."""
    author = Author(Client.fresh())
    author.locales("en", "it")
    model = author.model("page", all_locales_required=True)
    author.field("page", "title", localized=True)
    page = author.create(model, {"title": {"en": "a", "it": "b"}})
    exported(author.api, tmp_path / "out")
    place = beside(author.api)
    Author(place).locales("en", "fr", "it")

    done = imported(place, tmp_path / "out")

    assert done.gaps == []
    assert value(place, page, "title") == {"en": "a", "it": "b", "fr": None}
    change(place, page, title={"en": "x", "it": "y", "fr": "z"})
    forced = imported(place, tmp_path / "out", on_conflict=OnConflict.UPDATE)
    assert forced.gaps == []
    assert value(place, page, "title") == {"en": "a", "it": "b", "fr": "z"}
    assert imported(place, tmp_path / "out").wires.writes == []


def test_uploads_whose_bytes_are_nowhere_are_told(tmp_path: Path) -> None:
    """A snapshot without them restores all else, or on demand nothing; a fork has them itself."""
    room = newsroom()
    exported(room.api, tmp_path / "out", assets="metadata")

    done = imported(beside(room.api), tmp_path / "out")
    assert {one for kind, one, _ in done.gaps if kind == "upload"} == set(room.uploads.values())

    with pytest.raises(UsageError, match="does not hold its bytes"):
        imported(beside(room.api), tmp_path / "out", fail_on_asset=True)

    kept = imported(fork_of(room.api, "same"), tmp_path / "out", fail_on_asset=True)
    assert (kept.wires.writes, kept.gaps) == ([], [])
