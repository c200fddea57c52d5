"""Records are published in bulk beside the creation of others, in the order of creation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
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
from tests.support.newsroom import Newsroom, change, delete
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


def refusal(code: str) -> Answer:
    """Answer with one reason."""
    told: JsonObject = {"type": "api_error", "id": "1"}
    told["attributes"] = {"code": code, "details": {}}
    return Answer(422, encode({"data": [told]}), request_id="1")


def edited(tmp_path: Path) -> tuple[Client, list[str]]:
    """Export three public records, of which the last two have newer drafts."""
    author = Author(Client.fresh())
    model = author.model("post")
    author.field("post", "title")
    records = sorted(author.published(model, {"title": one}) for one in "abc")
    for one in records[1:]:
        author.update(one, {"title": "newer"})
    exported(author.api, tmp_path / "out")
    return author.api, records


@dataclass(slots=True)
class EndingAtDraft:
    """Refuses one record, and ends an import at the second newer draft."""

    refuses: Callable[[Asked], bool]
    carried_out: bool
    met: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        """Carry requests out until the end."""
        if self.refuses(asked):
            return refusal("INVALID_FIELD")
        if asked.method == "PUT" and asked.content and asked.path.startswith("/items/"):
            self.met.append(asked.path)
            if len(self.met) == 2:
                if self.carried_out:
                    carry_out()
                raise End
        return carry_out()


@pytest.mark.parametrize("carried_out", [False, True])
def test_a_newer_draft_stays_one_when_a_run_goes_on(tmp_path: Path, *, carried_out: bool) -> None:
    """A record that comes late changes its batch, and publishes none of the others' drafts."""
    api, (late, *others) = edited(tmp_path)
    place = beside(api)
    ending = EndingAtDraft(lambda asked: created([asked]) == [late], carried_out)
    with pytest.raises(End):
        imported(place, tmp_path / "out", state=tmp_path / "state", hook=ending, in_flight=1)
    assert len(ending.met) == len(others)

    done = imported(place, tmp_path / "out", state=tmp_path / "state")

    assert done.gaps == []
    assert batches(done.wires.writes) == [[late, *(() if carried_out else others[1:])]]
    items = environment_of(place).items
    assert [items[one].status for one in others] == ["updated", "updated"]
    assert items[late].status == "published"


def test_what_was_not_published_before_its_newer_draft_is_told_again(tmp_path: Path) -> None:
    """A run that goes on does not publish the draft instead, and knows of the gap too."""
    api, (_, refused, other) = edited(tmp_path)
    place = beside(api)

    def refuses(asked: Asked) -> bool:
        return asked.path == f"/items/{refused}/publish" or (
            asked.path == _PUBLISH and refused in members(asked)
        )

    def alone(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.path == _PUBLISH and refused in members(asked):
            for one in members(asked):
                assert one == refused or place.put(f"/items/{one}/publish").status == 200
            return Answer(200, b'{"data":[],"meta":{"successful":2,"failed":1}}', request_id="1")
        return ending(asked, carry_out)

    ending = EndingAtDraft(refuses, carried_out=True)
    with pytest.raises(End):
        imported(place, tmp_path / "out", state=tmp_path / "state", hook=alone, in_flight=1)

    done = imported(place, tmp_path / "out", state=tmp_path / "state")

    assert [(kind, one) for kind, one, _ in done.gaps] == [("record", refused)]
    items = environment_of(place).items
    assert [items[one].status for one in (refused, other)] == ["draft", "updated"]


def test_what_waited_for_a_later_batch_is_published_after_it(many: Many) -> None:
    """A record that links to what is not public yet gets a second chance at the end."""
    place, record = beside(many.api), min(many.records)
    bulks: list[int] = []
    tried: list[int] = []

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if asked.path == f"/items/{record}/publish":
            tried.append(len(bulks))
            return carry_out() if len(bulks) == 3 else refusal("UNPUBLISHED_LINK")
        answer = carry_out()
        if asked.path == _PUBLISH:
            bulks.append(len(members(asked)))
            if record in members(asked):
                assert place.put(f"/items/{record}/unpublish").status == 200
                text = b'{"data":[],"meta":{"successful":199,"failed":1}}'
                return Answer(200, text, request_id="1")
        return answer

    done = imported(place, many.snapshot, hook=hook)

    assert (done.gaps, tried) == ([], [1, 3])
    assert {one.status for one in environment_of(place).items.values()} == {"published"}


def test_what_only_readers_lack_is_published_in_the_order_of_its_links(tmp_path: Path) -> None:
    """More than fit in one batch become public again, and what links to them can be made."""
    author = Author(Client.fresh())
    writer = author.model("writer", draft_mode_active=True)
    article = author.model("article")
    author.field("article", "by", "link", to=[writer])
    comment = author.model("comment", draft_mode_active=False)
    author.field("comment", "on", "link", to=[article])
    ann = author.published(writer)
    articles = [author.create(article, {"by": ann}) for _ in range(BULK)]
    assert author.api.post(_PUBLISH, bulk("publish", articles)).status == 200
    lost = author.create(comment, {"on": articles[0]})
    exported(author.api, tmp_path / "out")
    place = fork_of(author.api, "hidden")
    delete(place, lost)
    assert place.post("/items/bulk/unpublish", bulk("unpublish", articles)).status == 200
    assert place.put(f"/items/{ann}/unpublish").status == 200

    done = imported(place, tmp_path / "out", on_conflict=OnConflict.UPDATE)

    assert done.gaps == []
    assert [*chain(*batches(done.wires.writes))] == [ann, *sorted(articles)]
    assert [one.path for one in done.wires.writes] == [_PUBLISH, _PUBLISH, "/items"]


def test_what_links_to_new_content_becomes_public_after_it(tmp_path: Path) -> None:
    """A record that only its readers lack waits for what it links to to be written."""
    author = Author(Client.fresh())
    writer, article = author.model("writer"), author.model("article")
    author.field("writer", "title")
    author.field("article", "by", "link", to=[writer])
    ann = author.published(writer, {"title": "ann"})
    story = author.published(article, {"by": ann})
    exported(author.api, tmp_path / "out")
    place = fork_of(author.api, "hidden")
    for one in (story, ann):
        assert place.put(f"/items/{one}/unpublish").status == 200
    change(place, ann, title="Anna")

    done = imported(place, tmp_path / "out", on_conflict=OnConflict.UPDATE)

    assert done.gaps == []
    assert [one.path for one in done.wires.writes] == [f"/items/{ann}", _PUBLISH]
    assert batches(done.wires.writes) == [[ann, story]]


def test_what_could_not_be_updated_is_not_published(room: Newsroom, tmp_path: Path) -> None:
    """Content that the import did not write stays what its editors made it: a draft."""
    place, record = fork_of(room.api, "edited"), room.id("first")
    change(place, record, title="foremost")
    assert place.put(f"/items/{record}/unpublish").status == 200

    def hook(asked: Asked, carry_out: CarryOut) -> Answer | Failure:
        if (asked.method, asked.path) == ("PUT", f"/items/{record}"):
            return refusal("INVALID_FIELD")
        return carry_out()

    done = imported(place, tmp_path / "out", hook=hook, on_conflict=OnConflict.UPDATE)

    assert ("record", record) in {(kind, one) for kind, one, _ in done.gaps}
    assert environment_of(place).items[record].status == "draft"
    assert batches(done.wires.writes) == []
