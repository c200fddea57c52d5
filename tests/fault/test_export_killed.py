"""kill -9 at any point of an export: the same command completes it, and asks for nothing twice."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from datosnap.core.jsontext import JsonObject, read_head
from datosnap.flows.sandbox_load import load_snapshot
from datosnap.sandbox.faults import Script
from datosnap.sandbox.server import running
from datosnap.sandbox.worlds import new_world
from datosnap.store.snapshot import Snapshot
from tests.support.exporting import content_of
from tests.support.killing import (
    CALLS,
    HAS_STRACE,
    journal_entries,
    journal_lines,
    killed_at_call,
    killed_when,
    started,
)
from tests.support.sample_dumps import FOLDER
from tests.support.sandboxes import Ended, datosnap
from tests.support.watching import Request, Watch, everywhere

_SEED = 20261121
_ALL = 10**9
# What every run asks first, to see that it goes on with the same project.
_OPENING = ("site.ndjson", "environment.ndjson")
needs_strace = pytest.mark.skipif(not HAS_STRACE, reason="strace is not installed")


@dataclass(slots=True)
class Served:
    """The sample project in a sandbox that notes what it is asked, and an undisturbed export."""

    reach: tuple[str, ...]
    watch: Watch
    models: dict[str, str]
    ids: dict[str, list[str]]
    content: dict[str, list[bytes]]
    calls: int

    def command(self, place: Path, *options: str) -> tuple[str | Path, ...]:
        """Give the command that exports it."""
        return ("export", place, *self.reach, "--history", "all", *options)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the sample dump."""
    folder = tmp_path_factory.mktemp("undisturbed")
    world, watch = new_world(seed=1), Watch()
    token = load_snapshot(world, FOLDER / "ndjson").token
    (project,) = world.projects.values()
    item_types = project.environments["main"].of_type("item_type")
    models = {key: one["attributes"]["api_key"] for key, one in item_types.items()}
    with running(world, faults=Script(everywhere(watch))) as server:
        reach = ("--base-url", server.base_url, "--api-token", token)
        known = Served(reach, watch, models, {}, {}, 0)
        ended = datosnap(*known.command(folder / "out"), folder=folder)
        assert ended.code == 0, ended.err
        known.content = content_of(folder / "out")
        snapshot = Snapshot.open(folder / "out")
        for key in snapshot.models():
            known.ids[key] = [read_head(row).id for row in snapshot.rows("current", key)]
        known.calls = len(watch.calls())
        yield known


@dataclass(frozen=True, slots=True)
class Resumed:
    """How the run that went on ended, what it asked for, and what had been claimed before."""

    ended: Ended
    requests: list[Request]
    before: int
    claimed: list[JsonObject]


def go_on(served: Served, place: Path, *, since: int) -> Resumed:
    """Give the same command again after a kill; the first run's requests begin at `since`."""
    claimed = journal_entries(place)
    before = len(served.watch.requests)
    ended = datosnap(*served.command(place), "--json", folder=place.parent)
    return Resumed(
        ended,
        served.watch.calls(before),
        len(served.watch.calls(since)) - len(served.watch.calls(before)),
        claimed,
    )


def assert_completed(served: Served, place: Path, resumed: Resumed) -> None:
    """Assert that the result equals an undisturbed one and that nothing was asked for twice."""
    assert resumed.ended.code == 0, resumed.ended.err
    assert content_of(place) == served.content
    assert not list(place.glob(".*"))
    assert not asked_again(served, resumed)
    spent = resumed.ended.document["facts"]["api_calls"]
    noted = [entry["value"] for entry in resumed.claimed if entry.get("note") == "calls"]
    assert spent == (noted[-1] if noted else 0) + len(resumed.requests)
    assert spent <= resumed.before + len(resumed.requests)


def asked_again(served: Served, resumed: Resumed) -> list[Request]:
    """Find the requests for pages, versions and lists that the journal claims to be durable."""
    at: dict[tuple[str, str | None], int] = {}
    paths = set()
    for entry in resumed.claimed:
        match entry:
            case {"mark": [str(kind), model], "to": {"at": int(rows)}}:
                at[kind, model] = rows
            case {"published": [str(kind), model]}:
                at[kind, model] = _ALL
            case {"file": {"path": str(path)}} if path.removeprefix("project/") not in _OPENING:
                name = path.removeprefix("project/").removesuffix(".ndjson")
                paths |= {f"/{name}", f"/{name.replace('_', '-')}"}
    for model, ids in served.ids.items():
        paths |= {f"/items/{one}/versions" for one in ids[: at.get(("history", model), 0)]}
    return [
        one
        for one in resumed.requests
        if one.path in paths
        or int(one.parameter("page[offset]") or 0) < at.get(_list_of(served, one), 0)
    ]


def _list_of(served: Served, request: Request) -> tuple[str, str | None]:
    model = request.parameter("filter[type]")
    if request.path == "/items" and model is not None:
        return (request.parameter("version") or "", served.models[model])
    return ("uploads" if request.path == "/uploads" else "", None)


def points(count: int, seed: int) -> list[tuple[str, int]]:
    """Draw calls at which to kill, seeded: (call, number)."""
    draw = Random(seed)  # noqa: S311 - a repeatable draw is wanted
    return [(draw.choice(CALLS[:4]), draw.randint(1, 40)) for _ in range(count)]


def assert_tidied(served: Served, place: Path) -> None:
    """Assert that a run killed behind its manifest left a whole snapshot, which is tidied up."""
    assert content_of(place) == served.content
    manifest, before = (place / "manifest.json").read_bytes(), len(served.watch.calls())

    ended = datosnap(*served.command(place), "--json", folder=place.parent)

    assert ended.code == 0, ended.err
    assert ended.document["complete"] is True
    assert (place / "manifest.json").read_bytes() == manifest
    assert not list(place.glob(".*"))
    assert len(served.watch.calls()) - before < 5
    assert datosnap(*served.command(place), folder=place.parent).code == 2


def kill_and_go_on(served: Served, place: Path, call: str, number: int) -> None:
    """Kill at a call, or at an earlier one of its kind when the run ends before; then go on."""
    since = len(served.watch.requests)
    while not killed_at_call(served.command(place), call, number, place.parent):
        shutil.rmtree(place)
        number = number // 2
        since = len(served.watch.requests)
        assert number, f"the export makes no {call}"
    if (place / "manifest.json").exists():
        if (place / ".datosnap-unfinished.json").exists():
            assert_tidied(served, place)
        else:  # only its lock was still to be let go
            assert content_of(place) == served.content
        return
    assert_completed(served, place, go_on(served, place, since=since))


@needs_strace
@pytest.mark.parametrize(("call", "number"), points(5, _SEED))
def test_an_export_killed_at_a_call_of_the_system_is_completed(
    served: Served, tmp_path: Path, call: str, number: int
) -> None:
    """The same command completes it, equal to an undisturbed one, and asks for nothing twice."""
    kill_and_go_on(served, tmp_path / "out", call, number)


@pytest.mark.long
@needs_strace
@pytest.mark.parametrize(("call", "number"), points(50, _SEED + 1))
def test_an_export_killed_at_fifty_calls_of_the_system_is_completed(
    served: Served, tmp_path: Path, call: str, number: int
) -> None:
    """As above, at fifty other points."""
    kill_and_go_on(served, tmp_path / "out", call, number)


@needs_strace
@pytest.mark.parametrize("name", [".datosnap-journal.ndjson", ".datosnap-unfinished.json"])
def test_an_export_killed_as_it_tidies_up_is_finished(
    served: Served, tmp_path: Path, name: str
) -> None:
    """Behind the manifest only the journal and the mark are to be removed, and the rest stays."""
    place = tmp_path / "out"
    command = served.command(place)

    assert killed_at_call(command, "unlink", 1, tmp_path, of=place / name)

    assert (place / name).exists()
    assert_tidied(served, place)


@needs_strace
def test_another_export_does_not_tidy_up(served: Served, tmp_path: Path) -> None:
    """A finished snapshot of other options is in the way as any other is, and stays as it is."""
    place = tmp_path / "out"
    mark = place / ".datosnap-unfinished.json"
    assert killed_at_call(served.command(place), "unlink", 1, tmp_path, of=mark)

    for options in (["--format", "parquet"], ["--restart"]):
        ended = datosnap(*served.command(place, *options), folder=tmp_path)
        assert ended.code == 2, ended.err
        assert "already holds a snapshot" in ended.err
    assert mark.exists()
    assert content_of(place) == served.content


@pytest.mark.parametrize("line", [1, 40, 200])
def test_an_export_killed_as_its_journal_grows_is_completed(
    served: Served, tmp_path: Path, line: int
) -> None:
    """There is no manifest before the end, and what was durable is not asked for again."""
    place, since = tmp_path / "out", len(served.watch.requests)

    assert killed_when(served.command(place), lambda: journal_lines(place) >= line, tmp_path)

    assert not (place / "manifest.json").exists()
    assert datosnap("verify", place, folder=tmp_path).code == 10
    resumed = go_on(served, place, since=since)
    assert_completed(served, place, resumed)
    assert len(resumed.requests) <= served.calls - (line // 4)


def test_an_export_killed_twice_is_completed(served: Served, tmp_path: Path) -> None:
    """The run that goes on may be killed as well."""
    place, since = tmp_path / "out", len(served.watch.requests)
    assert killed_when(served.command(place), lambda: journal_lines(place) >= 60, tmp_path)
    before = journal_lines(place)
    assert killed_when(served.command(place), lambda: journal_lines(place) >= before + 60, tmp_path)
    assert not (place / "manifest.json").exists()

    assert_completed(served, place, go_on(served, place, since=since))


def test_another_export_is_not_gone_on_with(served: Served, tmp_path: Path) -> None:
    """Other options end with 2 and name the difference; --restart throws the old one away."""
    place = tmp_path / "out"
    assert killed_when(served.command(place), lambda: journal_lines(place) >= 60, tmp_path)
    before = journal_entries(place)

    other = datosnap(*served.command(place), "--format", "parquet", folder=tmp_path)
    assert other.code == 2
    assert "'ndjson' there, 'parquet' now" in other.err
    assert "--restart" in other.err
    assert journal_entries(place) == before

    since = len(served.watch.calls())
    again = datosnap(*served.command(place), "--restart", folder=tmp_path)
    assert again.code == 0, again.err
    assert content_of(place) == served.content
    assert len(served.watch.calls()) - since == served.calls


def test_a_second_run_finds_the_place_locked(served: Served, tmp_path: Path) -> None:
    """While one run is at work another ends with 11 and names it; after a kill the next goes on."""
    place = tmp_path / "out"
    with started(served.command(place), tmp_path) as first:
        while journal_lines(place) < 20:
            assert first.poll() is None
        first.send_signal(signal.SIGSTOP)
        second = datosnap(*served.command(place), folder=tmp_path)
        first.kill()
        first.communicate()
    assert second.code == 11, second.err
    assert f"process {first.pid}" in second.err

    assert datosnap(*served.command(place), folder=tmp_path).code == 0
    assert content_of(place) == served.content


@pytest.mark.parametrize("chunk_format", ["parquet"])
def test_a_killed_export_to_parquet_is_completed(
    served: Served, tmp_path: Path, chunk_format: str
) -> None:
    """The work files and the chunks are of different forms there; the rows are the same."""
    place = tmp_path / "out"
    command = served.command(place, "--format", chunk_format)
    assert killed_when(command, lambda: journal_lines(place) >= 150, tmp_path)
    assert not (place / "manifest.json").exists()

    ended = datosnap(*command, folder=tmp_path)

    assert ended.code == 0, ended.err
    assert content_of(place) == served.content
