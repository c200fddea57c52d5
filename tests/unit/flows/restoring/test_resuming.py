"""An import into a damaged fork that ends at any write goes on as it began, and doubles nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from datosnap.api.wire import Answer
from datosnap.core.matching import OnConflict
from datosnap.core.retrying import Failure
from tests.support.importing import (
    Asked,
    CarryOut,
    Imported,
    beside,
    compared,
    environment_of,
    exported,
    fork_of,
    imported,
)
from tests.support.newsroom import Newsroom, change, delete, records_of
from tests.unit.sandbox.client import Client

# The import below has more than so many writes; each is the last one of some run.
_WRITES = 12


class End(BaseException):
    """The process ends."""


@dataclass(slots=True)
class Ending:
    """Ends an import at one of its writes, before or after it was carried out."""

    at: int
    carried_out: bool
    met: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        """Carry requests out until the end."""
        if asked.is_write:
            self.met.append(asked.path)
            if len(self.met) == self.at and self.carried_out:
                carry_out()
            # Others are under way when it ends, and come to nothing.
            if len(self.met) >= self.at:
                raise End
        return carry_out()


def damaged(room: Newsroom) -> Client:
    """Give a fork in which records were lost, edited, moved, taken back, shown and added."""
    place = fork_of(room.api, "damaged")
    delete(place, *room.ids("two", "second", "rome"))
    change(place, room.id("ann"), title="Anna")
    change(place, room.id("three"), code="3")
    change(place, room.id("europe"), parent_id=None)
    change(place, room.id("fourth"), position=1)
    assert place.put(f"/items/{room.id('first')}/unpublish").status == 200
    assert place.put(f"/items/{room.id('fourth')}/publish").status == 200
    links = {"item_type": {"type": "item_type", "id": room.models["writer"]}}
    assert place.make("/items", "item", links, title="nobody").status == 201
    return place


def put(place: Client, tmp_path: Path, **hook: Ending) -> Imported:
    """Bring a damaged fork back to the snapshot."""
    return imported(
        place,
        tmp_path / "out",
        state=tmp_path / "state",
        on_conflict=OnConflict.UPDATE,
        mirror=True,
        agreed=True,
        **hook,
    )


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize(
    "at",
    [
        pytest.param(at, marks=() if at in {2, 5, 8, 12} else pytest.mark.long)
        for at in range(1, _WRITES + 1)
    ],
)
def test_an_import_that_ended_goes_on(
    room: Newsroom, tmp_path: Path, at: int, *, carried_out: bool
) -> None:
    """The same command brings the target to the snapshot; run again it writes nothing."""
    place, ending = damaged(room), Ending(at, carried_out)
    with pytest.raises(End):
        put(place, tmp_path, hook=ending)
    assert len(ending.met) >= at

    done = put(place, tmp_path)

    assert done.gaps == []
    exported(place, tmp_path / "back")
    differences = compared(tmp_path / "out", tmp_path / "back", done.report.ids).differences
    assert [one for one in differences if one.kind != "roles"] == []
    assert records_of(environment_of(place)) == set(room.records.values())
    again = put(place, tmp_path)
    assert (again.wires.writes, again.gaps) == ([], [])


def test_the_plan_of_a_run_that_goes_on_tells_all_of_the_schema(
    room: Newsroom, tmp_path: Path
) -> None:
    """What was made before the end is told like what is still to be made, as at first."""
    place, state = beside(room.api), tmp_path / "state"
    first = imported(place, tmp_path / "out", dry_run=True).report.plan
    ending = Ending(at=9, carried_out=True)
    with pytest.raises(End):
        imported(place, tmp_path / "out", state=state, hook=ending)
    assert any("/fields" in one for one in ending.met)

    done = imported(place, tmp_path / "out", state=state).report.plan

    assert first.schema
    assert done.schema == first.schema
    assert done.resumed
    assert any("was interrupted after" in one for one in done.notes)
