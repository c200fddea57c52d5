"""An import of a part: certain records, models or locales, and what they cannot do without."""

from __future__ import annotations

from pathlib import Path

import pytest

from datosnap.core.matching import OnConflict
from datosnap.core.remapping import IdPolicy
from datosnap.core.selecting import Selection
from datosnap.errors import UsageError
from tests.support.importing import beside, environment_of, fork_of, imported
from tests.support.newsroom import Newsroom, change, delete, records_of, value


def test_single_records_are_restored_and_nothing_else(room: Newsroom, tmp_path: Path) -> None:
    """Three of five lost records come back; only their siblings are read beside them."""
    place = fork_of(room.api, "damaged")
    lost = room.ids("one", "four", "second", "third", "rome")
    delete(place, *lost)
    asked = Selection(records=tuple(lost[:3]))

    done = imported(place, tmp_path / "out", selection=asked)

    assert done.gaps == []
    assert set(lost) & records_of(environment_of(place)) == set(lost[:3])
    listed = {one.query.split("&")[0] for one in done.wires.asked if "5Btype" in one.query}
    assert listed == {f"filter%5Btype%5D={room.models['rank']}"}
    assert {one.path for one in done.wires.writes} <= {
        "/items",
        "/items/bulk/publish",
        *(f"/items/{one}" for one in lost),
    }


def test_what_a_selection_needs_is_told_before_the_first_write(
    room: Newsroom, tmp_path: Path
) -> None:
    """Links to what is neither selected nor in the target refuse the import, by name."""
    place = beside(room.api)
    asked = Selection(records=(room.id("one"),))

    with pytest.raises(UsageError) as refused:
        imported(place, tmp_path / "out", selection=asked)

    told = str(refused.value)
    assert room.id("ann") in told
    assert room.uploads["sun"] in told
    assert "--with-dependencies" in told
    assert records_of(environment_of(place)) == set()


def test_links_to_what_is_left_behind_can_be_left_out(room: Newsroom, tmp_path: Path) -> None:
    """On demand the record comes without them, and each is a gap."""
    place = beside(room.api)
    asked = Selection(records=(room.id("one"),))

    done = imported(place, tmp_path / "out", selection=asked, allow_dangling=True)

    assert records_of(environment_of(place)) == {room.id("one")}
    assert {kind for kind, _, _ in done.gaps} == {"link"}
    assert value(place, room.id("one"), "writer") is None


def test_dependencies_come_along(room: Newsroom, tmp_path: Path) -> None:
    """With an article come its writer, what it links to in turn, their pictures; and no others."""
    place = beside(room.api)
    asked = Selection(records=(room.id("one"), room.id("rome")), dependencies=True)

    done = imported(place, tmp_path / "out", selection=asked)

    names = ("one", "two", "ann", "bob", "rome", "europe", "world")
    assert done.gaps == []
    assert records_of(environment_of(place)) == set(room.ids(*names))
    assert len(environment_of(place).of_type("upload")) == 2


def test_links_lead_to_what_the_target_has(room: Newsroom, tmp_path: Path) -> None:
    """A selected record finds writers and pictures that an earlier import brought under new ids."""
    place = beside(room.api)
    first = imported(place, tmp_path / "out", ids=IdPolicy.REMAP)
    one = first.report.ids.translate("item", room.id("one"))
    delete(place, one)
    asked = Selection(records=(room.id("one"),))

    done = imported(
        place,
        tmp_path / "out",
        ids=IdPolicy.REMAP,
        selection=asked,
        state=tmp_path / "afresh",
        allow_primary=True,
    )

    assert done.gaps == []
    assert value(place, one, "writer") == first.report.ids.translate("item", room.id("ann"))


def test_models_are_selected_whole(room: Newsroom, tmp_path: Path) -> None:
    """Only the records of the named models are compared and written."""
    place = fork_of(room.api, "edited")
    change(place, room.id("ann"), title="Anna")
    change(place, room.id("first"), title="1st")
    asked = Selection(models=("writer",))

    done = imported(place, tmp_path / "out", selection=asked, on_conflict=OnConflict.UPDATE)

    assert [one.model for one in done.report.plan.models] == ["writer"]
    assert value(place, room.id("ann"), "title") == "ann"
    assert value(place, room.id("first"), "title") == "1st"


@pytest.mark.parametrize(
    "asked", [Selection(models=("artcile",)), Selection(records=("nobody",))], ids=str
)
def test_what_the_snapshot_lacks_cannot_be_selected(
    room: Newsroom, tmp_path: Path, asked: Selection
) -> None:
    """A misspelt model or an id of another project is refused by name."""
    with pytest.raises(UsageError, match=r"artcile|nobody"):
        imported(beside(room.api), tmp_path / "out", selection=asked)


def test_one_locale_is_written_and_the_others_stay(room: Newsroom, tmp_path: Path) -> None:
    """In an update the target's other locales keep what editors wrote, blocks and all."""
    place = fork_of(room.api, "translated")
    quote = value(place, room.id("one"), "body")["it"]
    change(place, room.id("one"), title={"en": "changed", "it": "tradotto"})

    done = imported(place, tmp_path / "out", locales=("en",), on_conflict=OnConflict.UPDATE)

    assert done.gaps == []
    assert value(place, room.id("one"), "title") == {"en": "one", "it": "tradotto"}
    assert value(place, room.id("one"), "body")["it"] == quote
    again = imported(place, tmp_path / "out", locales=("en",), on_conflict=OnConflict.UPDATE)
    assert again.wires.writes == []


def test_records_are_made_in_the_chosen_locales(room: Newsroom, tmp_path: Path) -> None:
    """In an empty project only these locales exist, in the project and in its records."""
    place = beside(room.api)

    done = imported(place, tmp_path / "out", locales=("it",))

    assert done.gaps == []
    assert value(place, room.id("one"), "title") == {"it": "one it"}
    assert "it" in environment_of(place).site["attributes"]["locales"]


def test_a_locale_that_is_not_there_is_named(room: Newsroom, tmp_path: Path) -> None:
    """A locale that the snapshot lacks is refused with those it has."""
    with pytest.raises(UsageError, match="'fr'; it has en, it"):
        imported(beside(room.api), tmp_path / "out", locales=("fr",))


def test_locales_of_the_target_alone_survive_an_update(room: Newsroom, tmp_path: Path) -> None:
    """A locale that the snapshot knows nothing of stays in the records that are overwritten."""
    place = fork_of(room.api, "wider")
    body = {"data": {"type": "site", "attributes": {"locales": ["en", "it", "fr"]}}}
    assert place.put("/site", body).status == 200
    body_of = value(place, room.id("four"), "body")
    change(
        place,
        room.id("four"),
        title={"en": "4", "it": "4", "fr": "quatre"},
        body={"en": [], "it": [], "fr": []},
    )
    assert body_of["en"]

    done = imported(place, tmp_path / "out", on_conflict=OnConflict.UPDATE)

    assert done.gaps == []
    title = {"en": "four", "it": "four it", "fr": "quatre"}
    assert value(place, room.id("four"), "title") == title


def test_a_selected_singleton_is_the_one_that_is_there(room: Newsroom, tmp_path: Path) -> None:
    """The only record of its model is found although it has another id and no list was read."""
    place = beside(room.api)
    first = imported(place, tmp_path / "out", ids=IdPolicy.REMAP)
    other = first.report.ids.translate("item", room.id("about"))
    change(place, other, title="Other")

    done = imported(
        place,
        tmp_path / "out",
        selection=Selection(records=(room.id("about"),)),
        on_conflict=OnConflict.UPDATE,
        state=tmp_path / "afresh",
        allow_primary=True,
    )

    assert done.gaps == []
    assert value(place, other, "title") == "About us"
