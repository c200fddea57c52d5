"""What a client sees of each scripted fault, over real sockets; and that the fault was played."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest

from datosnap.core.jsontext import Json, JsonObject
from datosnap.sandbox.fault_acts import (
    Answer,
    Delay,
    Drop,
    Meanwhile,
    Meddle,
    Swell,
    Truncate,
    expired_upload,
    lying_total,
    record_created,
    record_deleted,
    record_edited,
    refusal,
)
from datosnap.sandbox.faults import Act, Calls, Fault, Script, every, nth
from datosnap.sandbox.server import Running, running
from datosnap.sandbox.state import World
from datosnap.sandbox.worlds import create_project, new_world

MODEL = {"type": "item_type", "attributes": {"name": "Post", "api_key": "post"}}
TITLE = {
    "type": "field",
    "attributes": {"label": "Title", "api_key": "title", "field_type": "string"},
}


@dataclass(frozen=True, slots=True)
class Reader:
    """A client of a misbehaving sandbox that holds three records."""

    http: httpx.Client
    sandbox: Running
    world: World
    records: tuple[str, ...]

    @property
    def played(self) -> list[tuple[str, str, int]]:
        """Give method, path and number of every request to which something was done."""
        return [(one.method, one.path, one.number) for one in self.sandbox.fired]

    def stored(self) -> list[str]:
        """Give the titles that are stored, whatever the wire says."""
        (project,) = self.world.projects.values()
        items = project.environments["main"].items.values()
        return [item.current.attributes["title"] for item in items]

    def titles(self) -> list[str]:
        """Ask for the titles of all records."""
        listed = self.http.get("/items", params={"order_by": "id_ASC"}).json()["data"]
        return sorted(one["attributes"]["title"] for one in listed)


@contextmanager
def misbehaving(*faults: Fault, sleep: list[float] | None = None) -> Iterator[Reader]:
    """Run a sandbox with three records, whose faults begin when the records are there."""
    world = new_world(seed=3)
    _, token = create_project(world, "Blog")
    headers = {"authorization": f"Bearer {token}", "x-api-version": "3"}
    slept = [] if sleep is None else sleep

    async def note(seconds: float) -> None:
        slept.append(seconds)

    with running(world) as plain, httpx.Client(trust_env=False, headers=headers) as http:
        http.base_url = httpx.URL(plain.base_url)
        records = _three_records(http)
    script = Script(faults, sleep=note)
    with (
        running(world, faults=script) as sandbox,
        httpx.Client(trust_env=False, headers=headers, base_url=sandbox.base_url) as http,
    ):
        yield Reader(http, sandbox, world, records)


def _three_records(http: httpx.Client) -> tuple[str, ...]:
    model = http.post("/item-types", json={"data": MODEL}).json()["data"]["id"]
    http.post(f"/item-types/{model}/fields", json={"data": TITLE}).raise_for_status()
    made = (http.post("/items", json=_record(model, title)).json() for title in "abc")
    return (model, *(one["data"]["id"] for one in made))


def _record(model: str, title: str) -> JsonObject:
    link = {"item_type": {"data": {"type": "item_type", "id": model}}}
    return {"data": {"type": "item", "attributes": {"title": title}, "relationships": link}}


def test_an_answer_is_given_instead() -> None:
    """The second listing is answered with a status of the script's, and the third is well."""
    busy = Answer(503, {"data": []}, {"content-type": "application/json", "retry-after": "1"})
    with misbehaving(Fault("GET /items", busy, nth(2))) as reader:
        answers = [reader.http.get("/items") for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 503, 200]
    assert (answers[1].json(), answers[1].headers["retry-after"]) == ({"data": []}, "1")
    assert reader.played == [("GET", "/items", 2)]


def test_a_refusal_has_the_shape_of_the_api() -> None:
    """Every second request is told to come again later, in the API's own words."""
    later = refusal("RATE_LIMIT_EXCEEDED", {"x-ratelimit-reset": "2"})
    with misbehaving(Fault("* /site", later, every(2))) as reader:
        answers = [reader.http.get("/site") for _ in range(4)]

    assert [one.status_code for one in answers] == [200, 429, 200, 429]
    assert answers[1].json()["data"][0]["attributes"]["code"] == "RATE_LIMIT_EXCEEDED"
    assert answers[1].headers["x-ratelimit-reset"] == "2"
    assert len(reader.sandbox.fired) == 2


def test_a_delay_is_slept_and_then_answered() -> None:
    """The sleeping is the script's own, so that no test waits."""
    slept: list[float] = []
    with misbehaving(Fault("GET /site", Delay(30.0), nth(1)), sleep=slept) as reader:
        answers = [reader.http.get("/site") for _ in range(2)]

    assert [one.status_code for one in answers] == [200, 200]
    assert slept == [30.0]
    assert reader.played == [("GET", "/site", 1)]


@pytest.mark.parametrize(
    ("carried_out", "stored"), [(False, ["a", "b", "c"]), (True, ["a", "b", "c", "d"])]
)
def test_a_reset_connection_leaves_open_what_happened(
    *, carried_out: bool, stored: list[str]
) -> None:
    """The client sees the same reset whether its record was made or not."""
    with misbehaving(Fault("POST /items", Drop(carried_out=carried_out))) as reader:
        with pytest.raises(httpx.ReadError):
            reader.http.post("/items", json=_record(reader.records[0], "d"))

        assert reader.stored() == stored
        assert reader.http.get("/site").status_code == 200
    assert reader.played == [("POST", "/items", 1)]


def test_a_closed_connection_gives_no_answer() -> None:
    """Without a reset the client sees an end where an answer should begin."""
    drop = Drop(carried_out=False, reset=False)
    with (
        misbehaving(Fault("GET /site", drop)) as reader,
        pytest.raises(httpx.RemoteProtocolError, match="disconnected"),
    ):
        reader.http.get("/site")

    assert len(reader.sandbox.fired) == 1


def test_a_body_shorter_than_its_length_is_seen() -> None:
    """The connection ends before the promised length."""
    with (
        misbehaving(Fault("GET /roles", Truncate(100))) as reader,
        pytest.raises(httpx.RemoteProtocolError, match="100 bytes, expected"),
    ):
        reader.http.get("/roles", headers={"accept-encoding": "identity"})

    assert len(reader.sandbox.fired) == 1


def test_a_cut_body_with_a_right_length_is_not_seen() -> None:
    """The wire is in order; only the packed stream knows that its end is missing."""
    with (
        misbehaving(Fault("GET /roles", Truncate(100, is_told=True))) as reader,
        reader.http.stream("GET", "/roles", headers={"accept-encoding": "gzip"}) as answer,
    ):
        raw = b"".join(answer.iter_raw())
        unpacking = zlib.decompressobj(31)
        unpacking.decompress(raw)

    assert (len(raw), answer.headers["content-length"]) == (100, "100")
    assert not unpacking.eof
    assert len(reader.sandbox.fired) == 1


@pytest.mark.parametrize("layers", [1, 2])
def test_a_swollen_body_is_small_on_the_wire(layers: int) -> None:
    """A few kilobytes unpack to megabytes, and are still the true answer with blanks behind."""
    swell = Swell(8_000_000, layers=layers)
    with (
        misbehaving(Fault("GET /items", swell)) as reader,
        reader.http.stream("GET", "/items") as answer,
    ):
        raw = whole = b"".join(answer.iter_raw())
        for _ in range(layers):
            whole = zlib.decompress(whole, 31)

    assert answer.headers["content-encoding"] == ", ".join(["gzip"] * layers)
    assert (len(whole), len(raw) < 20_000) == (8_000_000, True)
    assert whole.rstrip().endswith(b'"meta":{"total_count":3}}')
    assert len(reader.sandbox.fired) == 1


@pytest.mark.parametrize(
    ("lie", "told"), [(lambda true: true + 1, 4), (lambda _: None, None), (lambda _: 10**9, 10**9)]
)
def test_a_total_lies(lie: Callable[[int], Json], told: Json) -> None:
    """The records are true, their number is not."""
    with misbehaving(Fault("GET /items", lying_total(lie))) as reader:
        listing = reader.http.get("/items").json()

    assert (listing["meta"], len(listing["data"])) == ({"total_count": told}, 3)
    assert len(reader.sandbox.fired) == 1


def test_a_list_changes_between_its_pages() -> None:
    """Before one page a record is made, before another one is edited, before a third one goes."""
    with misbehaving() as calm:
        model, first, second, _ = calm.records
    changes: tuple[tuple[str, Act, Calls], ...] = (
        ("GET /items?order_by=id_ASC", record_created(model, {"title": "new"}), nth(1)),
        ("GET /items?order_by=id_ASC", record_edited(first, {"title": "edited"}), nth(2)),
        ("GET /items?order_by=id_ASC", record_deleted(second), nth(3)),
    )
    with misbehaving(*(Fault(*one) for one in changes)) as reader:
        lists = [reader.titles() for _ in range(3)]

    assert lists[0] == ["a", "b", "c", "new"]
    assert lists[1] == ["b", "c", "edited", "new"]
    assert lists[2] == ["c", "edited", "new"]
    assert [number for *_, number in reader.played] == [1, 2, 3]


def test_a_script_may_change_the_world_itself() -> None:
    """Whatever no request can do, a function of the script can."""

    def rename(world: World) -> None:
        (project,) = world.projects.values()
        project.name = "Renamed"

    with misbehaving(Fault("GET /site", Meddle(rename), nth(2))) as reader:
        names = [reader.http.get("/site").json()["data"]["attributes"]["name"] for _ in range(2)]

    assert names == ["Blog", "Renamed"]
    assert len(reader.sandbox.fired) == 1


def test_a_change_that_is_refused_is_a_mistake_of_the_script() -> None:
    """Nobody believes that a record was deleted that was never there."""
    gone = record_deleted("unknown")
    with misbehaving(Fault("GET /site", gone)) as reader:
        answer = reader.http.get("/site")

    assert answer.status_code == 500
    assert len(reader.sandbox.fired) == 1


def test_an_upload_address_expires() -> None:
    """The storage refuses the bytes once; a new address takes them."""
    asked = {"data": {"type": "upload_request", "attributes": {"filename": "a.txt"}}}
    expired = Fault("PUT /{project}/{file}", expired_upload(), nth(1))
    with misbehaving(expired) as reader:

        def put() -> httpx.Response:
            url = reader.http.post("/upload-requests", json=asked).json()["data"]["attributes"]
            return httpx.put(url["url"], content=b"text", trust_env=False)

        answers = [put(), put()]

    assert [one.status_code for one in answers] == [403, 200]
    assert b"Request has expired" in answers[0].content
    assert [(method, number) for method, _, number in reader.played] == [("PUT", 1)]


def test_several_faults_lay_hold_of_one_request() -> None:
    """A request is delayed, and then dropped after somebody else's was carried out."""
    slept: list[float] = []
    renamed = {"data": {"type": "site", "attributes": {"name": "Other"}}}
    faults = (
        Fault("GET /roles", Delay(1.5)),
        Fault("GET /roles", Meanwhile("PUT", "/site", renamed)),
        Fault("GET /roles", Drop(carried_out=True)),
    )
    with misbehaving(*faults, sleep=slept) as reader:
        with pytest.raises(httpx.ReadError):
            reader.http.get("/roles")
        name = reader.http.get("/site").json()["data"]["attributes"]["name"]

    assert (slept, name) == ([1.5], "Other")
    assert [one.fault for one in reader.sandbox.fired] == list(faults)
