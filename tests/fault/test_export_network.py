"""A network and an API that misbehave: the export is whole, or fails, or says what is missing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from urllib.parse import parse_qsl, urlencode

import pytest

from datosnap.api.client import ClientSettings
from datosnap.api.token import Token
from datosnap.core.jsontext import Json
from datosnap.flows.exporting.options import ExportOptions
from datosnap.sandbox.fault_acts import (
    Answer,
    Delay,
    Drop,
    Rewrite,
    Swell,
    Truncate,
    lying_total,
    refusal,
)
from datosnap.sandbox.fault_scenes import GoOn, Scene
from datosnap.sandbox.faults import Act, Fault, nth
from tests.support.exporting import Outcome, content_of, outcome, served
from tests.support.scripted import ScriptedTime
from tests.support.small_projects import SmallProject, small_project
from tests.support.watching import everywhere

# An export of a small project, trouble and all, must have ended by then.
_BOUND_S = 45
# A 429 that says so may have us wait this long, with all jitter.
_LONGEST_WAIT_S = 70
_HTML = Answer(200, b"<html>busy</html>", {"content-type": "text/html"})


@dataclass(slots=True)
class Sometimes:
    """Plays an act at random requests, so many of a hundred; a seed says which.

    The same request meets it no more than `in_a_row` times running: which request a draw falls on
    depends on what else is under way, and three of one in ten are soon drawn for one of many.
    """

    act: Callable[[int], Act]
    percent: int
    draw: Random
    in_a_row: int | None = None
    fired: int = 0
    running: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def play(self, scene: Scene, go_on: GoOn) -> None:
        """Misbehave, or go on."""
        request = (scene.path, scene.query)
        if self.draw.randrange(100) >= self.percent or self.running[request] == self.in_a_row:
            self.running[request] = 0
            await go_on(scene)
            return
        self.running[request] += 1
        self.fired += 1
        await self.act(self.fired).play(scene, go_on)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Carries out the request with another offset than it asked for."""

    offset: int

    async def play(self, scene: Scene, go_on: GoOn) -> None:
        """Turn to another page."""
        asked = dict(parse_qsl(scene.query)) | {"page[offset]": str(self.offset)}
        scope = {**scene.scope, "query_string": urlencode(asked).encode()}
        await go_on(replace(scene, scope=scope))


@pytest.fixture(scope="module")
def project() -> SmallProject:
    """Give a project; nothing may be written to it."""
    return small_project(11, posts=100)


@pytest.fixture(scope="module")
def content(
    project: SmallProject, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[bytes]]:
    """Give what an export brings when nothing is wrong."""
    root = tmp_path_factory.mktemp("fair") / "out"
    ended = exported(project, root)
    assert ended.code == 0, ended.error
    return content_of(root)


def exported(
    project: SmallProject,
    root: Path,
    *faults: Fault,
    clock: ScriptedTime | None = None,
    patience_s: float = 100_000,
) -> Outcome:
    """Export, history and all, on a clock that waiting moves at once."""
    begun = time.monotonic()
    with served(project, *faults) as server:
        settings = ClientSettings(
            base_url=server.base_url,
            token=Token(project.token),
            deadline_s=2,
            patience_s=patience_s,
        )
        options = ExportOptions(root, history=True)
        ended = outcome(settings, options, clock or ScriptedTime())
        assert bool(server.fired) == bool(faults)
    assert time.monotonic() - begun < _BOUND_S
    return ended


def sometimes(
    act: Callable[[int], Act], percent: int, seed: int = 1, in_a_row: int | None = None
) -> Sometimes:
    """Misbehave at so many of a hundred requests."""
    return Sometimes(act, percent, Random(seed), in_a_row)  # noqa: S311 - a repeatable draw is wanted


_HEADERS: Mapping[str, Mapping[str, str]] = {
    "good": {"x-ratelimit-limit": "60", "x-ratelimit-reset": "2"},
    "missing": {},
    "NaN": {"x-ratelimit-reset": "NaN"},
    "huge": {"x-ratelimit-reset": "1000000000"},
    "negative": {"x-ratelimit-reset": "-5"},
    "text": {"x-ratelimit-limit": "lots", "x-ratelimit-reset": "soon"},
}


@pytest.mark.parametrize("percent", [30, 90])
@pytest.mark.parametrize("headers", _HEADERS)
def test_a_storm_of_429s_is_ridden_out(
    project: SmallProject,
    content: dict[str, list[bytes]],
    headers: str,
    percent: int,
    tmp_path: Path,
) -> None:
    """Whatever the refusals' headers say: the export is whole, and no wait is mad."""
    storm = sometimes(lambda _: refusal("RATE_LIMIT_EXCEEDED", _HEADERS[headers]), percent)
    clock = ScriptedTime()

    ended = exported(project, tmp_path / "out", *everywhere(storm), clock=clock)

    assert storm.fired > 20
    assert ended.code == 0, ended.error
    assert content_of(tmp_path / "out") == content
    assert max(clock.waits) < _LONGEST_WAIT_S
    # No request is sent again at once: each refusal is answered by waiting.
    assert sum(wait >= 0.05 for wait in clock.waits) >= storm.fired


_TROUBLE: Mapping[str, Callable[[int], Act]] = {
    "reset": lambda _: Drop(carried_out=False),
    "reset after carrying out": lambda _: Drop(carried_out=True),
    "closed": lambda _: Drop(carried_out=False, reset=False),
    "502": lambda _: Answer(502, b"bad gateway", {"content-type": "text/html"}),
    "503": lambda _: Answer(503, b""),
    "500": lambda _: refusal("EXCEPTION"),
    "late": lambda _: Delay(0.2),
    "cut, and honest about its length": lambda number: Truncate(number * 37 % 400, is_told=True),
    "cut, with the length of the whole": lambda number: Truncate(number * 37 % 400),
    "HTML": lambda _: _HTML,
    "empty": lambda _: Answer(200, b""),
}


@pytest.mark.parametrize("trouble", _TROUBLE)
def test_a_bad_network_costs_time_and_nothing_else(
    project: SmallProject, content: dict[str, list[bytes]], trouble: str, tmp_path: Path
) -> None:
    """One answer in ten, two running at most, is lost, late, cut or somebody else's: all is whole.

    A body that is cut where its last sign still closes an object, and says it is whole, is not
    asked for again: that is nonsense, and ends the export.
    """
    act = sometimes(_TROUBLE[trouble], 10, seed=3, in_a_row=2)

    ended = exported(project, tmp_path / "out", *everywhere(act))

    assert act.fired > 5
    if ended.code == 13 and "honest" in trouble:
        assert "expected a JSON" in str(ended.error)
        return
    assert (ended.code, ended.gaps) == (0, []), ended.error
    assert content_of(tmp_path / "out") == content


@pytest.mark.parametrize("trouble", [one for one in _TROUBLE if one != "late"])
def test_a_network_that_stays_bad_ends_the_export(
    project: SmallProject, trouble: str, tmp_path: Path
) -> None:
    """When no page of a list ever comes whole: 13, no manifest, and bounded time."""
    fault = Fault("GET /items?page[offset]=30", _TROUBLE[trouble](3))

    ended = exported(project, tmp_path / "out", fault, patience_s=60)

    assert ended.code == 13, ended
    assert not (tmp_path / "out" / "manifest.json").exists()


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_is_refused(project: SmallProject, layers: int, tmp_path: Path) -> None:
    """A page that swells to 512 MiB, packed once or twice, ends the export with 13."""
    bomb = Fault("GET /items?page[offset]=30", Swell(512 * 1024 * 1024, layers))

    ended = exported(project, tmp_path / "out", bomb)

    assert ended.code == 13, ended


_LIES: Mapping[str, Callable[[int], Json]] = {
    "one more": lambda total: total + 1,
    "one less": lambda total: max(0, total - 1),
    "none": lambda _: 0,
    "a billion": lambda _: 10**9,
    "null": lambda _: None,
    "negative": lambda total: -total - 1,
    "text": str,
    "true": lambda _: True,
}
_LISTS = ("/items", "/uploads", "/items/{id}/versions")


@pytest.mark.parametrize("lie", _LIES)
@pytest.mark.parametrize("path", _LISTS)
def test_a_total_that_lies_never_ends_in_success(
    project: SmallProject, path: str, lie: str, tmp_path: Path
) -> None:
    """Exit 3 with a gap or 13, within bounded calls; success only where the lie was the truth."""
    ended = exported(project, tmp_path / "out", Fault(f"GET {path}", lying_total(_LIES[lie])))

    harmless = path == "/uploads" and lie in {"one less", "none"}
    assert ended.code in ({0} if harmless else {3, 13}), ended
    assert (ended.code == 3) == bool(ended.gaps)
    if ended.report is not None:
        assert ended.report.manifest.facts.api_calls < 400


def test_a_total_that_changes_with_every_page_is_told(
    project: SmallProject, tmp_path: Path
) -> None:
    """A list whose total drifts does not pass as whole."""
    told = iter(range(10**6))
    drift = lying_total(lambda total: total + next(told))

    ended = exported(project, tmp_path / "out", Fault("GET /items", drift))

    assert ended.code in {3, 13}, ended


@pytest.mark.parametrize("offset", [0, 60])
def test_another_page_than_asked_for_is_told(
    project: SmallProject, offset: int, tmp_path: Path
) -> None:
    """The same page again and again brings no row twice, and the missing ones are a gap."""
    ended = exported(project, tmp_path / "out", Fault("GET /items", Elsewhere(offset)))

    assert ended.code == 3, ended
    assert "model" in ended.gaps
    current = content_of(tmp_path / "out")["current"]
    assert len(current) == len(set(current))


def test_an_empty_page_in_the_middle_is_told(project: SmallProject, tmp_path: Path) -> None:
    """A page without rows before the claimed end is a gap."""
    nothing = Rewrite(lambda page: {**page, "data": []})

    ended = exported(project, tmp_path / "out", Fault("GET /items?page[offset]=60", nothing))

    assert ended.code == 3, ended
    assert "model" in ended.gaps


_NONSENSE: Mapping[str, Callable[[Json], Json]] = {
    "numbers for records": lambda page: {**page, "data": [1, 2]},
    "null for records": lambda page: {**page, "data": [None]},
    "an object for the list": lambda page: {**page, "data": {}},
    "no list": lambda page: {"meta": page["meta"]},
    "no meta": lambda page: {"data": page["data"]},
    "meta that is text": lambda page: {**page, "meta": "none"},
    "records without ids": lambda page: {**page, "data": [{"type": "item"}]},
    "ids that are numbers": lambda page: {**page, "data": [{"type": "item", "id": 7}]},
    "a list": lambda page: [page],
    "null": lambda _: None,
    "a status that is a number": lambda page: {
        **page,
        "data": [{"id": "a", "type": "item", "meta": {"status": 7}}],
    },
}


@pytest.mark.parametrize("nonsense", _NONSENSE)
def test_nonsense_is_not_written(project: SmallProject, nonsense: str, tmp_path: Path) -> None:
    """A page of another shape ends the export with 13, without a manifest."""
    fault = Fault("GET /items?page[offset]=30", Rewrite(_NONSENSE[nonsense]))

    ended = exported(project, tmp_path / "out", fault)

    assert ended.code == 13, ended
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_trouble_that_passes_is_gone_on_from(
    project: SmallProject, content: dict[str, list[bytes]], tmp_path: Path
) -> None:
    """After a failed run the same command makes the whole snapshot."""
    once = Fault("GET /items?page[offset]=60", refusal("INVALID_FORMAT"), nth(1))
    assert exported(project, tmp_path / "out", once).code == 13

    assert exported(project, tmp_path / "out").code == 0

    assert content_of(tmp_path / "out") == content
