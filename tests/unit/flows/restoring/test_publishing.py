"""Records are published in bulk beside the creation of others, in the order of creation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from datosnap.api.endpoints import BULK
from datosnap.api.wire import Answer
from datosnap.core.jsontext import JsonObject, decode, encode
from datosnap.core.matching import OnConflict
from datosnap.core.retrying import Failure
from datosnap.errors import AccessRefusedError
from tests.support.authoring import Author
from tests.support.importing import (
    Asked,
    CarryOut,
    beside,
    environment_of,
    exported,
    fork_of,
    imported,
)
from tests.support.newsroom import Newsroom, change
from tests.support.scratch import scratch
from tests.unit.sandbox.client import Client

# Two full batches and a part of one.
_RECORDS = 2 * BULK + 30
_PUBLISH, _MOVE = "/items/bulk/publish", "/items/bulk/move-to-stage"


class End(BaseException):
    """The process ends."""


@dataclass(frozen=True, slots=True)
class Many:
    """A project of many public records in a late stage, and its snapshot."""

    api: Client
    snapshot: Path
    records: list[str]


@pytest.fixture(scope="module")
def many() -> Iterator[Many]:
    """Build it."""
    author = Author(Client.fresh())
    linkage = {"workflow": {"type": "workflow", "id": author.workflow("todo", "done")}}
    model = author.model("post", linkage)
    author.field("post", "title")
    records = [author.create(model, {"title": f"№ {number}"}) for number in range(_RECORDS)]
    for start in range(0, _RECORDS, BULK):
        some = records[start : start + BULK]
        assert author.api.post(_PUBLISH, bulk("publish", some)).status == 200
        assert author.api.post(_MOVE, bulk("move_to_stage", some, stage="done")).status == 200
    with scratch() as folder:
        exported(author.api, folder / "out")
        yield Many(author.api, folder / "out", records)


def bulk(verb: str, record_ids: list[str], **attributes: str) -> JsonObject:
    """Write a bulk operation."""
    links = [{"type": "item", "id": one} for one in record_ids]
    data: JsonObject = {"type": f"item_bulk_{verb}_operation"}
    data["relationships"] = {"items": {"data": links}}
    return {"data": data | ({"attributes": attributes} if attributes else {})}


def members(asked: Asked) -> list[str]:
    """Give the ids in a bulk operation, in their order."""
    return [one["id"] for one in decode(asked.content)["data"]["relationships"]["items"]["data"]]


def batches(done: list[Asked], path: str = _PUBLISH) -> list[list[str]]:
    """Give the records of each bulk operation."""
    return [members(one) for one in done if one.path == path]


def created(done: list[Asked]) -> list[str]:
    """Give the ids of the records that were made."""
    return [
        str(decode(one.content)["data"]["id"])
        for one in done
        if (one.method, one.path) == ("POST", "/items")
    ]


def cut(ids: list[str]) -> list[list[str]]:
    """Cut ids as bulk operations are."""
    return [ids[start : start + BULK] for start in range(0, len(ids), BULK)]


def test_batches_are_published_beside_the_creation_of_others(many: Many) -> None:
    """A full batch goes out as soon as it is written, and the order is that of creation."""
    place = beside(many.api)

    done = imported(place, many.snapshot)

    assert done.gaps == []
    first = next(one.number for one in done.wires.asked if one.path == _PUBLISH)
    assert BULK <= len(created(done.wires.asked[:first])) < 2 * BULK
    assert batches(done.wires.writes) == cut(sorted(many.records))
    assert sorted(map(len, batches(done.wires.writes, _MOVE))) == [_RECORDS - 2 * BULK, BULK, BULK]
    items = environment_of(place).items.values()
    assert {(one.status, one.stage) for one in items} == {("published", "done")}


@dataclass(slots=True)
class Ending:
    """Ends an import at one of its publications, before or after it was carried out."""

    at: int
    carried_out: bool
    done: list[Asked] = field(default_factory=list)
    met: int = 0

    def __call__(self, asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        """Carry requests out until the end."""
        self.met += asked.path == _PUBLISH
        if self.met >= self.at:
            if asked.path == _PUBLISH and self.carried_out:
                carry_out()
            raise End
        self.done.append(asked)
        return carry_out()


@pytest.mark.parametrize(("at", "carried_out"), [(1, True), (2, False), (3, True)])
def test_an_import_that_ended_at_a_publication_goes_on(
    many: Many, tmp_path: Path, at: int, *, carried_out: bool
) -> None:
    """No batch is published again but the one under way, and no record made again."""
    place, ending = beside(many.api), Ending(at, carried_out)
    with pytest.raises(End):
        imported(place, many.snapshot, state=tmp_path / "state", hook=ending)
    assert ending.met >= at

    done = imported(place, many.snapshot, state=tmp_path / "state")

    assert done.gaps == []
    made = {*created(ending.done), *created(done.wires.asked)}
    assert made == set(many.records)
    assert batches(ending.done) + batches(done.wires.writes) == cut(sorted(many.records))
    assert {one.status for one in environment_of(place).items.values()} == {"published"}
    assert imported(place, many.snapshot, state=tmp_path / "state").wires.writes == []


def test_who_may_not_publish_is_told_so(many: Many) -> None:
    """A refusal that meets every publication ends the import with its own reason."""
    told: JsonObject = {"type": "api_error", "id": "1"}
    told["attributes"] = {"code": "INSUFFICIENT_PERMISSIONS", "details": {}}
    met: list[str] = []

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.path == _PUBLISH:
            met.append(asked.path)
            return Answer(403, encode({"data": [told]}), request_id="1")
        return carry_out()

    with pytest.raises(AccessRefusedError, match="INSUFFICIENT_PERMISSIONS"):
        imported(beside(many.api), many.snapshot, hook=hook)

    assert met == [_PUBLISH]


def test_what_has_no_drafts_waits_for_what_it_links_to(tmp_path: Path) -> None:
    """A record that is public at once is made when its links are public, a draft before that."""
    author = Author(Client.fresh())
    post = author.model("post")
    author.field("post", "title")
    for key in ("note", "comment"):
        author.model(key, draft_mode_active=key == "note")
        author.field(key, "on", "link", to=[post])
    models = {one["attributes"]["api_key"]: one["id"] for one in author.api.get("/item-types").data}
    posts = [author.published(post, {"title": str(number)}) for number in range(3)]
    notes = [author.published(models["note"], {"on": one}) for one in posts]
    comments = [author.create(models["comment"], {"on": one}) for one in posts]
    exported(author.api, tmp_path / "out")
    place = beside(author.api)

    done = imported(place, tmp_path / "out")

    assert done.gaps == []
    assert batches(done.wires.writes) == [sorted(posts), sorted(notes)]
    asked = [one for one in done.wires.writes if one.path in {"/items", _PUBLISH}]
    steps = [None if one.path == _PUBLISH else created([one])[0] for one in asked]
    assert steps.index(None) < min(map(steps.index, comments))
    assert set(created(asked)[:6]) == {*posts, *notes}


def test_a_newer_draft_stays_one_when_a_run_goes_on(tmp_path: Path) -> None:
    """A record that comes late changes its batch, and publishes none of the others' drafts."""
    author = Author(Client.fresh())
    model = author.model("post")
    author.field("post", "title")
    late, *others = (author.published(model, {"title": one}) for one in "abc")
    for one in others:
        author.update(one, {"title": "newer"})
    exported(author.api, tmp_path / "out")
    place, met = beside(author.api), list[str]()
    told: JsonObject = {"type": "api_error", "id": "1"}
    told["attributes"] = {"code": "INVALID_FIELD", "details": {"field": "title"}}

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if created([asked]) == [late]:
            return Answer(422, encode({"data": [told]}), request_id="1")
        if asked.method == "PUT" and asked.path.startswith("/items/"):
            met.append(asked.path)
            if len(met) == len(others):
                raise End
        return carry_out()

    with pytest.raises(End):
        imported(place, tmp_path / "out", state=tmp_path / "state", hook=hook, in_flight=1)
    done = imported(place, tmp_path / "out", state=tmp_path / "state")

    assert (len(met), done.gaps) == (len(others), [])
    assert late in batches(done.wires.writes)[0]
    assert [environment_of(place).items[one].status for one in others] == ["updated", "updated"]


def test_what_could_not_be_updated_is_not_published(room: Newsroom, tmp_path: Path) -> None:
    """Content that the import did not write stays what its editors made it: a draft."""
    place, record = fork_of(room.api, "edited"), room.id("first")
    change(place, record, title="foremost")
    assert place.put(f"/items/{record}/unpublish").status == 200
    told: JsonObject = {"type": "api_error", "id": "1"}
    told["attributes"] = {"code": "INVALID_FIELD", "details": {"field": "title"}}

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if (asked.method, asked.path) == ("PUT", f"/items/{record}"):
            return Answer(422, encode({"data": [told]}), request_id="1")
        return carry_out()

    done = imported(place, tmp_path / "out", hook=hook, on_conflict=OnConflict.UPDATE)

    assert ("record", record) in {(kind, one) for kind, one, _ in done.gaps}
    assert environment_of(place).items[record].status == "draft"
    assert batches(done.wires.writes) == []
