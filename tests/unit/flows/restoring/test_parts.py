"""What is public in some locales only is so in the target too, though the others hold nothing."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from datosnap.core.jsontext import Json
from datosnap.core.matching import OnConflict
from tests.support.authoring import Author
from tests.support.importing import environment_of, exported, fork_of, imported
from tests.unit.sandbox.client import Client

_NOTHING = dict.fromkeys(("en", "it"))
_PART = {"content_in_locales": ["it"]}


def titles(place: Client, record: str) -> Json:
    """Give what readers see of a record's title in a place."""
    public = environment_of(place).items[record].published
    assert public is not None
    return public.attributes["title"]


@pytest.mark.parametrize("is_behind", [True, False])
def test_locales_that_hold_nothing_are_hidden_or_shown(tmp_path: Path, *, is_behind: bool) -> None:
    """The fork is public in both locales and the source in one, or the other way round."""
    author = Author(Client.fresh())
    author.locales("en", "it")
    model = author.model("post", all_locales_required=True)
    author.field(model, "title", localized=True)
    author.field(model, "code")
    record = author.published(model, {"title": _NOTHING, "code": "older"})
    author.update(record, {"code": "newer"})
    place = fork_of(author.api, "fork")
    parted = author.api if is_behind else place
    body = {"data": {"type": "selective_unpublish_operation", "attributes": _PART}}
    assert parted.put(f"/items/{record}/unpublish", body).status == 200
    assert titles(place, record) != titles(author.api, record)
    exported(author.api, tmp_path / "out")
    bring = partial(imported, place, tmp_path / "out", on_conflict=OnConflict.UPDATE)

    done = bring(state=tmp_path / "state")

    assert done.gaps == []
    assert titles(place, record) == titles(author.api, record)
    assert bring(state=tmp_path / "state").wires.writes == []
