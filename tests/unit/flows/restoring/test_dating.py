"""Records that are there already get the dates that they have in the source."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from datosnap.api.wire import Answer
from datosnap.core.jsontext import JsonObject, decode, encode
from datosnap.core.matching import OnConflict
from datosnap.core.retrying import Failure
from tests.support.authoring import Author
from tests.support.importing import Asked, CarryOut, environment_of, exported, fork_of, imported
from tests.support.newsroom import Newsroom
from tests.unit.sandbox.client import Client

_LONG_AGO = "2011-01-01T10:00:00.000+00:00"


def dates(place: Client) -> dict[str, tuple[str, str | None]]:
    """Give the dates that the records of a place have."""
    items = environment_of(place).items.values()
    return {one.id: (one.created_at, one.first_published_at) for one in items}


def aged(room: Newsroom, folder: Path) -> Client:
    """Fork, then date two records back, publish another, and export to `newer`."""
    place = fork_of(room.api, "behind")
    for name in ("ann", "about"):
        room.author.update(room.id(name), meta={"created_at": _LONG_AGO})
    room.author.publish(room.id("rome"))
    exported(room.api, folder / "newer")
    assert dates(place) != dates(room.api)
    return place


def test_dates_alone_are_a_difference(room: Newsroom, tmp_path: Path) -> None:
    """They come over without a version being made, and the second import writes nothing."""
    place = aged(room, tmp_path)
    versions = {one.id: one.current.id for one in environment_of(place).items.values()}
    bring = partial(
        imported,
        place,
        tmp_path / "newer",
        state=tmp_path / "state",
        on_conflict=OnConflict.UPDATE,
    )

    done = bring()

    assert done.gaps == []
    assert dates(place) == dates(room.api)
    assert sum(one.update for one in done.report.plan.models) == 3
    assert [one.method for one in done.wires.writes] == ["POST", "PUT", "PUT", "PUT"]
    items = environment_of(place).items.values()
    assert {one.id: one.current.id for one in items} == versions
    assert bring().wires.writes == []


def test_dates_alone_are_nobodys_edit(room: Newsroom, tmp_path: Path) -> None:
    """Where edits are left alone dates are too, and there is no conflict to tell."""
    place = aged(room, tmp_path)
    Author(place).publish(room.id("rome"))
    before = dates(place)

    done = imported(place, tmp_path / "newer", on_conflict=OnConflict.FAIL)

    assert done.gaps == []
    assert done.wires.writes == []
    assert dates(place) == before


def test_our_own_records_get_new_dates_unasked(room: Newsroom, tmp_path: Path) -> None:
    """What an import left as it is follows its source, dates included."""
    place = fork_of(room.api, "followed")
    bring = partial(imported, place, state=tmp_path / "state")
    bring(tmp_path / "out")
    room.author.update(room.id("ann"), meta={"created_at": _LONG_AGO})
    exported(room.api, tmp_path / "newer")

    done = bring(tmp_path / "newer")

    assert done.gaps == []
    assert len(done.wires.writes) == 1
    assert dates(place) == dates(room.api)


def test_an_api_that_sets_no_dates_is_asked_once(room: Newsroom, tmp_path: Path) -> None:
    """It is told how many records keep theirs, and no more requests are spent."""
    place = aged(room, tmp_path)
    asked_for: list[str] = []

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.method != "PUT" or b"created_at" not in asked.content:
            return carry_out()
        asked_for.append(asked.path)
        record: JsonObject = decode(place.get(asked.path).body)
        return Answer(200, encode(record), request_id="1")

    done = imported(
        place, tmp_path / "newer", on_conflict=OnConflict.UPDATE, hook=hook, in_flight=1
    )

    assert len(asked_for) == 1
    assert [kind for kind, _, _ in done.gaps] == ["dates"]
    assert "3 records keep their own dates" in done.gaps[0][2]


def test_dates_that_are_refused_are_told(room: Newsroom, tmp_path: Path) -> None:
    """One record whose dates the API refuses is a gap; the others get theirs."""
    place, refused = aged(room, tmp_path), room.id("ann")

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.method == "PUT" and asked.path == f"/items/{refused}":
            return Answer(422, b'{"data":[]}', request_id="1")
        return carry_out()

    done = imported(place, tmp_path / "newer", on_conflict=OnConflict.UPDATE, hook=hook)

    assert [(kind, one) for kind, one, _ in done.gaps] == [("dates", refused)]
    left = {one for one, held in dates(place).items() if held != dates(room.api)[one]}
    assert left == {refused}
