"""What is planned in the source is planned in the target, and under `update` nothing else is."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from datosnap.api.wire import Answer
from datosnap.core.jsontext import JsonObject
from datosnap.core.matching import OnConflict, Publish
from datosnap.core.retrying import Failure, Kind
from tests.support.authoring import Author
from tests.support.importing import Asked, CarryOut, environment_of, exported, fork_of, imported
from tests.support.newsroom import Newsroom
from tests.unit.sandbox.client import Client

_FAR, _NEAR = "2031-01-01T10:00:00.000+00:00", "2026-01-06T10:00:00.000+00:00"
_PUBLISH = ("scheduled_publication", {"publication_scheduled_at": _FAR})
_UNPUBLISH = ("scheduled_unpublishing", {"unpublishing_scheduled_at": _FAR})


def plan(place: Client, record: str, kind: str, attributes: JsonObject) -> None:
    """Plan a publication or unpublishing in a place."""
    Author(place).schedule(record, kind, attributes)


def planned(place: Client) -> dict[str, list[str]]:
    """Give what is planned in a place, by record."""
    both = {
        one.id: (one.publication, one.unpublishing) for one in environment_of(place).items.values()
    }
    times = {one: [each.at for each in some if each] for one, some in both.items()}
    return {one: some for one, some in times.items() if some}


@pytest.fixture
def place(room: Newsroom) -> Client:
    """Plan both things for two records of a fork, of which the source plans nothing."""
    place = fork_of(room.api, "busy")
    for name in ("four", "ann"):
        for one in (_PUBLISH, _UNPUBLISH):
            plan(place, room.id(name), *one)
    assert len(planned(place)) == 2
    return place


def test_what_only_the_target_has_planned_is_cancelled(place: Client, tmp_path: Path) -> None:
    """Where the source is to win its records have its schedules and no others, ever after."""
    bring = partial(imported, place, tmp_path / "out", state=tmp_path / "state")

    done = bring(on_conflict=OnConflict.UPDATE)

    assert done.gaps == []
    assert planned(place) == {}
    assert len(done.wires.writes) == 4
    assert bring(on_conflict=OnConflict.UPDATE).wires.writes == []


@pytest.mark.parametrize(
    "options", [{}, {"on_conflict": OnConflict.UPDATE, "publish": Publish.NONE}]
)
def test_otherwise_it_stays(place: Client, tmp_path: Path, options: JsonObject) -> None:
    """Schedules are left alone where edits are, and where states are not taken over."""
    before = planned(place)

    done = imported(place, tmp_path / "out", **options)

    assert done.gaps == []
    assert planned(place) == before


def test_what_both_have_planned_stays_planned(room: Newsroom, tmp_path: Path) -> None:
    """An equal schedule is not made again; one at another time is replaced."""
    for name in ("four", "rome"):
        plan(room.api, room.id(name), *_PUBLISH)
    exported(room.api, tmp_path / "planned")
    place = fork_of(room.api, "other")
    assert place.delete(f"/items/{room.id('rome')}/scheduled-publication").status == 200
    plan(place, room.id("rome"), _PUBLISH[0], {"publication_scheduled_at": _NEAR})

    done = imported(place, tmp_path / "planned", on_conflict=OnConflict.UPDATE)

    assert done.gaps == []
    assert planned(place) == planned(room.api)
    assert [one.method for one in done.wires.writes] == ["DELETE", "POST"]


@pytest.mark.parametrize("number", range(4))
def test_an_answer_that_is_lost_cancels_the_same(
    place: Client, tmp_path: Path, number: int
) -> None:
    """A repeated request that finds nothing to cancel any more is no failure."""
    lost: list[str] = []
    seen: list[str] = []

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        answer = carry_out()
        if asked.method == "DELETE" and not lost:
            seen.append(asked.path)
            if len(seen) > number:
                lost.append(asked.path)
                return Failure(Kind.LOST, "the answer was lost")
        return answer

    done = imported(place, tmp_path / "out", on_conflict=OnConflict.UPDATE, hook=hook)

    assert lost
    assert done.gaps == []
    assert planned(place) == {}


def test_a_run_that_goes_on_cancels_too(place: Client, room: Newsroom, tmp_path: Path) -> None:
    """It has not read the target, and finds out what is planned there."""
    Author(place).update(room.id("one"), {"code": "edited"})
    bring = partial(
        imported, place, tmp_path / "out", state=tmp_path / "s", on_conflict=OnConflict.UPDATE
    )

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.method == "DELETE":
            raise CutError
        return carry_out()

    with pytest.raises(CutError):
        bring(hook=hook)
    done = bring()

    assert done.report.plan.resumed
    assert planned(place) == {}


def test_a_schedule_that_cannot_be_cancelled_is_told(place: Client, tmp_path: Path) -> None:
    """It stays, with the reason, and the others go."""
    refused: list[str] = []

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.method == "DELETE" and not refused:
            refused.append(asked.path)
            return Answer(422, b'{"data":[]}', request_id="1")
        return carry_out()

    done = imported(place, tmp_path / "out", on_conflict=OnConflict.UPDATE, hook=hook)

    assert refused
    assert [kind for kind, _, _ in done.gaps] == ["schedule"]
    assert len(planned(place)) == 1


class CutError(Exception):
    """The end of a run in its midst."""
