"""An import that makes a target like the snapshot: what is deleted, and what readers see."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.core.jsontext import JsonObject
from datosnap.core.matching import OnConflict, Publish
from datosnap.core.selecting import Selection
from datosnap.errors import UsageError
from tests.support.authoring import Author
from tests.support.importing import (
    beside,
    compared,
    environment_of,
    exported,
    fork_of,
    imported,
)
from tests.support.newsroom import Newsroom, change, records_of
from tests.unit.sandbox.client import Client


def add(room: Newsroom, place: Client) -> dict[str, str]:
    """Have an editor add records to a fork: some that need each other, a tree and a writer."""
    author, models = Author(place), room.models
    made: dict[str, str] = {"carl": author.published(models["writer"], {"title": "carl"})}
    for name in ("five", "six"):
        title: JsonObject = {"title": {"en": name}, "body": {"en": []}, "code": name}
        made[name] = author.published(models["article"], {**title, "writer": made["carl"]})
    author.update(made["five"], {"see": [made["six"]]})
    author.publish(made["five"])
    made["asia"] = author.published(models["topic"], {"title": "asia"})
    made["tokyo"] = author.published(models["topic"], {"title": "t", "parent_id": made["asia"]})
    return made


def statuses(place: Client) -> dict[str, str]:
    """Give the status of every record of a place."""
    return {one.id: one.status for one in environment_of(place).items.values()}


def test_a_mirror_deletes_only_what_was_agreed_to(room: Newsroom, tmp_path: Path) -> None:
    """Without --yes the plan is shown and nothing is touched; with it the target is the source."""
    place = fork_of(room.api, "grown")
    made = add(room, place)
    before = records_of(environment_of(place))

    with pytest.raises(UsageError, match=r"5 records.*--yes"):
        imported(place, tmp_path / "out", mirror=True)
    assert records_of(environment_of(place)) == before

    done = imported(place, tmp_path / "out", mirror=True, agreed=True)
    assert done.gaps == []
    assert done.report.written.deleted == len(made)
    exported(place, tmp_path / "back")
    differences = compared(tmp_path / "out", tmp_path / "back", done.report.ids).differences
    assert [one for one in differences if one.kind != "roles"] == []


def test_a_mirror_of_models_leaves_the_others_alone(room: Newsroom, tmp_path: Path) -> None:
    """Only records of the named models are deleted, not of those that come along with them."""
    place = fork_of(room.api, "grown")
    made = add(room, place)
    asked = Selection(models=("topic",), dependencies=True)

    done = imported(place, tmp_path / "out", selection=asked, mirror=True, agreed=True)

    assert done.report.plan.deletes == 2
    left = records_of(environment_of(place)) & set(made.values())
    assert left == {made["carl"], made["five"], made["six"]}


def test_a_mirror_of_single_records_makes_no_sense(room: Newsroom, tmp_path: Path) -> None:
    """To name records and to delete all others is refused."""
    asked = Selection(records=(room.id("ann"),))

    with pytest.raises(UsageError, match="--models"):
        imported(room.api, tmp_path / "out", selection=asked, mirror=True)


def test_what_is_in_use_elsewhere_is_told_and_stays(room: Newsroom, tmp_path: Path) -> None:
    """A record that the API will not delete is a gap with its reason; the others go."""
    place = fork_of(room.api, "grown")
    made = add(room, place)
    rules = environment_of(place).of_type("field")
    writer = next(one for one in rules.values() if one["attributes"]["api_key"] == "writer")
    body = {
        **writer["attributes"]["validators"]["item_item_type"],
        "on_reference_delete_strategy": "fail",
    }
    Author(place).validate(writer["id"], item_item_type=body)
    asked = Selection(models=("writer",))

    done = imported(place, tmp_path / "out", selection=asked, mirror=True, agreed=True)

    assert [(kind, one) for kind, one, _ in done.gaps] == [("record", made["carl"])]
    assert "could not be deleted" in done.gaps[0][2]
    assert made["carl"] in records_of(environment_of(place))


@pytest.mark.parametrize(("publish", "status"), [("none", "draft"), ("all", "published")])
def test_what_readers_see_is_for_the_importer_to_say(
    room: Newsroom, tmp_path: Path, publish: str, status: str
) -> None:
    """All records of models with drafts become drafts, or public in their newest content."""
    place = beside(room.api)

    done = imported(place, tmp_path / "out", publish=Publish(publish), state=tmp_path / "state")

    assert done.gaps == []
    expected = dict.fromkeys(records_of(environment_of(place)), status)
    assert statuses(place) == {**expected, room.id("about"): "published"}
    again = imported(place, tmp_path / "out", publish=Publish(publish), state=tmp_path / "state")
    assert (again.wires.writes, again.gaps) == ([], [])


def test_nothing_new_is_published_unasked(room: Newsroom, tmp_path: Path) -> None:
    """With `none` existing records keep their status, and their new content waits."""
    place = fork_of(room.api, "edited")
    before = statuses(place)
    change(place, room.id("ann"), title="Anna")
    change(place, room.id("four"), code="4")

    done = imported(place, tmp_path / "out", publish=Publish.NONE, on_conflict=OnConflict.UPDATE)

    assert done.gaps == []
    assert statuses(place) == {**before, room.id("ann"): "updated"}
