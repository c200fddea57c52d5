"""How records of trees become public: under the parent they have, or along with the one above."""

from __future__ import annotations

from pathlib import Path

from datosnap.core.matching import OnConflict
from tests.support.authoring import Author
from tests.support.importing import environment_of, exported, fork_of, imported
from tests.support.newsroom import Newsroom, change
from tests.unit.sandbox.client import Client


def standing(place: Client) -> dict[str, dict[str, str]]:
    """Give where each record of a place stands, and what readers see of it."""
    items = environment_of(place).items
    return {
        one: {"status": item.status, "parent": item.parent_id or ""} for one, item in items.items()
    }


def test_a_record_that_moved_is_published_where_it_belongs(room: Newsroom, tmp_path: Path) -> None:
    """A parent that the record has left in the source, and that is a draft, is not in the way."""
    author = Author(room.api)
    hidden = author.create(room.models["topic"], {"title": "hidden"})
    place = fork_of(room.api, "behind")
    change(place, room.id("rome"), parent_id=hidden)
    author.publish(room.id("rome"))
    exported(room.api, tmp_path / "newer")

    done = imported(place, tmp_path / "newer", on_conflict=OnConflict.UPDATE)

    assert "PUT /items/{id}/publish" in {one.route for one in done.wires.writes}
    assert done.gaps == []
    assert standing(place) == standing(room.api)


def test_a_parent_that_links_to_what_is_below_it_is_published_along(tmp_path: Path) -> None:
    """Neither could go first: one waits for its parent, the other brings what it links to."""
    author = Author(Client.fresh())
    model = author.model("topic", tree=True)
    author.field(model, "see", "link", to=[model], follow=True)
    top = author.create(model)
    middle = author.create(model, {"parent_id": top})
    leaf = author.create(model, {"parent_id": middle})
    author.update(top, {"see": leaf})
    place = fork_of(author.api, "behind")
    assert author.api.put(f"/items/{leaf}/publish?recursive=true").status == 200
    exported(author.api, tmp_path / "out")

    done = imported(place, tmp_path / "out", on_conflict=OnConflict.UPDATE)

    assert "PUT /items/{id}/publish" in {one.route for one in done.wires.writes}
    assert done.gaps == []
    assert standing(place) == standing(author.api)
