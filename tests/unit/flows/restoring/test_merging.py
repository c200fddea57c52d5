"""What an import does to a target that holds something: what is asked, once, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.core.matching import OnConflict
from datosnap.core.remapping import IdPolicy
from datosnap.errors import UsageError
from tests.support.importing import (
    Imported,
    beside,
    compared,
    environment_of,
    exported,
    fork_of,
    imported,
)
from tests.support.newsroom import Newsroom, change, delete, records_of, value
from tests.unit.sandbox.client import Client


def skipped(done: Imported) -> set[str]:
    """Give the ids of what was told to be edited in the target."""
    return {one for _, one, reason in done.gaps if "edited in the target" in reason}


def is_equal(room: Newsroom, place: Client, done: Imported, tmp_path: Path) -> None:
    """Assert that a place holds what was exported."""
    folder = tmp_path / f"back-{len(list(tmp_path.iterdir()))}"
    exported(place, folder)
    comparison = compared(tmp_path / "out", folder, done.report.ids)
    ours = [one for one in comparison.differences if one.kind != "roles"]
    assert ours == []
    assert len(records_of(environment_of(place))) == len(room.records)


@pytest.mark.parametrize("ids", list(IdPolicy))
def test_a_second_import_writes_nothing(room: Newsroom, tmp_path: Path, ids: IdPolicy) -> None:
    """Importing again by mistake sends no writing request, with the first one's state or not."""
    place = beside(room.api)
    first = imported(place, tmp_path / "out", ids=ids, state=tmp_path / "state")
    assert first.gaps == []
    is_equal(room, place, first, tmp_path)

    again = imported(place, tmp_path / "out", ids=ids, state=tmp_path / "state")
    afresh = imported(place, tmp_path / "out", ids=ids if ids is IdPolicy.REMAP else IdPolicy.AUTO)

    assert (again.wires.writes, again.gaps) == ([], [])
    assert (afresh.wires.writes, afresh.gaps) == ([], [])
    assert again.report.plan.calls <= 4


def test_a_fork_of_the_source_is_the_source(room: Newsroom, tmp_path: Path) -> None:
    """Into a fork that nobody touched nothing is written."""
    done = imported(fork_of(room.api, "same"), tmp_path / "out")

    assert (done.wires.writes, done.gaps) == ([], [])
    assert all(one.unchanged == one.records for one in done.report.plan.models)


def test_deleted_records_come_back_under_their_ids(room: Newsroom, tmp_path: Path) -> None:
    """Three records lost in the fork are made again, in their places, and nothing else is."""
    place = fork_of(room.api, "damaged")
    delete(place, *room.ids("two", "second", "rome"))

    done = imported(place, tmp_path / "out", on_conflict=OnConflict.UPDATE)

    assert done.report.written.records == 3
    is_equal(room, place, done, tmp_path)


def test_what_was_edited_is_told_and_left(room: Newsroom, tmp_path: Path) -> None:
    """Without being asked an import overwrites nothing that somebody changed since."""
    place = beside(room.api)
    first = imported(place, tmp_path / "out", state=tmp_path / "state")
    assert first.gaps == []
    change(place, room.id("ann"), title="Anna")
    change(place, room.id("four"), code="4")
    assert place.put(f"/items/{room.id('first')}/unpublish").status == 200

    again = imported(place, tmp_path / "out", state=tmp_path / "state")

    assert again.wires.writes == []
    assert skipped(again) == set(room.ids("ann", "four", "first"))
    assert value(place, room.id("ann"), "title") == "Anna"


def test_what_was_edited_is_overwritten_on_demand(room: Newsroom, tmp_path: Path) -> None:
    """With the policy `update` content, status and order are the snapshot's again."""
    place = fork_of(room.api, "edited")
    change(place, room.id("ann"), title="Anna")
    change(place, room.id("three"), code="3")
    change(place, room.id("four"), code="4", hero=None)
    change(place, room.id("fourth"), position=1)
    change(place, room.id("europe"), parent_id=None)
    change(place, room.id("about"), title="About them")
    assert place.put(f"/items/{room.id('second')}/unpublish").status == 200
    assert place.put(f"/items/{room.id('fourth')}/publish").status == 200

    done = imported(place, tmp_path / "out", on_conflict=OnConflict.UPDATE)

    assert done.gaps == []
    is_equal(room, place, done, tmp_path)


def test_the_policy_fail_refuses_before_the_first_write(room: Newsroom, tmp_path: Path) -> None:
    """All edited records are named at once."""
    place = fork_of(room.api, "edited")
    change(place, room.id("ann"), title="Anna")
    change(place, room.id("four"), code="4")
    delete(place, room.id("three"))

    with pytest.raises(UsageError) as refused:
        imported(place, tmp_path / "out", on_conflict=OnConflict.FAIL)

    assert room.id("ann") in str(refused.value)
    assert room.id("four") in str(refused.value)
    assert room.id("three") not in records_of(environment_of(place))


def test_a_newer_snapshot_is_written_over_our_own_work(room: Newsroom, tmp_path: Path) -> None:
    """With the state of the first import a changed source is brought over, edits are not."""
    place, state = beside(room.api), tmp_path / "state"
    imported(place, tmp_path / "out", state=state)
    change(place, room.id("bob"), title="Bobby")
    change(room.api, room.id("ann"), title="Anna")
    change(room.api, room.id("bob"), title="Robert")
    change(room.api, room.id("one"), code="uno")
    exported(room.api, tmp_path / "newer")

    done = imported(place, tmp_path / "newer", state=state)

    assert value(place, room.id("ann"), "title") == "Anna"
    assert value(place, room.id("one"), "code") == "uno"
    assert skipped(done) == {room.id("bob")}
    assert value(place, room.id("bob"), "title") == "Bobby"


def test_an_existing_singleton_is_taken_for_the_source_s(room: Newsroom, tmp_path: Path) -> None:
    """The only record of its model is brought to the snapshot's content, not doubled."""
    place = beside(room.api)
    first = imported(place, tmp_path / "out", ids=IdPolicy.REMAP)
    other = first.report.ids.translate("item", room.id("about"))
    change(place, other, title="Other")

    done = imported(
        place,
        tmp_path / "out",
        state=tmp_path / "other",
        on_conflict=OnConflict.UPDATE,
        allow_primary=True,
    )

    assert done.report.ids.translate("item", room.id("about")) == other
    assert value(place, other, "title") == "About us"


def test_uploads_with_the_same_bytes_are_used_again(room: Newsroom, tmp_path: Path) -> None:
    """A picture that the target has under another id is not sent; the records show it."""
    place = beside(room.api)
    first = imported(place, tmp_path / "out", ids=IdPolicy.REMAP)
    sun = first.report.ids.translate("upload", room.uploads["sun"])
    records = first.report.ids.of_kind("item").values()
    delete(place, *(one for one in records if one in records_of(environment_of(place))))

    done = imported(place, tmp_path / "out", state=tmp_path / "other", allow_primary=True)

    assert done.report.plan.upload_plan.send == 0
    assert done.report.ids.translate("upload", room.uploads["sun"]) == sun
    shown = done.report.ids.translate("item", room.id("one"))
    assert value(place, shown, "hero")["upload_id"] == sun


def test_what_is_said_of_uploads_follows_the_policy(room: Newsroom, tmp_path: Path) -> None:
    """Words that an editor changed stay, and are told, unless they are to be overwritten."""
    place = fork_of(room.api, "edited")
    sun = room.uploads["sun"]
    body = {"data": {"type": "upload", "id": sun, "attributes": {"author": "nobody"}}}
    assert place.put(f"/uploads/{sun}", body).status == 200

    kept = imported(place, tmp_path / "out", state=tmp_path / "kept")
    done = imported(place, tmp_path / "out", on_conflict=OnConflict.UPDATE)

    assert skipped(kept) == {sun}
    assert kept.wires.writes == []
    assert done.gaps == []
    assert place.get(f"/uploads/{sun}").attributes["author"] == "sun"


def test_what_readers_see_is_written_only_on_demand(room: Newsroom, tmp_path: Path) -> None:
    """A primary environment with content is refused when anything would be written into it."""
    imported(room.api, tmp_path / "out")
    delete(room.api, room.id("four"))

    with pytest.raises(UsageError, match="--allow-primary"):
        imported(room.api, tmp_path / "out", state=tmp_path / "new")
    done = imported(room.api, tmp_path / "out", state=tmp_path / "new", allow_primary=True)

    assert done.report.written.records == 1


def test_creators_are_kept_within_their_project(room: Newsroom, tmp_path: Path) -> None:
    """A record that is made again is its creator's again; one whose creator is gone says so."""
    tokens = room.api.project.of_type("access_token")
    tokens["77"] = {**next(iter(tokens.values())), "id": "77"}
    links = {"creator": {"type": "access_token", "id": "77"}}
    dora = room.author.create(room.models["writer"], {"title": "dora"}, links=links)
    exported(room.api, tmp_path / "named")
    place = fork_of(room.api, "damaged")

    delete(place, dora, room.id("three"))
    kept = imported(place, tmp_path / "named")
    assert kept.gaps == []
    assert environment_of(place).items[dora].creator == links["creator"]

    delete(place, dora, room.id("three"))
    del tokens["77"]
    gone = imported(place, tmp_path / "named")
    assert [(kind, one) for kind, one, _ in gone.gaps] == [("creator", dora)]
    assert environment_of(place).items[dora].creator != links["creator"]
